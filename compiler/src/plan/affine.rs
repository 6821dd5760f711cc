//! Staircases of many steps as a multiplication: `((acc * m >> s) + b) >> 16`, where that is proven to step at the same accumulators.
//!
//! With `L` the level times 2^16, a step `t` to it asks for `f(t) + b >= L` and `f(t - 1) + b < L`, where `f(acc) = acc * m >> s`. Every pair of
//! steps bounds the slope; a slope within all bounds leaves an interval for `b`, which is then tested at every step.

use fretwork_hdl::{Channel, Epilogue};
use fretwork_sim::requantise::Scale;
use fretwork_sim::thresholds::Staircase;

/// Bits of the multiplier, sign left out.
const BITS: i32 = 30;

/// Lowest and highest biased sum of every stored channel; `None` for those that only pad a word.
pub type Reach = Vec<Option<[i64; 2]>>;

/// The epilogue with a multiplication in place of its stairs.
///
/// # Errors
/// The first channel for which there is none.
pub fn multiply(epilogue: &Epilogue, reach: &[Option<[i64; 2]>]) -> Result<Epilogue, usize> {
    let [low, high] = epilogue.clamp.map(i64::from);
    let channel = |index: usize| {
        let (stairs, bias) = (&epilogue.stairs[index], i64::from(epilogue.channels[index].bias));
        match reach.get(index).copied().flatten() {
            Some([least, most]) => solve(stairs, bias, [least, most], [low, high]).ok_or(index),
            // Padding: nothing but the lowest level.
            None => Ok(Channel { bias: (low << 16) as i32, scale: Scale::ZERO }),
        }
    };
    let channels = (0..epilogue.stairs.len()).map(channel).collect::<Result<_, _>>()?;
    Ok(Epilogue { channels, stairs: Vec::new(), affine: true, zero_point: 0, ..epilogue.clone() })
}

/// A step: from which sum on, and to which level times 2^16.
struct Step {
    at: i64,
    level: i64,
    /// Sums below occur: there the level is not reached.
    has_below: bool,
    /// The sum itself occurs: there it is.
    has_at: bool,
}

fn solve(stairs: &Staircase, bias: i64, [least, most]: [i64; 2], [low, high]: [i64; 2]) -> Option<Channel> {
    // What the hardware sums has no bias, and a falling staircase rises with its negative.
    let mut at: Vec<i64> = stairs.steps.iter().map(|step| if stairs.falling { bias - i64::from(*step) } else { i64::from(*step) - bias }).collect();
    at.sort_unstable();
    let [least, most] = if stairs.falling { [bias - most, bias - least] } else { [least - bias, most - bias] };
    let steps = within(&at, [least, most], [low, high]);
    let slope = slope(&steps)?;
    let shift = (BITS - (slope.log2().floor() as i32 + 1)).clamp(0, 46);
    let middle = (slope * 2f64.powi(shift)).round() as i64;
    let found = (0..64).flat_map(|step| [middle + step, middle - step]).find_map(|m| {
        let f = |acc: i64| ((i128::from(acc) * i128::from(m)) >> shift) as i64;
        let lowest = steps.iter().filter(|step| step.has_at).map(|step| step.level - f(step.at)).max();
        let highest = steps.iter().filter(|step| step.has_below).map(|step| step.level - f(step.at - 1) - 1).min();
        let b = match (lowest, highest) {
            (Some(lowest), Some(highest)) => lowest + (highest - lowest) / 2,
            (lowest, highest) => lowest.or(highest).unwrap_or(low << 16),
        };
        // The product, shifted, and with the bias have 32 bits.
        let fits = |value: i64| i32::try_from(value).is_ok();
        let held = [least, most].iter().all(|&acc| fits(f(acc)) && fits(f(acc) + b)) && fits(b) && fits(m);
        let both = lowest.zip(highest).is_none_or(|(lowest, highest)| lowest <= highest);
        (held && m >= 0 && both).then_some((m, b))
    });
    let (m, b) = found?;
    let multiplier = if stairs.falling { -m } else { m } as i32;
    Some(Channel { bias: b as i32, scale: Scale { multiplier, shift: shift as i8 } })
}

/// The steps that sums from `least` to `most` tell apart: of those passed by all only the last, of those passed by none only the first.
fn within(at: &[i64], [least, most]: [i64; 2], [low, high]: [i64; 2]) -> Vec<Step> {
    let step = |index: usize, at: i64| Step { at, level: (low + index as i64 + 1) << 16, has_below: at > least, has_at: at <= most };
    let passed = at.partition_point(|&at| at <= least);
    let reached = at.partition_point(|&at| at <= most);
    let first = passed.checked_sub(1).map(|index| step(index, least));
    let last = (low + (reached as i64) < high).then(|| step(reached, most + 1));
    first.into_iter().chain((passed..reached).map(|index| step(index, at[index]))).chain(last).collect()
}

/// A slope in 2^-16 levels per unit of the sum that every pair of steps allows; 0 when the only level is the lowest.
fn slope(steps: &[Step]) -> Option<f64> {
    let (mut low, mut high) = (0f64, f64::INFINITY);
    for (index, first) in steps.iter().enumerate() {
        for second in &steps[index + 1..] {
            let rise = (second.level - first.level) as f64;
            if first.has_at && second.has_below && second.at - 1 > first.at {
                high = high.min(rise / (second.at - 1 - first.at) as f64);
            }
            if first.has_below && second.has_at {
                low = low.max(rise / (second.at - first.at + 1) as f64);
            }
        }
    }
    if low > high {
        return None;
    }
    Some(match (low > 0.0, high.is_finite()) {
        (_, true) => (low + high) / 2.0,
        (true, false) => low * 1.5,
        (false, false) => 1.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fretwork_sim::requantise::Rounding;
    use fretwork_sim::stalls::splitmix;

    /// What the hardware computes.
    fn affine(acc: i64, channel: Channel, [low, high]: [i64; 2]) -> i64 {
        let product = (acc * i64::from(channel.scale.multiplier)) >> channel.scale.shift;
        ((product + i64::from(channel.bias)) >> 16).clamp(low, high)
    }

    /// Every staircase of a scale and an offset, rounded at random, is found, or refused where two roundings meet.
    #[test]
    fn multiplications_are_found_and_right() {
        let mut found = 0;
        for seed in 0..300u64 {
            let random = |k: u64, most: u64| splitmix(seed << 8 | k) % most;
            let scale = 0.002 * 1.02f64.powi(random(1, 300) as i32);
            let offset = random(2, 1000) as f64 / 7.0 - 70.0;
            let (falling, bias) = (random(3, 2) == 1, random(4, 2000) as i64 - 1000);
            let level = |acc: i64| ((if falling { -acc } else { acc }) as f64 * scale + offset).round().clamp(-128.0, 127.0) as i64;
            let (least, most) = (-20_000i64, 15_000i64);
            // Lower than any, as other channels are.
            let lowest = (level(if falling { most } else { least }) - random(5, 9) as i64).max(-128);
            let reached = |acc: i64| (level(acc) - lowest) as usize;
            let mut steps = vec![if falling { most } else { least } as i32; reached(if falling { most } else { least })];
            for acc in least..most {
                let (a, b) = (reached(acc), reached(acc + 1));
                (a.min(b)..a.max(b)).for_each(|_| steps.push(if falling { acc as i32 } else { acc as i32 + 1 }));
            }
            let clamp = [lowest, 127];
            steps.sort_unstable();
            let stairs = Staircase { falling, steps };
            let channels = vec![Channel { bias: bias as i32, scale: Scale::ZERO }];
            let scaled = Epilogue::scaled(channels, Rounding::Single, 0, clamp.map(|end| end as i16));
            let epilogue = Epilogue { stairs: vec![stairs.clone()], ..scaled };
            let Ok(result) = multiply(&epilogue, &[Some([least, most])]) else { continue };
            found += 1;
            for acc in least..=most {
                assert_eq!(affine(acc - bias, result.channels[0], clamp), lowest + stairs.passed(acc as i32) as i64, "seed {seed}, sum {acc}");
            }
        }
        assert!(found > 290, "{found} of 300");
    }
}
