//! `fretwork compile`: model -> design folder.

use super::board::BoardSummary;
use super::context::Context;
use super::error::CommandError;
use super::target::{Target, model};
use fretwork::driver::compile::{EmitArgs, PlanArgs, Summary, plan, write};
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
    #[command(flatten)]
    emit: EmitArgs,
    /// Print a text form instead of writing a folder.
    #[arg(long, value_enum)]
    dump: Option<Dump>,
    /// Print the summary as JSON.
    #[arg(long, conflicts_with = "dump")]
    json: bool,
    #[command(flatten)]
    plan: PlanArgs,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Dump {
    /// The network after import: tensors, operations, scales.
    Graph,
    /// The program: memory layout and steps.
    Program,
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
    let (target, board) = plan(model(&args.model)?, &args.plan)?;
    let Some(folder) = &args.output else {
        return context.print(&target.program.to_string());
    };
    let summary = write(&target, board, &args.emit, folder)?;
    drop(progress);
    if args.json { context.print_json(&summary) } else { context.say(&text(&target, &summary)) }
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
