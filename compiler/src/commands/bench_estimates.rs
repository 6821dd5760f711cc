//! `fretwork bench estimates`: how many estimates a search can make per second.

use super::bench::lenet5;
use super::context::Context;
use super::error::CommandError;
use super::shape::Shape;
use super::technology;
use fretwork::bench::estimates::{estimates, table};
use fretwork::compress::recode::Treatment;
use fretwork::explore::ExploreError;
use fretwork::import;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork bench estimates
  fretwork bench estimates --model resnet8.tflite --rows 8 --cols 8 --treatments keep,w4,d0.1 --pes 8

One thread; the fastest of several repetitions counts.";

/// Estimates per second: single layers computed anew, and networks of which one layer's treatment changes.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Measure this model instead of LeNet-5; may be repeated.
    #[arg(long, value_name = "MODEL")]
    model: Vec<PathBuf>,
    /// What may be done to a layer's weights.
    #[arg(long, value_name = "T,..", value_delimiter = ',', default_value = "keep,w2,w3,w4,w5,w6,w7,d0.1,twn")]
    treatments: Vec<Treatment>,
    /// Print JSON: a list of rows, described in the documentation of `fretwork::bench::estimates`.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    shape: Shape,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let graphs = match &args.model[..] {
        [] => vec![lenet5()?],
        models => models.iter().map(|path| import::load(path)).collect::<Result<_, _>>()?,
    };
    let (request, technology) = (args.shape.request()?, technology::load("45nm")?);
    let progress = context.progress("measuring", None);
    let rows = graphs.iter().map(|graph| estimates(graph, &request, &args.treatments, &technology)).collect::<Result<Vec<_>, ExploreError>>()?;
    drop(progress);
    if args.json { context.print_json(&rows) } else { context.print(&table(&rows)) }
}
