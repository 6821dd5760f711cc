//! Lowering of element-wise nodes and concatenations: where operands must lie alike, copies are added.

use super::error::PlanError;
use super::layers::{Buffer, BufferId, Layer, LayerWork, Placed, PlacedId};
use super::lower::{Lowerer, View};
use crate::graph::{Node, Output};
use fretwork_hdl::Window;
use fretwork_sim::requantise::Scale;

impl Lowerer<'_> {
    pub(super) fn add(&mut self, node: &Node, scales: [Scale; 2], output: &Output) -> Result<(), PlanError> {
        let operands = vec![self.pixels(&node.name, node.inputs[0])?, self.pixels(&node.name, node.inputs[1])?];
        let [ta, tb] = [0, 1].map(|side: usize| &self.lowered.tensors[operands[side]]);
        if ta.image != tb.image || ta.channels() != tb.channels() {
            let why = format!("its operands are images of {:?} and {:?} pixels", ta.image, tb.image);
            return Err(PlanError::unsupported(&node.name, why, "operands that are reshaped alike"));
        }
        let (image, channels) = (ta.image, ta.channels());
        let operands = self.lying_alike(&node.name, operands);
        let placed = self.place_like(node.output, image, operands[0]);
        let operations = image[0] * image[1] * channels;
        self.finish(node, LayerWork::Add { scales, output: output.clone() }, operands, placed, operations);
        Ok(())
    }

    /// Multiplication by constants is a depthwise convolution with one tap; factors beyond eight bits are split over two taps that read
    /// the same pixel.
    pub(super) fn mul_constant(&mut self, node: &Node, factors: &[i16], output: &Output) -> Result<(), PlanError> {
        let source = node.inputs[0];
        let placed = self.pixels(&node.name, source)?;
        let channels = self.lowered.tensors[placed].map.len();
        let factor = |c: usize| if factors.len() == 1 { factors[0] } else { factors[c] };
        let half = |c: usize| factor(c).clamp(-127, 127) as i8;
        let rest = |c: usize| (factor(c) - i16::from(half(c))).clamp(-128, 127) as i8;
        if (0..channels).any(|c| i16::from(half(c)) + i16::from(rest(c)) != factor(c)) {
            let why = "a factor is outside the nine bits that two taps hold";
            return Err(PlanError::unsupported(&node.name, why, "factors in -255..=254"));
        }
        let single = (0..channels).all(|c| rest(c) == 0);
        let window = Window { kernel: [1, if single { 1 } else { 2 }], dilation: [1, 0], ..Window::POINT };
        let mut weights: Vec<i8> = (0..channels).map(half).collect();
        if !single {
            weights.extend((0..channels).map(rest));
        }
        self.depthwise(node, source, window, weights, output)
    }

    /// The parts are computed straight into the whole, each from a word of its own on. A part that lies among others already, such as one that is
    /// selected, stays where it is and the others join it; one that can neither move nor stay, or shares bytes with one before, is copied.
    pub(super) fn concat(&mut self, node: &Node) -> Result<(), PlanError> {
        let lanes = self.accelerator.lanes;
        let parts = node.inputs.iter().map(|&t| self.pixels(&node.name, t)).collect::<Result<Vec<_>, _>>()?;
        let image = self.lowered.tensors[parts[0]].image;
        let whole = parts.iter().find(|part| self.hosts(**part)).map(|part| self.lowered.tensors[*part].buffer);
        let whole = whole.unwrap_or_else(|| {
            self.lowered.buffers.push(Buffer { pixels: image[0] * image[1], words: 0, base: 0 });
            self.lowered.buffers.len() - 1
        });
        let mut bytes: Vec<usize> = Vec::new();
        for &part in &parts {
            let own = self.move_into(node, part, whole, &bytes);
            bytes.extend(self.bytes(own));
        }
        let [offset, last] = [bytes.iter().min(), bytes.iter().max()].map(|byte| byte.map_or(0, |byte| byte / lanes));
        let (map, words) = (bytes.iter().map(|byte| byte - offset * lanes).collect(), last - offset + 1);
        self.lowered.tensors.push(Placed { tensor: node.output, image, map, wide: false, packed: false, words, buffer: whole, offset, pitch: 1 });
        let placed = self.lowered.tensors.len() - 1;
        self.views.insert(node.output, View { placed, flat: false, sole_input: false });
        Ok(())
    }

    /// Whether the tensor lies among others in a buffer that can grow.
    fn hosts(&self, part: PlacedId) -> bool {
        let plain = self.lowered.tensors.iter().filter(|tensor| tensor.buffer == self.lowered.tensors[part].buffer).all(|tensor| tensor.pitch == 1);
        plain && !self.is_input(part) && !self.fills_buffer(part)
    }

    pub(super) fn is_input(&self, placed: PlacedId) -> bool {
        let buffer = self.lowered.tensors[placed].buffer;
        self.lowered.inputs.iter().any(|input| self.lowered.tensors[input.placed].buffer == buffer)
    }

    /// The bytes of a pixel of its buffer in which a tensor's channels lie.
    fn bytes(&self, placed: PlacedId) -> Vec<usize> {
        let Placed { map, offset, .. } = &self.lowered.tensors[placed];
        map.iter().map(|byte| byte + offset * self.accelerator.lanes).collect()
    }

    /// Brings a part into the buffer, behind what is there, unless it is there and shares no byte with those `taken`; returns the part or its
    /// copy.
    fn move_into(&mut self, node: &Node, part: PlacedId, whole: BufferId, taken: &[usize]) -> PlacedId {
        let Placed { buffer, words, .. } = self.lowered.tensors[part];
        if buffer == whole && !self.bytes(part).iter().any(|byte| taken.contains(byte)) {
            return part;
        }
        let offset = self.lowered.buffers[whole].words;
        self.lowered.buffers[whole].words += words;
        if buffer == whole || self.is_input(part) || !self.fills_buffer(part) {
            let copy = self.copy_of(part);
            self.lowered.tensors[copy].buffer = whole;
            self.lowered.tensors[copy].offset = offset;
            let layer = self.copy_layer(&node.name, part, copy);
            self.lowered.layers.push(layer);
            return copy;
        }
        for tensor in self.lowered.tensors.iter_mut().filter(|t| t.buffer == buffer) {
            tensor.buffer = whole;
            tensor.offset += offset;
        }
        part
    }

    /// Whether the tensor has a buffer for itself, and nothing in it has another pitch.
    pub(super) fn fills_buffer(&self, placed: PlacedId) -> bool {
        let Placed { buffer, words, offset, .. } = self.lowered.tensors[placed];
        let plain = self.lowered.tensors.iter().filter(|tensor| tensor.buffer == buffer).all(|tensor| tensor.pitch == 1);
        offset == 0 && self.lowered.buffers[buffer].words == words && plain
    }

    pub(super) fn copy_of(&mut self, part: PlacedId) -> PlacedId {
        let Placed { tensor, image, .. } = self.lowered.tensors[part];
        self.place_like(tensor, image, part)
    }

    pub(super) fn copy_layer(&self, name: &str, from: PlacedId, to: PlacedId) -> Layer {
        let work = LayerWork::Max { window: Window::POINT, clamp: [i8::MIN, i8::MAX], outside: 0 };
        Layer { name: format!("{name} (copy)"), work, inputs: vec![from], output: to, binary: false, shift: false, operations: 0 }
    }

    /// An addition reads both operands with one pixel stride: an operand that lies inside a concatenation is copied out.
    pub(super) fn align_additions(&mut self) {
        let mut layers = Vec::new();
        for mut layer in std::mem::take(&mut self.lowered.layers) {
            if matches!(layer.work, LayerWork::Add { .. }) {
                let stride = |l: &Self, p: PlacedId| l.lowered.buffers[l.lowered.tensors[p].buffer].words * l.lowered.tensors[p].pitch;
                if stride(self, layer.inputs[0]) != stride(self, layer.inputs[1]) {
                    for input in &mut layer.inputs {
                        if stride(self, *input) != self.lowered.tensors[*input].words {
                            let copy = self.copy_of(*input);
                            layers.push(self.copy_layer(&layer.name, *input, copy));
                            *input = copy;
                        }
                    }
                }
            }
            layers.push(layer);
        }
        self.lowered.layers = layers;
    }
}
