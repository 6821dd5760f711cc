//! `fretwork simulate`: the cycle simulator, checked against the reference kernels.

use super::context::Context;
use super::error::CommandError;
use super::shape::Shape;
use super::stimulus::{Stimulus, inputs_text, labels};
use super::target::Target;
use super::trace;
use fretwork::driver::simulation::{Summary, Top1, simulate};
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork simulate lenet5_int8.tflite --inputs 10
  fretwork simulate lenet5 --input digits.npy --labels digits_labels.npy
  fretwork simulate lenet5 --stalls 0.3 --seed 7 --trace run.fst";

/// Run the cycle simulator and compare every step's words with the reference kernels.
///
/// Exit code 3 when they differ.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", trace::SIGNALS))]
pub struct Args {
    /// Model file or design folder.
    #[arg(value_name = "MODEL|DIR")]
    target: PathBuf,
    /// Classes of the inputs, integers in FILE.npy or FILE.npz[:KEY]; prints the top-1 accuracy of the first output.
    #[arg(long, value_name = "FILE", requires = "input")]
    labels: Option<String>,
    /// Write a waveform of steps, units and stalls (FST); `--help` lists the signals.
    #[arg(long, value_name = "OUT.fst")]
    trace: Option<PathBuf>,
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
    let target = Target::load(&args.target, &args.shape)?;
    let inferences = args.stimulus.inferences(&target.graph, 1)?;
    let labels = args.labels.as_deref().map(|file| labels(file, &target.graph, inferences.len())).transpose()?;
    let simulation = simulate(&target, &inferences, labels.as_deref(), args.stimulus.stalls(), &|stage, length| context.watched(stage, length))?;
    if let Some(path) = &args.trace {
        trace::write(path, &target.program.design, &simulation.timings)?;
    }
    let summary = simulation.summary;
    if args.json {
        context.print_json(&summary)?;
    } else {
        context.say(&text(&target, &summary))?;
    }
    summary.disagreement.map_or(Ok(()), |first| Err(CommandError::Disagreement(Box::new(first))))
}

/// Most inferences that are listed one by one.
pub const LISTED: usize = 20;

fn text(target: &Target, summary: &Summary) -> String {
    let mut text = format!("{}, {}\n", target.title(), inputs_text(summary.inputs));
    let cycles = &summary.latency_cycles;
    let (least, most) = (cycles.iter().min().copied().unwrap_or(0), cycles.iter().max().copied().unwrap_or(0));
    if least == most {
        let _ = writeln!(text, "  cycles    {least} from first input word to last output word, every inference");
    } else {
        let mean = cycles.iter().sum::<u64>() as f64 / cycles.len() as f64;
        let _ = writeln!(text, "  cycles    {least} to {most}, mean {mean:.1}, from first input word to last output word");
        for (inference, cycles) in cycles.iter().enumerate().take_while(|_| summary.inputs <= LISTED) {
            let _ = writeln!(text, "            {cycles} in inference {inference}");
        }
    }
    let differing = summary.steps_differing;
    let _ = writeln!(text, "  compared  {} values with the reference kernels, {differing} differing", summary.values_compared);
    if let Some(Top1 { correct, accuracy, .. }) = &summary.top1 {
        let _ = writeln!(text, "  top-1     {correct} of {}, {:.2} %", summary.inputs, accuracy * 100.0);
    }
    text
}
