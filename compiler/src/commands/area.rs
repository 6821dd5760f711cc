//! `fretwork area`: what a design takes of FPGA families or of a cell library, estimated; and measured beside it.

use super::context::Context;
use super::error::CommandError;
use super::shape::Shape;
use super::target::Target;
use fretwork::area::{Area, AreaReport, Family, estimate, measured};
use fretwork::inputs;
use fretwork::synth::{self, synthesise};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork area lenet5_int8.tflite --rows 8 --cols 8
  fretwork area lenet5 --family ecp5 --check
  fretwork area binary_mlp.onnx --core xnor --xnor-cols 16 --family sg13g2 --json

LUTs include those in carry chains and shift registers; memory cells made of LUTs (LUT RAM) are
counted apart. A block RAM has 18 Kbit, on the iCE40 4 Kbit. sg13g2 is IHP's 130 nm process: um2
of standard cells, and of memory macros that are not placed. Nothing is placed or routed. How far
the estimates are from syntheses that they were not fitted on is in docs/area.md.";

/// Estimate the area of a design by part: LUTs, flip-flops, DSP blocks and block RAMs, or um2.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A model file, or a design folder.
    #[arg(value_name = "MODEL|DIR")]
    target: PathBuf,
    /// FPGA family or process [default: all].
    #[arg(long, value_enum)]
    family: Option<Family>,
    /// Synthesise the design with Yosys as well and print its counts beside the estimate; for an FPGA family.
    #[arg(long, requires = "family")]
    check: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Serialize)]
struct Summary {
    network: String,
    rows: usize,
    cols: usize,
    lanes: usize,
    /// Estimates, one per family.
    estimates: Vec<AreaReport>,
    /// What Yosys counted, with `--check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<Area>,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let checked = match args.family {
        Some(family) if args.check => Some((family, mapped(family)?)),
        Some(_) | None => None,
    };
    let target = Target::load(&args.target, &args.shape)?;
    let a = &target.program.design.accelerator;
    let families = args.family.map_or_else(|| Family::ALL.to_vec(), |family| vec![family]);
    let estimates = families.into_iter().map(|family| estimate(a, family)).collect();
    let measured = match checked {
        Some((family, mapped)) => Some(synthesised(&target, family, mapped, context)?),
        None => None,
    };
    let summary = Summary { network: target.graph.name.clone(), rows: a.rows, cols: a.cols, lanes: a.lanes, estimates, measured };
    if args.json { context.print_json(&summary) } else { context.print(&text(&target, &summary)) }
}

/// What Yosys maps to for a family.
fn mapped(family: Family) -> Result<synth::Family, CommandError> {
    match family {
        Family::Ice40 => Ok(synth::Family::Ice40),
        Family::Ecp5 => Ok(synth::Family::Ecp5),
        Family::Gowin => Ok(synth::Family::Gowin),
        Family::Xilinx7 => Ok(synth::Family::Xilinx),
        Family::Sg13g2 => Err(CommandError::Usage("--check is for FPGA families: no cell library comes with fretwork".to_owned())),
    }
}

fn synthesised(target: &Target, family: Family, mapped: synth::Family, context: &Context) -> Result<Area, CommandError> {
    let (folder, _temporary) = target.emitted(&inputs::random(&target.graph, 1, 0))?;
    let _progress = context.progress("synthesising", None);
    Ok(measured(&synthesise(&folder, mapped, None)?.cells, family))
}

/// A column's heading, and what stands in it.
type Column = (&'static str, fn(&Area) -> u64);

/// The columns that say something about a family.
fn columns(family: Family) -> Vec<Column> {
    let flip_flops: Column = ("flip-flops", |area| area.flip_flops);
    match family {
        Family::Sg13g2 => vec![("um2", |area| area.um2), flip_flops],
        Family::Ice40 | Family::Ecp5 | Family::Gowin | Family::Xilinx7 => vec![
            ("LUTs", |area| area.luts),
            flip_flops,
            ("LUT RAM", |area| area.lut_rams),
            ("DSP blocks", |area| area.dsp_blocks),
            ("block RAMs", |area| area.block_rams),
        ],
    }
}

fn text(target: &Target, summary: &Summary) -> String {
    let mut text = format!("{}, estimated\n", target.title());
    for report in &summary.estimates {
        let columns = columns(report.family);
        let _ = write!(text, "\n{:<20}", report.family.name());
        text.extend(columns.iter().map(|(name, _)| format!("{name:>12}")));
        let mut row = |name: &str, area: &Area| {
            let _ = write!(text, "\n  {name:<18}");
            text.extend(columns.iter().map(|(_, of)| format!("{:>12}", of(area))));
        };
        for part in &report.parts {
            row(part.name, &part.logic);
            row(&format!("{} memories", part.name), &part.memories);
        }
        row("total", &report.total);
        if let Some(measured) = &summary.measured {
            row("Yosys", measured);
            let _ = write!(text, "\n  {:<18}", "error");
            text.extend(columns.iter().map(|(_, of)| format!("{:>12}", error(of(&report.total), of(measured)))));
        }
        text.push('\n');
    }
    text
}

/// How far an estimate is from what was measured, in per cent of the latter.
fn error(estimated: u64, measured: u64) -> String {
    match measured {
        0 if estimated == 0 => "0.0 %".to_owned(),
        0 => "-".to_owned(),
        _ => format!("{:+.1} %", 100.0 * (estimated as f64 / measured as f64 - 1.0)),
    }
}
