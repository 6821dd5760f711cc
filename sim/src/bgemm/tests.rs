use super::*;
use proptest::prelude::*;

/// Weights, rows and steps drawn from a seed.
struct Case {
    segments: usize,
    channels: usize,
    outputs: usize,
    seed: u64,
}

fn random(seed: u64, at: usize) -> u64 {
    crate::stalls::splitmix(seed.wrapping_mul(0x9e37_79b9).wrapping_add(at as u64))
}

impl Case {
    fn weight(&self, output: usize, segment: usize, channel: usize) -> Option<bool> {
        let value = random(self.seed, (output * self.segments + segment) * self.channels + channel);
        (!output.is_multiple_of(7)).then_some(value & 1 == 1)
    }

    /// A bit of a row; `None` in segments that are absent.
    fn bit(&self, row: usize, segment: usize, channel: usize) -> Option<bool> {
        let here = random(self.seed + 1, row * self.segments + segment) & 3 > 0;
        here.then_some(random(self.seed + 2, (row * self.segments + segment) * self.channels + channel) & 1 == 1)
    }

    fn count(&self, row: usize, output: usize) -> u32 {
        let inputs = (0..self.segments).flat_map(|segment| (0..self.channels).map(move |channel| (segment, channel)));
        let equal = |&(segment, channel): &(usize, usize)| {
            let bit = self.bit(row, segment, channel);
            bit.is_some() && bit == self.weight(output, segment, channel)
        };
        inputs.filter(equal).count() as u32
    }

    fn steps(&self, output: usize) -> (Vec<i64>, bool) {
        let inputs = (self.segments * self.channels) as i64;
        let step = |at: usize| random(self.seed + 3, 4 * output + at) as i64 % (inputs + 3);
        ((0..random(self.seed + 4, output) as usize % 4).map(step).collect(), output.is_multiple_of(3))
    }
}

/// Every path that this processor can run gives the sums and the bits of plain loops.
fn check(case: &Case, rows: usize) {
    let weights = PackedBits::new(case.segments, case.channels, case.outputs, |o, s, c| case.weight(o, s, c));
    let mut patterns = Patterns::default();
    for row in 0..rows {
        for segment in 0..case.segments {
            if (0..case.channels).all(|channel| case.bit(row, segment, channel).is_none()) {
                patterns.push_absent(case.channels);
                continue;
            }
            let mut bytes = vec![0i8; case.channels.div_ceil(8)];
            (0..case.channels).for_each(|channel| bytes[channel / 8] |= i8::from(case.bit(row, segment, channel) == Some(true)) << (channel % 8));
            patterns.push_bits(&bytes, case.channels);
        }
        patterns.end_row(&weights);
    }
    let thresholds = [Thresholds::new(&weights, |output| case.steps(output)), Thresholds::new(&weights, |output| (vec![output as i64 % 5], false))];
    let chosen: Vec<u16> = (0..rows).map(|row| row as u16 % 2).collect();
    for path in Path::available() {
        let mut counts = vec![0; rows * weights.tiles() * TILE];
        bgemm_on(path, &weights, &patterns, Output::Counts(&mut counts));
        let mut out = vec![0; rows * weights.tiles() * TILE / 64];
        bgemm_on(path, &weights, &patterns, Output::Bits { thresholds: &thresholds, chosen: &chosen, out: &mut out });
        for (at, found) in counts.iter().enumerate().filter(|(at, _)| at % (weights.tiles() * TILE) < case.outputs) {
            let (row, output) = (at / (weights.tiles() * TILE), at % (weights.tiles() * TILE));
            let count = case.count(row, output);
            assert_eq!(*found, count, "{}: row {row}, output {output}", path.name());
            let (steps, inverted) = if row % 2 == 0 { case.steps(output) } else { (vec![output as i64 % 5], false) };
            let reached = steps.iter().filter(|step| i64::from(count) >= **step).count();
            assert_eq!(out[at / 64] >> (at % 64) & 1 == 1, (reached % 2 == 1) != inverted, "{}: row {row}, output {output}", path.name());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn small_sizes_equal_plain_loops(segments in 1usize..6, channels in 1usize..60, outputs in 1usize..80, rows in 0usize..5, seed in 0u64..1000) {
        check(&Case { segments, channels, outputs, seed }, rows);
    }

    #[test]
    fn several_tiles_equal_plain_loops(channels in 1usize..20, outputs in 200usize..600, seed in 0u64..1000) {
        check(&Case { segments: 2, channels, outputs, seed }, 2);
    }

    #[test]
    fn many_inputs_equal_plain_loops(segments in 1usize..4, channels in 200usize..1500, outputs in 1usize..5, seed in 0u64..1000) {
        check(&Case { segments, channels, outputs, seed }, 2);
    }
}

/// All inputs are equal to the weights, at the sizes where another digit is needed.
#[test]
fn the_largest_sums() {
    for channels in (1..=100).chain([255, 256, 257, 767, 768, 769, 3071, 3072, 3073, 65535, 65536]) {
        let weights = PackedBits::new(1, channels, 3, |output, _, _| (output > 0).then_some(true));
        let mut patterns = Patterns::default();
        patterns.push_bits(&vec![-1; channels.div_ceil(8)], channels);
        patterns.end_row(&weights);
        for path in Path::available() {
            let mut counts = vec![7; TILE];
            bgemm_on(path, &weights, &patterns, Output::Counts(&mut counts));
            assert_eq!(counts[..3], [0, channels as u32, channels as u32], "{} inputs, {}", channels, path.name());
        }
    }
}
