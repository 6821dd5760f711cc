//! `fretwork bench`: how fast the tool's own engines are on this machine.

use super::context::Context;
use super::error::CommandError;
use fretwork::bench::{Binary, Row, binary_products, kernel, layers, measure, products, table};
use fretwork::graph::Graph;
use fretwork::import;
use fretwork::plan::{CoreChoice, Request};
use fretwork::synth::asic::{Cells, events::figures};
use fretwork_hdl::xnor::XnorCore;
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
    Xnor(Xnor),
    Events(Events),
    Estimates(Box<super::bench_estimates::Args>),
}

/// Energy of single operations in the cells of a liberty file: what a technology file is made of.
///
/// Small modules with random operands, mapped by Yosys and measured with OpenSTA as `fretwork synth --technology` measures designs.
#[derive(clap::Args)]
struct Events {
    /// The cells' liberty file.
    #[arg(long, value_name = "FILE")]
    liberty: PathBuf,
    /// Clock, MHz.
    #[arg(long, value_name = "F", value_parser = fretwork::driver::compile::clock, default_value_t = 100.0)]
    clock_mhz: f64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const XNOR_EXAMPLES: &str = "\
Examples:
  fretwork bench xnor
  fretwork bench xnor --cols 64 --simd 512 --lanes 64 --no-verilator

First the multiplication alone, on all instructions that this processor has, and simulated networks of large layers. Then eight products of 256 x N activations with N x N weights, all -1 and 1, beside
Verilator: every write and every cycle of one inference are compared as well. One thread; the fastest of several repetitions
counts.";

/// Binary multiply-accumulates per second of the cycle simulator, beside Verilator.
#[derive(clap::Args)]
#[command(after_help = XNOR_EXAMPLES)]
struct Xnor {
    /// Inputs and outputs of the products.
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=2048))]
    size: usize,
    /// Bytes per activation word.
    #[arg(long, value_name = "L", default_value_t = 16)]
    lanes: usize,
    /// Columns.
    #[arg(long, value_name = "N", default_value_t = 16)]
    cols: usize,
    /// XNOR gates per column.
    #[arg(long, value_name = "N", default_value_t = 128)]
    simd: usize,
    /// Leave Verilator out.
    #[arg(long)]
    no_verilator: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
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
        Engine::Xnor(args) => xnor(args, context),
        Engine::Events(args) => events(args, context),
        Engine::Estimates(args) => super::bench_estimates::run(args, context),
    }
}

fn events(args: &Events, context: &Context) -> Result<(), CommandError> {
    let progress = context.progress("measuring", None);
    let figures = figures(&Cells::load(&args.liberty)?, args.clock_mhz)?;
    drop(progress);
    if args.json { context.print_json(&figures) } else { context.print(&figures.text()) }
}

fn xnor(args: &Xnor, context: &Context) -> Result<(), CommandError> {
    let core = XnorCore::new(args.cols, args.simd);
    let request = Request { xnor: Some(core), core: CoreChoice::Xnor, rows: 4, cols: 4, ..Request::square(args.lanes) };
    let progress = context.progress("measuring", None);
    let network = measure(&binary_products(args.size), &request, !args.no_verilator)?;
    let binary = Binary { kernel: kernel(), layers: layers(&request)?, network };
    drop(progress);
    if args.json { context.print_json(&binary) } else { context.print(&binary.text(args.cols, args.simd)) }
}

fn simulator(args: &Simulator, context: &Context) -> Result<(), CommandError> {
    let graphs = workloads(&args.model)?;
    let progress = context.progress("measuring", Some((graphs.len() * args.size.len()) as u64));
    let mut rows: Vec<Row> = Vec::new();
    for graph in &graphs {
        for &size in &args.size {
            rows.push(measure(graph, &Request::square(size), !args.no_verilator)?);
            progress.at(rows.len() as u64);
        }
    }
    drop(progress);
    if args.json { context.print_json(&rows) } else { context.print(&table(&rows)) }
}

/// The LeNet-5 that comes with the project.
pub fn lenet5() -> Result<Graph, CommandError> {
    Ok(import::import(LENET5, "lenet5")?)
}

fn workloads(models: &[PathBuf]) -> Result<Vec<Graph>, CommandError> {
    if models.is_empty() {
        let mut graphs = PRODUCTS.map(products).to_vec();
        graphs.push(lenet5()?);
        return Ok(graphs);
    }
    models.iter().map(|path| Ok(import::load(path)?)).collect()
}
