//! `fretwork bench eie-table`: the sparse engine beside its paper.

use super::context::Context;
use super::error::CommandError;
use fretwork::bench::eie_table::{Balance, LayerRow, balance_svg, balance_text, over_elements, over_queue_depth, table, text};
use serde::Serialize;
use std::fs;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork bench eie-table
  fretwork bench eie-table --scaling --svg plots

The nine layers of the EIE paper (ISCA 2016, table IV) on the cycle model of `eie`, whose cycles are those of the
RTL: once at the published densities, once at the weight density whose entries, padding included, are those of
the published theoretical time. Nothing is fitted.";

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
