//! Which work there is for the host at a graph's borders; `host` does it.

use super::{Graph, TensorId};

/// Work at the borders that the host does in floating point (or in fixed point that stands for it).
///
/// Several steps of one output follow each other in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum HostStep {
    /// A graph input is given as f32 and quantised with its scale and zero point.
    Quantise {
        /// Index into [`Graph::inputs`].
        input: usize,
        /// How halves are rounded.
        rounding: HostRounding,
    },
    /// A graph input is given as NCHW in the model and transposed to NHWC.
    FromNchw {
        /// Index into [`Graph::inputs`].
        input: usize,
    },
    /// A graph output is transposed to NCHW.
    ToNchw {
        /// Index into [`Graph::outputs`].
        output: usize,
    },
    /// A graph output is handed on as f32.
    Dequantise {
        /// Index into [`Graph::outputs`].
        output: usize,
    },
    /// Softmax over the last axis of a graph output, back to integers.
    Softmax {
        /// Index into [`Graph::outputs`].
        output: usize,
        /// Factor of the logits.
        beta: f32,
        /// Scale of the result.
        scale: f32,
        /// Zero point of the result.
        zero_point: i32,
    },
    /// Softmax over the last axis of a graph output that has been dequantised: real numbers, as [`super::host::float_softmax`] computes them.
    FloatSoftmax {
        /// Index into [`Graph::outputs`].
        output: usize,
    },
    /// Index of the largest value along the last axis of a graph output.
    ArgMax {
        /// Index into [`Graph::outputs`].
        output: usize,
        /// Of equal values the last one counts instead of the first.
        last: bool,
    },
    /// Sigmoid of a graph output, back to int8.
    Logistic {
        /// Index into [`Graph::outputs`].
        output: usize,
        /// Scale of the result.
        scale: f32,
        /// Zero point of the result.
        zero_point: i32,
    },
}

impl HostStep {
    /// Index of the output that the step changes.
    pub fn output(&self) -> Option<usize> {
        match *self {
            HostStep::Quantise { .. } | HostStep::FromNchw { .. } => None,
            HostStep::Dequantise { output }
            | HostStep::ToNchw { output }
            | HostStep::Softmax { output, .. }
            | HostStep::FloatSoftmax { output }
            | HostStep::ArgMax { output, .. }
            | HostStep::Logistic { output, .. } => Some(output),
        }
    }

    /// The tensor at whose border the step is; `None` when there is no such input or output.
    pub fn border(&self, graph: &Graph) -> Option<TensorId> {
        match *self {
            HostStep::Quantise { input, .. } | HostStep::FromNchw { input } => graph.inputs.get(input).copied(),
            _ => self.output().and_then(|output| graph.outputs.get(output).copied()),
        }
    }

    /// Whether the step makes sense right after `before`, another step of the same output.
    pub fn follows(&self, before: Option<&HostStep>) -> bool {
        match (before, self) {
            (Some(HostStep::ArgMax { .. } | HostStep::ToNchw { .. }), _) => false,
            (Some(HostStep::FloatSoftmax { .. }), _) => matches!(self, HostStep::ArgMax { .. } | HostStep::ToNchw { .. }),
            (_, HostStep::FloatSoftmax { .. }) => matches!(before, Some(HostStep::Dequantise { .. })),
            _ => true,
        }
    }
}

/// How the host rounds what lies halfway between two integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostRounding {
    /// Away from zero, as TFLite does.
    HalfAway,
    /// To the even one, as ONNX does.
    HalfEven,
}
