//! The multiplication in plain Rust, for every processor that has nothing better.
use super::kernel::{self, Vector};
use super::{Output, PackedBits, Pair, Patterns};

/// See [`super::bgemm`].
pub(super) fn run(weights: &PackedBits, rows: &Patterns, output: Output) {
    kernel::run::<Pair>(weights, rows, output);
}

impl Pair {
    #[inline(always)]
    fn from_words(word: impl Fn(usize) -> u64) -> Pair {
        Pair(std::array::from_fn(word))
    }
}

impl Vector for Pair {
    #[inline(always)]
    fn load(pair: &Pair) -> Pair {
        *pair
    }

    #[inline(always)]
    fn store(self, pair: &mut Pair) {
        *pair = self;
    }

    #[inline(always)]
    fn full(a: Pair, b: Pair, c: Pair) -> (Pair, Pair) {
        let sum = Pair::from_words(|i| a.0[i] ^ b.0[i] ^ c.0[i]);
        (sum, Pair::from_words(|i| (a.0[i] & b.0[i]) | (c.0[i] & (a.0[i] ^ b.0[i]))))
    }

    #[inline(always)]
    fn half(a: Pair, b: Pair) -> (Pair, Pair) {
        (Pair::from_words(|i| a.0[i] ^ b.0[i]), Pair::from_words(|i| a.0[i] & b.0[i]))
    }

    #[inline(always)]
    fn add_where(bits: u64, value: u8, bytes: &mut [u8; 64]) {
        bytes.iter_mut().enumerate().for_each(|(i, byte)| *byte += (bits >> i & 1) as u8 * value);
    }
}
