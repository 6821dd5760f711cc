//! The first pair: what the simulator wrote, against the reference kernels.

use super::{Comparison, Disagreement, Outcome, Pair};
use crate::graph::{Graph, Tensor, evaluate};
use crate::plan::Program;
use fretwork_hdl::Kind;
use fretwork_sim::record::{Recording, StepRecord};
use fretwork_sim::stalls::Stalls;

/// Compares a recording of whole inferences with the kernels; `inputs` are the inferences' input tensors.
pub fn kernels(graph: &Graph, program: &Program, inputs: &[Vec<Vec<i8>>], recording: &Recording, stalls: Stalls) -> Comparison {
    let mut comparison = Comparison::new(Pair::KernelsSimulator, program, stalls);
    let records = recording.steps.chunks(program.steps.len());
    for (inference, ((input, records), output)) in inputs.iter().zip(records).zip(&recording.outputs).enumerate() {
        check_inference(graph, program, inference, input, records, output, &mut comparison);
    }
    comparison
}

/// Adds one inference to a comparison. `records` are its steps, `output` its output stream.
pub fn check_inference(
    graph: &Graph,
    program: &Program,
    inference: usize,
    input: &[Vec<i8>],
    records: &[StepRecord],
    output: &[u8],
    comparison: &mut Comparison,
) {
    let tensors = evaluate(graph, input);
    let outputs = program.tensors(output);
    let mut stores = outputs.iter();
    for (step, record) in records.iter().enumerate() {
        let placement = &program.placements[step];
        let (tensor, value) = (&graph.tensors[placement.tensor], &tensors[placement.tensor]);
        let result = match program.design.steps[step].kind {
            Kind::Store => {
                comparison.compared += tensor.len() as u64;
                differing_output(tensor, value, stores.next())
            }
            Kind::Load | Kind::Systolic | Kind::Lane | Kind::Eie | Kind::Xnor | Kind::Shift => {
                comparison.compared += (placement.region.pixels() * placement.map.len() / placement.width) as u64;
                let result = program.check_step(step, &record.writes, &tensors);
                result.err().map(|mismatch| (mismatch.index, mismatch.expected, mismatch.found, mismatch.to_string()))
            }
        };
        let Some((index, expected, found, what)) = result else { continue };
        let disagreement = Disagreement {
            pair: Pair::KernelsSimulator,
            stalls: comparison.stalls.probability,
            inference,
            step: Some(step),
            step_name: Some(program.design.steps[step].name.clone()),
            tensor: Some(graph.tensors[placement.tensor].name.clone()),
            index: Some(index),
            expected: Some(i64::from(expected)),
            found: found.map(i64::from),
            what,
        };
        comparison.first.get_or_insert_with(|| disagreement.clone());
        if matches!(comparison.checks[step].outcome, Outcome::Equal) {
            comparison.checks[step].outcome = Outcome::Differs(disagreement);
        }
    }
}

/// The first element of an output tensor that differs: its index, what was expected, what was found, and all that in words.
fn differing_output(tensor: &Tensor, expected: &[i8], found: Option<&Vec<i8>>) -> Option<(usize, i16, Option<i16>, String)> {
    let found = found.map(|found| tensor.elements(found));
    let value = |index: usize| found.as_ref().and_then(|found| found.get(index).copied());
    let (index, expected) = tensor.elements(expected).into_iter().enumerate().find(|&(index, expected)| value(index) != Some(expected))?;
    let what = match value(index) {
        Some(found) => format!("the kernels computed {expected}, {found} was sent"),
        None => format!("the kernels computed {expected}, nothing was sent"),
    };
    Some((index, expected, value(index), what))
}
