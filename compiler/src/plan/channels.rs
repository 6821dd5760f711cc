//! Channel selection, shuffles and displacements, at no cost in cycles: a selection is another map of the same bytes; a displacement becomes part of the
//! kernels that read it, one tap per channel, and the layer in front lays channels of the same displacement side by side, so that the
//! reader's tiles of zeros can be left out.

use super::depthwise::used;
use super::error::PlanError;
use super::layers::{Layer, LayerWork, Placed, PlacedId};
use super::lower::{Lowerer, View};
use crate::graph::{Node, Op, Output, Padding, TensorId};
use fretwork_hdl::Window;
use fretwork_sim::requantise::{Rounding, Scale};
use std::collections::HashSet;

/// A displacement that became part of its readers' kernels.
#[derive(Clone, Debug)]
pub struct Displaced {
    /// What is displaced.
    pub source: TensorId,
    /// Smallest dy and dx.
    least: [isize; 2],
    /// Kernel height and width that reach all offsets.
    kernel: [usize; 2],
    /// Tap of each channel.
    taps: Vec<usize>,
}

impl Displaced {
    fn new(source: TensorId, offsets: &[[i8; 2]]) -> Displaced {
        let ends = |d: usize| offsets.iter().fold([0isize; 2], |[low, high], o| [low.min(o[d].into()), high.max(o[d].into())]);
        let (y, x) = (ends(0), ends(1));
        let kernel = [y, x].map(|[low, high]| (high - low + 1) as usize);
        let tap = |o: &[i8; 2]| (isize::from(o[0]) - y[0]) as usize * kernel[1] + (isize::from(o[1]) - x[0]) as usize;
        Displaced { source, least: [y[0], x[0]], kernel, taps: offsets.iter().map(tap).collect() }
    }

    /// The window of a convolution of one pixel with this stride over the undisplaced image.
    pub fn window(&self, window: &crate::graph::Window) -> Window {
        Window { kernel: self.kernel, stride: window.stride, dilation: [1, 1], origin: self.least }
    }

    /// Weights `[out][in]` as `[out][taps][in]`.
    pub fn weights(&self, weights: &[i8]) -> Vec<i8> {
        let (channels, taps) = (self.taps.len(), self.kernel[0] * self.kernel[1]);
        let mut spread = vec![0; weights.len() * taps];
        for (index, &weight) in weights.iter().enumerate() {
            let (out, channel) = (index / channels, index % channels);
            spread[(out * taps + self.taps[channel]) * channels + channel] = weight;
        }
        spread
    }
}

impl Lowerer<'_> {
    /// Some channels of a tensor, or all in another order: the same bytes, another map. Only what holds a channel twice is copied.
    pub(super) fn select(&mut self, node: &Node, channels: &[usize]) -> Result<(), PlanError> {
        let source = self.pixels(&node.name, node.inputs[0])?;
        let placed = self.lowered.tensors[source].clone();
        if placed.wide {
            return Err(PlanError::unsupported(&node.name, "it selects channels of 16 bits", "channels of int8"));
        }
        if channels.iter().collect::<HashSet<_>>().len() < channels.len() {
            let copy = self.place_dense(node.output);
            self.route(&node.name, source, channels, copy);
            self.views.insert(node.output, View { placed: copy, flat: false, sole_input: false });
            return Ok(());
        }
        let lanes = self.accelerator.lanes;
        let map: Vec<usize> = channels.iter().map(|channel| placed.map[*channel]).collect();
        let [first, last] = [map.iter().min(), map.iter().max()].map(|byte| byte.map_or(0, |byte| byte / lanes));
        let view = Placed {
            tensor: node.output,
            map: map.iter().map(|byte| byte - first * lanes).collect(),
            words: last - first + 1,
            offset: placed.offset + first,
            ..placed
        };
        self.lowered.tensors.push(view);
        let placed = self.lowered.tensors.len() - 1;
        self.views.insert(node.output, View { placed, flat: false, sole_input: false });
        Ok(())
    }

    /// Tensors whose channels lie alike: these, or where they do not, copies of those whose channels lie in another order than their own.
    pub(super) fn lying_alike(&mut self, node: &str, parts: Vec<PlacedId>) -> Vec<PlacedId> {
        let place = |part: &PlacedId| (&self.lowered.tensors[*part].map, self.lowered.tensors[*part].words);
        if parts.iter().all(|part| place(part) == place(&parts[0])) {
            return parts;
        }
        parts.into_iter().map(|part| self.in_order(node, part)).collect()
    }

    fn in_order(&mut self, node: &str, part: PlacedId) -> PlacedId {
        let placed = self.lowered.tensors[part].clone();
        let (map, words) = self.dense(placed.channels(), placed.width());
        if (&placed.map, placed.words) == (&map, words) {
            return part;
        }
        let copy = self.place(placed.tensor, placed.image, map, words);
        let all: Vec<usize> = (0..placed.channels()).collect();
        self.route(node, part, &all, copy);
        copy
    }

    /// Moves channels, each perhaps several times, to where another tensor has them, by a convolution of one pixel: lanes cannot.
    fn route(&mut self, node: &str, from: PlacedId, channels: &[usize], to: PlacedId) {
        let (inputs, tensor) = (self.lowered.tensors[from].channels(), &self.graph.tensors[self.lowered.tensors[to].tensor]);
        let weights = channels.iter().flat_map(|channel| (0..inputs).map(move |input| i8::from(input == *channel))).collect();
        let output = Output { bias: Vec::new(), scales: vec![Scale::ONE], rounding: Rounding::Single, clamp: tensor.range(), thresholds: Vec::new() };
        let work = LayerWork::Conv { window: Window::POINT, weights, outside: tensor.zero_point as i8, output };
        let name = format!("{node} (copy)");
        self.lowered.layers.push(Layer { name, work, inputs: vec![from], output: to, binary: false, shift: false, operations: 0 });
    }

    /// Part of the readers' kernels where all are convolutions of one pixel, otherwise a depthwise convolution.
    pub(super) fn displace(&mut self, node: &Node, offsets: &[[i8; 2]]) -> Result<(), PlanError> {
        let displaced = Displaced::new(node.inputs[0], offsets);
        if self.folds(node) && !self.displaced.contains_key(&node.inputs[0]) {
            self.displaced.insert(node.output, displaced);
            return Ok(());
        }
        let window = displaced.window(&crate::graph::Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], padding: Padding::default() });
        let (count, taps) = (offsets.len(), window.kernel[0] * window.kernel[1]);
        let weights = (0..taps * count).map(|at| i8::from(displaced.taps[at % count] == at / count)).collect();
        let clamp = self.graph.tensors[node.output].range();
        let output = Output { bias: Vec::new(), scales: vec![Scale::ONE], rounding: Rounding::Single, clamp, thresholds: Vec::new() };
        self.depthwise(node, node.inputs[0], window, weights, &output)
    }

    /// Whether all readers are convolutions of one pixel without padding.
    fn folds(&self, node: &Node) -> bool {
        let readers = self.graph.nodes.iter().filter(|reader| reader.inputs.contains(&node.output));
        let pixel = |reader: &Node| matches!(&reader.op, Op::Conv { window, .. } if window.kernel == [1, 1] && window.padding == Padding::default());
        readers.clone().all(pixel) && readers.count() == self.uses[node.output]
    }

    /// The one node that reads a tensor of int8 which is neither input nor output.
    fn sole_reader(&self, tensor: TensorId) -> Option<&Node> {
        let mut readers = self.graph.nodes.iter().filter(|node| node.inputs.contains(&tensor));
        let inner = !self.graph.tensors[tensor].wide && self.uses[tensor] == 1 && !self.graph.inputs.contains(&tensor);
        readers.next().filter(|_| inner)
    }

    /// The order in which a reader wants a tensor's channels: those that it displaces alike, or reads with the same taps, side by side.
    pub(super) fn order(&self, tensor: TensorId) -> Option<Vec<usize>> {
        let (reader, channels) = (self.sole_reader(tensor)?, self.graph.tensors[tensor].channels());
        let mut sorted: Vec<usize> = (0..channels).collect();
        match &reader.op {
            Op::Displace { offsets } if self.folds(reader) => sorted.sort_by_key(|channel| offsets[*channel]),
            Op::Depthwise { window, weights, .. } => {
                let used = |channel: usize| {
                    let own: Vec<i8> = weights[channel..].iter().step_by(channels).copied().collect();
                    used(&own, window.kernel[1], 1).map(|taps| [taps.start, taps.end])
                };
                sorted.sort_by_cached_key(|channel| used(*channel));
            }
            _ => return None,
        }
        let mut map = vec![0; channels];
        if sorted.is_sorted() {
            return None;
        }
        sorted.into_iter().enumerate().for_each(|(byte, channel)| map[channel] = byte);
        Some(map)
    }

    /// Map and words of a tensor that is to be added to one which is placed already: those of the other.
    pub(super) fn beside(&self, tensor: TensorId) -> Option<(Vec<usize>, usize)> {
        let reader = self.sole_reader(tensor).filter(|reader| matches!(reader.op, Op::Add { .. }))?;
        let other = reader.inputs.iter().find(|input| **input != tensor)?;
        let view = self.views.get(other).filter(|view| !view.flat)?;
        let placed = &self.lowered.tensors[view.placed];
        Some((placed.map.clone(), placed.words))
    }
}
