//! `--reduce`: passes from their texts, and what they did as a table.

use crate::compress::low_rank::Rank;
use crate::compress::reduce::{Part, Pass, Report, Size, reduce};
use crate::compress::{coreset, low_rank, merge_neurons, slimming, tetris};
use crate::driver::compress::summary::shorten;
use crate::driver::error::CommandError;
use crate::import::onnx::float::{Array, Network};
use std::fmt::Write;

/// Tiles of this size are zeroed when nothing is said: those of the default array.
const TILE: [usize; 2] = [16, 16];
/// Rows and columns that an array may have at most.
const LARGEST_TILE: usize = 64;

/// A pass, and whether biases make up for what it changes in the mean of each channel; if nothing is said, as with quantisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The pass.
    pub pass: Pass,
    /// Whether biases make up for what it changes.
    pub correct_bias: Option<bool>,
}

/// The option for that.
const CORRECT_BIAS: &str = "correct-bias";

/// What stands behind the colon of a pass.
struct Values<'a> {
    pass: &'a str,
    left: Vec<(&'a str, &'a str)>,
}

impl<'a> Values<'a> {
    fn new(text: &'a str) -> Result<Values<'a>, String> {
        let (pass, options) = text.split_once(':').unwrap_or((text, ""));
        let pair = |option: &'a str| option.split_once('=').ok_or_else(|| format!("parameter 'reduce': {option:?} of {pass} must be KEY=VALUE"));
        let left = options.split(',').filter(|option| !option.is_empty()).map(pair).collect::<Result<_, _>>()?;
        Ok(Values { pass, left })
    }

    fn take(&mut self, key: &str) -> Option<&'a str> {
        let at = self.left.iter().position(|(own, _)| *own == key)?;
        Some(self.left.remove(at).1)
    }

    /// A part above 0 up to 1.
    fn part(&mut self, key: &str) -> Result<Option<f64>, String> {
        let pass = self.pass;
        let read = |text: &str| match text.parse::<f64>() {
            Ok(part) if part > 0.0 && part <= 1.0 => Ok(part),
            _ => Err(format!("parameter 'reduce': {key} of {pass} is {text}, must be above 0 and at most 1")),
        };
        self.take(key).map(read).transpose()
    }

    fn layers(&mut self) -> Vec<String> {
        self.take("layers").map_or_else(Vec::new, |names| names.split('+').map(str::to_owned).collect())
    }

    /// Nothing may be left over.
    fn done(self, keys: &str) -> Result<(), String> {
        match self.left.first() {
            Some((key, _)) => {
                let pass = self.pass;
                Err(format!("parameter 'reduce': {pass} has no {key:?} (or it is given twice), its options are {keys}, layers and {CORRECT_BIAS}"))
            }
            None => Ok(()),
        }
    }

    fn missing<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("parameter 'reduce': {} needs {what}", self.pass))
    }
}

/// Reads `PASS[:KEY=VALUE,...]`.
pub fn step(text: &str) -> Result<Step, String> {
    let mut values = Values::new(text)?;
    let correct_bias = match values.take(CORRECT_BIAS) {
        None => None,
        Some("yes") => Some(true),
        Some("no") => Some(false),
        Some(other) => return Err(format!("parameter 'reduce': {CORRECT_BIAS} of {} is {other}, must be yes or no", values.pass)),
    };
    Ok(Step { pass: pass(values)?, correct_bias })
}

fn pass(mut values: Values) -> Result<Pass, String> {
    let layers = values.layers();
    match &values.pass.replace('_', "-")[..] {
        slimming::NAME => part(values, layers).map(Pass::Slimming),
        merge_neurons::NAME => part(values, layers).map(Pass::MergeNeurons),
        coreset::NAME => part(values, layers).map(Pass::Coreset),
        low_rank::NAME => {
            let fixed = values.take("rank").map(|text| match text.parse::<usize>() {
                Ok(rank) if rank > 0 => Ok(Rank::Fixed(rank)),
                _ => Err(format!("parameter 'reduce': rank of low-rank is {text}, must be a whole number above 0")),
            });
            let given = [values.part("energy")?.map(Rank::Energy), values.part("macs")?.map(Rank::Macs), fixed.transpose()?];
            let mut given = given.into_iter().flatten();
            let (Some(rank), None) = (given.next(), given.next()) else { return values.missing("one of energy, macs and rank") };
            values.done("energy, macs, rank")?;
            Ok(Pass::LowRank(low_rank::Options { rank, layers }))
        }
        tetris::NAME => {
            let tile = values.take("tile").map_or(Ok(TILE), tile)?;
            let Some(density) = values.part("density")? else { return values.missing("density") };
            values.done("tile, density")?;
            Ok(Pass::Tetris(tetris::Options { tile, density, layers }))
        }
        _ => {
            let names = [slimming::NAME, merge_neurons::NAME, coreset::NAME, low_rank::NAME, tetris::NAME].join(", ");
            Err(format!("parameter 'reduce' is {:?}, must be one of {names}", values.pass))
        }
    }
}

fn part(mut values: Values, layers: Vec<String>) -> Result<Part, String> {
    let Some(keep) = values.part("keep")? else { return values.missing("keep") };
    values.done("keep")?;
    Ok(Part { keep, layers })
}

fn tile(text: &str) -> Result<[usize; 2], String> {
    let size = |text: &str| text.parse::<usize>().ok().filter(|size| (1..=LARGEST_TILE).contains(size));
    let tile = text.split_once('x').and_then(|(rows, cols)| Some([size(rows)?, size(cols)?]));
    tile.ok_or_else(|| format!("parameter 'reduce': tile of tetris is {text}, must be ROWSxCOLS with 1 to {LARGEST_TILE} of each"))
}

/// Applies passes one after the other; with `correct_bias`, those that do not say otherwise correct biases where there are inferences.
pub fn all(mut network: Network, steps: &[Step], inferences: &[Vec<Array>], correct_bias: bool) -> Result<(Network, Vec<Report>), CommandError> {
    let mut reports = Vec::new();
    for step in steps {
        let pass = &step.pass;
        if step.correct_bias == Some(true) && inferences.is_empty() {
            let message = format!("{CORRECT_BIAS} of {} needs calibration inputs: --input, without --ranges batch-norm", pass.name());
            return Err(CommandError::Usage(message));
        }
        let corrects = step.correct_bias.unwrap_or(correct_bias) && !inferences.is_empty();
        let (reduced, report) = reduce(&network, pass, corrects.then_some(inferences))?;
        network = reduced;
        reports.push(report);
    }
    Ok((network, reports))
}

/// A pass's report for the terminal.
pub fn text(report: &Report) -> String {
    let mut text = format!("{}\n\n", report.pass);
    let mut rows = vec![["layer", "parameters", "not 0", "MACs"].map(str::to_owned)];
    let row = |name: String, before: Option<Size>, after: Option<Size>| {
        let change = |one: fn(Size) -> u64| {
            let [before, after] = [before, after].map(|size| size.map_or_else(|| "-".to_owned(), |size| one(size).to_string()));
            if before == after { after } else { format!("{before} -> {after}") }
        };
        [name, change(|size| size.parameters), change(|size| size.nonzero_weights), change(|size| size.macs)]
    };
    rows.extend(report.layers.iter().map(|layer| row(shorten(&layer.name), layer.before, layer.after)));
    rows.push(row("all".to_owned(), Some(report.before), Some(report.after)));
    let widths: [usize; 4] = std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    for [name, sizes @ ..] in &rows {
        let cells = sizes.iter().zip(&widths[1..]).map(|(cell, width)| format!("  {cell:>width$}")).collect::<String>();
        let _ = writeln!(text, "  {name:<width$}{cells}", width = widths[0]);
    }
    text.push('\n');
    for note in &report.notes {
        let _ = match &note.layer {
            Some(layer) => writeln!(text, "  {}: {}", shorten(layer), note.text),
            None => writeln!(text, "  {}", note.text),
        };
    }
    text.push('\n');
    text
}
