//! Steps of the cores with columns, whose outputs come tile by tile at every pixel.

use super::access::{Reads, count, out_count};
use super::cores::{directions, parameters, still};
use super::{at_most, equal, require};
use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::images::Images;
use crate::shell::nest::Gather;
use crate::systolic::MAX_DEPTH;

/// Most inputs per output of the binary core: eight bit planes of so many stay within 32 bits.
const MAX_XNOR_DEPTH: usize = 1 << 22;
/// Largest sum of its products, and of those of either sign.
const MAX_XNOR_SUM: usize = (1 << 30) - 1;

/// A step on the binary core.
pub fn xnor(config: &Config, accelerator: &Accelerator, images: &Images) -> Result<(), String> {
    let Some(core) = &accelerator.xnor else { return Err("the accelerator has no binary core".into()) };
    let (lanes, planes) = (accelerator.lanes as u64, config.planes);
    let plane_count = u64::from(planes.last) + 1;
    at_most("the last bit plane", u64::from(planes.first) + u64::from(planes.last), 7)?;
    require(!planes.packed || plane_count == 1, || "packed activations have one bit plane".into())?;
    require(!planes.zero_pad || planes.bipolar, || "only activations of -1 and 1 are padded with neither".into())?;
    let weight_planes = u64::from(planes.weight_last) + 1;
    at_most("the number of bits of a weight", weight_planes, core.weight_bits)?;
    let one = plane_count == 1 && (!planes.negative || weight_planes > 1);
    require(!planes.bipolar || one, || "activations of -1 and 1 have one bit plane, which counts negative with weights of several bits only".into())?;
    let bits = if planes.packed { lanes * 8 } else { lanes };
    require(planes.limit > 0, || "a pixel's last word has no channels".into())?;
    at_most("the number of channels in a pixel's last word", u64::from(planes.limit), bits as usize)?;
    let pairs = plane_count * weight_planes;
    require(count(config, 0).is_multiple_of(pairs), || "gather level 0 must count all bit planes of every chunk".into())?;
    let chunks = count(config, 0) / pairs;
    at_most("the number of chunks of a word", chunks, (bits as usize).div_ceil(core.simd))?;
    let needed = if count(config, 1) == 1 { u64::from(planes.limit) } else { bits };
    equal("the number of chunks of a word", chunks, needed.div_ceil(core.simd as u64))?;
    let (taps, tiles) = (count(config, 2) * count(config, 3), count(config, 4));
    let inputs = taps * ((count(config, 1) - 1) * bits + u64::from(planes.limit));
    at_most("the number of inputs per output", inputs, MAX_XNOR_DEPTH)?;
    let activation = if planes.bipolar { 2 } else { (1 << plane_count) - 1 };
    at_most("the largest sum", (inputs * activation) << planes.weight_last, MAX_XNOR_SUM)?;
    let weights = u64::from(config.weight_base) + tiles * taps * count(config, 1) * chunks * weight_planes;
    at_most("the end of the weight words", weights, images.xnor_weights.len() / core.word_bytes())?;

    require(core.act_bits == 16 || !config.wide[1], || "the binary core has no outputs of 16 bits".into())?;
    columns(config, core.cols, accelerator, images)
}

/// A step on the shift core.
pub fn shift(config: &Config, accelerator: &Accelerator, images: &Images) -> Result<(), String> {
    let Some(core) = &accelerator.shift else { return Err("the accelerator has no shift core".into()) };
    let (lanes, chunks) = (accelerator.lanes, count(config, 0));
    at_most("the number of chunks of a word", chunks, lanes / core.simd)?;
    require(count(config, 1) == 1 || chunks as usize == lanes / core.simd, || "all chunks of a word count where there are several words".into())?;
    let (taps, tiles) = (count(config, 2) * count(config, 3), count(config, 4));
    at_most("the number of inputs per output", taps * count(config, 1) * lanes as u64, MAX_DEPTH)?;
    let weights = u64::from(config.weight_base) + tiles * taps * count(config, 1) * chunks;
    at_most("the end of the weight words", weights, images.shift_weights.len() / core.word_bytes())?;
    at_most("the end of the tables", u64::from(config.table) + 1, images.shift_tables.len() / core.table_bytes())?;
    let table = &images.shift_tables[usize::from(config.table) * core.table_bytes()..][..core.table_bytes()];
    let wide = core.values(table).into_iter().find(|value| i8::try_from(*value).is_err());
    require(wide.is_none(), || format!("a code stands for {}, weights are -128 to 127", wide.unwrap_or(0)))?;
    columns(config, core.cols, accelerator, images)
}

/// What the order of work and the words of `cols` columns ask for.
fn columns(config: &Config, cols: usize, accelerator: &Accelerator, images: &Images) -> Result<(), String> {
    let gather = Gather::new(config, None);
    require(still(config, &gather, 0, 0) && still(config, &gather, 4, 0), || "gather levels 0 and 4 must not move".into())?;
    require(still(config, &gather, 1, 1), || "gather level 1 counts channel words and must move by one word".into())?;
    directions(config, &gather, [[2, 5], [3, 6]])?;
    let (words, halves) = (u64::from(config.weight_words), if config.wide[1] { 2 } else { 1 });
    require(words > 0, || "a pixel has no words of accumulators".into())?;
    let (lanes, cols, tiles) = (accelerator.lanes as u64, cols as u64, count(config, 4));
    let belong = (tiles - 1) * cols < words * lanes && tiles * cols > (words - 1) * lanes;
    require(belong, || format!("{words} words of accumulators do not belong to {tiles} tiles of {cols} outputs"))?;
    require(!config.by_count, || "cores with columns do not count operands".into())?;
    equal("the number of words written per pixel", out_count(config, 0), words * halves)?;
    equal("the number of pixels written", out_count(config, 1), count(config, 5) * count(config, 6))?;
    equal("the number of pixel tiles", out_count(config, 2), 1)?;
    let step = if config.packed { 0 } else { 1 };
    require(config.out[0].last == 0 || config.out[0].addr == step, || "the words of a pixel must follow each other".into())?;
    written(config, if config.packed { words.div_ceil(8) } else { words * halves }, accelerator)?;
    parameters(config, words, accelerator, images)?;
    Reads { config, units: gather.units(), base: config.in_base, slices: None }.check(accelerator)
}

/// Every word of pixels of so many words, written in ascending order, lies in the memory.
fn written(config: &Config, words: u64, accelerator: &Accelerator) -> Result<(), String> {
    let back = i64::from(config.out[0].last) * i64::from(config.out[0].addr);
    let stride = i64::from(config.out[1].addr) + back + 1;
    require(config.out[1].last == 0 || stride >= words as i64, || format!("pixels of {words} words are only {stride} words apart"))?;
    let end = i64::from(config.out_base) + i64::from(config.out[1].last) * stride + words as i64;
    at_most("the end of the words written", end as u64, accelerator.activation_words)
}
