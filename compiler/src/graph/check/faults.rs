//! What can be wrong with a graph.

use fretwork_sim::requantise::Scale;
use thiserror::Error;

use crate::graph::{HostStep, TensorId, Window};

/// A graph that breaks an invariant.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum CheckError {
    /// A tensor is not well formed.
    #[error("tensor {tensor:?}: {fault}")]
    Tensor {
        /// Its name.
        tensor: String,
        /// What is wrong.
        fault: TensorFault,
    },
    /// A node is not well formed.
    #[error("node {node:?} ({op}): {fault}")]
    Node {
        /// Its name.
        node: String,
        /// Its operation.
        op: &'static str,
        /// What is wrong.
        fault: NodeFault,
    },
    /// Inputs, outputs or host steps are not well formed.
    #[error("graph {graph:?}: {fault}")]
    Graph {
        /// Its name.
        graph: String,
        /// What is wrong.
        fault: GraphFault,
    },
}

/// What is wrong with a tensor.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum TensorFault {
    /// The shape is empty, has a zero, more than four axes or a batch other than 1.
    #[error("shape {0:?} is not of rank 1 to 4 with batch 1 and sizes of at least 1")]
    Shape(Vec<usize>),
    /// The scale is not a positive number.
    #[error("scale {0} is not a positive finite number")]
    Scale(f32),
    /// The zero point is no int8.
    #[error("zero point {0} is not in the range -128..=127")]
    ZeroPoint(i32),
    /// An int16 tensor of few levels or without a sign, an empty range, or a binary tensor with a zero point.
    #[error("its levels are none that an int8 tensor has: a range that is not empty, or -1 and 1 with zero point 0")]
    Levels,
    /// An int16 tensor has a zero point.
    #[error("zero point {0} of an int16 tensor is not 0")]
    WideZeroPoint(i32),
}

/// What is wrong with a node.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum NodeFault {
    /// Too many or too few inputs.
    #[error("it reads {found} activations instead of {expected}")]
    InputCount {
        /// How many the operation reads.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The tensor does not exist.
    #[error("tensor %{0} does not exist")]
    NoTensor(TensorId),
    /// A tensor is read before it is computed.
    #[error("tensor %{0} is read before it is computed")]
    Order(TensorId),
    /// A tensor is computed twice.
    #[error("tensor %{0} is computed twice")]
    Twice(TensorId),
    /// The operation needs a picture.
    #[error("shape {0:?} is not NHWC with batch 1")]
    NotImage(Vec<usize>),
    /// The window is empty or larger than the padded image.
    #[error("the window {0} does not fit into the padded image, or has a zero in it")]
    Window(Box<Window>),
    /// The output has another shape.
    #[error("the output has shape {found:?} instead of {expected:?}")]
    OutputShape {
        /// What the operation computes.
        expected: Vec<usize>,
        /// What the tensor says.
        found: Vec<usize>,
    },
    /// A list has the wrong length.
    #[error("there are {found} {what} instead of {expected}")]
    Length {
        /// Weights, biases, scales or factors.
        what: &'static str,
        /// How many the shapes call for.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Channels do not divide into the groups.
    #[error("its {} input and {} output channels do not divide into {groups} groups", .channels[0], .channels[1])]
    Groups {
        /// Groups.
        groups: usize,
        /// Input and output channels.
        channels: [usize; 2],
    },
    /// A channel that the input has not.
    #[error("it selects channel {channel} of {channels}")]
    Channel {
        /// The channel.
        channel: usize,
        /// Channels of the input.
        channels: usize,
    },
    /// A multiplier or shift is out of range.
    #[error("multiplier {} with shift {} is out of range", .0.multiplier, .0.shift)]
    Scale(Scale),
    /// The clamp is empty.
    #[error("the clamp {}..={} is empty", .0[0], .0[1])]
    Clamp([i16; 2]),
    /// The clamp leaves the output's range.
    #[error("the clamp {}..={} leaves the output's {}..={}", .clamp[0], .clamp[1], .range[0], .range[1])]
    ClampRange {
        /// The clamp.
        clamp: [i16; 2],
        /// What the output holds.
        range: [i16; 2],
    },
    /// An operation that computes with int8 only reads or writes int16.
    #[error("tensor %{0} is int16, the operation is defined for int8")]
    Wide(TensorId),
    /// A value that the tensor's levels leave out.
    #[error("tensor %{0} would take a value that is none of its levels")]
    Levels(TensorId),
    /// A staircase has too many steps, or they do not ascend.
    #[error("the thresholds of channel {channel} are {found} steps, where up to {most} that ascend are wanted")]
    Thresholds {
        /// Output channel.
        channel: usize,
        /// Its steps.
        found: usize,
        /// Most steps.
        most: usize,
    },
    /// The accumulator can leave 32 bits.
    #[error("the accumulator of channel {channel} can reach {bound}, the most it may reach is {limit}")]
    Accumulator {
        /// Output channel.
        channel: usize,
        /// Largest magnitude.
        bound: i64,
        /// Largest magnitude that fits, the left shift of the scale included.
        limit: i64,
    },
    /// An operation that only moves values changes their meaning; the input is named.
    #[error("an input and the output differ in scale, zero point or width")]
    Quantisation(TensorId),
}

/// What is wrong with a graph's borders.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum GraphFault {
    /// An input or output names no tensor.
    #[error("tensor %{0} does not exist")]
    NoTensor(TensorId),
    /// An output is never computed.
    #[error("output %{0} is never computed")]
    NotComputed(TensorId),
    /// A graph without inputs or outputs.
    #[error("it has no {0}")]
    Empty(&'static str),
    /// A sigmoid of int16.
    #[error("the host step `{0}` is defined for int8, the output is int16")]
    HostWidth(HostStep),
    /// A transposition of something else than an image.
    #[error("the host step `{0}` is defined for images, the shape is {1:?}")]
    HostImage(HostStep, Vec<usize>),
    /// A softmax of integers, or a step behind one that nothing may follow.
    #[error("the host step `{0}` stands behind another one than it can follow")]
    HostOrder(HostStep),
    /// A host step names no input or output.
    #[error("the host step `{0}` names an input or output that does not exist")]
    HostStep(HostStep),
}
