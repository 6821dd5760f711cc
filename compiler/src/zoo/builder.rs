//! Builds a network layer by layer and computes every layer for one random image as it goes, so that the next one's scales can be chosen; or
//! only counts its parameters and multiply-accumulates.

use super::calibrate::{self, Activation};
use super::random::Random;
use super::sums::{self, Input};
use crate::graph::{Graph, Node, Op, Output, Padding, Tensor, TensorId, Window, evaluate_node};
use crate::inputs;
use fretwork_sim::kernels::Image;
use fretwork_sim::requantise::{ChannelScales, requantise_rows};

/// What a network has, as papers count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Figures {
    /// Weights of convolutions and fully connected layers, the biases that the paper's layers have, and learnt displacements; not the
    /// scales and offsets of batch normalisation.
    pub parameters: u64,
    /// Multiply-accumulates of convolutions, fully connected layers and fractional displacements, padding included.
    pub macs: u64,
}

/// The filters of a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Filters {
    outputs: usize,
    kernel: usize,
    stride: usize,
    border: usize,
    groups: usize,
}

impl Filters {
    /// `outputs` square filters in one group with stride 1, which keep the size of the image.
    pub fn new(outputs: usize, kernel: usize) -> Filters {
        Filters { outputs, kernel, stride: 1, border: kernel / 2, groups: 1 }
    }

    pub fn stride(self, stride: usize) -> Filters {
        Filters { stride, ..self }
    }

    pub fn groups(self, groups: usize) -> Filters {
        Filters { groups, ..self }
    }

    /// Without padding.
    pub fn inside(self) -> Filters {
        Filters { border: 0, ..self }
    }
}

/// A network in the making.
pub struct Builder {
    pub(super) graph: Graph,
    /// Of every tensor; empty when only counting.
    pub(super) values: Vec<Vec<i8>>,
    pub(super) random: Random,
    pub(super) figures: Figures,
    /// No weights, no values.
    pub(super) counting: bool,
    /// Convolutions have biases, not only batch normalisation.
    pub biased: bool,
    /// Scale factor of the channels.
    pub width: f64,
    /// Outputs.
    pub classes: usize,
    size: usize,
    seed: u64,
}

impl Builder {
    pub fn new(name: &str, size: usize, width: f64, classes: usize, seed: u64, counting: bool) -> Builder {
        let graph = Graph { name: name.to_owned(), tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![], host: vec![] };
        let (values, random, figures) = (Vec::new(), Random::new(seed), Figures::default());
        Builder { graph, values, random, figures, counting, biased: false, width, classes, size, seed }
    }

    /// So many channels times the width, as a multiple of `unit`, which is the least.
    pub fn scaled(&self, channels: usize, unit: usize) -> usize {
        ((channels as f64 * self.width / unit as f64).round() as usize).max(1) * unit
    }

    /// The same as a multiple of eight.
    pub fn wide(&self, channels: usize) -> usize {
        self.scaled(channels, 8)
    }

    /// The image: three channels, values from -2 to 2.
    pub fn image(&mut self) -> TensorId {
        let id = self.tensor("image", vec![1, self.size, self.size, 3], (1.0 / 64.0, 0));
        self.graph.inputs.push(id);
        self.values[id] = if self.counting { Vec::new() } else { inputs::random(&self.graph, 1, self.seed).remove(0).remove(0) };
        id
    }

    pub fn channels(&self, tensor: TensorId) -> usize {
        self.graph.tensors[tensor].channels()
    }

    pub(super) fn tensor(&mut self, name: &str, shape: Vec<usize>, (scale, zero_point): (f32, i32)) -> TensorId {
        self.graph.tensors.push(Tensor::int8(name, shape, scale, zero_point));
        self.values.push(Vec::new());
        self.graph.tensors.len() - 1
    }

    /// Scale and zero point.
    pub(super) fn meaning(&self, tensor: TensorId) -> (f32, i32) {
        (self.graph.tensors[tensor].scale, self.graph.tensors[tensor].zero_point)
    }

    /// Rows, columns and channels; a vector is one pixel.
    pub(super) fn size(&self, tensor: TensorId) -> Image {
        let [height, width, channels] = self.graph.tensors[tensor].image().unwrap_or([1, 1, self.graph.tensors[tensor].len()]);
        Image { height, width, channels }
    }

    /// A layer whose values the reference kernels compute.
    pub(super) fn node(&mut self, name: &str, op: Op, inputs: &[TensorId], shape: Vec<usize>, meaning: (f32, i32)) -> TensorId {
        let output = self.tensor(name, shape, meaning);
        let node = Node { name: name.to_owned(), op, inputs: inputs.to_vec(), output };
        if !self.counting {
            self.values[output] = evaluate_node(&self.graph, &node, &self.values);
        }
        self.graph.nodes.push(node);
        output
    }

    /// A layer with weights: its scales are chosen from its sums, which lead to its values. With `like` its output has that tensor's scale.
    fn weighted(&mut self, name: &str, input: TensorId, shape: Vec<usize>, layer: Layer, like: Option<TensorId>) -> TensorId {
        let Layer { op, sums, activation } = layer;
        let channels = shape[shape.len() - 1];
        let meaning = like.map_or(calibrate::unit(activation), |like| self.meaning(like));
        let id = self.tensor(name, shape, meaning);
        let output = calibrate::output(&sums, channels, activation, &mut self.random);
        if !self.counting {
            self.values[id] = requantised(&sums, channels, &output, meaning.1);
        }
        self.graph.nodes.push(Node { name: name.to_owned(), op: op(output), inputs: vec![input], output: id });
        id
    }

    fn weights(&mut self, count: usize) -> Vec<i8> {
        self.random.weights(if self.counting { 0 } else { count })
    }

    pub(super) fn input(&self, tensor: TensorId) -> Input<'_> {
        Input { tensor: &self.graph.tensors[tensor], image: self.size(tensor), values: &self.values[tensor] }
    }

    pub fn conv(&mut self, name: &str, input: TensorId, filters: Filters, activation: Activation) -> TensorId {
        self.conv_like(name, input, filters, activation, None)
    }

    /// A convolution whose output can be concatenated with `like`, or added without a change of scale.
    pub fn conv_like(&mut self, name: &str, input: TensorId, filters: Filters, activation: Activation, like: Option<TensorId>) -> TensorId {
        let Filters { outputs, kernel, stride, border, groups } = filters;
        let window = window(kernel, stride, border);
        let count = outputs * kernel * kernel * self.channels(input) / groups;
        let shape = self.windowed(input, &window, outputs);
        self.count(count, if self.biased { outputs } else { 0 }, count * shape[1] * shape[2]);
        let weights = self.weights(count);
        let sums = if self.counting { Vec::new() } else { sums::conv(self.input(input), &window, groups, &weights, outputs) };
        let op = Box::new(move |output| Op::Conv { window, groups, weights, output });
        self.weighted(name, input, shape, Layer { op, sums, activation }, like)
    }

    pub fn depthwise(&mut self, name: &str, input: TensorId, kernel: usize, stride: usize, activation: Activation) -> TensorId {
        let (window, channels) = (window(kernel, stride, kernel / 2), self.channels(input));
        let count = kernel * kernel * channels;
        let shape = self.windowed(input, &window, channels);
        self.count(count, 0, count * shape[1] * shape[2]);
        let weights = self.weights(count);
        self.per_channel(name, input, window, weights, shape, activation)
    }

    /// Batch normalisation that no convolution in front can take in, and a rectifier: one weight per channel.
    pub fn normalise(&mut self, name: &str, input: TensorId) -> TensorId {
        let (window, channels) = (window(1, 1, 0), self.channels(input));
        let weights = self.random.reals(channels, [64.0, 127.0]).into_iter().map(|weight| weight as i8).collect();
        let shape = self.graph.tensors[input].shape.clone();
        self.per_channel(name, input, window, weights, shape, Activation::Relu)
    }

    fn per_channel(&mut self, name: &str, input: TensorId, window: Window, weights: Vec<i8>, shape: Vec<usize>, activation: Activation) -> TensorId {
        let sums = if self.counting { Vec::new() } else { sums::depthwise(self.input(input), &window, &weights) };
        let op = Box::new(move |output| Op::Depthwise { window, weights, output });
        self.weighted(name, input, shape, Layer { op, sums, activation }, None)
    }

    pub fn fully_connected(&mut self, name: &str, input: TensorId, outputs: usize, activation: Activation) -> TensorId {
        let count = outputs * self.graph.tensors[input].len();
        self.count(count, outputs, count);
        let weights = self.weights(count);
        let sums = if self.counting { Vec::new() } else { sums::fully_connected(self.input(input), &weights) };
        let op = Box::new(move |output| Op::FullyConnected { weights, output });
        self.weighted(name, input, vec![1, outputs], Layer { op, sums, activation }, None)
    }

    pub(super) fn count(&mut self, weights: usize, others: usize, macs: usize) {
        self.figures.parameters += (weights + others) as u64;
        self.figures.macs += macs as u64;
    }

    /// The shape that a window leaves; the image is large enough for it.
    pub(super) fn windowed(&self, input: TensorId, window: &Window, channels: usize) -> Vec<usize> {
        let Image { height, width, .. } = self.size(input);
        let [rows, cols] = window.output([height, width]).unwrap_or([0, 0]);
        vec![1, rows, cols, channels]
    }

    /// The network that ends with this layer.
    pub fn finish(mut self, output: TensorId) -> (Graph, Figures) {
        self.graph.outputs.push(output);
        (self.graph, self.figures)
    }
}

/// A layer with weights before its scales are known.
struct Layer {
    op: Box<dyn FnOnce(Output) -> Op>,
    /// `[pixel][channel]`.
    sums: Vec<i32>,
    activation: Activation,
}

/// A square window with the same border on all sides.
pub(super) fn window(kernel: usize, stride: usize, border: usize) -> Window {
    let padding = Padding { top: border, left: border, bottom: border, right: border };
    Window { kernel: [kernel; 2], stride: [stride; 2], dilation: [1, 1], padding }
}

fn requantised(sums: &[i32], channels: usize, output: &Output, zero_point: i32) -> Vec<i8> {
    let mut values = vec![0; sums.len()];
    match ChannelScales::new(&output.bias, &output.scales, output.rounding, zero_point, output.clamp) {
        Ok(scales) => requantise_rows(sums, channels, &scales, &mut values),
        Err(error) => unreachable!("calibrated scales are in range: {error}"),
    }
    values
}
