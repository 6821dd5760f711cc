//! Weights as bits in the order of use: tile by tile, tap by tap, word by word, chunk by chunk; in a weight word column by column. A bit is set
//! for a weight of 1, and where there is no channel or no output: the gates see an activation of 0 there, which is not equal.

use super::params::{XnorCore, per_word};
use crate::accelerator::Accelerator;
use crate::config::{Config, Kind, Planes};
use crate::images::Images;
use crate::shell::encode::{epilogue, input};
use crate::shell::tiles::{levels, out_levels};
use crate::step::{Binary, BitPlanes, Step, Work, Xnor};

/// Sign bit of a byte: set for -1, so binary weights are stored inverted for it, and weights of several bits count negative.
const SIGN: u8 = 7;

/// Appends weights and parameters, returns the step-table entry. The step must fit.
pub fn encode(step: &Step, accelerator: &Accelerator, images: &mut Images) -> Config {
    let (Work::Xnor(xnor), Some(core)) = (&step.work, &accelerator.xnor) else { unreachable!("only binary products fit the binary core") };
    let lanes = accelerator.lanes;
    let mut config = Config::new(Kind::Xnor);
    let words = step.input.words;
    let last_word = xnor.in_channels - (words - 1) * per_word(xnor.planes, lanes);
    config.planes = planes(xnor, last_word);
    let tiles = xnor.out_channels.div_ceil(core.cols);
    config.weight_base = (images.xnor_weights.len() / core.word_bytes()) as u32;
    let layout = Layout {
        cols: core.cols,
        simd: core.simd,
        per_word: per_word(xnor.planes, lanes),
        taps: xnor.window.kernel[0] * xnor.window.kernel[1],
        words,
        chunks: chunks(xnor, core, words, lanes),
        planes: xnor.weight_bits,
    };
    push_weights(xnor, &layout, tiles, &mut images.xnor_weights);

    config.levels = levels(step, &xnor.window, layout.chunks * layout.planes * (usize::from(config.planes.last) + 1), tiles);
    // Without a value of their own, taps outside the image read ones: weights of several bits then count once there, not twice.
    let outside = if xnor.weight_bits > 1 { -1 } else { 0 };
    input(&mut config, &step.input, xnor.window.origin, xnor.pad_value.unwrap_or(outside));

    let binary = step.epilogue.as_ref().and_then(|epilogue| epilogue.binary);
    let wide = step.epilogue.as_ref().is_some_and(|epilogue| epilogue.wide);
    let out_words = if binary == Some(Binary::Bits) { xnor.out_channels.div_ceil(lanes) } else { step.output.words / if wide { 2 } else { 1 } };
    config.weight_words = out_words as u32;
    // The bits of a pixel's words are addressed from its first word on, beside the counters.
    let (count, step_words) = (out_words * if wide { 2 } else { 1 }, usize::from(binary != Some(Binary::Bits)));
    config.out_base = step.output.base as u16;
    config.out = out_levels(step, count, step_words);
    if let Some(e) = &step.epilogue {
        epilogue(&mut config, e, accelerator, images);
    }
    config
}

fn planes(xnor: &Xnor, limit: usize) -> Planes {
    let zero_pad = xnor.pad_value.is_none();
    let own = Planes { weight_last: (xnor.weight_bits - 1) as u8, limit: limit as u16, ..Planes::default() };
    match xnor.planes {
        BitPlanes::Packed { bipolar } => Planes { bipolar, packed: true, zero_pad, ..own },
        BitPlanes::Bipolar => Planes { first: SIGN, bipolar: true, negative: xnor.weight_bits > 1, zero_pad, ..own },
        BitPlanes::Bytes { bits, signed } => Planes { last: (bits - 1) as u8, negative: signed, ..own },
    }
}

/// Chunks of a word that hold channels; all of them when there are several words.
fn chunks(xnor: &Xnor, core: &XnorCore, words: usize, lanes: usize) -> usize {
    let bits = per_word(xnor.planes, lanes);
    (if words == 1 { xnor.in_channels } else { bits }).div_ceil(core.simd)
}

/// Where the bits of a step's weights lie in its part of the image.
pub struct Layout {
    /// Columns of the core.
    pub cols: usize,
    /// Gates of a column.
    pub simd: usize,
    /// Channels of an activation word.
    pub per_word: usize,
    /// Taps of the kernel.
    pub taps: usize,
    /// Activation words of a pixel.
    pub words: usize,
    /// Chunks of a word that hold channels.
    pub chunks: usize,
    /// Bits of a weight.
    pub planes: usize,
}

impl Layout {
    /// For a checked step-table entry.
    pub fn of(config: &Config, core: &XnorCore, lanes: usize) -> Layout {
        let count = |level: usize| usize::from(config.levels[level].last) + 1;
        let planes = usize::from(config.planes.weight_last) + 1;
        Layout {
            cols: core.cols,
            simd: core.simd,
            per_word: lanes * if config.planes.packed { 8 } else { 1 },
            taps: count(2) * count(3),
            words: count(1),
            chunks: count(0) / planes / (usize::from(config.planes.last) + 1),
            planes,
        }
    }

    /// Bytes of the weights of so many tiles.
    pub fn bytes(&self, tiles: usize) -> usize {
        tiles * self.taps * self.words * self.chunks * self.planes * self.cols * self.simd / 8
    }

    /// Byte, and bit of it, of a plane of an output's weight at a tap and a channel.
    pub fn place(&self, out: usize, tap: usize, channel: usize, plane: usize) -> (usize, usize) {
        let (tile, column, word, within) = (out / self.cols, out % self.cols, channel / self.per_word, channel % self.per_word);
        let chunk = ((tile * self.taps + tap) * self.words + word) * self.chunks + within / self.simd;
        let bit = ((chunk * self.planes + plane) * self.cols + column) * self.simd + within % self.simd;
        (bit / 8, bit % 8)
    }
}

/// Appends the weights. Where there is none, a binary one is 1, which differs from the activation there; of several bits, all are 0.
fn push_weights(xnor: &Xnor, layout: &Layout, tiles: usize, image: &mut Vec<u8>) {
    let (first, inverted, binary) = (image.len(), xnor.planes == BitPlanes::Bipolar, layout.planes == 1);
    image.resize(first + layout.bytes(tiles), if binary { 0xff } else { 0 });
    let own = &mut image[first..];
    for (index, &weight) in xnor.weights.iter().enumerate() {
        let (row, channel) = (index / xnor.in_channels, index % xnor.in_channels);
        for plane in 0..layout.planes {
            let (byte, bit) = layout.place(row / layout.taps, row % layout.taps, channel, plane);
            let set = if binary { (weight > 0) != inverted } else { weight >> plane & 1 == 1 };
            own[byte] = own[byte] & !(1 << bit) | u8::from(set) << bit;
        }
    }
}

/// Weights `[out][kh][kw][in]` with outputs as the encoding holds them, whole tiles, and the layer's inputs.
pub fn decode(config: &Config, accelerator: &Accelerator, images: &Images) -> Vec<i16> {
    let Some(core) = &accelerator.xnor else { return Vec::new() };
    let layout = Layout::of(config, core, accelerator.lanes);
    let tiles = usize::from(config.levels[4].last) + 1;
    let inputs = (layout.words - 1) * layout.per_word + usize::from(config.planes.limit);
    let inverted = config.planes.first == SIGN && config.planes.bipolar;
    let image = &images.xnor_weights[config.weight_base as usize * core.word_bytes()..];
    let weight = |out: usize, tap: usize, channel: usize| {
        let bits = (0..layout.planes).map(|plane| {
            let (byte, bit) = layout.place(out, tap, channel, plane);
            i16::from(image[byte] >> bit & 1) << plane
        });
        match (layout.planes, bits.sum::<i16>()) {
            (1, bit) => {
                if (bit == 1) != inverted {
                    1
                } else {
                    -1
                }
            }
            (planes, bits) => bits << (16 - planes) >> (16 - planes),
        }
    };
    let places = (0..tiles * layout.cols * layout.taps).flat_map(|row| (0..inputs).map(move |channel| (row, channel)));
    places.map(|(row, channel)| weight(row / layout.taps, row % layout.taps, channel)).collect()
}
