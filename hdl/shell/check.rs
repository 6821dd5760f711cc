//! Whether a step table and its memory images are ones that the hardware can execute: every address in range, every count within the memories,
//! counters that move as an encoder makes them move. What passes here runs to its end.

mod access;
mod columns;
mod cores;

use crate::accelerator::Accelerator;
use crate::config::{Config, Kind, WORDS};
use crate::images::Images;
use crate::trim::Trim;

/// What is wrong with a step table or a memory image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Fault {
    /// The memory, or the step-table entry.
    pub place: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl Fault {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Fault {
        Fault { place: place.into(), what: what.into() }
    }
}

/// The step table, decoded.
///
/// # Errors
/// The first fault found.
pub fn check(accelerator: &Accelerator, images: &Images) -> Result<Vec<Config>, Fault> {
    accelerator.validate().map_err(|misfit| Fault::new("accelerator", misfit.to_string()))?;
    memory("step table", images.steps.len(), WORDS, accelerator.steps)?;
    memory("weights", images.weights.len(), accelerator.weight_word_bytes(), accelerator.weight_words)?;
    let (table, tables) = (accelerator.stream.table_bytes(), accelerator.stream.tables());
    memory("codebooks of the array", images.weight_codebooks.len(), table, tables)?;
    memory("tile list", images.tiles.len(), 1, accelerator.tile_words)?;
    memory("lane weights", images.lane_weights.len(), accelerator.lanes, accelerator.lane_weight_words)?;
    memory("epilogue parameters", images.params.len(), accelerator.lanes, accelerator.param_words)?;
    memory("tables", images.tables.len(), 256, accelerator.tables)?;
    memory("thresholds", images.thresholds.len(), (accelerator.lanes * accelerator.threshold_steps()).max(1), accelerator.threshold_words)?;
    let (word, words) = accelerator.xnor.as_ref().map_or((1, 0), |core| (core.word_bytes(), core.weight_words));
    memory("binary weights", images.xnor_weights.len(), word, words)?;
    let (word, words) = accelerator.shift.as_ref().map_or((1, 0), |core| (core.word_bytes(), core.weight_words));
    memory("weights of the shift core", images.shift_weights.len(), word, words)?;
    let (table, tables) = accelerator.shift.as_ref().map_or((1, 0), |core| (core.table_bytes(), core.tables));
    memory("tables of the shift core", images.shift_tables.len(), table, tables)?;
    let mut configs = Vec::new();
    for (index, words) in images.steps.chunks(WORDS).enumerate() {
        let place = format!("step-table entry {index}");
        let config = Config::from_words(words).ok_or_else(|| Fault::new(&place, "there is no such kind of step or rounding mode"))?;
        entry(&config, (index + 1) * WORDS == images.steps.len(), accelerator, images).map_err(|what| Fault::new(&place, what))?;
        configs.push(config);
    }
    let used = Trim::of(&images.steps, &images.params, accelerator.lanes);
    let left_out = accelerator.trim.as_ref().zip(used).is_some_and(|(trim, used)| !trim.covers(&used));
    if left_out {
        return Err(Fault::new("step table", "it uses what was left out of the hardware"));
    }
    match configs.is_empty() {
        true => Err(Fault::new("step table", "it has no entries")),
        false => Ok(configs),
    }
}

/// The image fills whole words and fits its memory.
fn memory(name: &str, length: usize, width: usize, depth: usize) -> Result<(), Fault> {
    if !length.is_multiple_of(width) {
        return Err(Fault::new(name, format!("{length} values are no whole number of words of {width}")));
    }
    match length / width {
        words if words > depth => Err(Fault::new(name, format!("{words} words are more than the {depth} that the memory holds"))),
        _ => Ok(()),
    }
}

fn entry(config: &Config, is_last: bool, accelerator: &Accelerator, images: &Images) -> Result<(), String> {
    require(config.last == is_last, || "the last entry, and no other, must end the inference".into())?;
    require(config.list.is_none() || config.kind == Kind::Systolic, || "only the array has a list of weight tiles".into())?;
    let wide = match config.kind {
        Kind::Eie => true,
        Kind::Xnor => !config.wide[0],
        Kind::Load | Kind::Store | Kind::Systolic | Kind::Lane | Kind::Shift => config.wide == [false; 2],
    };
    require(wide, || "only the sparse engine reads, and it and the binary core write activations of 16 bits".into())?;
    let plain = !config.thresholds && !config.affine;
    require(plain || !config.wide[1], || "neither thresholds nor multiplication before the bias give activations of 16 bits".into())?;
    require(!(config.thresholds && config.affine), || "the epilogue either compares or multiplies".into())?;
    require(!config.affine || accelerator.affine, || "the epilogue adds no bias behind the multiplication".into())?;
    let binary = config.kind == Kind::Xnor && config.thresholds;
    require(!config.packed || binary, || "only the binary core writes bits, by thresholds".into())?;
    let narrow = config.clamp.iter().all(|bound| i8::try_from(*bound).is_ok());
    require(config.wide[1] || narrow, || format!("the clamp {:?} is wider than 8 bits", config.clamp))?;
    match config.kind {
        Kind::Load => access::load(config, accelerator),
        Kind::Store => access::store(config, accelerator),
        Kind::Systolic => cores::systolic(config, accelerator, images),
        Kind::Lane => cores::lane(config, accelerator, images),
        Kind::Eie => cores::eie(config, accelerator, images),
        Kind::Xnor => columns::xnor(config, accelerator, images),
        Kind::Shift => columns::shift(config, accelerator, images),
    }
}

pub(crate) fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// `what` is at most `most`.
pub(crate) fn at_most(what: &str, value: u64, most: usize) -> Result<(), String> {
    require(value <= most as u64, || format!("{what} is {value}, the most is {most}"))
}

/// `what` has the one value that fits the rest of the entry.
pub(crate) fn equal(what: &str, value: u64, expected: u64) -> Result<(), String> {
    require(value == expected, || format!("{what} is {value} instead of {expected}"))
}
