//! A network with weights that are sums of powers of two, by hand: as incremental network quantisation, ternary networks with two scales and
//! additive powers of two leave them.

use fretwork::graph::{Graph, Node, Op, Output, Padding, Tensor, TensorId, Window};
use fretwork_sim::requantise::{Rounding, Scale};
use fretwork_sim::stalls::splitmix;

/// Powers of two up to a quarter of the largest weight, of both signs (INQ, 4 bits).
const POWERS: [i8; 14] = [-64, -32, -16, -8, -4, -2, -1, 1, 2, 4, 8, 16, 32, 64];
/// A scale for each sign (TTQ).
const TERNARY: [i8; 2] = [-96, 80];
/// Sums of two powers of two out of {0, 1, 4, 16} and {0, 2, 8, 32} (APoT, 5 bits with the sign).
const ADDITIVE: [i8; 15] = [1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 33, 36, 48];

struct Builder {
    graph: Graph,
    seed: u64,
}

impl Builder {
    fn below(&mut self, count: usize) -> usize {
        self.seed += 1;
        (splitmix(self.seed) % count as u64) as usize
    }

    fn tensor(&mut self, shape: &[usize], zero_point: i32) -> TensorId {
        let name = format!("tensor_{}", self.graph.tensors.len());
        self.graph.tensors.push(Tensor::int8(name, shape.to_vec(), 1.0, zero_point));
        self.graph.tensors.len() - 1
    }

    /// Weights out of the given ones and their negatives when `signed`, a quarter of them 0.
    fn weights(&mut self, count: usize, values: &[i8], signed: bool) -> Vec<i8> {
        let mut one = || {
            let value = if self.below(4) == 0 { 0 } else { values[self.below(values.len())] };
            if signed && self.below(2) == 0 { -value } else { value }
        };
        (0..count).map(|_| one()).collect()
    }

    fn output(&mut self, channels: usize, shift: i8) -> Output {
        let bias = (0..channels).map(|_| self.below(4000) as i32 - 2000).collect();
        let scales = (0..channels).map(|_| Scale { multiplier: (1 << 30) + self.below(1 << 29) as i32, shift }).collect();
        Output { bias, scales, rounding: Rounding::Double, clamp: [-128, 127], thresholds: Vec::new() }
    }

    fn node(&mut self, op: Op, input: TensorId, shape: &[usize], zero_point: i32) -> TensorId {
        let output = self.tensor(shape, zero_point);
        let name = self.graph.tensors[output].name.clone();
        self.graph.nodes.push(Node { name, op, inputs: vec![input], output });
        output
    }

    /// A convolution with a border of `kernel / 2`.
    fn conv(&mut self, input: TensorId, [kernel, stride]: [usize; 2], channels: usize, values: &[i8], signed: bool) -> TensorId {
        let [height, width, inputs] = self.graph.tensors[input].image().expect("an image");
        let border = kernel / 2;
        let padding = Padding { top: border, left: border, bottom: border, right: border };
        let window = Window { kernel: [kernel; 2], stride: [stride; 2], dilation: [1, 1], padding };
        let [h, w] = window.output([height, width]).expect("a window that fits");
        let weights = self.weights(channels * kernel * kernel * inputs, values, signed);
        let output = self.output(channels, -7);
        self.node(Op::Conv { window, groups: 1, weights, output }, input, &[1, h, w, channels], 3)
    }
}

/// Convolutions with powers of two, ternary weights of two scales and sums of two powers, one with weights that have more terms, and a fully
/// connected layer with ternary weights; channels of the convolutions.
pub fn shift_network([height, width]: [usize; 2], channels: [usize; 4]) -> Graph {
    let graph = Graph { name: "shift_network".into(), tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![], host: vec![] };
    let mut b = Builder { graph, seed: 5 };
    let input = b.tensor(&[1, height, width, 3], -7);
    b.graph.inputs = vec![input];
    let first = b.conv(input, [3, 1], channels[0], &POWERS, false);
    let second = b.conv(first, [3, 2], channels[1], &TERNARY, false);
    let third = b.conv(second, [1, 1], channels[2], &ADDITIVE, true);
    let fourth = b.conv(third, [3, 1], channels[3], &[91, -43, 5, 17], false);
    let values = b.graph.tensors[fourth].len();
    let flat = b.node(Op::Reshape, fourth, &[1, values], 3);
    let weights = b.weights(10 * values, &TERNARY, false);
    let output = b.output(10, -8);
    let logits = b.node(Op::FullyConnected { weights, output }, flat, &[1, 10], 0);
    b.graph.outputs = vec![logits];
    b.graph
}
