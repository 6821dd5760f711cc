//! Changes to a network's nodes: constants of their own, groups, and two layers in place of one.

use std::sync::Arc;

use super::layers::Layer;
use super::network::{Network, array};
use crate::import::onnx::constant::Constant;
use crate::import::onnx::model::Node;

impl Network {
    fn nodes_mut(&mut self) -> &mut Vec<Node> {
        &mut Arc::make_mut(&mut self.model).nodes
    }

    /// Groups of channels of node `index`: 1 for whatever is no grouped convolution.
    pub fn groups(&self, index: usize) -> usize {
        let groups = self.model.nodes[index].int("group", 1);
        if self.operator(index) == "Conv" { usize::try_from(groups).unwrap_or(0).max(1) } else { 1 }
    }

    pub(super) fn set_groups(&mut self, index: usize, groups: usize) {
        let node = &mut self.nodes_mut()[index];
        *node = node.clone().with_int("group", groups as i64);
    }

    /// Constants that node `index` reads, with their positions among its inputs.
    pub(super) fn constants_of(&self, index: usize) -> Vec<(usize, Constant)> {
        let inputs = self.model.nodes[index].inputs.iter().enumerate();
        inputs.filter_map(|(position, name)| Some((position, self.constants.get(name)?.0.clone()))).collect()
    }

    /// Numbers in each of those constants.
    pub(super) fn constant_sizes(&self, index: usize) -> Vec<usize> {
        self.model.nodes[index].inputs.iter().filter_map(|name| Some(self.constants.get(name)?.1.len())).collect()
    }

    /// Gives node `index` a constant of its own as input `position`, which is its last input or before it.
    pub(super) fn set_constant(&mut self, index: usize, position: usize, constant: Constant) {
        let name = self.unused(&format!("{}/input{position}", self.output(index)));
        let inputs = &mut self.nodes_mut()[index].inputs;
        inputs.resize(inputs.len().max(position + 1), String::new());
        inputs[position].clone_from(&name);
        let values = array(&constant);
        self.constants.insert(name, (constant, values));
    }

    /// A name that nothing has, which begins like `name`.
    fn unused(&self, name: &str) -> String {
        let nodes = &self.model.nodes;
        let taken = |name: &String| {
            self.constants.contains_key(name)
                || self.model.constants.contains_key(name)
                || nodes.iter().any(|node| node.outputs.contains(name) || node.inputs.contains(name))
        };
        let numbered = (2..).map(|number| format!("{name}{number}"));
        std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
    }

    /// Puts two layers in place of layer `layer`, which computes one group: the first goes down the columns of the kernel, the second along its
    /// rows. `first` holds `[rank][in][kernel height]`, `second` holds `[out][rank][kernel width]`; biases stay with the second.
    pub fn split(&mut self, layer: usize, rank: usize, first: Vec<f32>, second: Vec<f32>) {
        let Some(index) = self.layer_of.iter().position(|own| *own == Some(layer)) else { return };
        let old = self.layers[layer].clone();
        let output = self.unused(&format!("{}/first", old.output));
        let shapes = match old.shape[..] {
            [rows, inputs, height, width] => [vec![rank, inputs, height, 1], vec![rows, rank, 1, width]],
            _ => [vec![rank, old.cols()], vec![old.rows(), rank]],
        };
        let [first_shape, second_shape] = shapes;
        let (bias, factors, name) = (vec![0.0; rank], vec![1.0; rank], format!("{}/first", old.name));
        let own = Layer { name, output: output.clone(), origin: output.clone(), shape: first_shape, weights: first, bias, factors, moments: None };
        let node = self.model.nodes[index].clone();
        let name = |part: &str| format!("{output}/{part}");
        let mut front = node.reading(vec![node.inputs[0].clone(), name("weights"), name("bias")]);
        (front.name, front.outputs) = (own.name.clone(), vec![output.clone()]);
        let mut back = node.reading([vec![output.clone()], node.inputs[1..].to_vec()].concat());
        if old.shape.len() == 4 {
            (front, back) = (along(front, 0), along(back, 1));
        }
        self.layers[layer] = Layer { shape: second_shape, weights: second, ..old };
        self.layers.insert(layer, own);
        let nodes = self.nodes_mut();
        nodes[index] = back;
        nodes.insert(index, front);
        self.layer_of.insert(index, None);
        let mut count = 0..;
        self.layer_of =
            (0..self.layer_of.len()).map(|node| (node == index || self.layer_of[node].is_some()).then(|| count.next()).flatten()).collect();
    }
}

/// A convolution's window along one axis only (0: over rows, 1: over columns).
fn along(node: Node, axis: usize) -> Node {
    let mut made = node.without("kernel_shape");
    for name in ["strides", "dilations"] {
        if let Some(&[a, b]) = made.ints(name) {
            let sizes = if axis == 0 { vec![a, 1] } else { vec![1, b] };
            made = made.with_ints(name, sizes);
        }
    }
    if let Some(&[top, left, bottom, right]) = made.ints("pads") {
        let pads = if axis == 0 { vec![top, 0, bottom, 0] } else { vec![0, left, 0, right] };
        made = made.with_ints("pads", pads);
    }
    made
}
