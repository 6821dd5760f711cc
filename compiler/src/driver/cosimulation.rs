//! What `fretwork cosim` computes: kernels, simulator and Verilog against each other, without and with back-pressure.

use super::Watch;
use super::error::CommandError;
use super::target::Target;
use crate::inputs::Inference;
use crate::verify::{Comparison, Disagreement, Hardware, Pair, VerilogRun, kernels};
use fretwork_cosim::{BuildOptions, Model};
use fretwork_sim::stalls::Stalls;
use serde::Serialize;
use std::path::Path;

/// Random inferences when nothing else is said: the second one finds what the first leaves behind.
pub const INFERENCES: usize = 2;

/// What was compared and found.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The network's name.
    pub network: String,
    /// Rows of the array.
    pub rows: usize,
    /// Columns of the array.
    pub cols: usize,
    /// Bytes of an activation word.
    pub lanes: usize,
    /// Inferences.
    pub inputs: usize,
    /// Pair by pair.
    pub comparisons: Vec<Compared>,
    /// The first difference.
    pub disagreement: Option<Disagreement>,
}

/// A pair in one run.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Who was compared.
    pub pair: Pair,
    /// Share of stalled cycles.
    pub stalls: f64,
    /// Kernels: elements of tensors. Verilog: memory and output words.
    pub compared_values: u64,
    /// Steps whose start and end cycle were compared, over all inferences.
    pub compared_step_times: u64,
    /// Cycles of the run in which these steps lie.
    pub cycles: u64,
    /// Steps that differ.
    pub steps_differing: usize,
}

/// A comparison and the cycles of its run.
pub type Run = (Comparison, u64);

/// Runs the Verilog in `folder` without stalls and, where there are any, with them; `trace` is the waveform to write. Stops at a run that differs.
///
/// # Errors
/// Whatever keeps the Verilog from being run.
pub fn cosimulate(
    target: &Target,
    folder: &Path,
    inferences: &[Inference],
    stalls: Stalls,
    trace: Option<&Path>,
    watch: Watch,
) -> Result<Vec<Run>, CommandError> {
    let building = watch("building the Verilog model", None);
    let model = Model::build(folder, &BuildOptions { trace: trace.is_some(), ..BuildOptions::default() })?;
    drop(building);
    let machine = target.machine()?;
    let streams = target.streams(inferences);
    let mut runs = vec![Stalls::NONE];
    runs.extend(Some(stalls).filter(|stalls| stalls.probability > 0.0));
    let mut comparisons: Vec<Run> = Vec::new();
    for stalls in runs {
        let simulating = watch("simulating", None);
        let expected = machine.run(&streams, stalls, true).recording;
        let cycles = expected.steps.last().map_or(0, |step| step.end);
        if stalls == Stalls::NONE {
            comparisons.push((kernels(&target.graph, &target.program, inferences, &expected, stalls), cycles));
        }
        drop(simulating);
        let running = watch("running the Verilog", Some(cycles));
        let hardware = Hardware { graph: &target.graph, program: &target.program, model: &model, folder };
        let run = VerilogRun { streams: &streams, stalls, trace, progress: &|cycle| running(cycle) };
        comparisons.push((hardware.compare(expected, &run)?, cycles));
        if comparisons.iter().any(|(comparison, _)| comparison.first.is_some()) {
            break;
        }
    }
    Ok(comparisons)
}

impl Summary {
    /// Of comparisons of so many inferences.
    pub fn new(target: &Target, inferences: usize, comparisons: &[Run]) -> Summary {
        let design = &target.program.design;
        let compared = |(comparison, cycles): &Run| Compared {
            pair: comparison.pair,
            stalls: comparison.stalls.probability,
            compared_values: comparison.compared,
            compared_step_times: match comparison.pair {
                Pair::KernelsSimulator => 0,
                Pair::SimulatorVerilog => (design.steps.len() * inferences) as u64,
            },
            cycles: *cycles,
            steps_differing: comparison.differing(),
        };
        Summary {
            network: design.name.clone(),
            rows: design.accelerator.rows,
            cols: design.accelerator.cols,
            lanes: design.accelerator.lanes,
            inputs: inferences,
            comparisons: comparisons.iter().map(compared).collect(),
            disagreement: comparisons.iter().find_map(|(comparison, _)| comparison.first.clone()),
        }
    }
}
