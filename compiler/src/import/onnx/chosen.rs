//! What becomes of sums behind a quantiser that a pass has chosen: a multiplication, a shift and limits, rounded as the hardware does it.

use fretwork_sim::requantise::{Rounding, Scale};

use super::link::Function;
use super::quantiser::Quantiser;
use super::signal::{Signal, Sums};
use crate::graph::fixed_point::quantise_multiplier;
use crate::graph::{Op, Output, Tensor};

/// How far, in steps of the result, a whole bias may be from the real one: of results of up to four bits, and of others. Where sums are so few
/// that it would be further, they are compared with the steps.
const MAX_SHIFTS: [f64; 2] = [1.0 / 64.0, 0.25];

/// `x * factor + offset`, then limited; per channel.
struct Line {
    factor: f64,
    offset: f64,
}

/// Lowest and highest integer that the functions behind sum and quantiser leave, or `None` where they are more than limits.
fn limits(chain: &[super::link::Link], quantiser: &Quantiser) -> Option<[i32; 2]> {
    let integer = |x: f32| (x / quantiser.scale).round_ties_even() as i32 + quantiser.zero_point;
    let [mut low, mut high] = quantiser.range;
    for link in chain {
        match link.function {
            Function::Relu => low = low.max(quantiser.zero_point).min(high),
            Function::Clip if link.a.len() == 1 => {
                let [from, to] = quantiser.range;
                low = low.max(integer(link.a[0]).clamp(from, to)).min(high);
                high = high.min(integer(link.b[0]).clamp(from, to)).max(low);
            }
            _ => return None,
        }
    }
    Some([low, high].map(|end| end - quantiser.shift()))
}

/// The epilogue of `sums`, if between them and the quantiser there is a rising line, and limits behind it.
pub fn output(sums: &Sums, signal: &Signal, quantiser: &Quantiser) -> Option<Output> {
    if quantiser.bipolar {
        return None;
    }
    let straight = |function: &Function| matches!(function, Function::Add | Function::Sub | Function::Mul | Function::Div | Function::Affine);
    let count = signal.chain.iter().take_while(|link| straight(&link.function)).count();
    let [low, high] = limits(&signal.chain[count..], quantiser)?;
    let most = MAX_SHIFTS[usize::from(high - low >= 16)];
    let (mut bias, mut scales) = (Vec::new(), Vec::new());
    for channel in 0..sums.reach.len() {
        let line = line(&signal.chain[..count], channel, f64::from(quantiser.scale))?;
        let offset = line.offset / line.factor;
        let own = f64::from(sums.bias.get(channel).copied().unwrap_or(0)) + offset.round();
        if own.abs() >= f64::from(1 << 30) || (offset - offset.round()).abs() * line.factor > most {
            return None;
        }
        bias.push(own as i32);
        let Scale { multiplier, shift } = quantise_multiplier(line.factor)?;
        scales.push(if multiplier == 0 { Scale::ZERO } else { Scale { multiplier, shift: 31 - shift } });
    }
    if bias.iter().all(|bias| *bias == 0) {
        bias.clear();
    }
    if scales.iter().all(|scale| *scale == scales[0]) {
        scales.truncate(1);
    }
    Some(Output { bias, scales, rounding: Rounding::NearestEven, clamp: [low as i16, high as i16], thresholds: Vec::new() })
}

/// The line of one channel, in units of the output, if it rises.
fn line(chain: &[super::link::Link], channel: usize, scale: f64) -> Option<Line> {
    let mut line = Line { factor: 1.0, offset: 0.0 };
    for link in chain {
        let own = |list: &[f32]| list.get(if list.len() == 1 { 0 } else { channel }).copied().map(f64::from);
        let (factor, offset) = match link.function {
            Function::Add => (1.0, own(&link.a)?),
            Function::Sub => (1.0, -own(&link.a)?),
            Function::Mul => (own(&link.a)?, 0.0),
            Function::Div => (1.0 / own(&link.a)?, 0.0),
            Function::Affine => (own(&link.a)?, own(&link.b)?),
            _ => return None,
        };
        line = Line { factor: line.factor * factor, offset: line.offset * factor + offset };
    }
    line = Line { factor: line.factor / scale, offset: line.offset / scale };
    (line.factor > 0.0 && line.factor.is_normal() && line.offset.is_finite()).then_some(line)
}

/// The sum of two activations with these scales, in TensorFlow Lite's arithmetic.
pub fn addition(scales: [f32; 2], whole: &Signal, quantiser: &Quantiser, target: &Tensor) -> Option<Op> {
    let [low, high] = limits(&whole.chain, quantiser)?;
    let unit = 2.0 * f64::from(scales[0].max(scales[1]));
    let inputs = [quantise_multiplier(f64::from(scales[0]) / unit)?, quantise_multiplier(f64::from(scales[1]) / unit)?];
    let scale = quantise_multiplier(unit / (f64::from(1 << 20) * f64::from(target.scale)))?;
    let clamp = [low as i16, high as i16];
    let output = Output { bias: Vec::new(), scales: vec![scale], rounding: Rounding::Double, clamp, thresholds: Vec::new() };
    Some(Op::Add { inputs, output })
}
