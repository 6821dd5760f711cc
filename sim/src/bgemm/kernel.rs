//! The multiplication, written once for all instruction sets: everything here is inlined into a function that is compiled for one of them.

use super::{Digit, MAX_DIGITS, Output, PATTERNS, PackedBits, Pair, Patterns, TILE, Table};

/// Registers that hold a [`Pair`].
pub(super) trait Vector: Copy {
    fn load(pair: &Pair) -> Self;
    fn store(self, pair: &mut Pair);
    /// Sum and carry of three.
    fn full(a: Self, b: Self, c: Self) -> (Self, Self);
    /// Sum and carry of two.
    fn half(a: Self, b: Self) -> (Self, Self);
    /// Adds `value` to the bytes whose bit is set.
    fn add_where(bits: u64, value: u8, bytes: &mut [u8; 64]);
}

/// Digits below the carries of [`thirty_two`].
const LOW: usize = 5;

/// Multiplies all rows by the weights, tile by tile.
#[inline(always)]
pub(super) fn run<V: Vector>(weights: &PackedBits, rows: &Patterns, mut output: Output) {
    let (groups, tiles, digits) = (weights.groups, weights.tiles(), weights.digits());
    let rows = rows.as_bytes();
    if groups == 0 || tiles == 0 {
        return;
    }
    // Each half of a pair counts up to the number of groups.
    let counted = (groups.ilog2() as usize + 1).max(LOW);
    let mut pairs = [Pair::default(); MAX_DIGITS];
    let mut sums = [Digit::default(); MAX_DIGITS];
    for (tile, tables) in weights.tables.chunks_exact(groups).enumerate() {
        for (row, patterns) in rows.chunks_exact(groups).enumerate() {
            count::<V>(tables, patterns, &mut pairs[..counted]);
            join(&pairs[..counted], &mut sums[..digits]);
            match &mut output {
                Output::Counts(counts) => spell::<V>(&sums[..digits], &mut counts[(row * tiles + tile) * TILE..][..TILE]),
                Output::Bits { thresholds, chosen, out } => {
                    let bits = thresholds[usize::from(chosen[row])].compare(tile, &sums[..digits]);
                    out[(row * tiles + tile) * bits.len()..][..bits.len()].copy_from_slice(&bits);
                }
            }
        }
    }
}

/// Counts the entries that the patterns choose, both halves of a pair separately; there are as many digits as the counts need.
#[inline(always)]
fn count<V: Vector>(tables: &[Table], patterns: &[u8], pairs: &mut [Pair]) {
    pairs.fill(Pair::default());
    let mut low = [V::load(&Pair::default()); LOW];
    let ((tables, last_tables), (patterns, last_patterns)) = (tables.as_chunks::<32>(), patterns.as_chunks::<32>());
    for (tables, patterns) in tables.iter().zip(patterns) {
        carry(thirty_two(tables, patterns, &mut low), &mut pairs[LOW..]);
    }
    for (tables, patterns) in last_tables.as_chunks::<8>().0.iter().zip(last_patterns.as_chunks::<8>().0) {
        let eights = eight(tables, patterns, &mut low);
        let (sum, sixteens) = V::half(low[3], eights);
        let (next, thirty_twos) = V::half(low[4], sixteens);
        (low[3], low[4]) = (sum, next);
        carry(thirty_twos, &mut pairs[LOW..]);
    }
    low.iter().zip(pairs).for_each(|(own, pair)| own.store(pair));
}

/// Adds a carry to the digits from its own on.
#[inline(always)]
fn carry<V: Vector>(mut carry: V, pairs: &mut [Pair]) {
    for pair in pairs {
        let (sum, next) = V::half(V::load(pair), carry);
        sum.store(pair);
        carry = next;
    }
}

/// Adds two entries to the ones; returns twos.
#[inline(always)]
fn two<V: Vector>(tables: &[Table; 2], patterns: &[u8; 2], low: &mut [V; LOW]) -> V {
    let entry = |at: usize| {
        debug_assert!(usize::from(patterns[at]) < 8 * PATTERNS, "patterns are made by `Patterns` alone");
        let first: *const u64 = tables[at].0.as_ptr().cast();
        // SAFETY: `Patterns` holds numbers of words up to the last entry's, multiples of an entry's words.
        V::load(unsafe { &*first.add(usize::from(patterns[at])).cast() })
    };
    let (ones, twos) = V::full(low[0], entry(0), entry(1));
    low[0] = ones;
    twos
}

/// Defines the adder of twice as many entries: both halves' carries are added to the digit of that weight.
macro_rules! twice {
    ($name:ident, $half:ident, $count:literal, $digit:literal) => {
        #[inline(always)]
        fn $name<V: Vector>(tables: &[Table; $count], patterns: &[u8; $count], low: &mut [V; LOW]) -> V {
            let ([first, second], [own, others]) = (halves(tables), halves(patterns));
            let (a, b) = ($half(first, own, low), $half(second, others, low));
            let (sum, carry) = V::full(low[$digit], a, b);
            low[$digit] = sum;
            carry
        }
    };
}

twice!(four, two, 4, 1);
twice!(eight, four, 8, 2);
twice!(sixteen, eight, 16, 3);
twice!(thirty_two, sixteen, 32, 4);

/// Both halves of an array.
#[inline(always)]
fn halves<T, const N: usize, const H: usize>(all: &[T; N]) -> [&[T; H]; 2] {
    const { assert!(N == 2 * H) };
    let (chunks, _) = all.as_chunks::<H>();
    [&chunks[0], &chunks[1]]
}

/// Ones and twos, counted beside each other, become one sum.
#[inline(always)]
fn join(pairs: &[Pair], sums: &mut [Digit]) {
    let mut carry = Digit::default();
    let mut twos = Digit::default();
    for (digit, sum) in sums.iter_mut().enumerate() {
        let own = pairs.get(digit).map_or([0; 2 * TILE / 64], |pair| pair.0);
        for (word, sum) in sum.iter_mut().enumerate() {
            let (a, b, c) = (own[word], twos[word], carry[word]);
            *sum = a ^ b ^ c;
            carry[word] = (a & b) | (c & (a ^ b));
            twos[word] = own[TILE / 64 + word];
        }
    }
}

/// The sums as numbers.
#[inline(always)]
fn spell<V: Vector>(sums: &[Digit], counts: &mut [u32]) {
    for (word, counts) in counts.as_chunks_mut::<64>().0.iter_mut().enumerate() {
        let mut bytes = [[0u8; 64]; MAX_DIGITS / 8];
        for (digits, bytes) in sums.chunks(8).zip(&mut bytes) {
            digits.iter().enumerate().for_each(|(digit, bits)| V::add_where(bits[word], 1 << digit, bytes));
        }
        let [low, middle, high] = bytes;
        if sums.len() <= 16 {
            counts.iter_mut().zip(low.iter().zip(middle)).for_each(|(count, (low, middle))| *count = u32::from(*low) | u32::from(middle) << 8);
        } else {
            let own = |i: usize| u32::from(low[i]) | u32::from(middle[i]) << 8 | u32::from(high[i]) << 16;
            counts.iter_mut().enumerate().for_each(|(i, count)| *count = own(i));
        }
    }
}
