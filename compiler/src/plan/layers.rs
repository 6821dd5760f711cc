//! Layers over placed tensors: what lowering produces and the later stages read.

use crate::graph::{Output, TensorId};
use fretwork_hdl::systolic::Tiles;
use fretwork_hdl::{Accelerator, Conv, Window};
use fretwork_sim::requantise::Scale;

/// Index into [`Lowered::tensors`].
pub type PlacedId = usize;
/// Index into [`Lowered::buffers`].
pub type BufferId = usize;

/// A tensor that lies in the activation memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The graph's tensor, when it is one (a copy made for a concatenation holds the same one).
    pub tensor: TensorId,
    /// Rows, columns.
    pub image: [usize; 2],
    /// For every byte of a pixel of the tensor's value (int8: one per channel; int16: two, the low one first), its byte within the stored
    /// pixel.
    pub map: Vec<usize>,
    /// Channels are int16.
    pub wide: bool,
    /// Channels are bits: `map` holds bits within the stored pixel instead of bytes.
    pub packed: bool,
    /// Words per pixel.
    pub words: usize,
    /// Memory it lies in.
    pub buffer: BufferId,
    /// First word within a pixel of the buffer.
    pub offset: usize,
    /// Pixels of the buffer from one pixel of the tensor to the next: above 1 where it is one of several that are interleaved, or where
    /// whole rows are taken for pixels.
    pub pitch: usize,
}

impl Placed {
    /// Bytes of a channel.
    pub fn width(&self) -> usize {
        if self.wide { 2 } else { 1 }
    }

    /// Channels of a pixel.
    pub fn channels(&self) -> usize {
        self.map.len() / self.width()
    }

    /// For every channel, its position among the activations of a stored pixel.
    pub fn positions(&self) -> Vec<usize> {
        self.map.iter().step_by(self.width()).map(|byte| byte / self.width()).collect()
    }

    /// A convolution over the tensor with weights `[out][kh][kw][in]` over its channels, as it meets the stored pixels; its outputs lie as those of
    /// the target do.
    pub fn conv(&self, target: &Placed, window: Window, weights: &[i8], pad_value: i8) -> Conv {
        let (positions, rows) = (self.positions(), target.positions());
        let taps = window.kernel[0] * window.kernel[1];
        let [in_channels, out_channels] = [&positions, &rows].map(|positions| positions.iter().max().map_or(1, |position| position + 1));
        let mut spread = vec![0i8; out_channels * taps * in_channels];
        for (index, own) in weights.chunks_exact(positions.len()).enumerate() {
            let first = (rows[index / taps] * taps + index % taps) * in_channels;
            positions.iter().zip(own).for_each(|(position, weight)| spread[first + position] = *weight);
        }
        Conv { window, pad_value, out_channels, in_channels, weights: spread, rows_per_tile: 1 }
    }

    /// Of such a convolution, the weights between channels that lie in tiles which the array does not leave out.
    pub fn kept_weights(&self, target: &Placed, conv: &Conv, accelerator: &Accelerator) -> u64 {
        let held = |positions: Vec<usize>, count: usize, side: usize| {
            let mut held = vec![0; count.div_ceil(side)];
            positions.iter().for_each(|position| held[position / side] += 1);
            held
        };
        let inputs = held(self.positions(), conv.in_channels, accelerator.rows);
        let outputs = held(target.positions(), conv.out_channels, accelerator.cols);
        let tiles = Tiles::of(conv, accelerator).outputs;
        let of_tiles = |tiles: &[u32]| tiles.iter().map(|tile| inputs[*tile as usize % inputs.len()]).sum::<u64>();
        tiles.iter().zip(outputs).map(|(own, outputs)| of_tiles(own) * outputs).sum()
    }
}

/// Memory for one tensor or for all parts of a concatenation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buffer {
    /// Pixels.
    pub pixels: usize,
    /// Words per pixel.
    pub words: usize,
    /// Address, once allocated.
    pub base: usize,
}

/// One piece of work for one core.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The node's name.
    pub name: String,
    /// What it computes.
    pub work: LayerWork,
    /// Tensors read.
    pub inputs: Vec<PlacedId>,
    /// Tensor written.
    pub output: PlacedId,
    /// The binary core executes it.
    pub binary: bool,
    /// The shift core executes it.
    pub shift: bool,
    /// Operations that the network asks for: multiply-accumulates, or one per operand for pools and element-wise work.
    pub operations: u64,
}

impl Layer {
    /// Whether the lowest output is the zero point: a rectifier.
    pub fn clamps_at_zero(&self, zero_point: i8) -> bool {
        let zero = i16::from(zero_point);
        match &self.work {
            LayerWork::Conv { output, .. } | LayerWork::Depthwise { output, .. } | LayerWork::Add { output, .. } => output.clamp[0] >= zero,
            LayerWork::Average { clamp, .. } | LayerWork::Max { clamp, .. } => clamp[0] >= zero_point,
            LayerWork::Mean { .. } | LayerWork::Table { .. } | LayerWork::Copy => false,
        }
    }
}

/// What a layer computes. Input images are those of the placed tensors.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerWork {
    /// Convolution or matrix product; weights `[out][kh][kw][in]` over the tensor's channels (not bytes).
    Conv {
        /// The sliding window.
        window: Window,
        /// The weights.
        weights: Vec<i8>,
        /// What lies outside the image.
        outside: i8,
        /// Bias, scales, clamp.
        output: Output,
    },
    /// One filter per channel; weights `[taps][channels]`.
    Depthwise {
        /// The sliding window.
        window: Window,
        /// The weights.
        weights: Vec<i8>,
        /// Bias, scales, clamp.
        output: Output,
    },
    /// Addition.
    Add {
        /// Scales of the operands.
        scales: [Scale; 2],
        /// Scale and clamp of the sum.
        output: Output,
    },
    /// Average over the window's pixels inside the image.
    Average {
        /// The sliding window.
        window: Window,
        /// Lowest and highest output.
        clamp: [i8; 2],
    },
    /// Mean over the whole image with a change of scale.
    Mean {
        /// Scale of the sum, the division by the number of pixels included.
        scale: Scale,
    },
    /// Maximum over the window's pixels inside the image.
    Max {
        /// The sliding window.
        window: Window,
        /// Lowest and highest output.
        clamp: [i8; 2],
        /// What lies outside the image.
        outside: i8,
    },
    /// The same activations at another place.
    Copy,
    /// Table look-up.
    Table {
        /// Entry `a + 128` for activation `a`.
        table: Box<[i8; 256]>,
    },
}

/// How the host lays an input tensor into the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct InputLayout {
    /// The placed tensor.
    pub placed: PlacedId,
    /// The graph input.
    pub tensor: TensorId,
    /// For every stored channel of every stored pixel, in order, the element of the graph's tensor, or -1 for the zero point.
    pub elements: Vec<i32>,
}

/// Where a graph output is found.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputLayout {
    /// The placed tensor.
    pub placed: PlacedId,
    /// The graph output.
    pub tensor: TensorId,
}

/// The graph, lowered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lowered {
    /// Tensors in memory.
    pub tensors: Vec<Placed>,
    /// Memories.
    pub buffers: Vec<Buffer>,
    /// Work in order.
    pub layers: Vec<Layer>,
    /// Inputs in stream order.
    pub inputs: Vec<InputLayout>,
    /// Outputs in stream order.
    pub outputs: Vec<OutputLayout>,
}
