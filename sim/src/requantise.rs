//! The requantiser: from a 32-bit accumulator to an 8-bit activation, in four rounding modes.

mod prove;
mod rows;
#[cfg(test)]
mod tests;

pub use prove::{prove_average, prove_monotone, prove_nearest_even};
pub use rows::{Activation, ChannelError, ChannelScales, requantise_rows};

use serde::{Deserialize, Serialize};

/// How the scaled accumulator is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// gemmlowp's double rounding (TFLite): `shift` > 0 shifts left before, `shift` < 0 right after the multiplication by `multiplier / 2^31`.
    Double,
    /// `(acc * multiplier + 2^(shift-1)) >> shift`, `shift` in 0..=62; no rounding term when `shift` is 0.
    Single,
    /// `(acc * multiplier) / 2^shift` rounded half to even, `shift` in 0..=62.
    NearestEven,
    /// `acc * multiplier` rounded to 24 significant bits, then divided by `2^shift`, each half to even; `shift` in 0..=62. That is a product of
    /// float32, rounded to an integer. Beyond 256 the first rounding is that of values below, which no 8-bit clamp tells apart.
    Float,
}

/// Multiplier and shift of one output channel; what `shift` means depends on the [`Rounding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scale {
    /// Non-negative multiplier, below 2^31.
    pub multiplier: i32,
    /// See [`Rounding`].
    pub shift: i8,
}

impl Scale {
    /// Multiplication by one in [`Rounding::Single`].
    pub const ONE: Scale = Scale { multiplier: 1, shift: 0 };
    /// Every accumulator becomes 0; used for channels that only pad a word.
    pub const ZERO: Scale = Scale { multiplier: 0, shift: 0 };
}

/// `round(acc * scale)`, before zero point and clamp.
///
/// With [`Rounding::Double`] the caller has proven that `acc << shift` fits 32 bits; otherwise it wraps, as the hardware does.
pub fn requantise(acc: i32, scale: Scale, rounding: Rounding) -> i32 {
    let m = i64::from(scale.multiplier);
    match rounding {
        Rounding::Double => {
            let left = scale.shift.max(0) as u32;
            let right = (-scale.shift).max(0) as u32;
            let x = i64::from(acc.wrapping_shl(left)) * m;
            let high = (x + (1 << 30)) >> 31;
            round_half_away(high, right) as i32
        }
        Rounding::Single => {
            let p = i64::from(acc) * m;
            let half = if scale.shift > 0 { 1i64 << (scale.shift - 1) } else { 0 };
            ((p + half) >> scale.shift) as i32
        }
        Rounding::NearestEven => {
            let p = i64::from(acc) * m;
            let s = scale.shift as u32;
            if s == 0 {
                return p as i32;
            }
            let floor = p >> s;
            let rest = p & ((1i64 << s) - 1);
            let half = 1i64 << (s - 1);
            let up = rest > half || (rest == half && floor & 1 == 1);
            (floor + i64::from(up)) as i32
        }
        Rounding::Float => float(i64::from(acc) * m, scale.shift as u32),
    }
}

/// A float32 product lies on the tie `floor + 1/2` when the exact one is at most half a unit of its last place away, which is `2^(k-25)` with `k`
/// bits in the whole part's magnitude. The tie goes to the even neighbour, whatever side the exact product is on.
#[inline(always)]
fn float(product: i64, shift: u32) -> i32 {
    let floor = (product >> shift) as i32;
    // The fraction less one half, in units of 2^-64.
    let fraction = if shift > 0 { product << (64 - shift) } else { 0 } ^ i64::MIN;
    let mut ones = (floor ^ (product >> 63) as i32) as u32;
    ones = if ones > 255 { 255 } else { ones };
    ones |= ones >> 1;
    ones |= ones >> 2;
    ones |= ones >> 4;
    let half_unit = (i64::from(ones) + 1) << 39;
    let on_tie = (fraction <= half_unit) & (fraction >= -half_unit);
    floor.wrapping_add(if on_tie { floor & 1 } else { i32::from(fraction > 0) })
}

/// `x / 2^s` rounded half away from zero (gemmlowp's `RoundingDivideByPOT`).
pub fn round_half_away(x: i64, s: u32) -> i64 {
    let mask = (1i64 << s) - 1;
    let threshold = (mask >> 1) + i64::from(x < 0);
    (x >> s) + i64::from((x & mask) > threshold)
}
