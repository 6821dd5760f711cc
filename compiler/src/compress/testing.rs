//! A network small enough to be computed by hand.

use fretwork_sim::requantise::{Rounding, Scale};

use super::layers::stored;
use crate::graph::{Graph, Node, Op, Output, Tensor};

/// Four inputs, two neurons, two neurons; the real value of a weight of 1 is 1 in the first layer and `step` in the second.
pub fn two_layers(step: f32) -> Graph {
    let tensor = |name: &str, len, scale| Tensor::int8(name.to_owned(), vec![1, len], scale, 0);
    let layer = |name: &str, weights: &[i8], inputs: usize| {
        // Half of the accumulator: a weight's real value is half of the output's scale over the input's.
        let scales = vec![Scale { multiplier: 1 << 30, shift: 0 }];
        let output = Output { bias: vec![0, 0], scales, rounding: Rounding::Double, clamp: [-128, 127], thresholds: Vec::new() };
        let op = Op::FullyConnected { weights: weights.to_vec(), output };
        Node { name: name.to_owned(), op, inputs: vec![inputs], output: inputs + 1 }
    };
    Graph {
        name: "two layers".to_owned(),
        tensors: vec![tensor("in", 4, 0.5), tensor("first", 2, 1.0), tensor("second", 2, 2.0 * step)],
        nodes: vec![layer("first", &[10, 1, -8, 3, 2, 9, 4, -7], 0), layer("second", &[5, 6, -7, 1], 1)],
        inputs: vec![0],
        outputs: vec![2],
        host: Vec::new(),
    }
}

/// The stored weights of a node.
pub fn weights(graph: &Graph, node: usize) -> Vec<i8> {
    stored(&graph.nodes[node].op).unwrap().0.to_vec()
}

/// A float layer without bias, of the given shape.
pub fn float_layer(shape: &[usize], weights: Vec<f32>) -> crate::import::onnx::float::Layer {
    crate::import::onnx::float::Layer::new("layer", shape.to_vec(), weights)
}
