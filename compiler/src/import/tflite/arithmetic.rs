//! Scales, activation ranges and padding as TFLite computes them.

use fretwork_sim::requantise::{Rounding, Scale};

use super::lower::{Lowered, Refusal, refuse};
use super::model::Tensor;
use crate::graph::fixed_point::quantise_multiplier;
use crate::graph::{self, Output, Padding, Window};

/// Largest kernel height or width, stride and dilation.
const MAX_WINDOW: i32 = 1024;

/// Multiplier and shift of a real factor.
pub fn scale(real: f64) -> Lowered<Scale> {
    quantise_multiplier(real).ok_or_else(|| Refusal {
        reason: format!("the factor {real} between input and output scale is out of range"),
        fits: "positive scales with factors below 2^30",
    })
}

/// Multipliers and shifts, and what they mean.
pub struct Factors {
    pub scales: Vec<Scale>,
    pub rounding: Rounding,
}

/// `input scale * weight scale / output scale` for every weight scale; `long` says that TFLite sums in 64 bits.
pub fn channel_scales(input: &graph::Tensor, weights: &[f32], target: &graph::Tensor, long: bool) -> Lowered<Factors> {
    let factor = |weight: &f32| f64::from(input.scale) * f64::from(*weight) / f64::from(target.scale);
    let scales = weights.iter().map(|weight| scale(factor(weight)).and_then(|scale| if long { reduced(scale) } else { Ok(scale) }));
    let rounding = if long { Rounding::Single } else { Rounding::Double };
    Ok(Factors { scales: scales.collect::<Lowered<_>>()?, rounding })
}

/// Of a sum of 64 bits and the multiplier's upper 15, rounded, the product is rounded once.
fn reduced(Scale { multiplier, shift }: Scale) -> Lowered<Scale> {
    if shift > 7 {
        return refuse(
            format!("the factor between input and output scale is above 2^{}", shift - 1),
            "factors below 2^7 with int16 activations and biases that are not int32",
        );
    }
    let upper = if multiplier < 0x7fff_0000 { (multiplier + (1 << 15)) >> 16 } else { 0x7fff };
    Ok(Scale { multiplier: upper << 16, shift: 31 - shift })
}

/// The weights' scales: symmetric, one for all or one for each of `channels` along `axis`.
pub fn weight_scales<'t>(weights: &'t Tensor, axis: usize, channels: usize) -> Lowered<&'t [f32]> {
    let fits = "symmetric int8 weights (zero point 0) with one scale, or one per output channel";
    if weights.zero_points.iter().any(|zero| *zero != 0) {
        return refuse(format!("the weights {:?} are asymmetric", weights.name), fits);
    }
    let count = weights.scales.len();
    let along = count == 1 || (count == channels && usize::try_from(weights.axis) == Ok(axis));
    if !along || weights.zero_points.len() != count {
        let reason = format!("the weights {:?} have {count} scales along axis {} for {channels} channels", weights.name, weights.axis);
        return refuse(reason, fits);
    }
    Ok(&weights.scales)
}

/// The range that a fused activation function leaves of the target's.
pub fn activation_range(activation: i8, target: &graph::Tensor) -> Lowered<[i16; 2]> {
    let range = target.range();
    let [lowest, highest] = range.map(f64::from);
    let quantised = |real: f32| f64::from((real / target.scale).round()) + f64::from(target.zero_point);
    let clamp = |low: f64, high: f64| [low, high].map(|end| end.clamp(lowest, highest) as i16);
    match activation {
        0 => Ok(range),
        1 => Ok(clamp(quantised(0.0), highest)),
        2 => Ok(clamp(quantised(-1.0), quantised(1.0))),
        3 => Ok(clamp(quantised(0.0), quantised(6.0))),
        other => refuse(format!("fused activation function number {other}"), "fused RELU, RELU6 and RELU_N1_TO_1"),
    }
}

/// The range that a fused activation function leaves of int8.
pub fn narrow_range(activation: i8, target: &graph::Tensor) -> Lowered<[i8; 2]> {
    Ok(activation_range(activation, target)?.map(|end| end.clamp(-128, 127) as i8))
}

/// An epilogue without bias and with one scale.
pub fn plain_output(factor: f64, activation: i8, target: &graph::Tensor) -> Lowered<Output> {
    let clamp = activation_range(activation, target)?;
    Ok(Output { bias: Vec::new(), scales: vec![scale(factor)?], rounding: Rounding::Double, clamp, thresholds: Vec::new() })
}

/// Options of a window as the file states them, `[vertical, horizontal]`.
pub struct WindowOptions {
    pub same: bool,
    pub kernel: [i32; 2],
    pub stride: [i32; 2],
    pub dilation: [i32; 2],
}

impl WindowOptions {
    /// TFLite's number for the padding scheme.
    pub fn same(padding: i8) -> Lowered<bool> {
        match padding {
            0 => Ok(true),
            1 => Ok(false),
            other => refuse(format!("padding scheme number {other}"), "padding SAME and VALID"),
        }
    }

    /// The window over an image of `size`.
    pub fn window(&self, size: [usize; 2]) -> Lowered<Window> {
        let [kernel, stride, dilation] = [self.kernel, self.stride, self.dilation].map(dimensions);
        let (kernel, stride, dilation) = (kernel?, stride?, dilation?);
        let around = |d: usize| {
            if self.same { same_padding(size[d], kernel[d], stride[d], dilation[d]) } else { [0, 0] }
        };
        let ([top, bottom], [left, right]) = (around(0), around(1));
        Ok(Window { kernel, stride, dilation, padding: Padding { top, left, bottom, right } })
    }
}

fn dimensions(pair: [i32; 2]) -> Lowered<[usize; 2]> {
    match pair {
        [1..=MAX_WINDOW, 1..=MAX_WINDOW] => Ok(pair.map(|size| size as usize)),
        _ => refuse(format!("window, stride or dilation {pair:?}"), "windows, strides and dilations in the range 1..=1024"),
    }
}

/// Padding before and after for an output of `ceil(size / stride)`; the odd one comes after.
fn same_padding(size: usize, kernel: usize, stride: usize, dilation: usize) -> [usize; 2] {
    let span = (kernel - 1) * dilation + 1;
    let total = ((size.div_ceil(stride) - 1) * stride + span).saturating_sub(size);
    [total / 2, total - total / 2]
}
