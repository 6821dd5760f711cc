//! `fretwork cosim`: kernels, simulator and Verilog against each other.

use super::context::Context;
use super::error::CommandError;
use super::shape::Shape;
use super::stimulus::{Stimulus, inputs_text};
use super::target::Target;
use fretwork::driver::cosimulation::{INFERENCES, Run, Summary, cosimulate};
use fretwork::emit::emit;
use fretwork::inputs::Inference;
use fretwork::verify::{Pair, test_suite};
use fretwork_cosim::junit::{Outcome, TestCase, TestSuite, write_junit};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  fretwork cosim lenet5_int8.tflite
  fretwork cosim lenet5 --input digits.npy --stalls 0.3 --junit lenet5.xml
  fretwork cosim lenet5_int8.tflite --rows 8 --cols 4 --keep lenet5 --trace run.fst";

/// Compare reference kernels, cycle simulator and Verilog, every word and every cycle of every step.
///
/// A model is compiled into a temporary folder (or --keep); a design folder's Verilog and images run as they are on disk, against what
/// its model is planned to do. Exit code 3 when anything differs; a design that hangs differs.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Model file or design folder.
    #[arg(value_name = "MODEL|DIR")]
    target: PathBuf,
    /// Write the result as JUnit XML, one case per step and pair.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the Verilog's waveform (FST): all signals of the last run, which is the one that differs, or the stalled one.
    #[arg(long, value_name = "OUT.fst")]
    trace: Option<PathBuf>,
    /// Compile the model into this folder and keep it.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stimulus: Stimulus,
    #[command(flatten)]
    shape: Shape,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    if args.keep.is_some() && args.target.is_dir() {
        let message = format!("--keep is for model files; '{}' is a design folder, which stays where it is", args.target.display());
        return Err(CommandError::Usage(message));
    }
    let target = Target::load(&args.target, &args.shape)?;
    let inferences = args.stimulus.inferences(&target.graph, INFERENCES)?;
    let result = compare(args, context, &target, &inferences);
    if let Some(path) = &args.junit {
        write_junit(path, &suites(&target, &result))?;
    }
    let comparisons = result?;
    let summary = Summary::new(&target, inferences.len(), &comparisons);
    if args.json {
        context.print_json(&summary)?;
    } else {
        context.say(&text(&target, &summary))?;
    }
    let first = comparisons.into_iter().find_map(|(comparison, _)| comparison.first);
    first.map_or(Ok(()), |first| Err(CommandError::Disagreement(Box::new(first))))
}

fn compare(args: &Args, context: &Context, target: &Target, inferences: &[Inference]) -> Result<Vec<Run>, CommandError> {
    let (folder, _temporary) = folder(args, target, inferences)?;
    let watch = |stage, length| context.watched(stage, length);
    cosimulate(target, &folder, inferences, args.stimulus.stalls(), args.trace.as_deref(), &watch)
}

/// The folder whose Verilog runs; a temporary one is removed with the second value.
fn folder(args: &Args, target: &Target, inferences: &[Inference]) -> Result<(PathBuf, Option<tempfile::TempDir>), CommandError> {
    let vectors = &inferences[..inferences.len().min(INFERENCES)];
    match &args.keep {
        Some(folder) if target.folder.is_none() => {
            emit(&target.program, &target.source, vectors, folder)?;
            Ok((folder.clone(), None))
        }
        _ => target.emitted(vectors),
    }
}

/// One suite per comparison, or one case that says why there is none.
fn suites(target: &Target, result: &Result<Vec<Run>, CommandError>) -> Vec<TestSuite> {
    match result {
        Ok(comparisons) => comparisons.iter().map(|(comparison, _)| test_suite(&target.graph.name, comparison)).collect(),
        Err(error) => {
            let outcome = Outcome::Error { message: error.to_string() };
            let case = TestCase { class: target.graph.name.replace('.', "_"), name: "cosim".to_owned(), time: Duration::ZERO, outcome };
            vec![TestSuite { name: "cosim".to_owned(), cases: vec![case] }]
        }
    }
}

fn text(target: &Target, summary: &Summary) -> String {
    let mut text = format!("{}, {}\n", target.title(), inputs_text(summary.inputs));
    for compared in &summary.comparisons {
        let what = match compared.pair {
            Pair::KernelsSimulator => format!("{} values", compared.compared_values),
            Pair::SimulatorVerilog => {
                format!("{} words, start and end of {} steps in {} cycles", compared.compared_values, compared.compared_step_times, compared.cycles)
            }
        };
        let stalls = if compared.stalls > 0.0 { format!(", stalls {}", compared.stalls) } else { String::new() };
        let _ = writeln!(text, "  {}{stalls}: {what}, {} differing", compared.pair, compared.steps_differing);
    }
    text
}
