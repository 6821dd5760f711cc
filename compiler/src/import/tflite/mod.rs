//! The TensorFlow Lite reader: int8 models, and int16 ones with int8 weights, to graphs whose every tensor equals TensorFlow Lite Micro's, bit for bit.
//!
//! `schema` and `model` take the file apart, `compression` decodes compressed constants, `tails` decides what the host does at the borders,
//! `lower` and the files beside it turn one operator after the other into a node.

mod arithmetic;
mod compression;
mod convolution;
mod elementwise;
mod lookup;
mod lower;
mod model;
mod names;
mod schema;
mod spatial;
mod tails;
mod tensors;

use super::ImportError;
use crate::graph::{CheckError, Graph, NodeFault};

/// Whether the bytes carry TFLite's file identifier.
pub fn recognises(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"TFL3")
}

/// Imports a TFLite model; `name` becomes the graph's name.
pub fn import(bytes: &[u8], name: &str) -> Result<Graph, ImportError> {
    let model = model::read(bytes)?;
    let graph = lower::lower(&model, name)?;
    match graph.check() {
        Ok(()) => Ok(graph),
        Err(error) => Err(explain(&model, error)),
    }
}

/// Blames the operator for a fault in the node it became.
fn explain(model: &model::Model, error: CheckError) -> ImportError {
    let CheckError::Node { node, fault, .. } = &error else {
        return error.into();
    };
    let made = |operator: &model::Operator| operator.outputs.iter().any(|output| model.tensors[*output].name == *node);
    match model.operators.iter().position(made) {
        Some(index) => lower::refused(model, index, lower::Refusal { reason: fault.to_string(), fits: remedy(fault) }),
        None => error.into(),
    }
}

/// What would have been right.
fn remedy(fault: &NodeFault) -> &'static str {
    match fault {
        NodeFault::Quantisation(_) => "one scale and zero point for inputs and output (QUANTIZE changes them)",
        NodeFault::Accumulator { .. } => "sums that fit 32 bits whatever the input: fewer inputs, smaller weights or biases",
        NodeFault::Wide(_) => "int8 activations",
        NodeFault::Window(_) => "windows that fit into the padded image",
        NodeFault::OutputShape { .. } => "tensors of the shape that the operator computes",
        NodeFault::Scale(_) | NodeFault::Clamp(_) | NodeFault::ClampRange { .. } => "scales and activation ranges of ordinary size",
        NodeFault::Levels(_) | NodeFault::Thresholds { .. } => "values that the tensors take",
        NodeFault::Groups { .. } | NodeFault::Channel { .. } => "channels that the activations have, divided evenly into groups",
        NodeFault::NotImage(_) => "activations of shape [1, height, width, channels]",
        NodeFault::InputCount { .. } | NodeFault::Length { .. } => "as many inputs and constants as the operator's definition asks for",
        NodeFault::NoTensor(_) | NodeFault::Order(_) | NodeFault::Twice(_) => "operators in the order of computation",
    }
}
