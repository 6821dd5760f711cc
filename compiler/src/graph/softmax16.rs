//! Softmax of int16 as TensorFlow Lite Micro computes it, bit for bit: the exponential and a reciprocal are interpolated in tables of 513
//! entries, which are the same for every network. Numbers are int16 with 15 fraction bits.

use fretwork_sim::requantise::{Rounding, Scale, requantise};

use super::fixed_point::quantise_multiplier;

/// Intervals of a table.
const STEPS: usize = 512;
/// The exponential's table covers differences from -10 to 0 in 65,535 steps.
const DIFFERENCE_STEP: f64 = 10.0 / 65535.0;

type Table = [i16; STEPS + 1];

/// Multiplier and shift that bring a difference of logits into steps of the exponential's table, or `None` when `beta * scale` is out of
/// range.
pub fn difference_scale(beta: f32, scale: f32) -> Option<Scale> {
    let real = f64::from(scale) * f64::from(beta) / DIFFERENCE_STEP;
    // The difference has 16 bits and a sign; shifted left it has to fit 32 bits.
    quantise_multiplier(real).filter(|scale| scale.multiplier > 0 && scale.shift < 16)
}

/// Softmax over rows of `classes` logits; the result's scale is 1/32768, its zero point 0. A scale out of range (the importer refuses it) makes
/// all classes equal.
pub fn softmax(logits: &[i16], classes: usize, beta: f32, scale: f32) -> Vec<i16> {
    let scale = difference_scale(beta, scale).unwrap_or(Scale::ZERO);
    let exponential = table(10.0 / 65535.0, i32::from(i16::MAX), 2.0 / 65535.0, f64::exp);
    let reciprocal = table(1.0 / 65535.0, i32::from(i16::MIN), 2.0 / 65535.0, |x| 1.0 / (1.0 + x));
    logits.chunks(classes.max(1)).flat_map(|row| softmax_row(row, scale, &exponential, &reciprocal)).collect()
}

fn softmax_row(row: &[i16], scale: Scale, exponential: &Table, reciprocal: &Table) -> Vec<i16> {
    let maximum = i32::from(row.iter().copied().max().unwrap_or(0));
    let power = |logit: &i16| {
        let difference = requantise(i32::from(*logit) - maximum, scale, Rounding::Double);
        look_up(difference.saturating_add(32767), exponential)
    };
    let powers: Vec<i16> = row.iter().map(power).collect();
    let sum: i32 = powers.iter().map(|power| i32::from(*power)).sum();
    let headroom = sum.leading_zeros();
    // The sum brought to 1..2 in 16 fraction bits, less the 1 and half the table's width.
    let shifted = ((i64::from(sum) << (headroom - 1)) + (1 << 13)) >> 14;
    let factor = look_up((shifted - (1 << 15) - (1 << 16)) as i32, reciprocal);
    let shift = 31 - headroom;
    let probability = |power: &i16| {
        let product = i64::from(*power) * i64::from(factor);
        ((product + (1 << (shift - 1))) >> shift).clamp(0, 32767) as i16
    };
    powers.iter().map(probability).collect()
}

/// The table of `function` over the int16 inputs `input_step * (x - zero)`, in units of `output_step`. Each entry is moved by half the error
/// that interpolation has in the middle of its interval. Single precision, as the entries' last bits depend on it.
fn table(input_step: f32, zero: i32, output_step: f32, function: impl Fn(f64) -> f64) -> Table {
    let end = |step: f32, zero: i32, at: i16| step * (i32::from(at) - zero) as f32;
    let [first, last] = [i16::MIN, i16::MAX].map(|at| end(input_step, zero, at));
    let [lowest, highest] = [i16::MIN, i16::MAX].map(|at| end(output_step, 0, at));
    let step = (last - first) / STEPS as f32;
    let half = step / 2.0;
    let units = 65536.0 / (highest - lowest);
    let function = |x: f32| function(f64::from(x)) as f32;
    let limited = |value: f32| value.clamp(-32768.0, 32767.0) as i16;
    std::array::from_fn(|entry| {
        if entry == STEPS {
            return limited((function(last) * units).round());
        }
        let at = entry as f32;
        let sample = (function(first + at * step) * units).round();
        let next = function(first + (at + 1.0) * step) * units;
        let middle = (function(first + at * step + half) * units).round();
        let error = ((next + sample) / 2.0).round() - middle;
        limited(sample - (error / 2.0).round())
    })
}

/// The table's value at `x`, brought into int16, between two entries.
fn look_up(x: i32, table: &Table) -> i16 {
    let x = x.clamp(-32768, 32767);
    let (index, offset) = ((256 + (x >> 7)) as usize, x & 0x7f);
    let [base, next] = [table[index], table[index + 1]].map(i32::from);
    (base + (((next - base) * offset + 64) >> 7)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_near_the_real_ones() {
        let logits = [-3000, 12, 4000, 3999, -32768, 2500];
        let exponentials = logits.map(|logit| (f64::from(logit) * 0.001).exp());
        let sum: f64 = exponentials.iter().sum();
        for (ours, real) in softmax(&logits, 6, 1.0, 0.001).iter().zip(exponentials) {
            assert!((f64::from(*ours) / 32768.0 - real / sum).abs() < 0.001, "{ours} {}", real / sum);
        }
        assert_eq!(softmax(&[5], 1, 1.0, 0.1), [32767]);
    }

    #[test]
    fn scales_beyond_the_table_are_none() {
        assert!(difference_scale(1.0, 4.0).is_some());
        assert!(difference_scale(1.0, 6.0).is_none());
        assert!(difference_scale(0.0, 0.1).is_none());
        assert!(difference_scale(f32::NAN, 0.1).is_none());
    }
}
