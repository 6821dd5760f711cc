//! `fretwork synth --technology`: area, slack and power in standard cells, beside what the counted events say of the same parts.

mod estimate;

use super::Args;
use crate::commands::context::Context;
use crate::commands::error::CommandError;
use crate::commands::stimulus::inputs_text;
use crate::commands::target::Target;
use estimate::Estimate;
use fretwork::synth::asic::{Cells, Measured, measure};
use fretwork_cosim::{BuildOptions, Model, Stimulus};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Cycles after which a run is given up, beyond what the simulator says.
const PATIENCE: u64 = 10_000;

#[derive(Serialize)]
struct Summary<'a> {
    network: &'a str,
    technology: &'a str,
    library: &'a str,
    /// The module that was measured alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'a str>,
    inputs: usize,
    #[serde(flatten)]
    measured: Measured,
    /// Energy of an inference, nJ: that of the whole run, divided.
    energy_per_inference_nj: f64,
    /// The same from counted events, where the technology and the module's events are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate: Option<Estimate>,
}

/// Runs the command for standard cells.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let cells = Cells::load(&liberty(args)?)?;
    let target = Target::load(&args.target, &args.shape)?;
    let inferences = args.stimulus.inferences(&target.graph, 1)?;
    let (folder, _temporary) = target.emitted(&inferences[..1])?;
    let progress = context.progress("synthesising", None);
    let streams = target.streams(&inferences);
    let record = |waveform: &Path| record(args, &target, &folder, &streams, waveform);
    // The sparse engine is loaded once, not for every inference.
    let from = target.machine()?.load_cycles().unwrap_or(0);
    let measured = measure(&folder, args.module.as_deref(), &cells, args.clock_mhz, from, record)?;
    let estimate = estimate::estimate(args, &target, &streams, &measured)?;
    drop(progress);
    let energy_per_inference_nj = measured.energy_per_cycle_pj * measured.cycles as f64 / inferences.len() as f64 * 1e-3;
    let summary = Summary {
        network: &target.graph.name,
        technology: args.technology.as_deref().unwrap_or_default(),
        library: &cells.library.name,
        module: args.module.as_deref(),
        inputs: inferences.len(),
        measured,
        energy_per_inference_nj,
        estimate,
    };
    if args.json { context.print_json(&summary) } else { context.print(&text(&target, &summary)) }
}

fn liberty(args: &Args) -> Result<PathBuf, CommandError> {
    let missing = "--technology takes --liberty FILE: the cells' liberty file. For sg13g2 it is sg13g2_stdcell_typ_1p20V_25C.lib of IHP's open PDK \
                   (repository IHP-Open-PDK, folder ihp-sg13g2/libs.ref/sg13g2_stdcell/lib)";
    args.liberty.clone().ok_or_else(|| CommandError::Usage(missing.to_owned()))
}

/// Runs the RTL on the streams and writes its waveform.
fn record(args: &Args, target: &Target, folder: &Path, streams: &[Vec<u8>], waveform: &Path) -> Result<(), CommandError> {
    let model = Model::build(folder, &BuildOptions { trace: true, ..BuildOptions::default() })?;
    let stalls = args.stimulus.stalls();
    let expected = target.machine()?.run(streams, stalls, false).recording;
    let last = expected.steps.last().map_or(0, |step| step.end);
    let mut stimulus = Stimulus::new(streams, last + last / 4 + PATIENCE);
    stimulus.outside = target.program.design.accelerator.stream.source.outside();
    (stimulus.stalls, stimulus.log, stimulus.trace) = (stalls, false, Some(waveform));
    model.run(folder, &stimulus)?;
    Ok(())
}

fn text(target: &Target, summary: &Summary) -> String {
    let (m, t) = (&summary.measured, &summary.measured.timing);
    let mut text = format!("{}, {} ({}), {}\n", target.title(), summary.technology, summary.library, inputs_text(summary.inputs));
    let _ = writeln!(text, "  {}", m.conditions);
    if let Some(module) = summary.module {
        let _ = writeln!(text, "  module            {module} alone: {}, of {} in the design", m.instance, m.instances);
    }
    let a = &m.area;
    let _ = writeln!(
        text,
        "  area              {:.0} um2, {:.0} of it flip-flops; {:.0} NAND equivalents",
        a.cells_um2, a.flip_flops_um2, a.gate_equivalents
    );
    let _ = writeln!(text, "  cells             {}, {} of them flip-flops", a.cells.values().sum::<u64>(), a.flip_flops);
    if !m.macros.is_empty() {
        let _ = writeln!(text, "  memories          {} left as macros, in no figure: {}", m.macros.len(), m.macros.join(", "));
    }
    let _ = writeln!(text, "  slack             {:.2} ns at {} MHz: a period of {:.2} ns", t.slack_ns, m.clock_mhz, m.period_ns);
    let _ = writeln!(text, "  compared          {} output bits in {} cycles, all as in the RTL", m.compared_bits, m.cycles);
    let _ = writeln!(text, "  power, mW         internal  switching    leakage      total");
    for (name, p) in [("sequential", t.sequential), ("combinational", t.combinational), ("macro", t.r#macro), ("total", t.total)] {
        let _ = writeln!(text, "    {name:<14} {:>10.5} {:>10.5} {:>10.6} {:>10.5}", p.internal_mw, p.switching_mw, p.leakage_mw, p.total_mw);
    }
    let _ = writeln!(text, "  energy            {:.3} pJ a cycle, {:.3} nJ an inference", m.energy_per_cycle_pj, summary.energy_per_inference_nj);
    if let Some(estimate) = &summary.estimate {
        let share = |nj: f64| (nj / summary.energy_per_inference_nj - 1.0) * 100.0;
        let (random, toggles) = (estimate.random_nj, estimate.toggles_nj);
        let _ = writeln!(
            text,
            "  counted events    {random:.3} nJ an inference ({:+.0} %), {toggles:.3} nJ with the inputs' toggles ({:+.0} %)",
            share(random),
            share(toggles)
        );
    }
    text
}
