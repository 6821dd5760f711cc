//! The fixed-point functions behind int8 softmax, sigmoid and tanh in TFLite Micro (gemmlowp's definitions), bit for bit.
//!
//! A number is an i32; in the comments `Qm` means m integer bits, that is `real = raw / 2^(31 - m)`.

use fretwork_sim::requantise::{Rounding, Scale, requantise, round_half_away};

/// 1 in Q0 (as near as it gets) and in Q2.
const ONE_Q0: i32 = i32::MAX;
const ONE_Q2: i32 = 1 << 29;

/// `exp(-2^k)` in Q0 for k = -2 ..= 4.
const EXP_MINUS_POWER: [i32; 7] = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

/// Product of two numbers, rounded to nearest; integer bits add up.
fn mul(a: i32, b: i32) -> i32 {
    if a == i32::MIN && b == i32::MIN {
        return i32::MAX;
    }
    ((i64::from(a) * i64::from(b) + (1 << 30)) >> 31) as i32
}

/// `x / 2^shift`, rounded half away from zero.
fn shift_right(x: i32, shift: u32) -> i32 {
    round_half_away(i64::from(x), shift) as i32
}

/// `x * 2^shift`, saturating.
fn shift_left(x: i32, shift: u32) -> i32 {
    let wide = i64::from(x) << shift;
    wide.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

/// `exp(a)` in Q0 for `a` in Q0, -1/4 <= a < 0: the Taylor series around -1/8 up to the fourth power.
fn exp_small(a: i32) -> i32 {
    const EXP_MINUS_EIGHTH: i32 = 1895147668;
    const THIRD: i32 = 715827883;
    let x = a + (1 << 28);
    let x2 = mul(x, x);
    let x3 = mul(x2, x);
    let x4 = mul(x2, x2);
    let tail = shift_right(mul(shift_right(x4, 2) + x3, THIRD) + x2, 1);
    EXP_MINUS_EIGHTH + mul(EXP_MINUS_EIGHTH, x + tail)
}

/// `exp(a)` in Q0 for `a <= 0` in Q`integer_bits` (4 or 5).
pub fn exp_of_negative(a: i32, integer_bits: u32) -> i32 {
    if a == 0 {
        return ONE_Q0;
    }
    let fraction_bits = 31 - integer_bits;
    let quarter = 1 << (fraction_bits - 2);
    let fraction = (a & (quarter - 1)) - quarter;
    let mut result = exp_small(shift_left(fraction, integer_bits));
    let quarters = fraction.wrapping_sub(a) >> (fraction_bits - 2);
    for (bit, factor) in EXP_MINUS_POWER.iter().enumerate().take(integer_bits as usize + 2) {
        if quarters >> bit & 1 == 1 {
            result = mul(result, *factor);
        }
    }
    result
}

/// `2 / (1 + a)` in Q2 for `a` in Q0, 0 <= a <= 1: three Newton-Raphson steps.
fn twice_reciprocal(a: i32) -> i32 {
    const C48_OVER_17: i32 = 1515870810;
    const C32_OVER_17: i32 = 1010580540;
    let half_denominator = ((i64::from(a) + i64::from(ONE_Q0) + 1) / 2) as i32;
    let mut x = C48_OVER_17 + mul(half_denominator, -C32_OVER_17);
    for _ in 0..3 {
        let error = ONE_Q2 - mul(half_denominator, x);
        x = x.wrapping_add(shift_left(mul(x, error), 2));
    }
    x
}

/// `1 / (1 + a)` in Q0 for `a` in Q0, 0 <= a <= 1.
pub fn reciprocal_of_one_plus(a: i32) -> i32 {
    shift_left(twice_reciprocal(a), 1)
}

/// `1 / (1 + exp(-a))` in Q0 for `a` in Q4.
fn logistic(a: i32) -> i32 {
    if a == 0 {
        return 1 << 30;
    }
    let positive = reciprocal_of_one_plus(exp_of_negative(-a.saturating_abs(), 4));
    if a > 0 { positive } else { ONE_Q0 - positive }
}

/// `tanh(a)` in Q0 for `a` in Q4, from `(1 - e) / (1 + e)` with `e = exp(-2 |a|)`.
fn tanh(a: i32) -> i32 {
    if a == 0 {
        return 0;
    }
    let doubled_exponent = exp_of_negative(-a.saturating_abs(), 5);
    let magnitude = shift_left(twice_reciprocal(doubled_exponent) - ONE_Q2, 2);
    if a > 0 { magnitude } else { -magnitude }
}

/// TFLite's multiplier and shift of a real factor: 31 bits of it, rounded half away from zero, and a power of two.
///
/// `None` when the factor is negative, not finite or above 2^30.
pub fn quantise_multiplier(real: f64) -> Option<Scale> {
    if real == 0.0 {
        return Some(Scale::ZERO);
    }
    if !real.is_normal() || real < 0.0 {
        return None;
    }
    let mut shift = (real.to_bits() >> 52) as i64 - 1022;
    let mantissa = f64::from_bits(real.to_bits() & ((1 << 52) - 1) | 1022 << 52);
    let mut multiplier = (mantissa * f64::from(1u32 << 31)).round() as i64;
    if multiplier == 1 << 31 {
        multiplier /= 2;
        shift += 1;
    }
    match shift {
        ..-31 => Some(Scale::ZERO),
        -31..=30 => Some(Scale { multiplier: multiplier as i32, shift: shift as i8 }),
        _ => None,
    }
}

/// The largest input difference that `scale` brings into `integer_bits` integer bits.
pub fn input_radius(integer_bits: u32, scale: Scale) -> i32 {
    let limit = f64::from((1i32 << integer_bits) - 1) * f64::from(1u32 << (31 - integer_bits));
    (limit / 2f64.powi(i32::from(scale.shift))).floor() as i32
}

/// TFLite Micro's int8 sigmoid (result in units of 1/256 above -128) or `None` when the input's scale is out of range.
pub fn logistic_table(scale: f32, zero_point: i32) -> Option<Box<[i8; 256]>> {
    unary_table(scale, zero_point, |x| shift_right(logistic(x), 23) - 128)
}

/// TFLite Micro's int8 tanh (result in units of 1/128) or `None` when the input's scale is out of range.
pub fn tanh_table(scale: f32, zero_point: i32) -> Option<Box<[i8; 256]>> {
    unary_table(scale, zero_point, |x| shift_right(tanh(x), 24))
}

/// Table of `function`, which takes Q4 and is -128 and 127 outside.
fn unary_table(scale: f32, zero_point: i32, function: impl Fn(i32) -> i32) -> Option<Box<[i8; 256]>> {
    let to_q4 = quantise_multiplier(f64::from(scale) * f64::from(1 << 27))?;
    let radius = input_radius(4, to_q4);
    let mut table = Box::new([0; 256]);
    for (entry, a) in table.iter_mut().zip(-128..=127) {
        let input = a - zero_point;
        *entry = match input {
            _ if input <= -radius => -128,
            _ if input >= radius => 127,
            _ => function(requantise(input, to_q4, Rounding::Double)).clamp(-128, 127) as i8,
        };
    }
    Some(table)
}
