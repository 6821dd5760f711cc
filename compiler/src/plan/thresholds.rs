//! Staircases on the hardware: few steps are compared in parallel, many become a multiplication.

use crate::graph::{Graph, Op, Output};
use fretwork_hdl::accelerator::MAX_THRESHOLD_BITS;

/// Bits of the widest output that thresholds compute, 0 when there are none.
pub fn bits(graph: &Graph) -> usize {
    layers(graph).map(bits_of).filter(|bits| *bits <= MAX_THRESHOLD_BITS).max().unwrap_or(0)
}

/// Whether some layer has more steps than the hardware compares with.
pub fn multiplies(graph: &Graph) -> bool {
    layers(graph).any(has_many)
}

/// Whether the layer has more steps than the hardware compares with.
pub fn has_many(output: &Output) -> bool {
    bits_of(output) > MAX_THRESHOLD_BITS
}

/// Bits of a number of steps passed.
fn bits_of(output: &Output) -> usize {
    let most = output.thresholds.iter().map(|stairs| stairs.steps.len()).max().unwrap_or(0);
    (usize::BITS - most.leading_zeros()).max(1) as usize
}

fn layers(graph: &Graph) -> impl Iterator<Item = &Output> {
    graph.nodes.iter().filter_map(|node| output(&node.op)).filter(|output| !output.thresholds.is_empty())
}

fn output(op: &Op) -> Option<&Output> {
    match op {
        Op::Conv { output, .. } | Op::Depthwise { output, .. } | Op::FullyConnected { output, .. } => Some(output),
        Op::Add { output, .. } | Op::MulConstant { output, .. } => Some(output),
        Op::AveragePool { .. } | Op::MaxPool { .. } | Op::Mean { .. } | Op::Table { .. } => None,
        Op::Pad { .. } | Op::Concat | Op::Interleave { .. } | Op::Select { .. } | Op::Displace { .. } | Op::Reshape => None,
    }
}
