//! Binary networks by hand: layers with weights -1 and 1 between layers of the other cores.

use fretwork::graph::{Graph, Levels, Node, Op, Output, Padding, Staircase, Tensor, TensorId, Window};
use fretwork_sim::requantise::{Rounding, Scale};
use fretwork_sim::stalls::splitmix;

struct Builder {
    graph: Graph,
    seed: u64,
}

impl Builder {
    fn tensor(&mut self, shape: &[usize], levels: Levels) -> TensorId {
        let name = format!("tensor_{}", self.graph.tensors.len());
        self.graph.tensors.push(Tensor { levels, ..Tensor::int8(name, shape.to_vec(), 1.0, 0) });
        self.graph.tensors.len() - 1
    }

    fn node(&mut self, op: Op, input: TensorId, shape: &[usize], levels: Levels) -> TensorId {
        let output = self.tensor(shape, levels);
        let name = self.graph.tensors[output].name.clone();
        self.graph.nodes.push(Node { name, op, inputs: vec![input], output });
        output
    }

    fn below(&mut self, count: i64) -> i64 {
        self.seed += 1;
        (splitmix(self.seed) % count as u64) as i64
    }

    fn signs(&mut self, count: usize) -> Vec<i8> {
        (0..count).map(|_| 1 - 2 * self.below(2) as i8).collect()
    }

    /// Staircases of so many steps around 0, some of them falling.
    fn stairs(&mut self, channels: usize, steps: usize, spread: i64, clamp: [i16; 2]) -> Output {
        let mut one = || {
            let mut own: Vec<i32> = (0..steps).map(|_| (self.below(2 * spread + 1) - spread) as i32).collect();
            own.sort_unstable();
            Staircase { falling: self.below(3) == 0, steps: own }
        };
        let thresholds = (0..channels).map(|_| one()).collect();
        Output { bias: Vec::new(), scales: Vec::new(), rounding: Rounding::Single, clamp, thresholds }
    }

    fn conv(&mut self, input: TensorId, window: Window, channels: usize, output: Output, levels: Levels) -> TensorId {
        let [height, width, inputs] = self.graph.tensors[input].image().expect("an image");
        let [h, w] = window.output([height, width]).expect("a window that fits");
        let weights = self.signs(channels * window.kernel[0] * window.kernel[1] * inputs);
        self.node(Op::Conv { window, groups: 1, weights, output }, input, &[1, h, w, channels], levels)
    }
}

fn window(kernel: usize, stride: usize, border: usize) -> Window {
    let padding = Padding { top: border, left: border, bottom: border, right: border };
    Window { kernel: [kernel; 2], stride: [stride; 2], dilation: [1, 1], padding }
}

/// [`binary_network`] with convolutions of three-bit weights: 3 and -4 in place of 1 and -1.
pub fn three_bit_network(size: [usize; 2], channels: [usize; 4]) -> Graph {
    let mut graph = binary_network(size, channels);
    for node in &mut graph.nodes {
        if let Op::Conv { weights, .. } = &mut node.op {
            weights.iter_mut().for_each(|weight| *weight = if *weight > 0 { 3 } else { -4 });
        }
    }
    graph
}

/// Convolutions over bytes, over packed bits with every kind of padding, a pool of bits, levels of two bits, and products at the end; channels of the
/// convolutions.
pub fn binary_network([height, width]: [usize; 2], channels: [usize; 4]) -> Graph {
    let [c1, c2, c3, c4] = channels;
    let graph = Graph { name: "binary_network".into(), tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![], host: vec![] };
    let mut b = Builder { graph, seed: 11 };
    let input = b.tensor(&[1, height, width, 3], Levels::All);
    b.graph.inputs = vec![input];
    let output = b.stairs(c1, 1, 400, [-1, 1]);
    let first = b.conv(input, window(3, 1, 1), c1, output, Levels::Bipolar);
    // Padded with 0, which is neither -1 nor 1.
    let output = b.stairs(c2, 1, 30, [-1, 1]);
    let second = b.conv(first, window(3, 1, 1), c2, output, Levels::Bipolar);
    let pool = Op::MaxPool { window: window(2, 2, 0), clamp: [-1, 1] };
    let pooled = b.node(pool, second, &[1, height / 2, width / 2, c2], Levels::Bipolar);
    let padding = Padding { top: 1, left: 0, bottom: 1, right: 2 };
    let padded = b.node(Op::Pad { padding, value: -1 }, pooled, &[1, height / 2 + 2, width / 2 + 2, c2], Levels::Bipolar);
    let output = b.stairs(c3, 3, 60, [0, 3]);
    let third = b.conv(padded, window(3, 2, 0), c3, output, Levels::Range([0, 3]));
    let output = b.stairs(c4, 1, 60, [-1, 1]);
    let fourth = b.conv(third, window(1, 1, 0), c4, output, Levels::Bipolar);
    let values = b.graph.tensors[fourth].len();
    let flat = b.node(Op::Reshape, fourth, &[1, values], Levels::Bipolar);
    let weights = b.signs(10 * values);
    let scale = Scale { multiplier: 1 << 30, shift: -1 };
    let output = Output { bias: vec![5; 10], scales: vec![scale], rounding: Rounding::Double, clamp: [-128, 127], thresholds: Vec::new() };
    let logits = b.node(Op::FullyConnected { weights, output }, flat, &[1, 10], Levels::All);
    // What leaves the network is not packed.
    b.graph.outputs = vec![logits, fourth];
    b.graph
}
