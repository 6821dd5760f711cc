//! Weights as bits in the order of use: tile by tile, tap by tap, word by word, chunk by chunk; in a weight word column by column. A bit is set
//! for a weight of 1, and where there is no channel or no output: the gates see an activation of 0 there, which is not equal.

use super::params::{XnorCore, per_word};
use crate::accelerator::Accelerator;
use crate::config::{Config, Kind, Planes};
use crate::images::Images;
use crate::shell::encode::{epilogue, input};
use crate::shell::tiles::{levels, out_levels};
use crate::step::{Binary, BitPlanes, Step, Work, Xnor};

/// Sign bit of a byte: set for -1, so weights are stored inverted for it.
const SIGN: u8 = 7;

/// Appends weights and parameters, returns the step-table entry. The step must fit.
pub fn encode(step: &Step, accelerator: &Accelerator, images: &mut Images) -> Config {
    let (Work::Xnor(xnor), Some(core)) = (&step.work, &accelerator.xnor) else { unreachable!("only binary products fit the binary core") };
    let lanes = accelerator.lanes;
    let mut config = Config::new(Kind::Xnor);
    let words = step.input.words;
    let last_word = xnor.in_channels - (words - 1) * per_word(xnor.planes, lanes);
    config.planes = planes(xnor, last_word);
    let chunks = chunks(xnor, core, words, lanes);
    let tiles = xnor.out_channels.div_ceil(core.cols);
    config.weight_base = (images.xnor_weights.len() / core.word_bytes()) as u32;
    push_weights(xnor, core, words, lanes, &mut images.xnor_weights);

    config.levels = levels(step, &xnor.window, chunks * (usize::from(config.planes.last) + 1), tiles);
    input(&mut config, &step.input, xnor.window.origin, xnor.pad_value.unwrap_or(0));

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
    let limit = limit as u16;
    let zero_pad = xnor.pad_value.is_none();
    match xnor.planes {
        BitPlanes::Packed { bipolar } => Planes { bipolar, packed: true, zero_pad, limit, ..Planes::default() },
        BitPlanes::Bipolar => Planes { first: SIGN, bipolar: true, zero_pad, limit, ..Planes::default() },
        BitPlanes::Bytes { bits, signed } => Planes { last: (bits - 1) as u8, negative: signed, limit, ..Planes::default() },
    }
}

/// Chunks of a word that hold channels; all of them when there are several words.
fn chunks(xnor: &Xnor, core: &XnorCore, words: usize, lanes: usize) -> usize {
    let bits = per_word(xnor.planes, lanes);
    (if words == 1 { xnor.in_channels } else { bits }).div_ceil(core.simd)
}

fn push_weights(xnor: &Xnor, core: &XnorCore, words: usize, lanes: usize, image: &mut Vec<u8>) {
    let (bits, taps) = (per_word(xnor.planes, lanes), xnor.window.kernel[0] * xnor.window.kernel[1]);
    let inverted = xnor.planes == BitPlanes::Bipolar;
    let chunks = chunks(xnor, core, words, lanes);
    for tile in 0..xnor.out_channels.div_ceil(core.cols) {
        for place in 0..taps * words * chunks {
            let (tap, word, chunk) = (place / (words * chunks), place / chunks % words, place % chunks);
            for out in tile * core.cols..(tile + 1) * core.cols {
                for byte in 0..core.simd / 8 {
                    let bit = |i: usize| {
                        let within = chunk * core.simd + byte * 8 + i;
                        let channel = word * bits + within;
                        let exists = out < xnor.out_channels && channel < xnor.in_channels && within < bits;
                        !exists || (xnor.weights[(out * taps + tap) * xnor.in_channels + channel] > 0) != inverted
                    };
                    image.push((0..8).map(|i| u8::from(bit(i)) << i).sum());
                }
            }
        }
    }
}

/// Weights `[out][kh][kw][in]` with outputs as the encoding holds them, whole tiles, and the layer's inputs.
pub fn decode(config: &Config, accelerator: &Accelerator, images: &Images) -> Vec<i16> {
    let Some(core) = &accelerator.xnor else { return Vec::new() };
    let count = |level: usize| usize::from(config.levels[level].last) + 1;
    let planes = usize::from(config.planes.last) + 1;
    let (chunks, words, taps, tiles) = (count(0) / planes, count(1), count(2) * count(3), count(4));
    let bits = accelerator.lanes * if config.planes.packed { 8 } else { 1 };
    let inputs = (words - 1) * bits + usize::from(config.planes.limit);
    let inverted = config.planes.first == SIGN && config.planes.bipolar;
    let image = &images.xnor_weights[config.weight_base as usize * core.word_bytes()..];
    let mut weights = Vec::with_capacity(tiles * core.cols * taps * inputs);
    for out in 0..tiles * core.cols {
        for tap in 0..taps {
            for channel in 0..inputs {
                let (word, within) = (channel / bits, channel % bits);
                let place = ((out / core.cols * taps + tap) * words + word) * chunks + within / core.simd;
                let bit = (out % core.cols) * core.simd + within % core.simd;
                let set = image[place * core.word_bytes() + bit / 8] >> (bit % 8) & 1 == 1;
                weights.push(if set != inverted { 1 } else { -1 });
            }
        }
    }
    weights
}
