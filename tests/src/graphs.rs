//! Small graphs by hand: every operator, and scales whose products fall between two integers all the time.

use fretwork::graph::{Axis, Graph, Node, Op, Output, Padding, Tensor, TensorId, Window};
use fretwork_sim::requantise::{Rounding, Scale};
use fretwork_sim::stalls::splitmix;

/// A scale of one half in double rounding: every odd accumulator is a tie.
const HALF: Scale = Scale { multiplier: 1 << 30, shift: 0 };

struct Builder {
    graph: Graph,
    seed: u64,
}

impl Builder {
    fn tensor(&mut self, shape: &[usize], zero_point: i32) -> TensorId {
        let name = format!("tensor_{}", self.graph.tensors.len());
        self.graph.tensors.push(Tensor::int8(name, shape.to_vec(), 0.05, zero_point));
        self.graph.tensors.len() - 1
    }

    fn node(&mut self, op: Op, inputs: &[TensorId], shape: &[usize], zero_point: i32) -> TensorId {
        let output = self.tensor(shape, zero_point);
        let name = self.graph.tensors[output].name.clone();
        self.graph.nodes.push(Node { name, op, inputs: inputs.to_vec(), output });
        output
    }

    /// Weights from `-most` to `most`.
    fn weights(&mut self, count: usize, most: i8) -> Vec<i8> {
        self.seed += 1;
        let seed = self.seed << 32;
        (0..count).map(|at| (splitmix(seed + at as u64) % (2 * most as u64 + 1)) as i8 - most).collect()
    }
}

fn output(bias: Vec<i32>, scale: Scale, rounding: Rounding) -> Output {
    Output { bias, scales: vec![scale], rounding, clamp: [-128, 127], thresholds: Vec::new() }
}

fn window(kernel: usize, stride: usize, border: usize) -> Window {
    let padding = Padding { top: border, left: border, bottom: border, right: border };
    Window { kernel: [kernel; 2], stride: [stride; 2], dilation: [1, 1], padding }
}

/// A network of every operator.
pub fn every_operator() -> Graph {
    let graph = Graph { name: "every_operator".into(), tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![], host: vec![] };
    let mut b = Builder { graph, seed: 0 };
    let image = |channels: usize| [1, 7, 6, channels];
    let input = b.tensor(&image(9), -3);

    let weights = b.weights(9 * 9, 3);
    let op = Op::Depthwise { window: window(3, 1, 1), weights, output: output((0..9).collect(), Scale { shift: -1, ..HALF }, Rounding::Double) };
    let depthwise = b.node(op, &[input], &image(9), 2);
    let weights = b.weights(6 * 9, 1);
    let op = Op::Conv { window: window(1, 1, 0), groups: 1, weights, output: output(vec![1; 6], HALF, Rounding::Double) };
    let halves = b.node(op, &[depthwise], &image(6), -1);
    let weights = b.weights(10 * 9 * 9, 2);
    let even = output(vec![-2; 10], Scale { multiplier: 1, shift: 3 }, Rounding::NearestEven);
    let op = Op::Conv { window: window(3, 1, 1), groups: 1, weights, output: even };
    let even = b.node(op, &[depthwise], &image(10), -1);
    let whole = b.node(Op::Concat, &[halves, even], &image(16), -1);

    let table = Box::new(std::array::from_fn(|entry| (splitmix(entry as u64) % 256) as u8 as i8));
    let table = b.node(Op::Table { table }, &[even], &image(10), -1);
    let add = [Scale { multiplier: 1 << 10, shift: 0 }, Scale { multiplier: 3 << 11, shift: -1 }];
    let sum = output(vec![], HALF, Rounding::Double);
    let sum = b.node(Op::Add { inputs: add, output: sum }, &[even, table], &image(10), 4);
    let average = b.node(Op::AveragePool { window: window(3, 2, 1), clamp: [-100, 100] }, &[sum], &[1, 4, 3, 10], 4);
    let max = b.node(Op::MaxPool { window: window(2, 2, 0), clamp: [-120, 127] }, &[sum], &[1, 3, 3, 10], 4);
    let factors = vec![100, -255, 3, 7, 254, -1, 0, 31, -90, 128];
    let scale = Scale { multiplier: 1 << 30, shift: -5 };
    let op = Op::MulConstant { factors, output: output(vec![], scale, Rounding::Double) };
    let scaled = b.node(op, &[max], &[1, 3, 3, 10], 5);
    let padding = Padding { top: 1, left: 0, bottom: 0, right: 2 };
    let padded = b.node(Op::Pad { padding, value: 5 }, &[scaled], &[1, 4, 5, 10], 5);
    let mean = b.node(Op::Mean { scale: Scale { multiplier: 1 << 30, shift: -2 } }, &[whole], &[1, 16], 7);

    let weights = b.weights(5 * 120, 20);
    let flat = b.node(Op::Reshape, &[average], &[1, 120], 4);
    let single = output(vec![100, -100, 0, 7, 9], Scale { multiplier: 3, shift: 9 }, Rounding::Single);
    let logits = b.node(Op::FullyConnected { weights, output: single }, &[flat], &[1, 5], 0);
    let wider = b.node(Op::Interleave { axis: Axis::Columns }, &[even, table], &[1, 7, 12, 10], -1);
    let taller = b.node(Op::Interleave { axis: Axis::Rows }, &[wider, wider], &[1, 14, 12, 10], -1);
    let near = near_ties(&mut b, depthwise);
    b.graph.inputs = vec![input];
    b.graph.outputs = vec![logits, padded, mean, whole, taller, near];
    b.graph
}

/// What moves channels about: groups, a shuffle, splits and a concatenation of what stays where it is (as in ShuffleNet V2), displacements
/// (ShiftNet) that become part of a kernel and one that does not, and fractional displacements (As-ResNet).
pub fn channel_operators() -> Graph {
    let graph = Graph { name: "channel_operators".into(), tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![], host: vec![] };
    let mut b = Builder { graph, seed: 11 };
    let image = |channels: usize| [1, 6, 5, channels];
    let half = |bias| output(bias, Scale { shift: -1, ..HALF }, Rounding::Double);
    let input = b.tensor(&image(12), -3);

    let weights = b.weights(24 * 9 * 4, 3);
    let op = Op::Conv { window: window(3, 1, 1), groups: 3, weights, output: half((0..24).collect()) };
    let grouped = b.node(op, &[input], &image(24), 2);
    let channels = (0..24).map(|c| c % 3 * 8 + c / 3).collect();
    let shuffled = b.node(Op::Select { channels }, &[grouped], &image(24), 2);
    let left = b.node(Op::Select { channels: (0..11).collect() }, &[shuffled], &image(11), 2);
    let right = b.node(Op::Select { channels: (11..24).collect() }, &[shuffled], &image(13), 2);
    let weights = b.weights(9 * 13, 9);
    let op = Op::Depthwise { window: window(3, 1, 1), weights, output: half(vec![]) };
    let branch = b.node(op, &[right], &image(13), 0);
    let weights = b.weights(13 * 13, 9);
    let op = Op::Conv { window: window(1, 1, 0), groups: 1, weights, output: half(vec![]) };
    let branch = b.node(op, &[branch], &image(13), 2);
    let joined = b.node(Op::Concat, &[left, branch], &image(24), 2);

    let offsets: Vec<[i8; 2]> = (0..24).map(|c: i8| [c % 3 - 1, c / 3 % 3 - 1]).collect();
    let displaced = b.node(Op::Displace { offsets: offsets.clone() }, &[joined], &image(24), 2);
    let weights = b.weights(10 * 24, 9);
    let op = Op::Conv { window: window(1, 2, 0), groups: 1, weights, output: half(vec![5; 10]) };
    let shifted = b.node(op, &[displaced], &[1, 3, 3, 10], 1);
    let weights = b.weights(24 * 10, 9);
    let op = Op::Conv { window: window(1, 1, 0), groups: 2, weights: weights[..24 * 5].to_vec(), output: half((0..24).collect()) };
    let wide = b.node(op, &[shifted], &[1, 3, 3, 24], -4);
    let again = b.node(Op::Displace { offsets }, &[wide], &[1, 3, 3, 24], -4);
    let op = Op::Conv { window: window(1, 1, 0), groups: 2, weights: b.weights(6 * 12, 9), output: half(vec![]) };
    let shifted = b.node(op, &[again], &[1, 3, 3, 6], 3);

    let offsets = (0..11).map(|c: i8| [c - 5, 1]).collect();
    let moved = b.node(Op::Displace { offsets }, &[left], &image(11), 2);
    let op = Op::Conv { window: window(1, 1, 0), groups: 1, weights: b.weights(16 * 13, 9), output: half(vec![]) };
    let fractional = b.node(op, &[right], &image(16), 1);
    let taps = b.weights(9 * 16, 40);
    let corner = |tap: usize, channel: usize| (tap / 3).abs_diff(channel % 2 * 2) < 2 && (tap % 3).abs_diff(channel / 2 % 2 * 2) < 2;
    let weights = (0..9 * 16).map(|at| if corner(at / 16, at % 16) { taps[at] } else { 0 }).collect();
    let op = Op::Depthwise { window: window(3, 1, 1), weights, output: half((0..16).collect()) };
    let fractional = b.node(op, &[fractional], &image(16), 1);
    b.graph.inputs = vec![input];
    b.graph.outputs = vec![joined, shifted, moved, fractional];
    b.graph
}

/// Channels that meet others in another place: sums of parts that lie differently, concatenations of what overlaps, a channel that is taken twice,
/// pixels that are taken from the channels of one image.
pub fn channel_meetings() -> Graph {
    let graph = Graph { name: "channel_meetings".into(), tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![], host: vec![] };
    let mut b = Builder { graph, seed: 17 };
    let image = |channels: usize| [1, 4, 5, channels];
    let half = |bias| output(bias, Scale { shift: -1, ..HALF }, Rounding::Double);
    let add = || Op::Add { inputs: [Scale { multiplier: 1 << 10, shift: 0 }; 2], output: output(vec![], HALF, Rounding::Double) };
    let input = b.tensor(&image(8), -3);
    let pointwise = |b: &mut Builder, from: TensorId, count: usize| {
        let op =
            Op::Conv { window: window(1, 1, 0), groups: 1, weights: b.weights(count * b.graph.tensors[from].channels(), 9), output: half(vec![]) };
        b.node(op, &[from], &image(count), 2)
    };
    let select = |b: &mut Builder, from: TensorId, channels: Vec<usize>| {
        let shape = image(channels.len());
        b.node(Op::Select { channels }, &[from], &shape, 2)
    };
    let whole = pointwise(&mut b, input, 12);
    let [low, middle, back] = [(0..5).collect(), (3..8).collect(), (7..12).rev().collect()].map(|channels| select(&mut b, whole, channels));
    let branch = pointwise(&mut b, middle, 5);
    let sums = [[low, middle], [back, branch], [branch, low]].map(|pair| b.node(add(), &pair, &image(5), 2));
    let joined = b.node(Op::Concat, &[low, sums[0], low, middle], &image(20), 2);
    let joined = pointwise(&mut b, joined, 6);
    let twice = select(&mut b, whole, vec![4, 4, 11, 0, 4]);
    let sum = b.node(add(), &[twice, sums[1]], &image(5), 2);
    let pixels: Vec<TensorId> = (0..3).map(|pixel| select(&mut b, whole, (0..4).map(|channel| channel * 3 + pixel).collect())).collect();
    let wide = b.node(Op::Interleave { axis: Axis::Columns }, &pixels, &[1, 4, 15, 4], 2);
    let tall = b.node(Op::Interleave { axis: Axis::Rows }, &pixels[1..], &[1, 8, 5, 4], 2);
    let inputs = select(&mut b, input, vec![5, 1, 6]);
    b.graph.tensors[inputs].zero_point = -3;
    b.graph.inputs = vec![input];
    b.graph.outputs = vec![joined, sums[2], sum, wide, tall, twice, back, inputs];
    b.graph
}

/// A convolution whose products lie beside ties, as near as float32 tells apart and nearer; those of the last channel always at the very
/// distance up to which float32 takes them for ties.
fn near_ties(b: &mut Builder, input: TensorId) -> TensorId {
    const CHANNELS: usize = 17;
    let row = 9 * b.graph.tensors[input].channels();
    let mut weights = b.weights(CHANNELS * row, 3);
    weights[(CHANNELS - 1) * row..].fill(0);
    let scale = |channel: i32| Scale { multiplier: (1 << 30) + 8 * channel - 64, shift: 33 };
    let scales = (0..CHANNELS as i32).map(scale).collect();
    let float = Output { scales, ..output(vec![4; CHANNELS], HALF, Rounding::Float) };
    b.node(Op::Conv { window: window(3, 1, 1), groups: 1, weights, output: float }, &[input], &[1, 7, 6, CHANNELS], 3)
}

/// The same, pruned in blocks of `side` outputs and inputs: where a block's number, or the number of its tap, is not to be seen again, all
/// weights are 0.
pub fn pruned_blocks(side: usize) -> Graph {
    let mut graph = every_operator();
    for node in &mut graph.nodes {
        let inputs = *graph.tensors[node.inputs[0]].shape.last().unwrap_or(&1);
        let (taps, weights) = match &mut node.op {
            Op::Conv { window, weights, .. } => (window.kernel[0] * window.kernel[1], weights),
            Op::FullyConnected { weights, .. } => (1, weights),
            _ => continue,
        };
        for (at, weight) in weights.iter_mut().enumerate() {
            let [output, tap, input] = [at / inputs / taps / side, at / inputs % taps, at % inputs / side];
            let first = output == 0 && (tap, input) != (taps - 1, inputs.div_ceil(side) - 1);
            if first || splitmix((output * 100 + tap * 10 + input) as u64).is_multiple_of(3) {
                *weight = 0;
            }
        }
    }
    graph.name = "pruned_blocks".into();
    graph
}

/// Matrix products with 16-bit activations: 16 to 16 bits with a rectifier, 16 to 8, 8 to 16.
pub fn wide_layers() -> Graph {
    let graph = Graph { name: "wide_layers".into(), tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![], host: vec![] };
    let mut b = Builder { graph, seed: 7 };
    let mut tensor = b.tensor(&[1, 40], 0);
    b.graph.inputs = vec![tensor];
    b.graph.tensors[tensor].wide = true;
    let layers = [(40, 21, true, [0, 32_767], 16), (21, 19, false, [-128, 127], 22), (19, 5, true, [-30_000, 30_000], 12)];
    for (inputs, outputs, wide, clamp, shift) in layers {
        let weights = b.weights(inputs * outputs, 9).into_iter().map(|w| if w % 3 == 0 { w } else { 0 }).collect();
        let mut output = output(vec![-3; outputs], Scale { multiplier: 1 << 12, shift }, Rounding::Single);
        output.clamp = clamp;
        tensor = b.node(Op::FullyConnected { weights, output }, &[tensor], &[1, outputs], 0);
        b.graph.tensors[tensor].wide = wide;
    }
    b.graph.outputs = vec![tensor];
    b.graph
}

/// The graph with other weights of convolutions and matrix products.
pub fn with_weights(graph: Graph, change: impl Fn(i8) -> i8) -> Graph {
    with_layers(graph, |_, weights| weights.iter_mut().for_each(|weight| *weight = change(*weight)))
}

/// The graph with the weights of `group` adjacent output channels out of few vectors, as product quantisation leaves them (Y. Gong et al.,
/// Compressing Deep Convolutional Networks using Vector Quantization, 2014).
pub fn with_vectors(graph: Graph, group: usize, count: usize) -> Graph {
    with_layers(graph, |outputs, weights| {
        let inputs = weights.len() / outputs;
        for (at, weight) in weights.iter_mut().enumerate() {
            let (output, input) = (at / inputs, at % inputs);
            let vector = splitmix((output / group * inputs + input) as u64) as usize % count;
            *weight = (splitmix((1 << 40) + (vector * group + output % group) as u64) % 15) as i8 - 7;
        }
    })
}

/// The graph with changed layers: `change` takes the number of outputs and the weights, output by output.
fn with_layers(mut graph: Graph, change: impl Fn(usize, &mut [i8])) -> Graph {
    for node in &mut graph.nodes {
        let outputs = graph.tensors[node.output].shape.last().copied().unwrap_or(1);
        if let Op::Conv { weights, .. } | Op::FullyConnected { weights, .. } = &mut node.op {
            change(outputs, weights);
        }
    }
    graph
}
