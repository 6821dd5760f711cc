//! The typed integer graph: what a network computes, to the bit, free of any model format and of any hardware.
//!
//! Activations are int8, or int16 with zero point 0. Shapes keep the model's own rank; four-dimensional ones are NHWC with N = 1.

mod check;
mod eval;
pub mod fixed_point;
pub mod host;
mod host_step;
mod layout;
pub mod softmax16;
mod text;
mod value;

pub use check::{CheckError, GraphFault, NodeFault, TensorFault};
pub use eval::evaluate;
pub(crate) use eval::evaluate_node;
pub use host_step::{HostRounding, HostStep};
pub use layout::{to_nchw, to_nhwc};
pub use value::element;

use fretwork_sim::requantise::{Rounding, Scale};
pub use fretwork_sim::thresholds::Staircase;

/// Index into [`Graph::tensors`].
pub type TensorId = usize;

/// A network of integer operations with, at its borders, steps that the host does.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Name of the model (the file's stem).
    pub name: String,
    /// Activations; weights live in the nodes.
    pub tensors: Vec<Tensor>,
    /// Operations in an order in which every input is computed before it is used.
    pub nodes: Vec<Node>,
    /// The graph's input activations.
    pub inputs: Vec<TensorId>,
    /// The graph's output activations: what the hardware hands over (logits, not softmax).
    pub outputs: Vec<TensorId>,
    /// What the host does with input `i` before handing it over, and with output `i` afterwards.
    pub host: Vec<HostStep>,
}

/// An int8 or int16 activation.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The model's name for it.
    pub name: String,
    /// Shape as in the model, batch included (batch is 1).
    pub shape: Vec<usize>,
    /// `real = scale * (integer - zero_point)`.
    pub scale: f32,
    /// See `scale`.
    pub zero_point: i32,
    /// Elements have 16 bits instead of 8; the zero point is then 0.
    pub wide: bool,
    /// The model's integers are unsigned: the element plus 128 (int8 only).
    pub unsigned: bool,
    /// Which elements occur.
    pub levels: Levels,
}

/// Which of the integers of its type an activation takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Levels {
    /// All of them.
    #[default]
    All,
    /// Those from the first to the second (int8 only): activations of fewer bits.
    Range([i8; 2]),
    /// -1 and 1: binary activations. The zero point is 0, which never occurs.
    Bipolar,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Name that error messages and reports use: the output tensor's name in the model.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// Activations read.
    pub inputs: Vec<TensorId>,
    /// Activation written.
    pub output: TensorId,
}

/// Rows and columns of padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Padding {
    /// Rows above.
    pub top: usize,
    /// Columns to the left.
    pub left: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the right.
    pub right: usize,
}

/// The window of a convolution or a pool. Pairs are `[vertical, horizontal]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Stride.
    pub stride: [usize; 2],
    /// Dilation, 1 = none.
    pub dilation: [usize; 2],
    /// Padding as computed from SAME or VALID.
    pub padding: Padding,
}

/// Bias, scales and clamp that turn accumulators into activations.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// One per output channel, or empty when there is none.
    pub bias: Vec<i32>,
    /// One per output channel, or one for all.
    pub scales: Vec<Scale>,
    /// How the scaled accumulator is rounded.
    pub rounding: Rounding,
    /// Lowest and highest activation, fused activation function included.
    pub clamp: [i16; 2],
    /// One per output channel, or one for all: what takes the place of `scales` and `rounding`; `scales` is then empty. With n steps passed
    /// the activation is `clamp[0] + n`, of a bipolar output -1 or 1.
    pub thresholds: Vec<Staircase>,
}

/// What a node computes. Only convolutions, fully connected layers and reshapes take or give int16. `a` is an input activation, `zp` its zero point, `w` a weight (symmetric, zero point 0).
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// `sum (a - zp) * w` over the window and the input channels of the output's group.
    Conv {
        /// Kernel, stride, dilation and padding.
        window: Window,
        /// Parts that input and output channels are divided into, in order; 1 when every output reads every input.
        groups: usize,
        /// `[out][kh][kw][in / groups]`.
        weights: Vec<i8>,
        /// Bias, scales, clamp.
        output: Output,
    },
    /// `sum (a - zp) * w` over the window, one filter per channel.
    Depthwise {
        /// Kernel, stride, dilation and padding.
        window: Window,
        /// `[kh][kw][channels]`.
        weights: Vec<i8>,
        /// Bias, scales, clamp.
        output: Output,
    },
    /// `sum (a - zp) * w` over the flattened input.
    FullyConnected {
        /// `[out][in]`.
        weights: Vec<i8>,
        /// Bias, scales, clamp.
        output: Output,
    },
    /// TFLite's int8 addition: each `(a - zp) << 20` scaled by its own scale (double rounding), summed, scaled by `output.scales[0]`.
    Add {
        /// One scale per input.
        inputs: [Scale; 2],
        /// One scale, clamp; no bias.
        output: Output,
    },
    /// `(a - zp) * factor[channel]`, scaled.
    MulConstant {
        /// Nine bits each (the constant minus its zero point), one per channel or one for all.
        factors: Vec<i16>,
        /// One scale, clamp; no bias.
        output: Output,
    },
    /// Sum over the window's pixels inside the image, divided by their number, rounded half away from zero, clamped.
    AveragePool {
        /// Kernel, stride and padding; no dilation.
        window: Window,
        /// Lowest and highest activation.
        clamp: [i8; 2],
    },
    /// Maximum over the window's pixels inside the image, clamped.
    MaxPool {
        /// Kernel, stride and padding; no dilation.
        window: Window,
        /// Lowest and highest activation.
        clamp: [i8; 2],
    },
    /// Mean over height and width as TFLite Micro computes it: `sum (a - zp)`, scaled (double rounding), zero point, clamp to int8.
    Mean {
        /// `input scale / output scale / number of pixels`: the division is part of the scale.
        scale: Scale,
    },
    /// Rows and columns of one value around the image.
    Pad {
        /// How many on each side.
        padding: Padding,
        /// The value; mostly the zero point.
        value: i8,
    },
    /// Concatenation over the last axis (channels); every input has the output's scale and zero point.
    Concat,
    /// Rows or columns of the inputs in turn: number `k` of every input, then number `k + 1`; all inputs have one shape, scale and zero point.
    /// The same input twice is nearest-neighbour upsampling.
    Interleave {
        /// Rows or columns.
        axis: Axis,
    },
    /// Some of the channels, or all in another order (channel split, channel shuffle).
    Select {
        /// The input channel that each output channel is.
        channels: Vec<usize>,
    },
    /// Every channel displaced: output pixel (y, x) is input pixel (y + dy, x + dx), the zero point outside the image (B. Wu et al., *Shift*,
    /// CVPR 2018).
    Displace {
        /// dy and dx, one pair per channel.
        offsets: Vec<[i8; 2]>,
    },
    /// Same elements in the same order, another shape.
    Reshape,
    /// `table[a + 128]`: any unary int8 function (rectifier alone, requantisation, sigmoid, tanh).
    Table {
        /// The function's value for -128, -127, ... 127.
        table: Box<[i8; 256]>,
    },
}

/// A direction in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// From the top to the bottom.
    Rows,
    /// From left to right.
    Columns,
}

impl Tensor {
    /// An int8 activation that takes every value.
    pub fn int8(name: impl Into<String>, shape: Vec<usize>, scale: f32, zero_point: i32) -> Tensor {
        Tensor { name: name.into(), shape, scale, zero_point, wide: false, unsigned: false, levels: Levels::All }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Size of the last axis.
    pub fn channels(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// Height, width and channels of an NHWC shape; other ranks have none.
    pub fn image(&self) -> Option<[usize; 3]> {
        match self.shape[..] {
            [1, height, width, channels] => Some([height, width, channels]),
            _ => None,
        }
    }
}

impl Window {
    /// Height and width of the output for an input of `size`, or `None` when the window does not fit.
    pub fn output(&self, size: [usize; 2]) -> Option<[usize; 2]> {
        let padding = [self.padding.top + self.padding.bottom, self.padding.left + self.padding.right];
        let mut output = [0; 2];
        for d in 0..2 {
            let span = self.kernel[d].checked_sub(1)?.checked_mul(self.dilation[d])?.checked_add(1)?;
            let room = size[d].checked_add(padding[d])?.checked_sub(span)?;
            output[d] = room.checked_div(self.stride[d])? + 1;
        }
        Some(output)
    }
}

impl Op {
    /// Whether it only moves, compares or averages values, so that input and output share scale, zero point and levels.
    pub fn keeps_meaning(&self) -> bool {
        match self {
            Op::AveragePool { .. } | Op::MaxPool { .. } | Op::Pad { .. } | Op::Concat | Op::Interleave { .. } => true,
            Op::Select { .. } | Op::Displace { .. } | Op::Reshape => true,
            Op::Conv { .. } | Op::Depthwise { .. } | Op::FullyConnected { .. } | Op::Add { .. } => false,
            Op::MulConstant { .. } | Op::Mean { .. } | Op::Table { .. } => false,
        }
    }

    /// The operation's name in text forms and messages.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Conv { .. } => "conv",
            Op::Depthwise { .. } => "depthwise",
            Op::FullyConnected { .. } => "fully_connected",
            Op::Add { .. } => "add",
            Op::MulConstant { .. } => "mul_constant",
            Op::AveragePool { .. } => "average_pool",
            Op::MaxPool { .. } => "max_pool",
            Op::Mean { .. } => "mean",
            Op::Pad { .. } => "pad",
            Op::Concat => "concat",
            Op::Interleave { .. } => "interleave",
            Op::Select { .. } => "select",
            Op::Displace { .. } => "displace",
            Op::Reshape => "reshape",
            Op::Table { .. } => "table",
        }
    }
}

#[cfg(test)]
mod tests;
