//! `fretwork simulate`: the cycle simulator, checked against the reference kernels.

use super::context::Context;
use super::error::CommandError;
use super::shape::Shape;
use super::stimulus::{Stimulus, inputs_text};
use super::target::Target;
use super::trace;
use fretwork::compare::class;
use fretwork::inputs::{self, Inference, InputError};
use fretwork::report::latency_cycles;
use fretwork::verify::{self, Comparison, Disagreement, Pair};
use fretwork_hdl::{Machine, Timing};
use fretwork_sim::stalls::Stalls;
use serde::Serialize;
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

/// What a simulation found.
#[derive(Serialize)]
struct Summary {
    network: String,
    rows: usize,
    cols: usize,
    lanes: usize,
    stalls: f64,
    inputs: usize,
    /// Cycles from the first input word to the last output word, one entry per inference.
    latency_cycles: Vec<u64>,
    /// Cycles from reset to the last output word of all.
    total_cycles: u64,
    values_compared: u64,
    steps_differing: usize,
    disagreement: Option<Disagreement>,
    top1: Option<Top1>,
}

/// How many classes were right.
#[derive(Serialize)]
pub struct Top1 {
    /// Inferences whose class is the label.
    pub correct: usize,
    /// Their share, 0 to 1.
    pub accuracy: f64,
    /// One entry per inference.
    pub predictions: Vec<usize>,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let target = Target::load(&args.target, &args.shape)?;
    let inferences = args.stimulus.inferences(&target.graph, 1)?;
    let labels = args.labels.as_deref().map(|file| labels(file, &target, &inferences)).transpose()?;
    let machine = target.machine()?;
    let stalls = args.stimulus.stalls();
    let timings = machine.timings(&target.streams(&inferences), stalls);
    if let Some(path) = &args.trace {
        trace::write(path, &target.program.design, &timings)?;
    }
    let (comparison, predictions) = values(&target, &machine, &inferences, stalls, context);
    let top1 = labels.map(|labels| top1(&labels, predictions));
    let summary = summary(&target, &timings, stalls, &comparison, top1);
    if args.json {
        context.print_json(&summary)?;
    } else {
        context.say(&text(&target, &summary))?;
    }
    comparison.first.map_or(Ok(()), |first| Err(CommandError::Disagreement(Box::new(first))))
}

/// The label of every inference.
pub fn labels(file: &str, target: &Target, inferences: &[Inference]) -> Result<Vec<usize>, CommandError> {
    let classes = target.graph.outputs.first().map_or(0, |&output| target.graph.tensors[output].len());
    let labels = inputs::labels(file, &inputs::load(file)?, classes)?;
    if labels.len() < inferences.len() {
        return Err(InputError::LabelCount { file: file.to_owned(), found: labels.len(), inferences: inferences.len() }.into());
    }
    Ok(labels)
}

/// Computes all inferences, one at a time so that any number fits the memory, and compares them with the kernels. Values do not depend
/// on stalls. Also returns the class with the largest first output.
fn values(target: &Target, machine: &Machine, inferences: &[Inference], stalls: Stalls, context: &Context) -> (Comparison, Vec<usize>) {
    let progress = context.progress("simulating", Some(inferences.len() as u64));
    let mut comparison = Comparison::new(Pair::KernelsSimulator, &target.program, stalls);
    let mut predictions = Vec::new();
    let first_output = &target.graph.tensors[target.graph.outputs[0]];
    for (index, inference) in inferences.iter().enumerate() {
        let run = machine.run(&[target.program.stream(inference)], Stalls::NONE, true);
        let output = &run.recording.outputs[0];
        verify::check_inference(&target.graph, &target.program, index, inference, &run.recording.steps, output, &mut comparison);
        predictions.push(target.program.tensors(output).first().map_or(0, |logits| class(&first_output.elements(logits))));
        progress.at(index as u64 + 1);
    }
    (comparison, predictions)
}

/// Counts the predictions that are the labels.
pub fn top1(labels: &[usize], predictions: Vec<usize>) -> Top1 {
    let correct = labels.iter().zip(&predictions).filter(|(label, prediction)| label == prediction).count();
    Top1 { correct, accuracy: correct as f64 / predictions.len() as f64, predictions }
}

fn summary(target: &Target, timings: &[Timing], stalls: Stalls, comparison: &Comparison, top1: Option<Top1>) -> Summary {
    let design = &target.program.design;
    let latency_cycles: Vec<u64> = timings.chunks(design.steps.len()).map(latency_cycles).collect();
    Summary {
        network: design.name.clone(),
        rows: design.accelerator.rows,
        cols: design.accelerator.cols,
        lanes: design.accelerator.lanes,
        stalls: stalls.probability,
        inputs: latency_cycles.len(),
        latency_cycles,
        total_cycles: timings.last().map_or(0, |timing| timing.end),
        values_compared: comparison.compared,
        steps_differing: comparison.differing(),
        disagreement: comparison.first.clone(),
        top1,
    }
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
