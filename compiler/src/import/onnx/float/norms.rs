//! Batch normalisation that no layer stands in front of: over images it is a layer itself, a depthwise convolution of one pixel.

use std::collections::HashSet;

use super::layers::{Layer, Parts};
use super::merge::{PerChannel, normalisation};
use crate::import::onnx::model::{Border, Node};

/// Makes layers of the batch normalisations over images.
pub fn to_layers(parts: &mut Parts, inputs: &[Border]) {
    let mut images: HashSet<String> = inputs.iter().filter(|input| input.shape.len() == 4).map(|input| input.name.clone()).collect();
    for index in 0..parts.nodes.len() {
        let node = &parts.nodes[index];
        if !is_image(parts, node, &images) {
            continue;
        }
        images.insert(node.output().to_owned());
        let found = (node.op == "BatchNormalization").then(|| normalisation(parts, node)).flatten();
        let Some(PerChannel { factor: weights, offset: bias, moments }) = found.filter(PerChannel::is_finite) else { continue };
        let (channels, name) = (weights.len(), |part: &str| format!("{}/{part}", node.output()));
        let inputs = vec![node.inputs[0].clone(), name("weights"), name("bias")];
        let made = Node::plain("Conv", inputs, node.output()).with_int("group", channels as i64).instead_of(node);
        let [output, origin] = [node.output(); 2].map(str::to_owned);
        let (shape, factors) = (vec![channels, 1, 1, 1], weights.clone());
        let layer = Layer { name: node.name.clone(), output: output.clone(), origin, shape, weights, bias, factors, moments };
        parts.layers.insert(output, layer);
        parts.nodes[index] = made;
    }
}

/// Whether a node's result is an image of shape `[1, channels, height, width]`, as far as its operator tells.
fn is_image(parts: &Parts, node: &Node, images: &HashSet<String>) -> bool {
    let first = node.inputs.first().is_some_and(|name| images.contains(name));
    match &node.op[..] {
        "Conv" => true,
        "Add" | "Sub" | "Mul" | "Div" => node.inputs.iter().any(|name| images.contains(name)),
        "BatchNormalization" | "Relu" | "LeakyRelu" | "Clip" | "Sigmoid" | "Tanh" | "Sign" | "MaxPool" | "AveragePool" | "GlobalAveragePool"
        | "Pad" | "Concat" | "Identity" | "Dropout" | "Resize" | "Upsample" | "DepthToSpace" | "Split" | "Slice" => first,
        // As a channel shuffle ends.
        "Reshape" => node.inputs.get(1).and_then(|shape| parts.constants.get(shape)).is_some_and(|shape| shape.values.len() == 4),
        _ => false,
    }
}
