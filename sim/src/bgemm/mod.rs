//! Binary matrix products for the cycle simulator: at how many inputs a row's bit equals an output's weight, exactly. Bias, sign and scale live
//! elsewhere.
//!
//! Weights are packed once, as tables: what three neighbouring inputs add to each of 256 outputs, for each of the eight patterns that their bits
//! can have, as two binary digits (the method of four Russians). A row picks one entry per three inputs, and a tree of carry-save adders counts
//! the entries of all outputs at once, digit by digit (Harley and Seal; W. Mula, N. Kurz, D. Lemire, *Faster Population Counts Using AVX2
//! Instructions*, 2018). The sums are compared with thresholds in that form, so most of them are never spelt out as numbers.
//!
//! Which instructions do the work is decided at run time, and every path gives the same integers.
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod kernel;
mod patterns;
mod portable;
mod thresholds;

pub use patterns::Patterns;
pub use thresholds::Thresholds;

/// Outputs that are counted together.
pub const TILE: usize = 256;
/// Inputs whose bits choose one entry of a table.
const GROUP: usize = 3;
/// Patterns of the bits of a group, and one for inputs that are not there.
const PATTERNS: usize = 9;
/// Rows are filled up to a multiple of so many groups.
const STEP: usize = 8;
/// Binary digits of the largest sums.
const MAX_DIGITS: usize = 24;

/// A binary digit of 256 outputs, output `i` in bit `i % 64` of word `i / 64`.
pub(crate) type Digit = [u64; TILE / 64];

/// Two digits, of the same outputs or of two counts beside each other.
#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
struct Pair([u64; 2 * TILE / 64]);

/// What the inputs of a group add, by their bits: the ones of all outputs, then the twos.
#[derive(Clone, Copy, Default)]
struct Table([Pair; PATTERNS]);

/// Weights of a matrix, laid out in the order in which the multiplication reads them.
#[derive(Clone)]
pub struct PackedBits {
    segments: usize,
    channels: usize,
    outputs: usize,
    /// Tables of an output.
    groups: usize,
    /// `[output / 256][group]`.
    tables: Vec<Table>,
}

impl PackedBits {
    /// Packs the weights of `segments` times `channels` inputs: `weight(output, segment, channel)`, `None` where there is none to be counted.
    ///
    /// # Panics
    /// If there are 2^24 inputs or more.
    pub fn new(segments: usize, channels: usize, outputs: usize, weight: impl Fn(usize, usize, usize) -> Option<bool>) -> PackedBits {
        let inputs = segments * channels;
        assert!(inputs < 1 << MAX_DIGITS, "{inputs} inputs are not in the required range of 0..{}", 1 << MAX_DIGITS);
        let per_segment = Patterns::of(channels);
        let groups = (segments * per_segment).next_multiple_of(STEP);
        let mut tables = vec![Table::default(); outputs.div_ceil(TILE) * groups];
        for (index, table) in tables.iter_mut().enumerate() {
            let (first, group) = (index / groups * TILE, index % groups);
            for output in first..outputs.min(first + TILE) {
                let (segment, channel) = (group / per_segment.max(1), group % per_segment.max(1) * GROUP);
                let inputs = if segment < segments { channel..channels.min(channel + GROUP) } else { 0..0 };
                let mut own = [None; GROUP];
                own.iter_mut().zip(inputs).for_each(|(own, channel)| *own = weight(output, segment, channel));
                table.set(output - first, own);
            }
        }
        PackedBits { segments, channels, outputs, groups, tables }
    }

    /// Columns of the matrix.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Whole tiles of outputs.
    pub fn tiles(&self) -> usize {
        self.outputs.div_ceil(TILE)
    }

    /// The largest sum.
    pub fn inputs(&self) -> usize {
        self.segments * self.channels
    }

    /// Binary digits of the largest sum.
    fn digits(&self) -> usize {
        self.inputs().checked_ilog2().map_or(0, |log| log as usize + 1)
    }
}

impl Table {
    /// What these weights add to an output, whatever the bits are.
    fn set(&mut self, output: usize, weights: [Option<bool>; GROUP]) {
        let (word, bit) = (output / 64, output % 64);
        for (pattern, Pair(pair)) in self.0[..1 << GROUP].iter_mut().enumerate() {
            let equal = weights.iter().enumerate().filter(|(input, weight)| **weight == Some(pattern >> input & 1 == 1)).count() as u64;
            pair[word] |= (equal & 1) << bit;
            pair[TILE / 64 + word] |= (equal >> 1) << bit;
        }
    }
}

/// What is to be known of the sums.
pub enum Output<'o> {
    /// The sums themselves, `[row][tile][output of the tile]`.
    Counts(&'o mut [u32]),
    /// Comparisons with thresholds, as bits.
    Bits {
        /// Thresholds to choose from.
        thresholds: &'o [Thresholds],
        /// Which of them are a row's.
        chosen: &'o [u16],
        /// `[row][tile][output of the tile / 64]`.
        out: &'o mut [u64],
    },
}

/// Instructions that do the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Those that every processor has.
    Portable,
    /// AVX2.
    Avx2,
    /// AVX-512 with ternary logic.
    Avx512,
}

impl Path {
    /// What this processor can run, the best last.
    pub fn available() -> Vec<Path> {
        let mut paths = vec![Path::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if avx2::available() {
                paths.push(Path::Avx2);
            }
            if avx512::available() {
                paths.push(Path::Avx512);
            }
        }
        paths
    }

    /// The best that this processor can run.
    pub fn best() -> Path {
        #[cfg(target_arch = "x86_64")]
        {
            if avx512::available() {
                return Path::Avx512;
            }
            if avx2::available() {
                return Path::Avx2;
            }
        }
        Path::Portable
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Path::Portable => "portable",
            Path::Avx2 => "AVX2",
            Path::Avx512 => "AVX-512",
        }
    }
}

/// Multiplies all rows by the weights. Runs on the calling thread only.
///
/// # Panics
/// If the rows are not of these weights, or the output has another size.
pub fn bgemm(weights: &PackedBits, rows: &Patterns, output: Output) {
    bgemm_on(Path::best(), weights, rows, output);
}

/// The same with given instructions.
///
/// # Panics
/// As [`bgemm`], and if this processor has no such instructions.
pub fn bgemm_on(path: Path, weights: &PackedBits, rows: &Patterns, output: Output) {
    let count = rows.rows(weights);
    match &output {
        Output::Counts(counts) => assert_eq!(counts.len(), count * weights.tiles() * TILE, "sums of {count} rows"),
        Output::Bits { thresholds, chosen, out } => {
            assert_eq!(out.len(), count * weights.tiles() * TILE / 64, "bits of {count} rows");
            assert_eq!(chosen.len(), count, "choices of {count} rows");
            assert!(thresholds.iter().all(|own| own.fit(weights)), "thresholds of other weights");
        }
    }
    match path {
        Path::Portable => portable::run(weights, rows, output),
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 if avx2::available() => {
            // SAFETY: the features are there.
            unsafe { avx2::run(weights, rows, output) }
        }
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 if avx512::available() => {
            // SAFETY: the features are there.
            unsafe { avx512::run(weights, rows, output) }
        }
        Path::Avx2 | Path::Avx512 => panic!("this processor cannot run {}", path.name()),
    }
}

#[cfg(test)]
mod tests;
