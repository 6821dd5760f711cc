//! Reference kernels: what every operation computes, as plain nested loops over decoded weights, short enough to be checked by eye.
//!
//! Activations are int8 in NHWC order with N = 1; those of convolutions and fully connected layers may be int16 on either side. The kernels
//! know no model format, no graph and no core; every core is compared with them. Accumulators are 32 bits wide; callers have proven that no
//! sum leaves them.

mod channels;
mod concat;
mod conv;
mod depthwise;
mod elementwise;
mod fully_connected;
mod pool;

pub use channels::{displace, select};
pub use concat::concat;
pub use conv::conv;
pub use depthwise::depthwise;
pub use elementwise::{add, mul_constant, table};
pub use fully_connected::fully_connected;
pub use pool::{average_pool, max_pool, mean, pad};

use crate::requantise::{Activation, Rounding, Scale, requantise};
use crate::thresholds::Staircase;

/// Size of an activation, NHWC `[1, height, width, channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
}

impl Image {
    /// The channels of one pixel.
    fn pixel<'a, A>(&self, data: &'a [A], [row, col]: [usize; 2]) -> &'a [A] {
        &data[(row * self.width + col) * self.channels..][..self.channels]
    }
}

/// A sliding window. Pairs are `[vertical, horizontal]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Stride.
    pub stride: [usize; 2],
    /// Dilation, 1 = none.
    pub dilation: [usize; 2],
    /// Rows above and columns to the left.
    pub before: [usize; 2],
    /// Rows below and columns to the right.
    pub after: [usize; 2],
}

impl Window {
    /// Height and width of the output; the window fits into the padded image.
    pub fn output(&self, image: Image) -> [usize; 2] {
        let size = [image.height, image.width];
        [0, 1].map(|d| {
            let padded = size[d] + self.before[d] + self.after[d];
            (padded - ((self.kernel[d] - 1) * self.dilation[d] + 1)) / self.stride[d] + 1
        })
    }

    /// The input pixel that tap `tap` of output pixel `out` reads, or `None` when it lies outside the image.
    fn source(&self, image: Image, out: [usize; 2], tap: [usize; 2]) -> Option<[usize; 2]> {
        let at = |d: usize| (out[d] * self.stride[d] + tap[d] * self.dilation[d]).checked_sub(self.before[d]);
        let (row, col) = (at(0)?, at(1)?);
        (row < image.height && col < image.width).then_some([row, col])
    }

    /// All taps, row by row.
    fn taps(&self) -> impl Iterator<Item = [usize; 2]> + use<> {
        let [height, width] = self.kernel;
        (0..height).flat_map(move |i| (0..width).map(move |j| [i, j]))
    }
}

/// All pixels of a `height x width` image, row by row.
fn pixels([height, width]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    (0..height).flat_map(move |y| (0..width).map(move |x| [y, x]))
}

/// From the accumulator to the activation: `clamp(requantise(acc) + zero_point)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epilogue<'a> {
    /// One per output channel, or empty when there is none.
    pub bias: &'a [i32],
    /// One per output channel, or one for all.
    pub scales: &'a [Scale],
    /// How the scaled accumulator is rounded.
    pub rounding: Rounding,
    /// The output's zero point.
    pub zero_point: i32,
    /// Lowest and highest activation.
    pub clamp: [i16; 2],
    /// One per output channel, or one for all; when there are any, `scales`, `rounding` and `zero_point` have no meaning.
    pub thresholds: &'a [Staircase],
    /// With thresholds: activations are -1 and 1, not `clamp[0]` plus the steps passed.
    pub bipolar: bool,
}

impl<'a> Epilogue<'a> {
    /// The same with one bias and scale per channel, nothing else.
    pub fn scaled(bias: &'a [i32], scales: &'a [Scale], rounding: Rounding, zero_point: i32, clamp: [i16; 2]) -> Epilogue<'a> {
        Epilogue { bias, scales, rounding, zero_point, clamp, thresholds: &[], bipolar: false }
    }

    /// Where the accumulator of `channel` starts.
    fn bias(&self, channel: usize) -> i32 {
        self.bias.get(channel).copied().unwrap_or(0)
    }

    /// The activation of `channel` for accumulator `acc`, which has the bias in it.
    fn apply<B: Activation>(&self, acc: i32, channel: usize) -> B {
        if let Some(stairs) = self.thresholds.get(channel).or(self.thresholds.first()) {
            let passed = stairs.passed(acc) as i64;
            return clamp(if self.bipolar { 2 * passed - 1 } else { i64::from(self.clamp[0]) + passed }, self.clamp);
        }
        let scale = if self.scales.len() == 1 { self.scales[0] } else { self.scales[channel] };
        clamp(i64::from(requantise(acc, scale, self.rounding)) + i64::from(self.zero_point), self.clamp)
    }
}

/// `value`, brought into the range of an activation.
fn clamp<B: Activation>(value: i64, [low, high]: [i16; 2]) -> B {
    B::from_i32(value.clamp(i64::from(low), i64::from(high)) as i32)
}

#[cfg(test)]
mod tests;
