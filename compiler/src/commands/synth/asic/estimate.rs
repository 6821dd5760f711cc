//! What counted events say of a module that was measured: its parts' logic, the clock of its flip-flops, the leakage of its cells.

use super::super::Args;
use crate::commands::error::CommandError;
use crate::commands::target::Target;
use fretwork::report::{PartEnergy, activity, logic};
use fretwork::synth::asic::Measured;
use fretwork_sim::energy::Technology;
use fretwork_sim::stalls::Stalls;
use serde::Serialize;

/// Modules and the parts of energy reports that are their logic. Weight memories' parts are those of their addresses and codebooks.
const MODULES: [(&str, &[&str]); 9] = [
    ("fw_systolic_array", &["array"]),
    ("fw_accumulator", &["accumulators"]),
    ("fw_systolic", &["array", "accumulators", "array weights"]),
    ("fw_epilogue", &["epilogue"]),
    ("fw_lane", &["lanes", "lane weights"]),
    ("fw_xnor", &["binary columns", "binary weights"]),
    ("fw_shift", &["shift columns", "shift weights"]),
    ("fw_eie", &["queues", "pointers", "matrix", "sparse elements", "non-zero detection", "sparse accumulators"]),
    ("top", &[]),
];

/// Energy of an inference from counted events, memories left out as in the measurement.
#[derive(Serialize)]
pub struct Estimate {
    /// With operands that count as random, nJ.
    pub random_nj: f64,
    /// With products, sums and gates weighed by the toggles of the steps' inputs, nJ.
    pub toggles_nj: f64,
    /// Of both, the flip-flops' clock, nJ: those of the netlist.
    pub clock_nj: f64,
    /// Of both, leakage, nJ: that of the netlist's area.
    pub static_nj: f64,
}

/// The estimate for the module that was measured; none for technologies without figures and for modules whose events are not counted alone.
pub fn estimate(args: &Args, target: &Target, streams: &[Vec<u8>], measured: &Measured) -> Result<Option<Estimate>, CommandError> {
    let module = args.module.as_deref().unwrap_or("top");
    let technology = args.technology.as_deref().and_then(Technology::named).and_then(Result::ok);
    let parts = MODULES.iter().find(|(name, _)| *name == module).map(|(_, parts)| *parts);
    let (Some(technology), Some(parts)) = (technology, parts) else { return Ok(None) };
    let (machine, design) = (target.machine()?, &target.program.design);
    let run = machine.run_counted(streams, Stalls::NONE, true);
    let toggles = activity(&machine, &run, &design.accelerator);
    let of = |all: Vec<PartEnergy>| -> f64 {
        all.iter().filter(|part| parts.is_empty() || parts.contains(&part.part)).map(|part| part.energy_pj).sum::<f64>() * 1e-3
    };
    let cycles = measured.cycles / streams.len().max(1) as u64;
    let clock_nj = technology.clock_pj(measured.area.flip_flops as f64, cycles) * 1e-3;
    // mW times ns are pJ.
    let static_nj = technology.static_mw(measured.area.gate_equivalents, 0.0) * cycles as f64 / measured.clock_mhz;
    let whole = |logic_nj: f64| logic_nj + clock_nj + static_nj;
    Ok(Some(Estimate {
        random_nj: whole(of(logic(design, &machine, &run, &technology, None))),
        toggles_nj: whole(of(logic(design, &machine, &run, &technology, Some(&toggles)))),
        clock_nj,
        static_nj,
    }))
}
