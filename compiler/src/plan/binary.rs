//! Which layers with binary weights, or with weights of few bits, go to the binary core, and which binary activations lie packed, eight times as many to a word.
//!
//! Only the binary core writes packed activations, and only it and maximum pools read them; so a tensor is packed when all who touch it are
//! of that kind. What one layer gains depends on its neighbours: layers that would be slower are taken out until none is.

use super::layers::{BufferId, LayerWork, Lowered, Placed};
use super::sparse::{CoreChoice, systolic_estimate};
use crate::graph::{Graph, Levels, Tensor};
use fretwork_hdl::accelerator::MAX_THRESHOLD_BITS;
use fretwork_hdl::systolic::Tiles;
use fretwork_hdl::xnor::{XnorCore, sums_fit, weight_bits};
use fretwork_hdl::{Accelerator, BitPlanes};
use std::collections::{HashMap, HashSet};

/// Marks the layers of the binary core and packs the tensors between them.
pub fn assign(graph: &Graph, lowered: &mut Lowered, accelerator: &Accelerator, choice: CoreChoice) {
    let Some(core) = accelerator.xnor.as_ref().filter(|_| matches!(choice, CoreChoice::Auto | CoreChoice::Xnor)) else { return };
    let mut pass = Assignment { graph, lowered, accelerator, core, binary: HashSet::new(), packed: HashSet::new() };
    pass.binary = (0..pass.lowered.layers.len()).filter(|&layer| pass.eligible(layer)).collect();
    let systolic: HashMap<usize, u64> = pass.binary.iter().map(|&layer| (layer, pass.systolic_cycles(layer))).collect();
    loop {
        pass.packed = pass.packable();
        let slower = |&layer: &usize| choice == CoreChoice::Auto && systolic.get(&layer).is_some_and(|&array| pass.cycles(layer) >= array);
        let Some(layer) = pass.binary.iter().copied().filter(slower).min() else { break };
        pass.binary.remove(&layer);
    }
    let (binary, packed) = (pass.binary, pass.packed);
    binary.iter().for_each(|&layer| lowered.layers[layer].binary = true);
    pack(lowered, &packed, accelerator.lanes);
}

/// Bit planes of a tensor's activations when they are bytes or, packed, bits.
pub fn planes(tensor: &Tensor, packed: bool) -> BitPlanes {
    match tensor.levels {
        Levels::Bipolar if packed => BitPlanes::Packed { bipolar: true },
        Levels::Bipolar => BitPlanes::Bipolar,
        Levels::Range([low, high]) if low >= 0 => BitPlanes::Bytes { bits: (8 - high.leading_zeros() as usize).max(1), signed: false },
        Levels::Range([low, high]) => {
            let bits = |value: i8| 9 - (if value < 0 { !value } else { value }).leading_zeros() as usize;
            BitPlanes::Bytes { bits: bits(low).max(bits(high)), signed: true }
        }
        Levels::All => BitPlanes::Bytes { bits: 8, signed: true },
    }
}

struct Assignment<'a> {
    graph: &'a Graph,
    lowered: &'a Lowered,
    accelerator: &'a Accelerator,
    core: &'a XnorCore,
    /// Layers of the binary core.
    binary: HashSet<usize>,
    /// Buffers of packed tensors.
    packed: HashSet<BufferId>,
}

impl Assignment<'_> {
    fn tensor(&self, placed: usize) -> &Tensor {
        &self.graph.tensors[self.lowered.tensors[placed].tensor]
    }

    fn buffer(&self, placed: usize) -> BufferId {
        self.lowered.tensors[placed].buffer
    }

    /// Whether the binary core can compute the layer: weights of few bits, channels one after the other, few levels or a requantiser behind.
    fn eligible(&self, layer: usize) -> bool {
        let layer = &self.lowered.layers[layer];
        let LayerWork::Conv { window, weights, output, .. } = &layer.work else { return false };
        let input = &self.lowered.tensors[layer.inputs[0]];
        let straight = |tensor: &Placed| tensor.map.iter().enumerate().all(|(channel, &byte)| channel == byte);
        let straight = straight(input) && straight(&self.lowered.tensors[layer.output]);
        let levels = output.thresholds.iter().map(|stairs| stairs.steps.len()).max().unwrap_or(0);
        let bits = self.tensor(layer.output).levels != Levels::Bipolar || levels < 1 << MAX_THRESHOLD_BITS;
        let (planes, own) = (planes(self.tensor(layer.inputs[0]), false), weight_bits(weights));
        let holds = own <= self.core.weight_bits && sums_fit(window.kernel[0] * window.kernel[1] * input.channels(), planes, own);
        !input.wide && straight && bits && holds
    }

    /// Buffers that only the binary core and maximum pools touch.
    fn packable(&self) -> HashSet<BufferId> {
        let tensors = &self.lowered.tensors;
        let whole = |placed: usize| {
            tensors[placed].offset == 0 && tensors[placed].pitch == 1 && tensors[placed].words == self.lowered.buffers[self.buffer(placed)].words
        };
        let bipolar = |placed: usize| self.tensor(placed).levels == Levels::Bipolar && whole(placed);
        let mut packed: HashSet<BufferId> = (0..tensors.len()).map(|placed| self.buffer(placed)).collect();
        (0..tensors.len()).filter(|&placed| !bipolar(placed)).for_each(|placed| {
            packed.remove(&self.buffer(placed));
        });
        let borders = self.lowered.inputs.iter().map(|input| input.placed).chain(self.lowered.outputs.iter().map(|output| output.placed));
        borders.for_each(|placed| {
            packed.remove(&self.buffer(placed));
        });
        loop {
            let before = packed.len();
            for (index, layer) in self.lowered.layers.iter().enumerate() {
                let (input, output) = (self.buffer(layer.inputs[0]), self.buffer(layer.output));
                match &layer.work {
                    LayerWork::Conv { output: finish, .. } if self.binary.contains(&index) => {
                        if finish.thresholds.is_empty() {
                            packed.remove(&output);
                        }
                    }
                    // The larger of two bits is their disjunction, of packed and of packed only.
                    LayerWork::Max { .. } if packed.contains(&input) && packed.contains(&output) => {}
                    _ => {
                        layer.inputs.iter().chain([&layer.output]).for_each(|&placed| {
                            packed.remove(&self.buffer(placed));
                        });
                    }
                }
            }
            if packed.len() == before {
                return packed;
            }
        }
    }

    /// About the cycles of a layer on the binary core.
    fn cycles(&self, layer: usize) -> u64 {
        let layer = &self.lowered.layers[layer];
        let LayerWork::Conv { window, weights, .. } = &layer.work else { return u64::MAX };
        let (input, output) = (&self.lowered.tensors[layer.inputs[0]], &self.lowered.tensors[layer.output]);
        let (channels, out_channels) = (input.channels(), output.channels());
        let packed = self.packed.contains(&input.buffer);
        let (planes, per_word) = match planes(self.tensor(layer.inputs[0]), packed) {
            BitPlanes::Packed { .. } => (1, 8 * self.accelerator.lanes),
            BitPlanes::Bipolar => (1, self.accelerator.lanes),
            BitPlanes::Bytes { bits, .. } => (bits, self.accelerator.lanes),
        };
        let words = channels.div_ceil(per_word);
        let chunks = words * (if words == 1 { channels } else { per_word }).div_ceil(self.core.simd);
        let interval = (planes * weight_bits(weights) * chunks * window.kernel[0] * window.kernel[1]).max(self.core.cols / self.accelerator.lanes);
        (output.image[0] * output.image[1] * out_channels.div_ceil(self.core.cols) * interval) as u64
    }

    /// About the cycles of a layer on the array.
    fn systolic_cycles(&self, layer: usize) -> u64 {
        let layer = &self.lowered.layers[layer];
        let LayerWork::Conv { window, weights, outside, .. } = &layer.work else { return 0 };
        let (input, output) = (&self.lowered.tensors[layer.inputs[0]], &self.lowered.tensors[layer.output]);
        let conv = input.conv(output, *window, weights, *outside);
        systolic_estimate(Tiles::of(&conv, self.accelerator).count(), output.image[0] * output.image[1], self.accelerator)
    }
}

/// Lays the channels of packed tensors bit by bit.
fn pack(lowered: &mut Lowered, packed: &HashSet<BufferId>, lanes: usize) {
    for tensor in lowered.tensors.iter_mut().filter(|tensor| packed.contains(&tensor.buffer)) {
        tensor.packed = true;
        tensor.words = tensor.map.len().div_ceil(8 * lanes);
        tensor.map = (0..tensor.map.len()).collect();
        lowered.buffers[tensor.buffer].words = tensor.words;
    }
}
