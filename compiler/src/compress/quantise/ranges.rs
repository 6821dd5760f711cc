//! Ranges of activations from what was observed.

use super::Ranges;
use super::observe::Observed;

/// Equal intervals of a histogram.
const BINS: usize = 2048;
/// Parts of an end that are tried as ends of a range.
const CANDIDATES: u32 = 60;

/// How often values fall into equal intervals between two ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    ends: [f32; 2],
    counts: Vec<u64>,
}

impl Histogram {
    /// Counts values.
    pub fn of(ends: [f32; 2], values: impl Iterator<Item = f32>) -> Histogram {
        let mut counts = vec![0; BINS];
        let width = (ends[1] - ends[0]).max(f32::MIN_POSITIVE);
        values.for_each(|x| counts[(((x - ends[0]) / width * BINS as f32) as usize).min(BINS - 1)] += 1);
        Histogram { ends, counts }
    }

    /// Both together; they have the same ends.
    pub fn with(mut self, other: &Histogram) -> Histogram {
        self.counts.iter_mut().zip(&other.counts).for_each(|(own, other)| *own += other);
        self
    }

    /// The middle of an interval.
    fn middle(&self, bin: usize) -> f32 {
        self.ends[0] + (self.ends[1] - self.ends[0]) * (bin as f32 + 0.5) / BINS as f32
    }

    /// The end of a range without `share` of the values beyond it, from below or from above.
    fn beyond(&self, share: f64, from_above: bool) -> f32 {
        let total: u64 = self.counts.iter().sum();
        let most = (share * total as f64) as u64;
        let mut passed = 0;
        let bins: Box<dyn Iterator<Item = usize>> = if from_above { Box::new((0..BINS).rev()) } else { Box::new(0..BINS) };
        for bin in bins {
            passed += self.counts[bin];
            if passed > most {
                let edge = bin as f32 + if from_above { 1.0 } else { 0.0 };
                return self.ends[0] + (self.ends[1] - self.ends[0]) * edge / BINS as f32;
            }
        }
        self.ends[usize::from(from_above)]
    }

    /// Square error of all values under a quantiser.
    fn error(&self, grid: &Grid) -> f64 {
        let one = |(bin, count): (usize, &u64)| *count as f64 * f64::from(grid.nearest(self.middle(bin)) - self.middle(bin)).powi(2);
        self.counts.iter().enumerate().filter(|(_, count)| **count > 0).map(one).sum()
    }
}

/// Evenly spaced numbers, 0 among them: `scale * (integer - zero_point)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Distance of neighbours.
    pub scale: f32,
    /// The integer of 0.
    pub zero_point: i32,
    /// Smallest and largest integer.
    pub integers: [i32; 2],
}

impl Grid {
    /// The grid of `bits` bits that spans a range and 0: unsigned where nothing is negative.
    pub fn spanning(range: [f32; 2], bits: u32) -> Grid {
        let [low, high] = [range[0].min(0.0), range[1].max(0.0)];
        let steps = (1i32 << bits) - 1;
        let scale = (high - low) / steps as f32;
        let scale = if scale.is_normal() { scale } else { 1.0 };
        if low == 0.0 {
            return Grid { scale, zero_point: 0, integers: [0, steps] };
        }
        let first = -(1 << (bits - 1));
        let zero_point = (first + (-low / scale).round_ties_even() as i32).clamp(first, first + steps);
        Grid { scale, zero_point, integers: [first, first + steps] }
    }

    /// The nearest number of the grid.
    pub fn nearest(&self, x: f32) -> f32 {
        let integer = ((x / self.scale).round_ties_even() + self.zero_point as f32).clamp(self.integers[0] as f32, self.integers[1] as f32);
        (integer - self.zero_point as f32) * self.scale
    }
}

/// The range of a site that is quantised to `bits` bits.
pub fn range(observed: &Observed, ranges: Ranges, bits: u32) -> [f32; 2] {
    match (ranges, &observed.histogram) {
        (Ranges::Percentile(percent), Some(histogram)) => {
            let share = 1.0 - percent / 100.0;
            [histogram.beyond(share, false), histogram.beyond(share, true)]
        }
        (Ranges::Mse, Some(histogram)) => least_error(histogram, observed.ends, bits),
        _ => observed.ends,
    }
}

/// The range with the least square error, one end after the other.
fn least_error(histogram: &Histogram, ends: [f32; 2], bits: u32) -> [f32; 2] {
    let mut best = (histogram.error(&Grid::spanning(ends, bits)), ends);
    let part = |end: f32, step: u32| end * step as f32 / CANDIDATES as f32;
    let mut try_range = |range: [f32; 2]| {
        let error = histogram.error(&Grid::spanning(range, bits));
        if error < best.0 {
            best = (error, range);
        }
        best.1
    };
    let mut range = ends;
    (1..=CANDIDATES).for_each(|step| range = try_range(ends.map(|end| part(end, step))));
    for end in [1, 0, 1] {
        let other = range[1 - end];
        for step in 1..=CANDIDATES {
            let moved = part(ends[end], step);
            range = try_range(if end == 1 { [other, moved] } else { [moved, other] });
        }
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_span_their_range_and_zero() {
        assert_eq!(Grid::spanning([0.5, 3.0], 2), Grid { scale: 1.0, zero_point: 0, integers: [0, 3] });
        let signed = Grid::spanning([-1.0, 2.0], 2);
        assert_eq!(signed, Grid { scale: 1.0, zero_point: -1, integers: [-2, 1] });
        assert_eq!([-1.4, 0.2, 1.7, 9.0].map(|x| signed.nearest(x)), [-1.0, 0.0, 2.0, 2.0]);
    }

    #[test]
    fn percentile_leaves_outliers_out() {
        let values = (0..1000).map(|i| i as f32 / 1000.0).chain([100.0]);
        let histogram = Histogram::of([0.0, 100.0], values);
        let observed = Observed { ends: [0.0, 100.0], histogram: Some(histogram), ..Observed::default() };
        let [low, high] = range(&observed, Ranges::Percentile(99.8), 8);
        assert_eq!(low, 0.0);
        assert!((1.0..1.1).contains(&high), "{high}");
    }

    #[test]
    fn least_error_trades_range_for_resolution() {
        let values = (0..10_000).map(|i| i as f32 / 10_000.0).chain([8.0]);
        let histogram = Histogram::of([0.0, 8.0], values);
        let observed = Observed { ends: [0.0, 8.0], histogram: Some(histogram), ..Observed::default() };
        let few = range(&observed, Ranges::Mse, 2)[1];
        let many = range(&observed, Ranges::Mse, 8)[1];
        assert!(few < 1.5 && many > few, "{few} {many}");
        assert_eq!(range(&observed, Ranges::MinMax, 2), [0.0, 8.0]);
    }
}
