//! Imported models compared with TensorFlow Lite Micro, tensor by tensor, bit for bit.
//!
//! Needs `python3` with the package `tflite-micro`; the acceptance models are optional.

use std::path::{Path, PathBuf};
use std::process::Command;

use fretwork::graph::host::{Value, finish, prepare};
use fretwork::graph::{Graph, HostRounding, HostStep, Tensor, evaluate};
use fretwork::inputs::Data;
use fretwork_sim::stalls::splitmix;
use serde_json::json;

const INFERENCES: usize = 200;
/// Inferences whose every tensor is compared; of the others only the logits and the outputs.
const IN_FULL: usize = 4;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A tensor as the oracle announces it.
struct Announced {
    name: String,
    size: usize,
    last: bool,
    output: Option<usize>,
}

struct Case {
    model: PathBuf,
    graph: Graph,
    inputs: Vec<Vec<Value>>,
    answers: PathBuf,
}

/// What was compared and how much of it differed.
#[derive(Default)]
struct Tally {
    values: usize,
    differing: usize,
    tensors: usize,
}

#[test]
fn small_models_equal_tflm() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    python("models.py", &models);
    let tally = compare(&files(&models), folder.path(), INFERENCES);
    println!("{} values in {} tensors compared, {} differ", tally.values, tally.tensors, tally.differing);
    assert_eq!(tally.differing, 0);
}

#[test]
fn example_models_equal_tflm() {
    let models = files(&workspace().join("examples"));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(compare(&models, folder.path(), INFERENCES).differing, 0);
}

/// TensorFlow Lite Micro's runtime has its newer compressed format only.
#[test]
fn compressed_models_equal_tflm() {
    let folder = tempfile::tempdir().unwrap();
    let models = ["plain", "decoded"].map(|name| workspace().join(format!("tests/tflm/compressed/{name}.tflite")));
    assert_eq!(compare(&models, folder.path(), INFERENCES).differing, 0);
}

#[test]
fn mlperf_tiny_models_equal_tflm() {
    let shared = workspace().join("../shared/models/mlperf-tiny");
    if !shared.is_dir() {
        println!("skipped: ../shared is not here");
        return;
    }
    let models = files(&shared);
    assert_eq!(models.len(), 4, "{models:?}");
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(compare(&models, folder.path(), INFERENCES).differing, 0);
}

/// All `.tflite` files below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "tflite") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn python(script: &str, argument: &Path) {
    let script = workspace().join("tests/tflm").join(script);
    let run = Command::new("python3").arg(&script).arg(argument).output();
    let install = "this test needs python3 with TensorFlow Lite Micro: pip install tflite-micro";
    let run = run.unwrap_or_else(|error| panic!("cannot run python3 ({error}); {install}"));
    let errors = String::from_utf8_lossy(&run.stderr);
    let hint = if errors.contains("ModuleNotFoundError") { install } else { "" };
    assert!(run.status.success(), "{} failed:\n{errors}\n{hint}", script.display());
}

/// Runs all models in both, with the same seeded random inputs.
fn compare(models: &[PathBuf], folder: &Path, count: usize) -> Tally {
    let cases: Vec<Case> = models.iter().enumerate().map(|(index, model)| prepare_case(model, folder, index, count)).collect();
    let job = |(index, case): (usize, &Case)| {
        let inputs = folder.join(format!("{index}.inputs"));
        json!({"model": case.model, "inputs": inputs, "count": count, "full": IN_FULL, "out": case.answers})
    };
    let jobs = folder.join("jobs.json");
    let list: Vec<_> = cases.iter().enumerate().map(job).collect();
    std::fs::write(&jobs, serde_json::to_vec(&list).unwrap()).unwrap();
    python("oracle.py", &jobs);
    let mut total = Tally::default();
    for case in &cases {
        let tally = compare_case(case);
        let name = case.model.file_name().unwrap().to_string_lossy();
        if cases.len() < 10 || tally.differing > 0 {
            println!("{name}: {} of {} values in {} tensors differ", tally.differing, tally.values, tally.tensors);
        }
        total.values += tally.values;
        total.tensors += tally.tensors;
        total.differing += tally.differing;
    }
    total
}

/// The example networks' real inputs: MNIST digits.
fn digits(graph: &Graph) -> Vec<Vec<Value>> {
    let file = workspace().join("examples/lenet5/digits.npy");
    let mut array = fretwork::inputs::load(&file.display().to_string()).unwrap();
    if let Data::Int8(pixels) = &array.data
        && graph.tensors[graph.inputs[0]].wide
    {
        array.data = Data::Float(pixels.iter().map(|pixel| (f32::from(*pixel) + 128.0) / 255.0).collect());
    }
    let inferences = fretwork::inputs::from_arrays(graph, &[(graph.tensors[graph.inputs[0]].name.clone(), array)]).unwrap();
    let values = |inputs: Vec<Vec<i8>>| inputs.iter().zip(&graph.inputs).map(|(value, &id)| integers(&graph.tensors[id], value)).collect();
    inferences.into_iter().map(values).collect()
}

/// Imports the model, writes its inputs.
fn prepare_case(model: &Path, folder: &Path, index: usize, count: usize) -> Case {
    let graph = fretwork::import::load(model).unwrap_or_else(|error| panic!("{error}"));
    let mut inputs: Vec<Vec<Value>> = (0..count).map(|inference| random_inputs(&graph, (index * count + inference) as u64)).collect();
    if model.starts_with(workspace().join("examples")) {
        inputs.splice(IN_FULL - 2..IN_FULL - 2 + 20, digits(&graph));
    }
    let mut raw = Vec::new();
    for value in inputs.iter().flatten() {
        raw.extend(bytes(value));
    }
    std::fs::write(folder.join(format!("{index}.inputs")), raw).unwrap();
    Case { model: model.to_owned(), graph, inputs, answers: folder.join(format!("{index}.answers")) }
}

fn random_inputs(graph: &Graph, seed: u64) -> Vec<Value> {
    let random = |at: usize| splitmix(seed << 32 ^ at as u64);
    let input = |(position, id): (usize, &usize)| {
        let size = graph.tensors[*id].len();
        let start = position * size;
        if graph.host.contains(&HostStep::Quantise { input: position, rounding: HostRounding::HalfAway }) {
            Value::Float((start..start + size).map(|at| (random(at) >> 40) as f32 / (1 << 21) as f32 - 4.0).collect())
        } else {
            let bytes: Vec<i8> = (0..graph.tensors[*id].bytes()).map(|at| random(start * 2 + at) as i8).collect();
            integers(&graph.tensors[*id], &bytes)
        }
    };
    graph.inputs.iter().enumerate().map(input).collect()
}

fn integers(tensor: &Tensor, value: &[i8]) -> Value {
    if tensor.wide { Value::Int16(tensor.elements(value)) } else { Value::Int8(value.to_vec()) }
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
    let end = answers.iter().position(|byte| *byte == b'\n').unwrap();
    let announced = announced(&answers[..end]);
    let graph = &case.graph;
    for tensor in &graph.tensors {
        assert!(announced.iter().any(|a| a.name == tensor.name), "{}: no answer for {:?}", case.model.display(), tensor.name);
    }
    let mut rest = &answers[end + 1..];
    let mut tally = Tally::default();
    for (inference, inputs) in case.inputs.iter().enumerate() {
        let values = evaluate(graph, &prepare(graph, inputs));
        let outputs: Vec<Vec<i8>> = graph.outputs.iter().map(|id| values[*id].clone()).collect();
        let outputs = finish(graph, &outputs);
        for tensor in announced.iter().filter(|tensor| inference < IN_FULL || tensor.last) {
            let (theirs, after) = rest.split_at(tensor.size);
            rest = after;
            let id = graph.tensors.iter().position(|t| t.name == tensor.name);
            let ours = match (id, tensor.output) {
                (Some(id), _) => values[id].iter().map(|value| *value as u8).collect(),
                (None, Some(output)) => bytes(&outputs[output]),
                (None, None) => continue,
            };
            assert_eq!(ours.len(), theirs.len(), "{}: {:?}", case.model.display(), tensor.name);
            tally.values += ours.len();
            tally.tensors += 1;
            tally.differing += ours.iter().zip(theirs).filter(|(ours, theirs)| ours != theirs).count();
        }
    }
    assert!(rest.is_empty());
    tally
}

fn announced(header: &[u8]) -> Vec<Announced> {
    let header: Vec<serde_json::Value> = serde_json::from_slice(header).unwrap();
    let tensor = |value: &serde_json::Value| Announced {
        name: value["name"].as_str().unwrap().to_owned(),
        size: value["size"].as_u64().unwrap() as usize,
        last: value["last"].as_bool().unwrap(),
        output: value["output"].as_u64().map(|output| output as usize),
    };
    header.iter().map(tensor).collect()
}
