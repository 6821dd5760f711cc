//! Finds integer multipliers and shifts that compute a given rounding function without a single difference, or shows that there are none.
//!
//! Both sides never decrease with the accumulator, so they are equal everywhere when they step to every output level at the same
//! accumulator. "At accumulator `x` the output has reached level `v`" is a linear inequality in the multiplier, so all conditions
//! together leave one interval of multipliers per shift, and an empty interval is a proof that the shift cannot do it.
use super::{Rounding, Scale, requantise};

/// Largest shift of the unit.
const MAX_SHIFT: u32 = 62;
/// Scaled accumulators must stay this far inside 32 bits, so that no zero point can overflow them.
const MARGIN: i64 = 256;
/// What the output must be at one accumulator: at least `level` (`reached`), or below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Condition {
    acc: i32,
    level: i64,
    reached: bool,
}

/// A scale with which `clamp(requantise(acc + bias, scale, rounding), outputs) == clamp(f(acc), outputs)` for every `acc` in `range`
/// (both ends included), or `None` when no multiplier below 2^31 and shift in 0..=62 does it. `f` must not decrease.
///
/// Among the scales that do it, the one with the largest shift is taken, and of its multipliers the one nearest to `near * 2^shift`.
/// Never finds anything for [`Rounding::Double`] and [`Rounding::Float`], for an empty range, or where `acc + bias` leaves 32 bits.
pub fn prove_monotone(f: impl Fn(i32) -> i32, range: (i32, i32), outputs: [i32; 2], rounding: Rounding, bias: i32, near: f64) -> Option<Scale> {
    let (low, high) = range;
    if low > high || outputs[0] > outputs[1] || low.checked_add(bias).is_none() || high.checked_add(bias).is_none() {
        return None;
    }
    let f = |acc: i32| f(acc).clamp(outputs[0], outputs[1]);
    let conditions = conditions(&f, range, outputs);
    let scale = (0..=MAX_SHIFT).rev().find_map(|shift| {
        let (least, most) = multipliers(&conditions, shift, rounding, bias)?;
        let wanted = (near * (1u64 << shift) as f64).round() as i128;
        Some(Scale { multiplier: wanted.clamp(least, most) as i32, shift: shift as i8 })
    })?;
    let found = |acc: i32| requantise(acc + bias, scale, rounding).clamp(outputs[0], outputs[1]);
    let holds = conditions.iter().filter(|condition| is_visible(condition, outputs)).all(|condition| f(condition.acc) == found(condition.acc));
    assert!(holds, "this is a bug in fretwork: {scale:?} does not satisfy its own conditions");
    Some(scale)
}

/// Whether the clamped output tells whether the condition holds.
fn is_visible(condition: &Condition, outputs: [i32; 2]) -> bool {
    (i64::from(outputs[0])..=i64::from(outputs[1])).contains(&condition.level)
}

/// The accumulators just before and at every step of `f`, and the ends of the range.
fn conditions(f: &impl Fn(i32) -> i32, (low, high): (i32, i32), outputs: [i32; 2]) -> Vec<Condition> {
    let mut conditions = vec![
        Condition { acc: low, level: i64::from(i32::MIN) + MARGIN, reached: true },
        Condition { acc: high, level: i64::from(i32::MAX) - MARGIN, reached: false },
    ];
    let (first, last) = (f(low), f(high));
    if first > outputs[0] {
        conditions.push(Condition { acc: low, level: i64::from(first), reached: true });
    }
    if last < outputs[1] {
        conditions.push(Condition { acc: high, level: i64::from(last) + 1, reached: false });
    }
    for level in first + 1..=last {
        let acc = first_reaching(f, (low, high), level);
        conditions.push(Condition { acc: acc - 1, level: i64::from(level), reached: false });
        conditions.push(Condition { acc, level: i64::from(level), reached: true });
    }
    conditions
}

/// The first accumulator in (`low`, `high`] with `f(acc) >= level`; `f(low) < level <= f(high)`.
fn first_reaching(f: &impl Fn(i32) -> i32, (low, high): (i32, i32), level: i32) -> i32 {
    let (mut below, mut reached) = (i64::from(low), i64::from(high));
    while reached - below > 1 {
        let middle = below + (reached - below) / 2;
        if f(middle as i32) >= level {
            reached = middle;
        } else {
            below = middle;
        }
    }
    reached as i32
}

/// The interval of multipliers that satisfy all conditions at one shift.
fn multipliers(conditions: &[Condition], shift: u32, rounding: Rounding, bias: i32) -> Option<(i128, i128)> {
    let (mut least, mut most) = (0, i128::from(i32::MAX));
    for condition in conditions {
        let acc = i128::from(condition.acc) + i128::from(bias);
        let product = first_product(condition.level, shift, rounding)?;
        // reached: acc * m >= product; not reached: acc * m <= product - 1.
        match (condition.reached, acc.signum()) {
            (true, 0) if product > 0 => return None,
            (false, 0) if product <= 0 => return None,
            (true, 1) => least = least.max(div_ceil(product, acc)),
            (true, -1) => most = most.min(div_floor(-product, -acc)),
            (false, 1) => most = most.min(div_floor(product - 1, acc)),
            (false, -1) => least = least.max(div_ceil(1 - product, -acc)),
            _ => {}
        }
        if least > most {
            return None;
        }
    }
    Some((least, most))
}

/// The least `acc * multiplier` that is rounded to `level` or more.
fn first_product(level: i64, shift: u32, rounding: Rounding) -> Option<i128> {
    let half = (1i128 << shift) >> 1;
    let tie = (i128::from(level) << shift) - half;
    match rounding {
        Rounding::Single => Some(tie),
        // A tie goes up to an even level and stays below an odd one.
        Rounding::NearestEven => Some(tie + i128::from(shift > 0 && level % 2 != 0)),
        Rounding::Double | Rounding::Float => None,
    }
}

/// `a / b` rounded down, `b` positive.
fn div_floor(a: i128, b: i128) -> i128 {
    a.div_euclid(b)
}

/// `a / b` rounded up, `b` positive.
fn div_ceil(a: i128, b: i128) -> i128 {
    -(-a).div_euclid(b)
}

/// The scale whose [`Rounding::NearestEven`] result is, after zero point and clamp, `round_half_even(f32(acc) * scale)` with the product
/// rounded to f32, for every accumulator in `acc_range` (both ends included). `None` when `scale` is negative or not finite, or when no
/// integer scale is equal everywhere: f32 rounds products beside a tie to the tie, more of them the smaller the scale.
pub fn prove_nearest_even(scale: f32, zero_point: i32, clamp: [i8; 2], acc_range: (i32, i32)) -> Option<Scale> {
    if !scale.is_finite() || scale < 0.0 {
        return None;
    }
    let float = |acc: i32| (acc as f32 * scale).round_ties_even() as i32;
    let outputs = [i32::from(clamp[0]).checked_sub(zero_point)?, i32::from(clamp[1]).checked_sub(zero_point)?];
    prove_monotone(float, acc_range, outputs, Rounding::NearestEven, 0, f64::from(scale))
}

/// The scale whose [`Rounding::Single`] result is `sum / count` rounded half away from zero, for every sum of `count` int8 values.
/// `None` when there is none: for a count of 0, for some counts above 2^23 and for all above 2^24.
pub fn prove_average(count: u32) -> Option<Scale> {
    let count = i32::try_from(count).ok().filter(|count| *count > 0)?;
    let range = (count.checked_mul(-128)?, count.checked_mul(127)?);
    prove_monotone(|sum| divide(sum, count), range, [-128, 127], Rounding::Single, 0, 1.0 / f64::from(count))
}

/// `a / b` rounded half away from zero, `b` positive.
fn divide(a: i32, b: i32) -> i32 {
    let magnitude = (i64::from(a).abs() + i64::from(b / 2)) / i64::from(b);
    (i64::from(a.signum()) * magnitude) as i32
}

#[cfg(test)]
mod tests;
