//! Weights as codes in the order of use: tile by tile, tap by tap, word by word, chunk by chunk; in a weight word column by column. What is no
//! channel or no output has code 0, which stands for 0.

use super::codes::{distinct, get, put};
use super::params::ShiftCore;
use crate::accelerator::Accelerator;
use crate::config::{Config, Kind};
use crate::images::Images;
use crate::shell::encode::{epilogue, input};
use crate::shell::tiles::{levels, out_levels};
use crate::step::{Shift, Step, Work};

/// Appends weights, table and parameters, returns the step-table entry. The step must fit.
pub fn encode(step: &Step, accelerator: &Accelerator, images: &mut Images) -> Config {
    let (Work::Shift(shift), Some(core)) = (&step.work, &accelerator.shift) else { unreachable!("only sums of powers of two fit the shift core") };
    let mut config = Config::new(Kind::Shift);
    let words = step.input.words;
    let chunks = chunks(shift, core, words, accelerator.lanes);
    let tiles = shift.out_channels.div_ceil(core.cols);
    let table = images.shift_table_index(&distinct(&shift.weights), core);
    config.table = table as u16;
    config.weight_base = (images.shift_weights.len() / core.word_bytes()) as u32;
    push_weights(shift, core, table, [words, chunks, accelerator.lanes], images);

    config.levels = levels(step, &shift.window, chunks, tiles);
    input(&mut config, &step.input, shift.window.origin, shift.pad_value);
    config.weight_words = step.output.words as u32;
    config.out_base = step.output.base as u16;
    config.out = out_levels(step, step.output.words, 1);
    if let Some(e) = &step.epilogue {
        epilogue(&mut config, e, accelerator, images);
    }
    config
}

/// Chunks of a word that hold channels; all of them when there are several words.
fn chunks(shift: &Shift, core: &ShiftCore, words: usize, lanes: usize) -> usize {
    (if words == 1 { shift.in_channels } else { lanes }).div_ceil(core.simd)
}

fn push_weights(shift: &Shift, core: &ShiftCore, table: usize, [words, chunks, lanes]: [usize; 3], images: &mut Images) {
    let taps = shift.window.kernel[0] * shift.window.kernel[1];
    let values = core.values(&images.shift_tables[table * core.table_bytes()..][..core.table_bytes()]);
    let mut codes = [0u8; 256];
    for (code, value) in values.iter().enumerate().skip(1).filter(|(_, value)| **value != 0) {
        codes[(value & 255) as usize] = code as u8;
    }
    for tile in 0..shift.out_channels.div_ceil(core.cols) {
        for place in 0..taps * words * chunks {
            let (tap, word, chunk) = (place / (words * chunks), place / chunks % words, place % chunks);
            let mut bytes = vec![0; core.word_bytes()];
            for at in 0..core.cols * core.simd {
                let (out, within) = (tile * core.cols + at / core.simd, chunk * core.simd + at % core.simd);
                let channel = word * lanes + within;
                if out < shift.out_channels && channel < shift.in_channels {
                    let weight = shift.weights[(out * taps + tap) * shift.in_channels + channel];
                    put(&mut bytes, at * core.code_bits, core.code_bits, codes[usize::from(weight.cast_unsigned())]);
                }
            }
            images.shift_weights.extend(bytes);
        }
    }
}

/// Weights of a step as the images hold them.
pub struct Weights<'i> {
    core: &'i ShiftCore,
    image: &'i [u8],
    values: Vec<i32>,
    lanes: usize,
    /// Chunks of a word, words of a pixel, taps, tiles.
    counts: [usize; 4],
}

impl<'i> Weights<'i> {
    /// Of a step-table entry; `None` when the images hold no such step.
    pub fn new(config: &Config, accelerator: &'i Accelerator, images: &'i Images) -> Option<Weights<'i>> {
        let core = accelerator.shift.as_ref()?;
        let count = |level: usize| usize::from(config.levels[level].last) + 1;
        let counts = [count(0), count(1), count(2) * count(3), count(4)];
        let table = images.shift_tables.get(usize::from(config.table) * core.table_bytes()..)?.get(..core.table_bytes())?;
        let image = images.shift_weights.get(config.weight_base as usize * core.word_bytes()..)?;
        let image = image.get(..counts.iter().product::<usize>() * core.word_bytes())?;
        Some(Weights { core, image, values: core.values(table), lanes: accelerator.lanes, counts })
    }

    /// Outputs that have columns.
    pub fn outputs(&self) -> usize {
        self.counts[3] * self.core.cols
    }

    /// Bytes of a tap.
    pub fn tap_bytes(&self) -> usize {
        self.counts[1] * self.lanes
    }

    /// Inputs per output, bytes that are no channels included.
    pub fn inputs(&self) -> usize {
        self.counts[2] * self.tap_bytes()
    }

    /// The weight of an output for an input; 0 for bytes of a word that no chunk takes.
    pub fn at(&self, output: usize, input: usize) -> i32 {
        let ShiftCore { cols, simd, code_bits, .. } = self.core;
        let [chunks, words, taps, _] = self.counts;
        let (tap, word, within) = (input / self.tap_bytes(), input / self.lanes % words, input % self.lanes);
        if within / simd >= chunks || output >= self.outputs() {
            return 0;
        }
        let place = ((output / cols * taps + tap) * words + word) * chunks + within / simd;
        let code = get(&self.image[place * self.core.word_bytes()..], (output % cols * simd + within % simd) * code_bits, *code_bits);
        self.values[usize::from(code)]
    }
}

/// Weights `[out][kh][kw][in]` with outputs and inputs as the encoding holds them: whole tiles and whole words.
pub fn decode(config: &Config, accelerator: &Accelerator, images: &Images) -> Vec<i16> {
    let Some(weights) = Weights::new(config, accelerator, images) else { return Vec::new() };
    (0..weights.outputs()).flat_map(|output| (0..weights.inputs()).map(move |input| (output, input))).map(|(o, i)| weights.at(o, i) as i16).collect()
}
