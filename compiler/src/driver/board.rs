//! Options that say for which board a design is written, and the array that is chosen for it.

use super::error::CommandError;
use super::shape::Shape;
use super::target::Target;
use crate::board::{Board, BoardError, Choice, Chosen, Fit, Link, Tried, Verdict, choose, cycles, fit, pll, variants};
use crate::emit::{EmitError, Source, board as files, design_hash};
use crate::graph::Graph;
use crate::plan::Program;
use fretwork_hdl::Accelerator;
use fretwork_hdl::memory::Source as WeightSource;
use serde::Serialize;
use std::path::Path;

/// The board and its clock.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Board (for a model)")]
pub struct BoardArgs {
    /// Write what a board needs as well: top level, constraints, build script. A name (`fretwork boards`), or a TOML file of the same form. Without
    /// --rows, --cols and --lanes, the array is the one that takes fewest cycles of those that fit.
    #[arg(long, value_name = "NAME|FILE")]
    pub board: Option<String>,
    /// The core's clock in MHz [default: by family, see docs/boards.md].
    #[arg(long, value_name = "F", requires = "board", value_parser = clock)]
    clock_mhz: Option<f64>,
    /// Bits per second of the serial line [default: the board's].
    #[arg(long, value_name = "B", requires = "board")]
    baud: Option<u32>,
    /// Write the design though it is estimated to be too large for the board.
    #[arg(long, requires = "board")]
    force: bool,
}

/// A frequency, MHz.
fn clock(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (1.0..=1000.0).contains(&value) => Ok(value),
        _ => Err(format!("parameter 'clock-mhz' is {text}, must be in 1..=1000")),
    }
}

/// A board by name or from a file.
pub fn load(name: &str) -> Result<Board, CommandError> {
    let refused = |error: BoardError| CommandError::Usage(format!("board '{name}': {error}"));
    if let Some(known) = Board::named(name) {
        return known.map_err(refused);
    }
    let path = Path::new(name);
    if !path.is_file() {
        let known = Board::names().collect::<Vec<_>>().join(", ");
        return Err(CommandError::Usage(format!("there is no board '{name}'; known are {known}, or a TOML file")));
    }
    let text = std::fs::read_to_string(path).map_err(CommandError::io(path))?;
    Board::from_toml(&text).map_err(refused)
}

/// A model planned for a board.
pub struct ForBoard {
    /// The model and its program.
    pub target: Target,
    /// The board.
    pub chosen: ChosenBoard,
}

/// A board that a design is written for.
#[derive(Clone)]
pub struct ChosenBoard {
    /// The board, with what was chosen.
    pub board: Board,
    /// For the summary.
    pub summary: BoardSummary,
}

/// What was chosen and why.
#[derive(Clone, Serialize)]
pub struct BoardSummary {
    name: String,
    /// The core's clock, MHz.
    clock_mhz: f64,
    /// One inference at that clock, us.
    latency_us: f64,
    /// What the design is estimated to take.
    estimate: Vec<crate::board::Usage>,
    /// Where the estimate is from.
    estimated_by: &'static str,
    /// Requantisers, and rows of the array and lanes whose products are made of look-up tables.
    requantisers: usize,
    soft_rows: usize,
    soft_lanes: usize,
    /// Arrays that were tried; empty when the shape was given.
    tried: Vec<TriedShape>,
    /// The smallest array that does not fit, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    limited_by: Option<String>,
    /// Estimates above the device's resources, with --force.
    too_large: Vec<String>,
}

#[derive(Clone, Serialize)]
struct TriedShape {
    rows: usize,
    cols: usize,
    lanes: usize,
    requantisers: usize,
    luts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cycles: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl From<&Tried> for TriedShape {
    fn from(tried: &Tried) -> TriedShape {
        let (cycles, refused) = match &tried.verdict {
            Verdict::Fits { cycles } => (Some(*cycles), None),
            Verdict::TooLarge { reason } | Verdict::Unplanned { reason } => (None, Some(reason.clone())),
        };
        TriedShape { rows: tried.rows, cols: tried.cols, lanes: tried.lanes, requantisers: tried.requantisers, luts: tried.luts, cycles, refused }
    }
}

/// Plans a model for a board.
pub fn plan_for(model: (Graph, Source), name: &str, args: &BoardArgs, shape: &Shape) -> Result<ForBoard, CommandError> {
    let mut board = load(name)?;
    if let Some(baud) = args.baud {
        board.baud = baud;
        board = Board::from_toml(&board.to_toml().map_err(internal)?).map_err(|error| CommandError::Usage(format!("--baud: {error}")))?;
    }
    let clock_mhz = args.clock_mhz.unwrap_or_else(|| board.default_clock_mhz());
    let pll = pll::pll(board.family, board.clock.mhz, clock_mhz).map_err(|error| CommandError::Usage(format!("board '{name}': {error}")))?;
    let shape = &board.boot(pll.mhz).map_or_else(|| shape.clone(), |flash| shape.with_flash(&flash));
    let (target, fit, cycles, choice) =
        if shape.gives_size() { given(model, &board, shape, args.force)? } else { chosen(model, &board, shape, args.force)? };
    let too_large: Vec<String> = fit.overruns().iter().map(ToString::to_string).collect();
    if !too_large.is_empty() && !args.force {
        return Err(CommandError::TooLarge { board: board.name, reason: too_large.join("; ") });
    }
    let a = &target.program.design.accelerator;
    board.chosen = Some(Chosen {
        network: target.program.design.name.clone(),
        rows: a.rows,
        cols: a.cols,
        lanes: a.lanes,
        flash_offset: flash_offset(&board, a)?,
        cycles,
        clock_mhz: pll.mhz,
        design: 0,
        pll: pll.clone(),
        estimate: fit.usage.clone(),
    });
    let summary = BoardSummary {
        name: board.name.clone(),
        clock_mhz: pll.mhz,
        latency_us: cycles as f64 / pll.mhz,
        estimate: fit.usage,
        estimated_by: fit.by,
        requantisers: a.lanes / a.parts(),
        soft_rows: a.lean.soft_rows,
        soft_lanes: a.lean.soft_lanes,
        tried: choice.as_ref().map_or_else(Vec::new, |choice| choice.tried.iter().map(TriedShape::from).collect()),
        limited_by: choice.as_ref().and_then(Choice::limited_by),
        too_large,
    };
    Ok(ForBoard { target, chosen: ChosenBoard { board, summary } })
}

/// The board's files for the design in a folder; the board's hardware then knows which design it is.
pub fn files_for(mut board: Board, program: &Program, folder: &Path) -> Result<Vec<files::File>, EmitError> {
    let hash = design_hash(folder).map_err(|source| EmitError::io(folder, source))?;
    if let Some(chosen) = board.chosen.as_mut() {
        chosen.design = hash;
    }
    files::files(&board, program)
}

type Planned = (Target, Fit, u64, Option<Choice>);

/// The shape that was asked for.
fn given((graph, source): (Graph, Source), board: &Board, shape: &Shape, force: bool) -> Result<Planned, CommandError> {
    let mut last = None;
    for request in variants(board, &shape.request()?) {
        let mut program = crate::plan::plan(&graph, &request)?;
        let fit = fit(&mut program, board, !force);
        let fits = fit.overruns().is_empty();
        // The first variant that fits; of those that do not, the last one says why.
        last = Some((program, fit));
        if fits {
            break;
        }
    }
    let (program, fit) = last.ok_or_else(|| CommandError::Internal("a request has no variants".to_owned()))?;
    let target = Target { graph, program, source, folder: None };
    let cycles = cycles_of(&target.graph, &target.program)?;
    Ok((target, fit, cycles, None))
}

/// The best shape that fits; with `force` the smallest when none does.
fn chosen((graph, source): (Graph, Source), board: &Board, shape: &Shape, force: bool) -> Result<Planned, CommandError> {
    let mut choice = choose(&graph, board, |rows, cols, lanes| shape.request_sized(rows, cols, lanes))?;
    if let Some((program, fit, cycles)) = choice.best.take() {
        return Ok((Target { graph, program, source, folder: None }, fit, cycles, Some(choice)));
    }
    let limit = choice.limited_by().unwrap_or_default();
    if !force {
        return Err(CommandError::TooLarge {
            board: board.name.clone(),
            reason: format!("of {} arrays none fits; the smallest, {limit}", choice.tried.len()),
        });
    }
    let [rows, cols, lanes] = smallest(&choice).ok_or_else(|| CommandError::TooLarge { board: board.name.clone(), reason: limit })?;
    let variant = variants(board, &shape.request_sized(rows, cols, lanes)?).pop();
    let mut program = crate::plan::plan(&graph, &variant.ok_or_else(|| CommandError::Internal("a request has no variants".to_owned()))?)?;
    let fit = fit(&mut program, board, false);
    let cycles = cycles_of(&graph, &program)?;
    Ok((Target { graph, program, source, folder: None }, fit, cycles, Some(choice)))
}

/// The smallest shape that was too large.
fn smallest(choice: &Choice) -> Option<[usize; 3]> {
    let large = choice.tried.iter().filter(|tried| matches!(tried.verdict, Verdict::TooLarge { .. }));
    large.min_by_key(|tried| tried.luts).map(|tried| [tried.rows, tried.cols, tried.lanes])
}

fn cycles_of(graph: &Graph, program: &Program) -> Result<u64, CommandError> {
    cycles(graph, program).ok_or_else(|| CommandError::Internal("the step table does not decode".to_owned()))
}

/// Where the weights lie in the board's flash, when they are copied from there.
fn flash_offset(board: &Board, a: &Accelerator) -> Result<Option<u32>, CommandError> {
    match a.stream.source {
        WeightSource::Rom => Ok(None),
        WeightSource::Boot(flash) => {
            let placed = board.check_weights(&flash, a.weight_words * a.weight_word_bytes());
            placed.map(|()| Some(flash.offset)).map_err(|error| CommandError::Usage(format!("--weights boot: {error}")))
        }
        WeightSource::Axi(_) if board.link == Link::Axi => Ok(None),
        WeightSource::Axi(_) => {
            Err(CommandError::Usage(format!("--weights axi: the board '{}' has no memory with an AXI port; leave it out", board.name)))
        }
    }
}

fn internal(error: BoardError) -> CommandError {
    CommandError::Internal(error.to_string())
}

impl BoardSummary {
    /// Lines for the summary of `fretwork compile`.
    pub fn text(&self) -> String {
        use std::fmt::Write;
        let mut text = format!("  board     {}, core at {} MHz: {:.1} us per inference\n", self.name, round(self.clock_mhz), self.latency_us);
        let usage: Vec<String> =
            self.estimate.iter().map(|u| format!("{} {} of {} ({:.0} %)", u.used, u.resource, u.available, u.percent())).collect();
        let _ = writeln!(text, "  estimate  {}", usage.join(", "));
        let _ = writeln!(text, "            by {}; {} requantisers", self.estimated_by, self.requantisers);
        if self.soft_rows + self.soft_lanes > 0 {
            let _ = writeln!(
                text,
                "            products of {} rows of the array and of {} lanes are made of LUTs: there are not enough DSP blocks",
                self.soft_rows, self.soft_lanes
            );
        }
        if !self.tried.is_empty() {
            let fits = self.tried.iter().filter(|tried| tried.cycles.is_some()).count();
            let _ = writeln!(
                text,
                "  tried     {} arrays, {fits} fit; this one takes fewest cycles, or at most 2 % more and is smaller",
                self.tried.len()
            );
        }
        if let Some(limit) = &self.limited_by {
            let _ = writeln!(text, "  limit     {limit}");
        }
        for reason in &self.too_large {
            let _ = writeln!(text, "  TOO LARGE {reason}");
        }
        text
    }
}

/// A frequency with at most three decimals.
pub fn round(mhz: f64) -> f64 {
    (mhz * 1e3).round() / 1e3
}
