//! `fretwork synth`: what a design takes of an FPGA family, counted by Yosys; or of standard cells, with the power of its real activity.

mod asic;

use super::context::Context;
use super::error::CommandError;
use super::shape::Shape;
use super::stimulus::Stimulus;
use super::target::Target;
use fretwork::inputs;
use fretwork::synth::{Family, Utilisation, synthesise};
use fretwork_hdl::{Accelerator, Cost, costs};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork synth lenet5_int8.tflite --rows 8 --cols 8 --family ecp5
  fretwork synth lenet5 --family xilinx --json
  fretwork synth binary_mlp.onnx --lanes 8 --rows 4 --cols 4 --xnor-cols 16 --xnor-simd 16 --core xnor --family xilinx --module fw_xnor
  fretwork synth lenet5_int8.tflite --rows 4 --cols 4 --technology sg13g2 --liberty sg13g2_stdcell_typ_1p20V_25C.lib \\
      --module fw_systolic_array --input digits.npy

The counts are those of Yosys after mapping and before placement; nothing is estimated.

With --technology the module is mapped to the cells of a liberty file, its netlist is replayed on the values that its ports have when the
whole design computes the inputs, every output compared with the RTL's, and OpenSTA reports slack and power from the activity of
every net: pre-layout, no clock tree, zero delay. Memories stay macros and are in none of these figures.";

/// Synthesise a design with Yosys: count an FPGA's cells, or measure area, slack and power in standard cells.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A model file, or a design folder.
    #[arg(value_name = "MODEL|DIR")]
    target: PathBuf,
    /// Device family.
    #[arg(long, value_enum, required_unless_present = "technology", conflicts_with = "technology")]
    family: Option<Family>,
    /// Standard cells, by the name that the result carries: sg13g2, or another; takes --liberty.
    #[arg(long, value_name = "NAME")]
    technology: Option<String>,
    /// The cells' liberty file. For sg13g2: sg13g2_stdcell_typ_1p20V_25C.lib of IHP's open PDK (ihp-sg13g2/libs.ref/sg13g2_stdcell/lib).
    #[arg(long, value_name = "FILE", requires = "technology")]
    liberty: Option<PathBuf>,
    /// Clock of the standard cells, MHz.
    #[arg(long, value_name = "F", value_parser = fretwork::driver::compile::clock, default_value_t = 100.0, requires = "technology")]
    clock_mhz: f64,
    /// Synthesise this module alone, with the parameters that it has in the design: the name of a file in its folder rtl.
    #[arg(long, value_name = "MODULE")]
    module: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stimulus: Stimulus,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Serialize)]
struct Summary {
    network: String,
    family: Family,
    /// The module that was synthesised alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    rows: usize,
    cols: usize,
    lanes: usize,
    /// Multipliers that the RTL describes: one per array element, one per lane, one per requantiser.
    multipliers: usize,
    /// Bits of memory that the RTL describes.
    memory_bits: usize,
    utilisation: Utilisation,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let Some(family) = args.family else { return asic::run(args, context) };
    let target = Target::load(&args.target, &args.shape)?;
    let (folder, _temporary) = target.emitted(&inputs::random(&target.graph, 1, 0))?;
    let progress = context.progress("synthesising", None);
    let utilisation = synthesise(&folder, family, args.module.as_deref())?;
    drop(progress);
    let a = &target.program.design.accelerator;
    let (multipliers, memory_bits) = structure(a);
    let summary = Summary {
        network: target.graph.name.clone(),
        family,
        module: args.module.clone(),
        rows: a.rows,
        cols: a.cols,
        lanes: a.lanes,
        multipliers,
        memory_bits,
        utilisation,
    };
    if args.json { context.print_json(&summary) } else { context.print(&text(&target, &summary)) }
}

fn structure(a: &Accelerator) -> (usize, usize) {
    let parts: Vec<Cost> = costs(a).collect();
    (parts.iter().map(Cost::multipliers).sum(), parts.iter().map(Cost::memory_bits).sum())
}

fn text(target: &Target, summary: &Summary) -> String {
    let u = &summary.utilisation;
    let mut text = format!("{}, {:?}\n", target.title(), summary.family);
    if let Some(module) = &summary.module {
        let _ = writeln!(text, "  module        {module} alone");
    }
    let _ = writeln!(text, "  LUTs          {}", u.luts);
    let _ = writeln!(text, "  flip-flops    {}", u.flip_flops);
    if summary.module.is_some() {
        let _ = writeln!(text, "  DSP blocks    {}\n  block RAMs    {}\n  LUT RAM cells {}", u.dsp_blocks, u.block_rams, u.lut_rams);
        return text;
    }
    let elements = summary.rows * summary.cols;
    let _ = writeln!(text, "  DSP blocks    {} for {} multipliers, {elements} of them array elements", u.dsp_blocks, summary.multipliers);
    let _ = writeln!(text, "  block RAMs    {} for {:.1} KiB of memories", u.block_rams, summary.memory_bits as f64 / 8192.0);
    let _ = writeln!(text, "  LUT RAM cells {} (the output queue of eight words)", u.lut_rams);
    text
}
