//! Steps: one layer's work on regions of the activation memory, before encoding.

use fretwork_sim::requantise::{Rounding, Scale};
use fretwork_sim::thresholds::Staircase;

/// A tensor in the activation memory: `height * width` pixels, each `words` words, `stride` words apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Address of the first word.
    pub base: usize,
    /// Words from one pixel to the next; at least `words`.
    pub stride: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Channel words per pixel.
    pub words: usize,
}

impl Region {
    /// Number of pixels.
    pub fn pixels(&self) -> usize {
        self.height * self.width
    }
}

/// A sliding window; pairs are `[vertical, horizontal]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Taps.
    pub kernel: [usize; 2],
    /// Input pixels from one output pixel to the next.
    pub stride: [usize; 2],
    /// Input pixels from one tap to the next.
    pub dilation: [usize; 2],
    /// Input coordinates of the first output pixel's first tap: minus the padding.
    pub origin: [isize; 2],
}

impl Window {
    /// One tap, no movement beyond the pixel itself.
    pub const POINT: Window = Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0] };
}

/// A convolution or matrix product for the systolic array.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// The sliding window.
    pub window: Window,
    /// What a tap outside the image reads.
    pub pad_value: i8,
    /// Output channels, channels that only pad a word included.
    pub out_channels: usize,
    /// Input channels as they lie in the words.
    pub in_channels: usize,
    /// `[out][kh][kw][in]`.
    pub weights: Vec<i8>,
    /// Output rows per pixel tile; divides the output's height, and `rows_per_tile * width` pixels fit the accumulator memory.
    pub rows_per_tile: usize,
}

/// A convolution or matrix product with few non-zero weights, for the sparse engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse {
    /// The sliding window.
    pub window: Window,
    /// What a tap outside the image reads: the input's zero point, which the engine subtracts from every activation.
    pub pad_value: i8,
    /// Output channels of this step, channels that only pad a word left out.
    pub out_channels: usize,
    /// Input channels as they lie in the words.
    pub in_channels: usize,
    /// The input's activations have 16 bits, low byte first, and the zero point 0.
    pub wide: bool,
    /// `[out][kh][kw][in]`.
    pub weights: Vec<i16>,
}

impl Sparse {
    /// Inputs per output.
    pub fn reduction(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1] * self.in_channels
    }
}

/// Activations as the binary core reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitPlanes {
    /// A bit each, eight times as many to a word; -1 and 1 when bipolar, else 0 and 1.
    Packed {
        /// -1 and 1.
        bipolar: bool,
    },
    /// A byte each, -1 or 1.
    Bipolar,
    /// A byte each, of which the lowest `bits` count; two's complement when signed.
    Bytes {
        /// 1 to 8.
        bits: usize,
        /// Whether the highest of them counts negative.
        signed: bool,
    },
}

/// A convolution or matrix product with weights -1 and 1, or of few bits, for the binary core.
#[derive(Clone, Debug, PartialEq)]
pub struct Xnor {
    /// The sliding window.
    pub window: Window,
    /// How activations lie in the words.
    pub planes: BitPlanes,
    /// What a tap outside the image reads: a byte, for packed activations 0 or -1 (all bits set); `None` for 0 where activations are -1 and 1.
    pub pad_value: Option<i8>,
    /// Output channels.
    pub out_channels: usize,
    /// Input channels, the first ones of the words.
    pub in_channels: usize,
    /// 1 for weights -1 and 1; 2 to 8 for weights in two's complement.
    pub weight_bits: usize,
    /// `[out][kh][kw][in]`.
    pub weights: Vec<i8>,
}

impl Xnor {
    /// Inputs per output.
    pub fn reduction(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1] * self.in_channels
    }
}

/// A convolution or matrix product whose weights are sums of few signed powers of two, for the shift core.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// The sliding window.
    pub window: Window,
    /// What a tap outside the image reads.
    pub pad_value: i8,
    /// Output channels.
    pub out_channels: usize,
    /// Input channels as they lie in the words.
    pub in_channels: usize,
    /// `[out][kh][kw][in]`.
    pub weights: Vec<i8>,
}

/// One operand of an addition: `round(((a - zero_point) << 20) * scale)` with double rounding; `scale.shift` is 0 or negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand {
    /// The operand's zero point.
    pub zero_point: i8,
    /// Its scale.
    pub scale: Scale,
}

/// What the lanes do with a window's operands.
#[derive(Clone, Debug, PartialEq)]
pub enum LaneOp {
    /// Multiply-accumulate with one weight per lane and tap; `[words][taps][lanes]`.
    Mac {
        /// The weights.
        weights: Vec<i8>,
    },
    /// Maximum of the window.
    Max,
    /// Bits that are set in any operand of the window: the maximum of packed bits.
    Or,
    /// Sum of the window.
    Sum,
    /// Sum of two scaled regions of the same shape and pixel stride; the window is a point.
    Add {
        /// Region of the second operand.
        second: Region,
        /// Scaling of the first and the second operand.
        operands: [Operand; 2],
    },
    /// `table[a]` with the table of this index; the window is a point.
    Table {
        /// Index into [`Images::tables`](crate::Images).
        index: usize,
    },
}

/// Work for the lane core.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneWork {
    /// The operation.
    pub op: LaneOp,
    /// The sliding window.
    pub window: Window,
    /// What a tap outside the image reads.
    pub pad_value: i8,
}

/// Bias and scale of one output channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Added to the accumulator, zero-point correction included.
    pub bias: i32,
    /// Scale of the biased accumulator.
    pub scale: Scale,
}

impl Channel {
    /// A channel that only pads a word: its output is the clamped zero point.
    pub const PAD: Channel = Channel { bias: 0, scale: Scale::ZERO };
}

/// How accumulators become activations.
#[derive(Clone, Debug, PartialEq)]
pub struct Epilogue {
    /// One per lane of every output word; with `by_count`, one word for every operand count from 0 on.
    pub channels: Vec<Channel>,
    /// The parameters are chosen by the number of operands inside the image (average pool), not by the channel.
    pub by_count: bool,
    /// Rounding mode.
    pub rounding: Rounding,
    /// Zero point of the output.
    pub zero_point: i8,
    /// Lowest and highest output.
    pub clamp: [i16; 2],
    /// Outputs have 16 bits, low byte first, and the zero point 0; a word of accumulators becomes two words.
    pub wide: bool,
    /// In place of scales and rounding: one staircase per channel, of the biased accumulator. Outputs are then `clamp[0]` and up.
    pub stairs: Vec<Staircase>,
    /// In place of rounding: `((acc * multiplier >> shift) + bias) >> 16`, the multiplier of either sign.
    pub affine: bool,
    /// With stairs: -1 and 1 as bytes, or as bits eight words of accumulators to a word.
    pub binary: Option<Binary>,
}

/// How outputs of one bit are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// A byte each, -1 or 1.
    Bytes,
    /// A bit each; the first channel in the lowest bit.
    Bits,
}

impl Epilogue {
    /// An epilogue that requantises to bytes.
    pub fn scaled(channels: Vec<Channel>, rounding: Rounding, zero_point: i8, clamp: [i16; 2]) -> Epilogue {
        Epilogue { channels, by_count: false, rounding, zero_point, clamp, wide: false, stairs: Vec::new(), affine: false, binary: None }
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Input stream to the output region.
    Load,
    /// Input region to the output stream.
    Store,
    /// Convolution on the systolic array.
    Conv(Conv),
    /// Work of the lane core.
    Lane(LaneWork),
    /// Sparse product on the sparse engine.
    Sparse(Sparse),
    /// Convolution with weights of one bit or a few on the binary core.
    Xnor(Xnor),
    /// Convolution with sums of powers of two on the shift core.
    Shift(Shift),
}

/// One entry of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The layer's name, for reports and errors.
    pub name: String,
    /// What it does.
    pub work: Work,
    /// Region read (for a load: unused).
    pub input: Region,
    /// Region written (for a store: unused).
    pub output: Region,
    /// How accumulators become activations; `None` for loads and stores.
    pub epilogue: Option<Epilogue>,
}
