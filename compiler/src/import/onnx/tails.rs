//! Operators at an output of the network that the host computes: Softmax and ArgMax of the logits.

use super::lower::{Context, Lowered, refuse};
use super::model::Node;
use super::signal::Signal;
use crate::graph::HostStep;

/// Softmax and ArgMax: what they read, as the hardware hands it over.
pub fn read(context: &mut Context, node: &Node) -> Lowered<Signal> {
    const FITS: &str = "Softmax and ArgMax over the channels, at an output of the network (elsewhere: models that end with the logits)";
    let signal = context.signal(node, 0)?;
    let (model, output) = (context.model, &node.outputs[0]);
    if !model.outputs.contains(output) || model.nodes.iter().any(|reader| reader.inputs.contains(output)) {
        return refuse("it stands inside the network", FITS);
    }
    if signal.raw && node.op == "Softmax" {
        return refuse("it reads integers", "real numbers (DequantizeLinear makes them)");
    }
    let rank = signal.shape.len();
    let version = ["", "ai.onnx"].iter().find_map(|domain| model.versions.get(*domain)).copied().unwrap_or(1);
    // Up to version 12 a softmax is taken over all axes from its own on.
    let flattens = node.op == "Softmax" && version < 13;
    let default = if node.op == "ArgMax" {
        0
    } else if flattens {
        1
    } else {
        -1
    };
    let given = node.int("axis", default);
    let axis = usize::try_from(if given < 0 { given + rank as i64 } else { given }).unwrap_or(usize::MAX);
    let alone = !flattens || signal.shape.iter().skip(axis + 1).all(|size| *size == 1);
    if axis >= rank || signal.channel_axis() != Some(axis) || !alone {
        return refuse(format!("its axis is {given}, which is not that of the channels alone"), FITS);
    }
    Ok(signal)
}

/// The step of the host that output number `output`, which is `name`, ends with.
pub fn step(context: &Context, output: usize, name: &str) -> Option<HostStep> {
    let node = context.model.nodes.iter().find(|node| node.outputs.first().is_some_and(|made| made == name))?;
    match &node.op[..] {
        "Softmax" => Some(HostStep::FloatSoftmax { output }),
        "ArgMax" => Some(HostStep::ArgMax { output, last: node.int("select_last_index", 0) != 0 }),
        _ => None,
    }
}
