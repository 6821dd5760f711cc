//! What `fretwork compile` computes: a target as a design folder, and what there is in it.

use super::board::{BoardArgs, BoardSummary, ChosenBoard, files_for, plan_for};
use super::error::CommandError;
use super::shape::Shape;
use super::target::Target;
use crate::emit::{Source, board::asic, emit_with};
use crate::graph::Graph;
use crate::inputs::{self, Inference};
use crate::report::inference_cycles;
use serde::Serialize;
use std::path::Path;

/// What a model is planned for.
#[derive(clap::Args, Clone, Debug)]
pub struct PlanArgs {
    /// A board.
    #[command(flatten)]
    pub board: BoardArgs,
    /// The accelerator.
    #[command(flatten)]
    pub shape: Shape,
}

/// What a design folder holds beside the design.
#[derive(clap::Args, Clone, Debug)]
pub struct EmitArgs {
    /// Inferences recorded for the folder's bench, 1 to 1000.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    vectors: u32,
    /// Seed of the bench's random inputs.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Write files for standard cells as well, for a clock of so many MHz: asic/design.sdc and asic/config.json of LibreLane.
    #[arg(long, value_name = "MHZ", num_args = 0..=1, default_missing_value = "100", value_parser = clock)]
    asic: Option<f64>,
}

/// A clock frequency, MHz.
pub fn clock(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (1.0..=10_000.0).contains(&value) => Ok(value),
        _ => Err(format!("parameter 'clock-mhz' is {text}, must be in 1..=10000")),
    }
}

/// Plans a model, for a board where one is named.
///
/// # Errors
/// What does not fit.
pub fn plan(model: (Graph, Source), args: &PlanArgs) -> Result<(Target, Option<ChosenBoard>), CommandError> {
    match &args.board.board {
        None => Ok((Target::plan(model, &args.shape.request()?)?, None)),
        Some(name) => {
            let planned = plan_for(model, name, &args.board, &args.shape)?;
            Ok((planned.target, Some(planned.chosen)))
        }
    }
}

/// What was written.
#[derive(Serialize)]
pub struct Summary {
    /// The network's name.
    pub network: String,
    /// The design folder.
    pub folder: String,
    /// Rows of the array.
    pub rows: usize,
    /// Columns of the array.
    pub cols: usize,
    /// Bytes of an activation word.
    pub lanes: usize,
    /// Steps of the program.
    pub steps: usize,
    /// Cycles from the first input word to the last output word of one inference.
    pub latency_cycles: u64,
    /// All memories that take room.
    pub memories: Vec<Memory>,
    /// The board, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub board: Option<BoardSummary>,
}

/// A memory of the design.
#[derive(Serialize)]
pub struct Memory {
    /// What it holds.
    pub name: &'static str,
    /// Its size, KiB.
    pub kib: f64,
}

/// Writes the design folder, with the files of a board where one was chosen.
///
/// # Errors
/// What the file system refuses, or a folder that exists and is no design folder.
pub fn write(target: &Target, board: Option<ChosenBoard>, args: &EmitArgs, folder: &Path) -> Result<Summary, CommandError> {
    let vectors = inputs::random(&target.graph, args.vectors as usize, args.seed);
    let (board, on) = board.map(|chosen| (chosen.board, chosen.summary)).unzip();
    emit_with(&target.program, &target.source, &vectors, folder, |written| {
        let mut files = board.map_or_else(|| Ok(Vec::new()), |board| files_for(board, &target.program, written))?;
        files.extend(args.asic.iter().flat_map(|mhz| asic::files(*mhz)));
        Ok(files)
    })?;
    Ok(Summary { board: on, ..summary(target, folder.display().to_string(), &vectors[0])? })
}

fn summary(target: &Target, folder: String, first: &Inference) -> Result<Summary, CommandError> {
    let design = &target.program.design;
    let a = &design.accelerator;
    let memory = |name, words: usize, word_bits: usize| Memory { name, kib: words as f64 * word_bits as f64 / 8192.0 };
    let mut memories = vec![
        memory("activations", a.activation_words, a.lanes * 8),
        memory("weights", a.weight_words, a.weight_word_bytes() * 8),
        memory("lane weights", a.lane_weight_words, a.lanes * 8),
        memory("parameters", a.param_words, a.lanes * 72),
        memory("step table", a.steps, 1024),
        memory("tables", a.tables * a.lanes, 2048),
        memory("accumulators", a.acc_depth, a.cols * a.acc_bits),
    ];
    if let Some(codebook) = &a.stream.codebook {
        memories.push(memory("codebooks", codebook.tables * (a.cols / codebook.group), a.stream.table_bytes() * 8));
    }
    if let Some(eie) = &a.eie {
        memories.push(memory("sparse matrices", eie.pes * eie.entry_words, 8 * (eie.index_bits + eie.code_bits)));
    }
    if let Some(xnor) = &a.xnor {
        memories.push(memory("binary weights", xnor.weight_words, xnor.cols * xnor.simd));
    }
    if let Some(shift) = &a.shift {
        memories.push(memory("shift codes", shift.weight_words, shift.word_bytes() * 8));
    }
    if a.threshold_bits > 0 {
        memories.push(memory("thresholds", a.threshold_words, a.lanes * a.threshold_steps() * 32));
    }
    Ok(Summary {
        network: design.name.clone(),
        folder,
        rows: a.rows,
        cols: a.cols,
        lanes: a.lanes,
        steps: design.steps.len(),
        latency_cycles: inference_cycles(&target.machine()?, &target.program.stream(first)),
        memories,
        board: None,
    })
}
