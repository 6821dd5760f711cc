//! The accelerator's shape and memories on the command line.

use super::arguments;
use super::engine::Engine;
use super::error::CommandError;
use super::stream::Stream;
use crate::plan::{CoreChoice, Request};
use fretwork_hdl::Lean;
use fretwork_hdl::accelerator::{MAX_ACTIVATION_WORDS, MAX_LANES, MAX_SIDE};
use fretwork_hdl::memory::Flash;

/// Rows and columns when none are given.
const SIZE: usize = 16;

/// Shape options; for models only, a design folder has its shape.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Accelerator (for a model; a design folder has its own)")]
pub struct Shape {
    /// Rows of the systolic array: a power of two, 4 to 64 [default: 16].
    #[arg(long, value_name = "R", value_parser = rows)]
    rows: Option<usize>,
    /// Columns of the systolic array: a power of two, 2 to 64, at least 8 with 128 lanes [default: 16].
    #[arg(long, value_name = "C", value_parser = cols)]
    cols: Option<usize>,
    /// Bytes per activation word: a power of two, 4 to 128, at least rows and columns [default: the larger of both].
    #[arg(long, value_name = "L", value_parser = lanes)]
    lanes: Option<usize>,
    /// Pixels in the accumulator memory, 4 to 65536 [default: 512].
    #[arg(long, value_name = "N", value_parser = acc_depth)]
    acc_depth: Option<usize>,
    /// Activation memory in KiB [default: as large as needed].
    #[arg(long, value_name = "K", value_parser = activation_kib)]
    activation_kib: Option<usize>,
    /// Systolic weight memory in KiB [default: as large as needed].
    #[arg(long, value_name = "K", value_parser = weight_kib)]
    weight_kib: Option<usize>,
    /// Activation memory with one port: nothing is read while a word is written. For memories that have no second one, as an UltraPlus' large ones. Not with
    /// thresholds, eie, xnor or shift.
    #[arg(long)]
    single_port: bool,
    /// Fetch a step's configuration when the step before has ended, not while it runs: 33 cycles per step for 1,024 registers.
    #[arg(long)]
    fetch_late: bool,
    /// Words that the output's queue holds: 2, 4 or 8 [default: 8].
    #[arg(long, value_name = "N")]
    store_depth: Option<usize>,
    /// Requantisers that share the lanes of a word: a power of two, at most the lanes; results then follow each other lanes / N cycles apart at
    /// most. Not with thresholds, eie, xnor or shift [default: one per lane].
    #[arg(long, value_name = "N", value_parser = requantisers)]
    requantisers: Option<usize>,
    /// Rows of the array whose products are made of look-up tables instead of multiplier blocks [default: 0].
    #[arg(long, value_name = "N")]
    soft_rows: Option<usize>,
    /// Lanes whose products are made of look-up tables instead of multiplier blocks [default: 0].
    #[arg(long, value_name = "N")]
    soft_lanes: Option<usize>,
    /// Leave out of the hardware what this network does not use: operations of the lanes, rounding modes, bits of the step table. The table cannot be
    /// rewritten for another network then.
    #[arg(long)]
    trim: bool,
    #[command(flatten)]
    stream: Stream,
    #[command(flatten)]
    engine: Engine,
}

impl Shape {
    /// The name of an option that was given, if any was.
    pub fn given(&self) -> Option<&'static str> {
        let options = [
            ("--rows", self.rows),
            ("--cols", self.cols),
            ("--lanes", self.lanes),
            ("--acc-depth", self.acc_depth),
            ("--activation-kib", self.activation_kib),
            ("--weight-kib", self.weight_kib),
            ("--single-port", self.single_port.then_some(1)),
            ("--fetch-late", self.fetch_late.then_some(1)),
            ("--store-depth", self.store_depth),
            ("--requantisers", self.requantisers),
            ("--soft-rows", self.soft_rows),
            ("--soft-lanes", self.soft_lanes),
            ("--trim", self.trim.then_some(1)),
        ];
        let given = options.into_iter().find(|(_, value)| value.is_some()).map(|(name, _)| name);
        given.or_else(|| self.stream.given()).or_else(|| self.engine.given())
    }

    /// The shape that a line of options asks for.
    pub fn parse(options: &str) -> Result<Shape, CommandError> {
        let own = arguments::parse::<Shape>(options.split_whitespace().map(str::to_owned));
        own.map_err(|error| CommandError::Usage(format!("options '{options}': {error}")))
    }

    /// Whether the width of a word was given.
    pub fn gives_lanes(&self) -> bool {
        self.lanes.is_some()
    }

    /// Whether the size of the array or of a word was given.
    pub fn gives_size(&self) -> bool {
        self.rows.is_some() || self.cols.is_some() || self.lanes.is_some()
    }

    /// The same where what was not asked of a flash is as in `plain`.
    pub fn with_flash(&self, plain: &Flash) -> Shape {
        Shape { stream: self.stream.with_flash(plain), ..self.clone() }
    }

    /// What is asked of the planner with another size of the array and of a word.
    pub fn request_sized(&self, rows: usize, cols: usize, lanes: usize) -> Result<Request, CommandError> {
        Shape { rows: Some(rows), cols: Some(cols), lanes: Some(lanes), ..self.clone() }.request()
    }

    /// What is asked of the planner.
    pub fn request(&self) -> Result<Request, CommandError> {
        self.request_with(SIZE, None)
    }

    /// The same where rows and columns that are not given are `side`, and lanes that are not given `lanes`.
    pub fn request_with(&self, side: usize, lanes: Option<usize>) -> Result<Request, CommandError> {
        let (rows, cols) = (self.rows.unwrap_or(side), self.cols.unwrap_or(side));
        let least = rows.max(cols);
        let lanes = self.lanes.or(lanes).unwrap_or(least);
        if lanes < least {
            let side = if rows == least { "rows" } else { "cols" };
            let message = format!("parameter 'lanes' is {lanes}, must be a power of two in {least}..={MAX_LANES}, as '{side}' is {least}");
            return Err(CommandError::Usage(message));
        }
        let words = |kib: usize, word_bytes: usize| (kib * 1024 / word_bytes).max(1);
        let activation_words = self.activation_kib.map(|kib| words(kib, lanes));
        if let Some(kib) = self.activation_kib.filter(|&kib| words(kib, lanes) > MAX_ACTIVATION_WORDS) {
            let most = MAX_ACTIVATION_WORDS * lanes / 1024;
            return Err(CommandError::Usage(format!("parameter 'activation-kib' is {kib}, must be in 1..={most} with {lanes} lanes")));
        }
        let weight_bytes = self.weight_kib.map(|kib| kib * 1024);
        let (core, eie) = (self.engine.core.unwrap_or_default(), self.engine.request());
        if core == CoreChoice::Eie && eie.is_none() {
            return Err(CommandError::Usage("--core eie needs a sparse engine: give its size with --pes".to_owned()));
        }
        let xnor = self.engine.binary(lanes);
        if core == CoreChoice::Xnor && xnor.is_none() {
            return Err(CommandError::Usage("--core xnor needs a binary core: give its size with --xnor-cols".to_owned()));
        }
        let shift = self.engine.shift(lanes);
        if core == CoreChoice::Shift && shift.is_none() {
            return Err(CommandError::Usage("--core shift needs a shift core: give its size with --shift-cols".to_owned()));
        }
        Ok(Request {
            lanes,
            rows,
            cols,
            acc_depth: self.acc_depth,
            activation_words,
            weight_bytes,
            stream: self.stream.request().map_err(CommandError::Usage)?,
            lean: Lean {
                single_port: self.single_port,
                fetch_late: self.fetch_late,
                store_depth: self.store_depth,
                requantisers: self.requantisers,
                soft_rows: self.soft_rows.unwrap_or(0),
                soft_lanes: self.soft_lanes.unwrap_or(0),
            },
            trim: self.trim,
            core,
            eie,
            xnor,
            shift,
        })
    }
}

fn number(name: &str, text: &str, least: usize, most: usize) -> Result<usize, String> {
    match text.parse() {
        Ok(value) if (least..=most).contains(&value) => Ok(value),
        _ => Err(format!("parameter '{name}' is {text}, must be in {least}..={most}")),
    }
}

fn power(name: &str, text: &str, least: usize, most: usize) -> Result<usize, String> {
    let fits = |value: &usize| value.is_power_of_two() && (least..=most).contains(value);
    text.parse().ok().filter(fits).ok_or_else(|| format!("parameter '{name}' is {text}, must be a power of two in {least}..={most}"))
}

fn rows(text: &str) -> Result<usize, String> {
    power("rows", text, 4, MAX_SIDE)
}

fn cols(text: &str) -> Result<usize, String> {
    power("cols", text, 2, MAX_SIDE)
}

fn lanes(text: &str) -> Result<usize, String> {
    power("lanes", text, 4, MAX_LANES)
}

fn requantisers(text: &str) -> Result<usize, String> {
    power("requantisers", text, 1, MAX_LANES)
}

fn acc_depth(text: &str) -> Result<usize, String> {
    number("acc-depth", text, 4, MAX_ACTIVATION_WORDS)
}

fn activation_kib(text: &str) -> Result<usize, String> {
    number("activation-kib", text, 1, 4096)
}

fn weight_kib(text: &str) -> Result<usize, String> {
    number("weight-kib", text, 1, 1 << 20)
}
