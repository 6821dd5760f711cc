//! Weights as sums of signed powers of two, and the tables that say what a weight's code stands for.
//!
//! An entry is `terms` fields of five bits, `{valid, sign, shift[3]}`, the first in the low bits; entries follow each other bit by bit, and a
//! table fills whole bytes.

use super::ShiftCore;

const VALID: u8 = 1 << 4;
const SIGN: u8 = 1 << 3;
/// Bits of a term.
const TERM_BITS: usize = 5;
/// Most codes of a table.
pub const MAX_CODES: usize = 32;

/// The signed powers of two of a weight's canonical signed digits, which are the fewest that add up to it.
pub fn signed_digits(weight: i8) -> Vec<i16> {
    let mut rest = i16::from(weight);
    let mut digits = Vec::new();
    let mut power = 1;
    while rest != 0 {
        if rest & 1 == 1 {
            // A run of ones is one power of two less another.
            let digit = if rest & 3 == 3 { -1 } else { 1 };
            digits.push(digit * power);
            rest -= digit;
        }
        rest >>= 1;
        power *= 2;
    }
    digits
}

/// Distinct weights that are not 0, in ascending order.
pub fn distinct(weights: &[i8]) -> Vec<i8> {
    let mut there = [false; 256];
    weights.iter().for_each(|weight| there[usize::from(weight.cast_unsigned())] = true);
    (i8::MIN..=i8::MAX).filter(|&weight| weight != 0 && there[usize::from(weight.cast_unsigned())]).collect()
}

/// Bits of the codes of so many distinct weights beside 0.
pub fn code_bits(distinct: usize) -> usize {
    (usize::BITS - distinct.leading_zeros()).max(2) as usize
}

impl ShiftCore {
    /// Bytes of a table.
    pub fn table_bytes(&self) -> usize {
        ((self.terms * TERM_BITS) << self.code_bits).div_ceil(8)
    }

    /// The table in which code 0 stands for 0 and the codes after it for the weights. Entries without a weight stand for 0.
    pub fn table(&self, weights: &[i8]) -> Vec<u8> {
        let mut table = vec![0; self.table_bytes()];
        for (index, weight) in weights.iter().enumerate() {
            for (term, digit) in signed_digits(*weight).into_iter().enumerate() {
                let bits = VALID | if digit < 0 { SIGN } else { 0 } | digit.unsigned_abs().trailing_zeros() as u8;
                put(&mut table, ((index + 1) * self.terms + term) * TERM_BITS, TERM_BITS, bits);
            }
        }
        table
    }

    /// What every code of a table stands for.
    pub fn values(&self, table: &[u8]) -> Vec<i32> {
        let term = |at: usize| {
            let bits = get(table, at * TERM_BITS, TERM_BITS);
            let power = 1 << (bits & 7);
            if bits & VALID == 0 { 0 } else { power * if bits & SIGN == 0 { 1 } else { -1 } }
        };
        (0..1 << self.code_bits).map(|code| (code * self.terms..(code + 1) * self.terms).map(term).sum()).collect()
    }
}

/// Sets `count` bits from bit `at` on, which are 0; at most eight.
pub fn put(bytes: &mut [u8], at: usize, count: usize, value: u8) {
    (0..count).for_each(|bit| bytes[(at + bit) / 8] |= (value >> bit & 1) << ((at + bit) % 8));
}

/// The `count` bits from bit `at` on; at most eight.
pub fn get(bytes: &[u8], at: usize, count: usize) -> u8 {
    (0..count).map(|bit| (bytes[(at + bit) / 8] >> ((at + bit) % 8) & 1) << bit).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_add_up_and_are_never_neighbours() {
        for weight in i8::MIN..=i8::MAX {
            let digits = signed_digits(weight);
            assert_eq!(digits.iter().sum::<i16>(), i16::from(weight));
            assert!(digits.windows(2).all(|pair| pair[1].abs() >= 4 * pair[0].abs()), "{weight}: {digits:?}");
            assert!(digits.iter().all(|digit| digit.abs() <= 128) && digits.len() <= 4);
        }
    }

    #[test]
    fn tables_stand_for_their_weights() {
        for (terms, code_bits) in [(1, 2), (2, 3), (3, 4), (4, 5)] {
            let core = ShiftCore { terms, code_bits, ..ShiftCore::new(4, 4) };
            let fits = |weight: &i8| *weight != 0 && signed_digits(*weight).len() <= terms;
            let all: Vec<i8> = (i8::MIN..=i8::MAX).filter(fits).collect();
            for weights in all.chunks((1 << code_bits) - 1) {
                let values = core.values(&core.table(weights));
                let expected: Vec<i32> = [0].into_iter().chain(weights.iter().map(|&weight| i32::from(weight))).collect();
                assert_eq!(values[..expected.len()], expected);
                assert!(values[expected.len()..].iter().all(|&value| value == 0));
            }
        }
    }
}
