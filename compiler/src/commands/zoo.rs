//! `fretwork zoo`: the survey's nine networks, counted, timed, or written as model files.

use super::context::Context;
use super::error::CommandError;
use super::shape::Shape;
use fretwork::driver::save::save;
use fretwork::graph::Graph;
use fretwork::import::compressed::write;
use fretwork::plan::Request;
use fretwork::zoo::{Counted, NETWORKS, Network, Options, ZooError, find, table};
use fretwork_hdl::accelerator::MAX_LANES;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork zoo
  fretwork zoo --report
  fretwork zoo mobilenet-v2 --report --rows 16 --cols 16
  fretwork zoo shufflenet-v1 --width 2
  fretwork zoo vgg-16 --size 64 --classes 10 -o vgg.safetensors

The file is a model like any other: fretwork compile vgg.safetensors -o vgg";

/// Rows and columns of the array when none are given.
const SIDE: usize = 32;

/// List, count, time or write the nine networks of the survey's table 4.
///
/// Shapes are those of the papers, in int8 with one scale per channel. Nobody trained the weights: they are random, and scales are such that activations
/// fill their range. Without a name, all nine.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Network; all when none is given.
    #[arg(value_name = "NAME")]
    network: Option<String>,
    /// Write the network as a model file; it appears whole or not at all.
    #[arg(short, long, value_name = "FILE", requires = "network")]
    output: Option<PathBuf>,
    /// Plan the network, compute one inference of random values and show what it costs.
    #[arg(long)]
    report: bool,
    /// Rows and columns of the image [default: the paper's].
    #[arg(long, value_name = "N", requires = "network")]
    size: Option<usize>,
    /// Scale factor of the channels [default: 1.5 for the ShuffleNets, else 1].
    #[arg(long, value_name = "F", requires = "network")]
    width: Option<f64>,
    /// Classes.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    classes: usize,
    /// Seed of the weights and of the input.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Print JSON; the keys are described in the documentation of `fretwork::zoo`.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    shape: Shape,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    if let Some(option) = args.shape.given().filter(|_| !args.report) {
        return Err(CommandError::Usage(format!("{option} is for --report")));
    }
    let networks: Vec<&'static Network> = match &args.network {
        Some(name) => vec![find(name).map_err(usage)?],
        None => NETWORKS.iter().collect(),
    };
    let mut counted = Vec::new();
    for network in networks {
        counted.push(args.one(network, context)?);
    }
    match &counted[..] {
        _ if args.json => context.print_json(&counted),
        [one] => context.print(&one.text()),
        all => context.print(&table(all)),
    }
}

/// All that can be wrong with a network are its options.
fn usage(error: ZooError) -> CommandError {
    CommandError::Usage(error.to_string())
}

impl Args {
    fn one(&self, network: &'static Network, context: &Context) -> Result<Counted, CommandError> {
        let options = Options { size: self.size, width: self.width, classes: self.classes, seed: self.seed };
        let mut counted = Counted::new(network, &options, network.count(&options).map_err(usage)?);
        if !self.report && self.output.is_none() {
            return Ok(counted);
        }
        let building = context.progress("building", None);
        let graph = network.build(&options).map_err(usage)?;
        drop(building);
        self.write(&graph)?;
        if self.report {
            let _simulating = context.progress("simulating", None);
            let requests = self.requests()?;
            counted.time(&graph, &requests[0], &requests[1..])?;
        }
        Ok(counted)
    }

    fn write(&self, graph: &Graph) -> Result<(), CommandError> {
        let Some(path) = &self.output else { return Ok(()) };
        let name = path.file_stem().map_or_else(|| graph.name.clone(), |stem| stem.to_string_lossy().into_owned());
        let written = write(&Graph { name, ..graph.clone() })?;
        save(path, &written.bytes)
    }

    /// Requests with ever wider words, unless the width is given.
    fn requests(&self) -> Result<Vec<Request>, CommandError> {
        let first = self.shape.request_with(SIDE, None)?;
        let wider = std::iter::successors(Some(2 * first.lanes), |lanes| Some(2 * lanes)).take_while(|lanes| *lanes <= MAX_LANES);
        let wider: Vec<usize> = if self.shape.gives_lanes() { Vec::new() } else { wider.collect() };
        let wider = wider.into_iter().map(|lanes| self.shape.request_with(SIDE, Some(lanes)));
        std::iter::once(Ok(first)).chain(wider).collect()
    }
}
