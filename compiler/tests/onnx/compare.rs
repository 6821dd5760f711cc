//! One model after the other: the reference's outputs and those of the imported graph, value by value.

use std::path::{Path, PathBuf};

use fretwork::graph::host::{Value, finish, prepare};
use fretwork::graph::{Graph, HostStep, Levels, Tensor, evaluate};
use fretwork_sim::stalls::splitmix;
use serde_json::json;

use super::{import, python};

/// How far a runtime's softmax, which is computed in f32, may be from the host's.
pub const SOFTMAX_TOLERANCE: f32 = 1.0 / (1 << 20) as f32;

/// A model, what it became, and inputs in the model's own order.
struct Case {
    model: PathBuf,
    graph: Graph,
    inputs: Vec<Vec<Value>>,
    answers: PathBuf,
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub values: usize,
    /// Values that differ; of a softmax those that differ by more than the tolerance.
    pub differing: usize,
    /// Largest difference of a softmax.
    pub softmax: f32,
}

/// Compares models for `count` random inputs each.
pub fn compare(models: &[PathBuf], folder: &Path, count: usize, exact: bool) -> Tally {
    compare_for(models, folder, exact, |graph, index| (0..count).map(|at| random_inputs(graph, (index * count + at) as u64)).collect())
}

/// Compares models for the inputs that `inputs` gives for a graph and its index.
pub fn compare_for(models: &[PathBuf], folder: &Path, exact: bool, inputs: impl Fn(&Graph, usize) -> Vec<Vec<Value>>) -> Tally {
    let refused: Vec<String> = models.iter().filter_map(|model| fretwork::import::load(model).err()).map(|error| error.to_string()).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    let case = |(index, model): (usize, &PathBuf)| {
        let graph = import(model);
        let inputs = inputs(&graph, index);
        let raw: Vec<u8> = inputs.iter().flatten().flat_map(bytes).collect();
        std::fs::write(folder.join(format!("{index}.inputs")), raw).unwrap();
        Case { model: model.clone(), graph, inputs, answers: folder.join(format!("{index}.answers")) }
    };
    let cases: Vec<Case> = models.iter().enumerate().map(case).collect();
    let job = |(index, case): (usize, &Case)| {
        let inputs = folder.join(format!("{index}.inputs"));
        json!({"model": case.model, "inputs": inputs, "count": case.inputs.len(), "out": case.answers, "exact": exact})
    };
    let list: Vec<_> = cases.iter().enumerate().map(job).collect();
    let jobs = folder.join("jobs.json");
    std::fs::write(&jobs, serde_json::to_vec(&list).unwrap()).unwrap();
    python("oracle.py", &[&jobs]);
    let mut total = Tally::default();
    for case in &cases {
        let Tally { values, differing, softmax } = compare_case(case);
        if differing > 0 {
            println!("{}: {differing} of {values} values differ\n{}", case.model.display(), case.graph);
        }
        total = Tally { values: total.values + values, differing: total.differing + differing, softmax: total.softmax.max(softmax) };
    }
    total
}

/// Random inputs in the model's order: real ones between and beyond the quantiser's ends, many of them halfway between two integers.
pub fn random_inputs(graph: &Graph, seed: u64) -> Vec<Value> {
    let input = |(position, id): (usize, &usize)| {
        let tensor = &graph.tensors[*id];
        let random = |at: usize| splitmix(splitmix(seed << 8 | position as u64) ^ at as u64);
        let real = graph.host.iter().any(|step| matches!(step, HostStep::Quantise { input, .. } if *input == position));
        let elements = 0..tensor.len();
        if real {
            return Value::Float(elements.map(|at| real_input(tensor, random(at))).collect());
        }
        let bytes: Vec<u8> = elements.map(|at| random(at) as u8).collect();
        if tensor.unsigned { Value::UInt8(bytes) } else { Value::Int8(bytes.iter().map(|byte| *byte as i8).collect()) }
    };
    graph.inputs.iter().enumerate().map(input).collect()
}

fn real_input(tensor: &Tensor, random: u64) -> f32 {
    let [low, high] = tensor.range().map(|end| f64::from(end) - f64::from(tensor.zero_point));
    let fraction = (random >> 40) as f64 / f64::from(1 << 24);
    let step = low - 0.1 * (high - low) + 1.2 * (high - low) * fraction;
    let step = if random & 3 == 0 && tensor.levels != Levels::Bipolar { step.floor() + 0.5 } else { step };
    (step * f64::from(tensor.scale)) as f32
}

fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::Int8(values) => values.iter().map(|value| *value as u8).collect(),
        Value::UInt8(values) => values.clone(),
        Value::Int16(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        Value::Int64(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        Value::Float(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    }
}

fn compare_case(case: &Case) -> Tally {
    let answers = std::fs::read(&case.answers).unwrap();
    let mut rest = &answers[..];
    let graph = &case.graph;
    let mut tally = Tally::default();
    for inputs in &case.inputs {
        let values = evaluate(graph, &prepare(graph, inputs));
        let outputs: Vec<Vec<i8>> = graph.outputs.iter().map(|id| values[*id].clone()).collect();
        for (output, value) in finish(graph, &outputs).iter().enumerate() {
            let size = bytes(value).len();
            assert!(rest.len() >= size, "{}: too few answers", case.model.display());
            let (theirs, after) = rest.split_at(size);
            rest = after;
            compare_output(value, theirs, graph.host.contains(&HostStep::FloatSoftmax { output }), &mut tally);
        }
    }
    assert!(rest.is_empty(), "{}", case.model.display());
    tally
}

fn compare_output(ours: &Value, theirs: &[u8], softmax: bool, tally: &mut Tally) {
    if let Value::Float(values) = ours {
        let tolerance = if softmax { SOFTMAX_TOLERANCE } else { 0.0 };
        for (ours, theirs) in values.iter().zip(theirs.as_chunks::<4>().0) {
            let distance = (ours - f32::from_le_bytes(*theirs)).abs();
            tally.values += 1;
            tally.differing += usize::from(distance.is_nan() || distance > tolerance);
            tally.softmax = if softmax { tally.softmax.max(distance) } else { tally.softmax };
        }
        return;
    }
    let width = if matches!(ours, Value::Int64(_)) { 8 } else { 1 };
    let ours = bytes(ours);
    tally.values += ours.len() / width;
    tally.differing += ours.chunks(width).zip(theirs.chunks(width)).filter(|(ours, theirs)| ours != theirs).count();
}
