//! `fretwork compile`: model -> design folder.

use super::board::{BoardArgs, BoardSummary, files_for, plan_for};
use super::context::Context;
use super::error::CommandError;
use super::shape::Shape;
use super::target::Target;
use fretwork::emit::{board::asic, emit_with};
use fretwork::inputs;
use fretwork::report::inference_cycles;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork compile lenet5_int8.tflite -o lenet5
  fretwork compile lenet5_int8.tflite -o lenet5 --rows 8 --cols 8 --activation-kib 16
  fretwork compile lenet5_int8.tflite -o lenet5 --board ulx3s-85f
  fretwork compile lenet5_int8.tflite --dump program";

/// Compile a model into a folder of Verilog, memory images and a self-checking bench.
///
/// The folder appears whole or not at all; an earlier design there is replaced, anything else is left alone.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Model file (.tflite, int8, or int16 with int8 weights; .safetensors).
    model: PathBuf,
    /// Folder to write.
    #[arg(short, long, value_name = "DIR", required_unless_present = "dump", conflicts_with = "dump")]
    output: Option<PathBuf>,
    /// Inferences recorded for the folder's bench, 1 to 1000.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    vectors: u32,
    /// Seed of the bench's random inputs.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Print a text form instead of writing a folder.
    #[arg(long, value_enum)]
    dump: Option<Dump>,
    /// Print the summary as JSON.
    #[arg(long, conflicts_with = "dump")]
    json: bool,
    /// Write files for standard cells as well, for a clock of so many MHz: asic/design.sdc and asic/config.json of LibreLane.
    #[arg(long, value_name = "MHZ", num_args = 0..=1, default_missing_value = "100", value_parser = super::synth::clock)]
    asic: Option<f64>,
    #[command(flatten)]
    board: BoardArgs,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Dump {
    /// The network after import: tensors, operations, scales.
    Graph,
    /// The program: memory layout and steps.
    Program,
}

/// What was written.
#[derive(Serialize)]
struct Summary {
    network: String,
    folder: String,
    rows: usize,
    cols: usize,
    lanes: usize,
    steps: usize,
    /// Cycles from the first input word to the last output word of one inference.
    latency_cycles: u64,
    memories: Vec<Memory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    board: Option<BoardSummary>,
}

#[derive(Serialize)]
struct Memory {
    name: &'static str,
    kib: f64,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    if let Some(Dump::Graph) = args.dump {
        return context.print(&fretwork::import::load(&args.model)?.to_string());
    }
    if args.model.is_dir() {
        let message = format!("'{}' is a folder; give the model file to compile", args.model.display());
        return Err(CommandError::Usage(message));
    }
    let progress = context.progress("compiling", None);
    let (target, on) = match &args.board.board {
        None => (Target::load(&args.model, &args.shape)?, None),
        Some(name) => {
            let planned = plan_for(&args.model, name, &args.board, &args.shape)?;
            (planned.target, Some((planned.board, planned.summary)))
        }
    };
    let Some(folder) = &args.output else {
        return context.print(&target.program.to_string());
    };
    let vectors = inputs::random(&target.graph, args.vectors as usize, args.seed);
    let (board, on) = on.unzip();
    emit_with(&target.program, &target.source, &vectors, folder, |written| {
        let mut files = board.map_or_else(|| Ok(Vec::new()), |board| files_for(board, &target.program, written))?;
        files.extend(args.asic.iter().flat_map(|mhz| asic::files(*mhz)));
        Ok(files)
    })?;
    let summary = Summary { board: on, ..summary(&target, folder.display().to_string(), &vectors)? };
    drop(progress);
    if args.json { context.print_json(&summary) } else { context.say(&text(&target, &summary)) }
}

fn summary(target: &Target, folder: String, vectors: &[Vec<Vec<i8>>]) -> Result<Summary, CommandError> {
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
        latency_cycles: inference_cycles(&target.machine()?, &target.streams(&vectors[..1])[0]),
        memories,
        board: None,
    })
}

fn text(target: &Target, summary: &Summary) -> String {
    let mut text = format!("{}\n", target.title());
    let memories: Vec<String> =
        summary.memories.iter().filter(|memory| memory.kib > 0.0).map(|memory| format!("{} {:.1}", memory.name, memory.kib)).collect();
    let _ = writeln!(text, "  steps     {}", summary.steps);
    let _ = writeln!(text, "  cycles    {} from first input word to last output word", summary.latency_cycles);
    let _ = writeln!(text, "  KiB       {}", memories.join(", "));
    text.push_str(&summary.board.as_ref().map(BoardSummary::text).unwrap_or_default());
    let _ = writeln!(text, "  folder    {}", summary.folder);
    text
}
