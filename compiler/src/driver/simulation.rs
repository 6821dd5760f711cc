//! What `fretwork simulate` computes: values and times of inferences in the cycle simulator, and their comparison with the reference kernels.

use super::Watch;
use super::error::CommandError;
use super::target::Target;
use crate::compare::class;
use crate::inputs::Inference;
use crate::report::latency_cycles;
use crate::verify::{self, Comparison, Disagreement, Pair};
use fretwork_hdl::{Machine, Timing};
use fretwork_sim::stalls::Stalls;
use serde::Serialize;

/// What a simulation found.
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
    /// Share of stalled cycles.
    pub stalls: f64,
    /// Inferences.
    pub inputs: usize,
    /// Cycles from the first input word to the last output word, one entry per inference.
    pub latency_cycles: Vec<u64>,
    /// Cycles from reset to the last output word of all.
    pub total_cycles: u64,
    /// Elements of tensors that were compared.
    pub values_compared: u64,
    /// Steps that differ from the kernels.
    pub steps_differing: usize,
    /// The first difference.
    pub disagreement: Option<Disagreement>,
    /// Accuracy, where there are labels.
    pub top1: Option<Top1>,
}

/// How many classes were right.
#[derive(Clone, Debug, Serialize)]
pub struct Top1 {
    /// Inferences whose class is the label.
    pub correct: usize,
    /// Their share, 0 to 1.
    pub accuracy: f64,
    /// One entry per inference.
    pub predictions: Vec<usize>,
}

/// A simulation.
pub struct Simulation {
    /// For people and programs.
    pub summary: Summary,
    /// Of every step of every inference.
    pub timings: Vec<Timing>,
    /// The output tensors of every inference, in the graph's order.
    pub outputs: Vec<Vec<Vec<i8>>>,
}

/// Simulates inferences; `labels` are their classes.
///
/// # Errors
/// What is a bug in this program. A difference from the kernels is none: it stands in the summary.
pub fn simulate(
    target: &Target,
    inferences: &[Inference],
    labels: Option<&[usize]>,
    stalls: Stalls,
    watch: Watch,
) -> Result<Simulation, CommandError> {
    let machine = target.machine()?;
    let timings = machine.timings(&target.streams(inferences), stalls);
    let (comparison, outputs) = values(target, &machine, inferences, stalls, watch);
    let top1 = labels.map(|labels| top1(labels, predictions(target, &outputs)));
    Ok(Simulation { summary: summary(target, &timings, stalls, comparison, top1), timings, outputs })
}

/// Computes all inferences, one at a time so that any number fits the memory, and compares them with the kernels. Values do not depend
/// on stalls. Also returns the output tensors.
fn values(target: &Target, machine: &Machine, inferences: &[Inference], stalls: Stalls, watch: Watch) -> (Comparison, Vec<Vec<Vec<i8>>>) {
    let at = watch("simulating", Some(inferences.len() as u64));
    let mut comparison = Comparison::new(Pair::KernelsSimulator, &target.program, stalls);
    let mut outputs = Vec::new();
    for (index, inference) in inferences.iter().enumerate() {
        let run = machine.run(&[target.program.stream(inference)], Stalls::NONE, true);
        let output = &run.recording.outputs[0];
        verify::check_inference(&target.graph, &target.program, index, inference, &run.recording.steps, output, &mut comparison);
        outputs.push(target.program.tensors(output));
        at(index as u64 + 1);
    }
    (comparison, outputs)
}

/// The class with the largest first output, of every inference.
fn predictions(target: &Target, outputs: &[Vec<Vec<i8>>]) -> Vec<usize> {
    let first = &target.graph.tensors[target.graph.outputs[0]];
    outputs.iter().map(|tensors| tensors.first().map_or(0, |logits| class(&first.elements(logits)))).collect()
}

/// Counts the predictions that are the labels.
pub fn top1(labels: &[usize], predictions: Vec<usize>) -> Top1 {
    let correct = labels.iter().zip(&predictions).filter(|(label, prediction)| label == prediction).count();
    Top1 { correct, accuracy: correct as f64 / predictions.len() as f64, predictions }
}

fn summary(target: &Target, timings: &[Timing], stalls: Stalls, comparison: Comparison, top1: Option<Top1>) -> Summary {
    let design = &target.program.design;
    let latency_cycles: Vec<u64> = timings.chunks(design.steps.len()).map(latency_cycles).collect();
    Summary {
        network: design.name.clone(),
        rows: design.accelerator.rows,
        cols: design.accelerator.cols,
        lanes: design.accelerator.lanes,
        stalls: stalls.probability,
        inputs: latency_cycles.len(),
        latency_cycles,
        total_cycles: timings.last().map_or(0, |timing| timing.end),
        values_compared: comparison.compared,
        steps_differing: comparison.differing(),
        disagreement: comparison.first,
        top1,
    }
}
