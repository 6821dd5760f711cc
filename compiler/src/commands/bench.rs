//! `fretwork bench`: how fast the tool's own engines are on this machine.

use super::context::Context;
use super::error::CommandError;
use fretwork::bench::{BenchError, Row, measure, products, table};
use fretwork::graph::Graph;
use fretwork::import;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork bench simulator
  fretwork bench simulator --size 16 --size 32 --size 64
  fretwork bench simulator --model lenet5_int8.tflite --json

Columns:
  cycles       simulated cycles of the measured run, the same on both sides
  Verilator    the emitted Verilog as `fretwork cosim` builds it, without a log
  simulator    the cycle simulator, every value computed
  speed-up     simulator over Verilator
  timing only  the cycle simulator without values
Both sides run on one thread; the fastest of several repetitions counts. Every write and every cycle of
one inference are compared as well; exit code 3 when they differ.";

/// The LeNet-5 that comes with the project.
const LENET5: &[u8] = include_bytes!("../../../examples/lenet5/lenet5_int8.tflite");
/// Inputs and outputs of the matrix products.
const PRODUCTS: [usize; 2] = [256, 512];

/// Measure this machine's simulation speed.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    engine: Engine,
}

#[derive(clap::Subcommand)]
enum Engine {
    Simulator(Simulator),
    EieTable(super::bench_eie::Args),
}

/// Simulated cycles per second of the cycle simulator beside Verilator's.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
struct Simulator {
    /// Rows, columns and lanes of the array; may be repeated.
    #[arg(long, value_name = "N", default_values_t = [16, 32])]
    size: Vec<usize>,
    /// Measure this model instead of matrix products and LeNet-5; may be repeated.
    #[arg(long, value_name = "MODEL")]
    model: Vec<PathBuf>,
    /// Leave Verilator out.
    #[arg(long)]
    no_verilator: bool,
    /// Print JSON: a list of rows, described in the documentation of `fretwork::bench::Row`.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    match &args.engine {
        Engine::Simulator(args) => simulator(args, context),
        Engine::EieTable(args) => super::bench_eie::run(args, context),
    }
}

fn simulator(args: &Simulator, context: &Context) -> Result<(), CommandError> {
    let graphs = workloads(&args.model)?;
    let progress = context.progress("measuring", Some((graphs.len() * args.size.len()) as u64));
    let mut rows: Vec<Row> = Vec::new();
    for graph in &graphs {
        for &size in &args.size {
            rows.push(measure(graph, size, !args.no_verilator)?);
            progress.at(rows.len() as u64);
        }
    }
    drop(progress);
    if args.json { context.print_json(&rows) } else { context.print(&table(&rows)) }
}

fn workloads(models: &[PathBuf]) -> Result<Vec<Graph>, CommandError> {
    if models.is_empty() {
        let mut graphs = PRODUCTS.map(products).to_vec();
        graphs.push(import::import(LENET5, "lenet5")?);
        return Ok(graphs);
    }
    models.iter().map(|path| Ok(import::load(path)?)).collect()
}

impl From<BenchError> for CommandError {
    fn from(error: BenchError) -> CommandError {
        match error {
            BenchError::Plan(error) => CommandError::Plan(error),
            BenchError::Emit(error) => CommandError::Emit(error),
            BenchError::Cosim(error) => CommandError::Cosim(error),
            BenchError::Disagreement(disagreement) => CommandError::Disagreement(disagreement),
            BenchError::Folder(source) => CommandError::Io { path: std::env::temp_dir(), source },
            BenchError::Internal(reason) => CommandError::Internal(reason),
        }
    }
}
