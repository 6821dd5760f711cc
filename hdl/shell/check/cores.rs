//! Steps of the cores: counts that belong together, weights, epilogue parameters and tables that are there.

use super::access::{Reads, count, out_count, writes};
use super::{at_most, equal, require};
use crate::accelerator::Accelerator;
use crate::config::{AddScale, Config};
use crate::images::Images;
use crate::lane::{ADD, MAC, MAX, MAX_TAPS, OR, SUM, TABLE};
use crate::shell::epilogue::channel_scales;
use crate::shell::nest::{Gather, Point};
use crate::systolic::{Tiles, read_weights};

/// A step on the array.
pub fn systolic(config: &Config, accelerator: &Accelerator, images: &Images) -> Result<(), String> {
    let gather = Gather::new(config, Some(accelerator.slices()));
    directions(config, &gather, [[0, 3], [1, 4]])?;
    directions(config, &gather, [[0, 3], [6, 6]])?;
    require(still(config, &gather, 2, 0) && still(config, &gather, 5, 0), || "gather levels 2 and 5 count channels and must not move".into())?;

    let per_tile = count(config, 0) * count(config, 1);
    equal("the number of pixels written per tile", out_count(config, 0), per_tile)?;
    at_most("the number of pixels per tile", per_tile, accelerator.acc_depth)?;
    equal("the number of channel groups written", out_count(config, 1), count(config, 5))?;
    equal("the number of pixel tiles written", out_count(config, 2), count(config, 6))?;
    equal("the number of passes over the weights", u64::from(config.passes), count(config, 6))?;

    let tiles = Tiles::read(config, accelerator, images)?;
    require(config.list.is_none() || (accelerator.parts() == 1 && !accelerator.lean.single_port), || {
        "a list of weight tiles needs a requantiser per lane and a memory of two ports".into()
    })?;
    if accelerator.stream.codebook.is_some() {
        at_most("the end of the codebook", u64::from(config.table) + 1, images.weight_codebooks.len() / accelerator.stream.table_bytes())?;
    }
    let weights = read_weights(config, accelerator, images).ok_or("the weights end too early")?;
    sums(&weights, &tiles, accelerator)?;

    require(!config.by_count, || "the array does not count operands".into())?;
    writes(config, accelerator.banks(), accelerator)?;
    parameters(config, count(config, 5).div_ceil(accelerator.banks() as u64), accelerator, images)?;
    // A list visits some of the tiles that the counters would; what all of them read has to be there.
    let Point { addr, y, x } = gather.point([0; 7]);
    let all = Config { in_base: addr, y0: y as i16, x0: x as i16, ..config.clone() };
    Reads { config: &all, units: gather.units(), base: addr, slices: Some(accelerator.slices()) }.check(accelerator)
}

/// Every partial sum fits the array's accumulators.
fn sums(weights: &[i8], tiles: &Tiles, accelerator: &Accelerator) -> Result<(), String> {
    let cols = accelerator.cols;
    let mut words = weights.chunks_exact(cols);
    let mut largest = 0;
    for own in &tiles.outputs {
        let mut sums = vec![0u64; cols];
        for word in words.by_ref().take(own.len() * accelerator.rows) {
            sums.iter_mut().zip(word).for_each(|(sum, weight)| *sum += u64::from(weight.unsigned_abs()));
        }
        largest = sums.into_iter().fold(largest, u64::max);
    }
    let bits = 65 - (largest * 128).leading_zeros();
    at_most("the width of the largest sum in bits", u64::from(bits), accelerator.acc_bits)
}

/// A step on the lanes.
pub fn lane(config: &Config, accelerator: &Accelerator, images: &Images) -> Result<(), String> {
    let gather = Gather::new(config, None);
    let lanes = accelerator.lanes;
    let (taps, words) = (count(config, 0) * count(config, 1), count(config, 5));
    directions(config, &gather, [[0, 2], [1, 3]])?;
    require(still(config, &gather, 5, 1), || "gather level 5 counts channel words and must move by one word".into())?;
    for level in [4, 6] {
        equal(&format!("the count of gather level {level}"), count(config, level), 1)?;
    }
    equal("the number of pixels written", out_count(config, 0), count(config, 2) * count(config, 3))?;
    equal("the number of channel words written", out_count(config, 1), words)?;
    equal("the number of pixel tiles", out_count(config, 2), 1)?;
    at_most("the number of taps", taps, MAX_TAPS)?;
    match config.lane_op {
        MAC => at_most("the end of the lane weights", u64::from(config.weight_base) + taps * words, images.lane_weights.len() / lanes)?,
        MAX | SUM | OR => {}
        ADD => {
            let point = (count(config, 0), count(config, 1)) == (2, 1) && gather.units()[0].x == 0;
            require(point, || "an addition has two operands at the same pixel".into())?;
            config.add.iter().try_for_each(operand)?;
        }
        TABLE => {
            equal("the number of taps of a table look-up", taps, 1)?;
            at_most("the end of the table", u64::from(config.table) + 1, images.tables.len() / 256)?;
        }
        op => return Err(format!("there is no lane operation {op}")),
    }
    writes(config, 1, accelerator)?;
    parameters(config, if config.by_count { taps + 1 } else { words }, accelerator, images)?;
    if config.lane_op != ADD {
        return Reads { config, units: gather.units(), base: config.in_base, slices: None }.check(accelerator);
    }
    let second = config.in_base.wrapping_add(gather.units()[0].addr as u16);
    [config.in_base, second].into_iter().try_for_each(|base| Reads { config, units: &gather.units()[1..], base, slices: None }.check(accelerator))
}

/// A step on the sparse engine.
pub fn eie(config: &Config, accelerator: &Accelerator, images: &Images) -> Result<(), String> {
    let Some(engine) = &accelerator.eie else { return Err("the accelerator has no sparse engine".into()) };
    let gather = Gather::new(config, None);
    let [halves_in, halves_out] = config.wide.map(|wide| if wide { 2 } else { 1 });
    let columns = count(config, 0) * count(config, 1) * count(config, 2) * accelerator.lanes as u64 / halves_in;
    directions(config, &gather, [[1, 3], [2, 4]])?;
    for level in [5, 6] {
        equal(&format!("the count of gather level {level}"), count(config, level), 1)?;
    }
    at_most("the end of the column pointers", u64::from(config.weight_base) + columns + 1, engine.pointers)?;
    at_most("the codebook", u64::from(config.table) + 1, engine.codebooks)?;
    let words = u64::from(config.weight_words);
    at_most("the number of output rows", words * accelerator.lanes as u64, engine.rows())?;
    equal("the number of words written per pixel", out_count(config, 0), words * halves_out)?;
    equal("the number of pixels written", out_count(config, 1), count(config, 3) * count(config, 4))?;
    equal("the number of pixel tiles", out_count(config, 2), 1)?;
    require(config.out[0].addr == 1, || "the words of a pixel must follow each other".into())?;
    require(config.pad_value == config.add[0].zero_point, || "outside the image the engine must read the zero point".into())?;
    require(engine.act_bits == 16 || config.wide == [false; 2], || "the engine has no activations of 16 bits".into())?;
    require(!config.wide[0] || config.pad_value == 0, || "activations of 16 bits must have the zero point 0".into())?;
    words_first(config, accelerator)?;
    parameters(config, words, accelerator, images)?;
    Reads { config, units: gather.units(), base: config.in_base, slices: None }.check(accelerator)
}

/// Every write of a step that writes a pixel's words one after the other lies in the memory.
fn words_first(config: &Config, accelerator: &Accelerator) -> Result<(), String> {
    let stride = i64::from(config.out[1].addr) + i64::from(config.out[0].last) + 1;
    require(stride >= 0, || "pixels must be written in ascending order".into())?;
    let end = i64::from(config.out_base) + i64::from(config.out[1].last) * stride + i64::from(config.out[0].last) + 1;
    at_most("the end of the words written", end as u64, accelerator.activation_words)
}

fn operand(scale: &AddScale) -> Result<(), String> {
    require(scale.multiplier >= 0, || format!("the multiplier of an operand is {}, the least is 0", scale.multiplier))?;
    at_most("the shift of an operand", u64::from(scale.shift), 31)
}

/// The first pair of levels moves along rows of the image, the second from row to row.
pub(super) fn directions(config: &Config, gather: &Gather, [along, across]: [[usize; 2]; 2]) -> Result<(), String> {
    let moving = |level: &usize| config.levels[*level].last > 0;
    let straight = along.iter().filter(|l| moving(l)).all(|&l| gather.units()[l].y == 0)
        && across.iter().filter(|l| moving(l)).all(|&l| gather.units()[l].x == 0);
    require(straight, || "a gather level moves in both directions of the image".into())
}

/// The level stays at its pixel and moves by `words` words.
pub(super) fn still(config: &Config, gather: &Gather, level: usize, words: i16) -> bool {
    let unit = gather.units()[level];
    config.levels[level].last == 0 || (unit.addr, unit.y, unit.x) == (words, 0, 0)
}

/// The epilogue's parameters are there, and the requantiser is defined for them.
pub(super) fn parameters(config: &Config, words: u64, accelerator: &Accelerator, images: &Images) -> Result<(), String> {
    let lanes = accelerator.lanes;
    let first = usize::from(config.param_base);
    at_most("the end of the epilogue parameters", first as u64 + words, images.params.len() / lanes)?;
    if config.affine {
        require(!config.by_count, || "multipliers before the bias are not chosen by the operand count".into())?;
        let own = &images.params[first * lanes..(first + words as usize) * lanes];
        let held = own.iter().all(|channel| (0..=62).contains(&channel.scale.shift));
        require(config.clamp[0] <= config.clamp[1], || format!("the clamp {:?} is empty", config.clamp))?;
        return require(held, || "a shift is outside 0..=62".into());
    }
    if config.thresholds {
        require(accelerator.threshold_bits > 0, || "the epilogue has no thresholds".into())?;
        require(!config.by_count, || "thresholds are not chosen by the operand count".into())?;
        let held = images.thresholds.len() / (lanes * accelerator.threshold_steps());
        return at_most("the end of the thresholds", u64::from(config.threshold_base) + words, held);
    }
    let channels = &images.params[first * lanes..(first + words as usize) * lanes];
    channel_scales(config, channels).map(drop).map_err(|error| error.to_string())
}
