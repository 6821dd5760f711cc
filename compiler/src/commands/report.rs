//! `fretwork report`: what every step costs.

use super::context::Context;
use super::error::CommandError;
use super::shape::Shape;
use super::target::Target;
use super::technology::TechnologyArgs;
use fretwork::driver::report::report;
use fretwork::driver::save::save;
use fretwork::report::html;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork report lenet5_int8.tflite
  fretwork report lenet5_int8.tflite --rows 32 --cols 32
  fretwork report lenet5 --json
  fretwork report lenet5 --html lenet5.html
  fretwork report lenet300_deep_int8.tflite --pes 32 --html lenet300.html

Columns:
  cycles       from the step's launch to its last write or output word
  floor        cycles that the operations take when every multiplier or lane works in every cycle
  ops          multiply-accumulates (array, depthwise) or lane operations that the network asks for
  util         ops / (rows * cols * cycles) on the array, ops / (lanes * cycles) on the lanes; in
               the last row, what of the array the whole network uses. Neither floor nor util count
               operations with weights in tiles of zeros, which the array leaves out
  moved        activation words read and written, weights read; padding words included
  stalled      cycles without work: waiting for the configuration (before the launch), for weights,
               for the input or output stream; filling and draining the pipeline (pipe)
The last row's cycles are those from the first input word to the last output word: all steps, the
waits for configurations, and one cycle for every launch but the first.

With a sparse engine, a row for each of its steps:
  balance      share of the elements' cycles in which an entry was read; useful: without padding
  queue full   cycles in which an activation waited because some element's queue had no place;
               starved: cycles without an activation to broadcast; drain: from the last
               broadcast of a vector to the last accumulator read
  places taken activations in an element's queue, the one at work included";

/// Show cycles, utilisation, traffic and stalls of every step.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Model file or design folder.
    #[arg(value_name = "MODEL|DIR")]
    target: PathBuf,
    /// Print JSON; the keys are described in the documentation of `fretwork::report`.
    #[arg(long)]
    json: bool,
    /// Also write a page for browsers and paper, in one file that needs no network: latency (and energy, where it is known) of every step,
    /// timeline, roofline, load of the sparse engine, memory map. The table or the JSON is printed as without it.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    technology: TechnologyArgs,
    #[command(flatten)]
    shape: Shape,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let progress = context.progress("simulating", None);
    let target = Target::load(&args.target, &args.shape)?;
    let report = report(&target, &[], &args.technology)?;
    if let Some(path) = &args.html {
        save(path, html::page(&report, &target.program.design, &target.program.steps).as_bytes())?;
    }
    drop(progress);
    if args.json { context.print_json(&report) } else { context.print(&report.to_string()) }
}
