//! Biases and scales from what a layer computes for one random image, as batch normalisation has them after training: every channel's outputs have
//! mean and deviation of their own, near 0 and 1, and fill the range of eight bits without leaving it often.

use super::random::Random;
use crate::graph::fixed_point::quantise_multiplier;
use crate::graph::{Output, Tensor};
use fretwork_sim::requantise::{Rounding, Scale};

/// Deviations of a channel's outputs, and their means: a layer's channels are not all alike.
const GAINS: [f64; 2] = [0.75, 1.25];
const OFFSETS: [f64; 2] = [-0.25, 0.25];
/// Fewest pixels whose deviation is taken for a channel's own.
const FEW: usize = 32;
/// Least deviation of a channel, as a share of the layer's.
const LEAST: f64 = 0.25;

/// What follows a layer's sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)`.
    Relu6,
}

impl Activation {
    /// Steps of the output per deviation: four deviations, or six, fill the range.
    pub fn steps(self) -> f64 {
        match self {
            Activation::Linear => 127.0 / 4.0,
            Activation::Relu => 255.0 / 4.0,
            Activation::Relu6 => 255.0 / 6.0,
        }
    }

    /// Zero point of the output: whatever is below it is cut off.
    pub fn zero_point(self) -> i32 {
        if self == Activation::Linear { 0 } else { -128 }
    }
}

/// Mean and deviation of a channel's sums.
#[derive(Clone, Copy, Default)]
struct Spread {
    mean: f64,
    deviation: f64,
}

/// Scale and zero point of activations with a deviation of 1.
pub fn unit(activation: Activation) -> (f32, i32) {
    ((1.0 / activation.steps()) as f32, activation.zero_point())
}

/// The output of a layer with these sums, `[pixel][channel]`.
pub fn output(sums: &[i32], channels: usize, activation: Activation, random: &mut Random) -> Output {
    let (gains, offsets) = (random.reals(channels, GAINS), random.reals(channels, OFFSETS));
    let spreads = spreads(sums, channels);
    let each = |channel: usize| {
        let Spread { mean, deviation } = spreads[channel];
        let bias = (offsets[channel] / gains[channel] * deviation - mean).round() as i32;
        let scale = quantise_multiplier(gains[channel] * activation.steps() / deviation);
        (bias, scale.unwrap_or(Scale::ZERO))
    };
    let (bias, scales) = (0..channels).map(each).unzip();
    Output { bias, scales, rounding: Rounding::Double, clamp: [-128, 127], thresholds: Vec::new() }
}

/// Every channel's spread; where there are few pixels, the layer's around 0 for all.
fn spreads(sums: &[i32], channels: usize) -> Vec<Spread> {
    let pixels = sums.len() / channels;
    let mut moments = vec![[0.0; 2]; channels];
    for pixel in sums.chunks_exact(channels) {
        for ([sum, squares], value) in moments.iter_mut().zip(pixel) {
            *sum += f64::from(*value);
            *squares += f64::from(*value).powi(2);
        }
    }
    let layer = (moments.iter().map(|[_, squares]| squares).sum::<f64>() / sums.len() as f64).sqrt().max(1.0);
    let own = |[sum, squares]: [f64; 2]| {
        let mean = sum / pixels as f64;
        let variance = squares / pixels as f64 - mean * mean;
        Spread { mean, deviation: variance.max(0.0).sqrt().max(LEAST * layer) }
    };
    moments.into_iter().map(|moments| if pixels < FEW { Spread { mean: 0.0, deviation: layer } } else { own(moments) }).collect()
}

/// Scales of an addition's operands, scale and zero point of its output, and the output, as TensorFlow Lite computes it: the larger operand's scale
/// doubled is the unit of both.
pub fn addition(operands: [(&Tensor, &[i8]); 2], activation: Activation) -> ([Scale; 2], f32, Output) {
    let real = |(tensor, value): (&Tensor, i8)| f64::from(tensor.scale) * f64::from(i32::from(value) - tensor.zero_point);
    let [(a, left), (b, right)] = operands;
    let squares = left.iter().zip(right).map(|(l, r)| (real((a, *l)) + real((b, *r))).powi(2));
    let root = (squares.sum::<f64>() / left.len() as f64).sqrt();
    let unit = 2.0 * f64::from(a.scale.max(b.scale));
    let scale = ((if root > 0.0 { root } else { unit }) / activation.steps()) as f32;
    let factor = |factor: f64| quantise_multiplier(factor).unwrap_or(Scale::ZERO);
    let scales = vec![factor(unit / (f64::from(1 << 20) * f64::from(scale)))];
    let output = Output { bias: Vec::new(), scales, rounding: Rounding::Double, clamp: [-128, 127], thresholds: Vec::new() };
    ([a, b].map(|tensor| factor(f64::from(tensor.scale) / unit)), scale, output)
}
