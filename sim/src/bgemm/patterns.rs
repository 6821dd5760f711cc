//! Rows of bits in the form in which they choose entries of the tables.

use super::{GROUP, PATTERNS, PackedBits, STEP};

/// A pattern is held times the words of an entry, which is what the address of the entry takes.
const SCALE: u8 = 8;
/// Inputs that are not there.
const ABSENT: u8 = (PATTERNS as u8 - 1) * SCALE;
/// Bits that make patterns at once.
const BITS: usize = 24;

/// Rows, or parts of rows, of patterns: one byte for three inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns {
    /// Multiples of [`SCALE`] up to [`ABSENT`], and nothing else: the multiplication relies on it.
    bytes: Vec<u8>,
}

impl Patterns {
    /// Patterns of a segment of so many channels.
    pub fn of(channels: usize) -> usize {
        channels.div_ceil(GROUP)
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Number of patterns.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Appends a segment of `channels` bits, the first in the lowest bit of the first byte. Bits after them may be anything.
    ///
    /// # Panics
    /// If `bits` are fewer.
    pub fn push_bits(&mut self, bits: &[i8], channels: usize) {
        let (first, count) = (self.bytes.len(), Patterns::of(channels));
        let (whole, rest) = bits[..channels.div_ceil(8)].as_chunks::<{ BITS / 8 }>();
        self.bytes.resize(first + (whole.len() + 1) * (BITS / GROUP), ABSENT);
        let mut out = self.bytes[first..].as_chunks_mut::<{ BITS / GROUP }>().0.iter_mut();
        for (bits, out) in whole.iter().zip(&mut out) {
            *out = spread(*bits);
        }
        if let (Some(out), false) = (out.next(), rest.is_empty()) {
            *out = spread(std::array::from_fn(|at| rest.get(at).copied().unwrap_or(0)));
        }
        self.bytes.truncate(first + count);
    }

    /// Appends a segment of `channels` inputs that are not there.
    pub fn push_absent(&mut self, channels: usize) {
        self.bytes.resize(self.bytes.len() + Patterns::of(channels), ABSENT);
    }

    /// Appends `count` patterns of others, from `first` on.
    ///
    /// # Panics
    /// If the others have fewer.
    pub fn push_from(&mut self, others: &Patterns, first: usize, count: usize) {
        self.bytes.extend_from_slice(&others.bytes[first..][..count]);
    }

    /// Fills a row up that has all segments of the weights.
    pub fn end_row(&mut self, weights: &PackedBits) {
        let whole = weights.segments * Patterns::of(weights.channels);
        self.bytes.resize(self.bytes.len() + weights.groups.max(STEP) - whole, ABSENT);
    }

    /// Whole rows for these weights.
    ///
    /// # Panics
    /// If there is no whole number of them.
    pub(super) fn rows(&self, weights: &PackedBits) -> usize {
        let groups = weights.groups.max(STEP);
        assert!(self.bytes.len().is_multiple_of(groups), "{} patterns are no whole number of rows of {groups}", self.bytes.len());
        self.bytes.len() / groups
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Three bits to a byte, times [`SCALE`].
#[inline(always)]
fn spread(bits: [i8; BITS / 8]) -> [u8; BITS / GROUP] {
    let [a, b, c] = bits.map(|byte| u64::from(byte as u8));
    let x = a | b << 8 | c << 16;
    let x = (x | x << 20) & 0x0000_0fff_0000_0fff;
    let x = (x | x << 10) & 0x003f_003f_003f_003f;
    let x = (x | x << 5) & 0x0707_0707_0707_0707;
    (x * u64::from(SCALE)).to_le_bytes()
}
