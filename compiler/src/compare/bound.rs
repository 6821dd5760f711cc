//! What bounds a network on its accelerator: where the cycles of an inference go, and which step has most of them.

use crate::report::{Report, StepReport};
use fretwork_hdl::Kind;
use serde::Serialize;

/// What most of an inference's cycles are spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Operations: more multipliers, gates or elements would help.
    Compute,
    /// Waiting for weights to be read.
    Weights,
    /// Moving activations, one word per cycle, of which the units use a part.
    Activations,
    /// Waiting for configurations, streams and pipelines.
    Stalls,
}

/// A bound and its reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// What bounds.
    pub bound: Bound,
    /// Share of the inference's cycles that it has.
    pub share: f64,
    /// The step with most of them.
    pub step: String,
    /// What happens there.
    pub text: String,
}

/// Cycles of a step by cause, in the order of [`Bound`].
fn causes(step: &StepReport) -> [u64; 4] {
    let stalled = &step.stalled_cycles;
    let compute = step.floor_cycles.unwrap_or(0).min(step.busy_cycles);
    [compute, stalled.weights, step.busy_cycles - compute, stalled.config + stalled.input + stalled.output + stalled.pipeline]
}

/// The largest cause of a report's cycles.
pub fn reason(report: &Report) -> Reason {
    let all: Vec<[u64; 4]> = report.steps.iter().map(causes).collect();
    let total = |cause: usize| all.iter().map(|causes| causes[cause]).sum::<u64>();
    let cause = (0..4).rev().max_by_key(|&cause| total(cause)).unwrap_or(0);
    let bound = [Bound::Compute, Bound::Weights, Bound::Activations, Bound::Stalls][cause];
    let worst = (0..all.len()).rev().max_by_key(|&step| all[step][cause]);
    let (step, text) = worst.map_or((String::new(), String::new()), |index| {
        let step = &report.steps[index];
        (step.name.clone(), text(bound, step, all[index][cause]))
    });
    let share = if report.totals.latency_cycles == 0 { 0.0 } else { total(cause) as f64 / report.totals.latency_cycles as f64 };
    Reason { bound, share, step, text }
}

fn text(bound: Bound, step: &StepReport, cycles: u64) -> String {
    let used = step.utilisation.unwrap_or(0.0) * 100.0;
    match (bound, step.unit) {
        (Bound::Compute, _) => format!("{cycles} cycles of operations, units {used:.0} % used"),
        (Bound::Weights, _) => format!("{cycles} cycles wait for {} bytes of weights, each used for few pixels", step.weight_bytes),
        (Bound::Activations, Kind::Load | Kind::Store) => format!("{cycles} cycles of the stream, a word each"),
        (Bound::Activations, Kind::Eie) => format!("{cycles} cycles of broadcasts, elements {used:.0} % used"),
        (Bound::Activations, _) => format!("{cycles} cycles move {} words that use {used:.0} % of the units", step.read_words),
        (Bound::Stalls, _) => format!("{cycles} cycles fill and drain pipelines or wait for streams"),
    }
}
