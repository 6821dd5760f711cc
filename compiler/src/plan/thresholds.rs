//! Staircases on the hardware: how many thresholds the epilogue compares with.

use super::error::PlanError;
use crate::graph::{Graph, Op, Output};
use fretwork_hdl::accelerator::MAX_THRESHOLD_BITS;

/// Bits of the widest output that thresholds compute, 0 when there are none.
///
/// # Errors
/// A layer with more thresholds than the epilogue compares with.
pub fn bits(graph: &Graph) -> Result<usize, PlanError> {
    let mut most = 0;
    for node in &graph.nodes {
        let Some(output) = output(&node.op).filter(|output| !output.thresholds.is_empty()) else { continue };
        let levels = output.thresholds.iter().map(|stairs| stairs.steps.len()).max().unwrap_or(0);
        let bits = (usize::BITS - levels.leading_zeros()).max(1) as usize;
        if bits > MAX_THRESHOLD_BITS {
            let limit = (1 << MAX_THRESHOLD_BITS) - 1;
            let why = format!("its output has {} levels by {levels} thresholds, the hardware compares with up to {limit}", levels + 1);
            return Err(PlanError::unsupported(&node.name, why, "outputs of up to 4 bits, or a scale that a multiplier and a shift give exactly"));
        }
        most = most.max(bits);
    }
    Ok(most)
}

fn output(op: &Op) -> Option<&Output> {
    match op {
        Op::Conv { output, .. } | Op::Depthwise { output, .. } | Op::FullyConnected { output, .. } => Some(output),
        Op::Add { output, .. } | Op::MulConstant { output, .. } => Some(output),
        Op::AveragePool { .. } | Op::MaxPool { .. } | Op::Mean { .. } | Op::Pad { .. } | Op::Concat | Op::Reshape | Op::Table { .. } => None,
    }
}
