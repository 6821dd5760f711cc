//! `fretwork bench eie-table`: the sparse engine beside its paper.

use super::context::Context;
use super::error::CommandError;
use super::technology;
use fretwork::bench::eie_cosim::{CosimRow, cosim, text as cosim_text};
use fretwork::bench::eie_layers::{LAYERS, Layer};
use fretwork::bench::eie_power::{power, text as power_text};
use fretwork::bench::eie_speed::{speed, text as speed_text};
use fretwork::bench::eie_table::{Balance, LayerRow, balance_svg, balance_text, over_elements, over_queue_depth, table, text};
use serde::Serialize;
use std::fs;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork bench eie-table
  fretwork bench eie-table --scaling --svg plots
  fretwork bench eie-table --cosim NT-LSTM,NT-We
  fretwork bench eie-table --cosim all --json
  fretwork bench eie-table --speed Alex-7
  fretwork bench eie-table --power

The nine layers of the EIE paper (ISCA 2016, table IV) on the cycle model of `eie`, whose cycles are those of the
RTL: once at the published densities, once at the weight density whose entries, padding included, are those of
the published theoretical time. Nothing is fitted. A layer's time is the sum of its steps' cycles, launch to last
write; loading the matrix from its Huffman code, once after reset, is no part of it.

--cosim builds layers at the published densities as programs and runs them on the reference kernels, the
simulator and Verilator. Every value, write and cycle must agree, with the table too; exit code 3 when anything
differs. `ratio` is Verilator's time over the simulator's, loading included on both sides.

--speed measures simulated cycles per second on a layer: times alone (the recurrence), and with values, loading
left out, beside Verilator when that is installed.";

/// The nine layers of the EIE paper, beside the published times.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Seed of weights and activations.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Also load balance over queue depths 1 to 256 and over 1 to 256 elements.
    #[arg(long)]
    scaling: bool,
    /// Write the load balance as plots into this folder.
    #[arg(long, value_name = "DIR", requires = "scaling")]
    svg: Option<PathBuf>,
    /// Instead of the table: run these layers, or `all`, as programs on kernels, simulator and Verilator.
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with = "scaling")]
    cosim: Vec<String>,
    /// Instead of the table: how fast these layers, or `all`, are simulated, beside Verilator.
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with_all = ["scaling", "cosim"])]
    speed: Vec<String>,
    /// With --speed: the simulator alone.
    #[arg(long, requires = "speed")]
    no_verilator: bool,
    /// Instead of the table: power of an element and of its modules beside the paper's.
    #[arg(long, conflicts_with_all = ["scaling", "cosim", "speed"])]
    power: bool,
    /// Technology of --power.
    #[arg(long, value_name = "NAME|FILE", default_value = "45nm", requires = "power")]
    technology: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Output {
    layers: Vec<LayerRow>,
    over_queue_depth: Vec<Balance>,
    over_elements: Vec<Balance>,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    if !args.cosim.is_empty() {
        return run_cosim(args, context);
    }
    if !args.speed.is_empty() {
        return run_speed(args, context);
    }
    if args.power {
        return run_power(args, context);
    }
    let progress = context.progress("simulating", None);
    let layers = table(args.seed);
    let (depths, elements) = if args.scaling { (over_queue_depth(args.seed), over_elements(args.seed)) } else { (Vec::new(), Vec::new()) };
    drop(progress);
    if let Some(folder) = &args.svg {
        fs::create_dir_all(folder).map_err(CommandError::io(folder))?;
        let depth = balance_svg(&depths, "Load balance over queue depth, 64 elements", "queue depth", |point| point.queue_depth);
        let pes = balance_svg(&elements, "Load balance over elements, queues of 8", "elements", |point| point.pes);
        for (name, svg) in [("eie_queue_depth.svg", depth), ("eie_elements.svg", pes)] {
            let path = folder.join(name);
            fs::write(&path, svg).map_err(CommandError::io(&path))?;
        }
    }
    if args.json {
        return context.print_json(&Output { layers, over_queue_depth: depths, over_elements: elements });
    }
    let mut out = text(&layers, args.seed);
    if args.scaling {
        out += &format!("\nload balance over queue depth, 64 elements\n{}", balance_text(&depths, |point| point.queue_depth));
        out += &format!("\nload balance over elements, queues of 8\n{}", balance_text(&elements, |point| point.pes));
    }
    context.print(&out)
}

fn run_power(args: &Args, context: &Context) -> Result<(), CommandError> {
    let technology = technology::load(&args.technology)?;
    let progress = context.progress("simulating", None);
    let rows = power(&technology, args.seed);
    drop(progress);
    if args.json { context.print_json(&rows) } else { context.print(&power_text(&rows, &technology)) }
}

fn run_cosim(args: &Args, context: &Context) -> Result<(), CommandError> {
    let layers = named(&args.cosim)?;
    let progress = context.progress("co-simulating", Some(100 * layers.len() as u64));
    let mut rows: Vec<CosimRow> = Vec::new();
    for layer in &layers {
        let done = 100 * rows.len() as u64;
        rows.push(cosim(layer, args.seed, &|percent| progress.at(done + percent.min(100)))?);
    }
    drop(progress);
    if args.json { context.print_json(&rows) } else { context.print(&cosim_text(&rows)) }
}

fn run_speed(args: &Args, context: &Context) -> Result<(), CommandError> {
    let layers = named(&args.speed)?;
    let progress = context.progress("measuring", Some(layers.len() as u64));
    let mut rows = Vec::new();
    for layer in &layers {
        rows.push(speed(layer, args.seed, !args.no_verilator)?);
        progress.at(rows.len() as u64);
    }
    drop(progress);
    if args.json { context.print_json(&rows) } else { context.print(&rows.iter().map(speed_text).collect::<String>()) }
}

fn named(names: &[String]) -> Result<Vec<Layer>, CommandError> {
    if names.iter().any(|name| name == "all") {
        return Ok(LAYERS.to_vec());
    }
    let find = |name: &String| LAYERS.iter().find(|layer| layer.name.eq_ignore_ascii_case(name)).copied();
    let known = || LAYERS.map(|layer| layer.name).join(", ");
    names
        .iter()
        .map(|name| find(name).ok_or_else(|| CommandError::Usage(format!("no layer is called '{name}'; there are {} and all", known()))))
        .collect()
}
