//! Imported ONNX models compared with their references: qonnx's executor for QONNX, ONNX Runtime's CPU kernels for the other dialects.
//!
//! Needs `python3` with the packages `onnx`, `onnxruntime` and `qonnx`. `INFERENCES=200` compares more inputs.

use std::path::{Path, PathBuf};
use std::process::Command;

use fretwork::graph::host::{Value, finish, prepare};
use fretwork::graph::{Graph, HostStep, Levels, Tensor, evaluate};
use fretwork_sim::stalls::splitmix;
use serde_json::json;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn inferences() -> usize {
    std::env::var("INFERENCES").ok().and_then(|count| count.parse().ok()).unwrap_or(50)
}

/// A model, what it became, and inputs in the model's own order.
struct Case {
    model: PathBuf,
    graph: Graph,
    inputs: Vec<Vec<Value>>,
    answers: PathBuf,
}

#[test]
fn models_equal_their_references() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    python("models.py", &models);
    let (odd, plain): (Vec<PathBuf>, Vec<PathBuf>) = files(&models).into_iter().partition(|model| is_odd(model));
    let [values, differing] = compare(&plain, folder.path(), inferences(), false);
    println!("{} models: {values} values compared, {differing} differ", plain.len());
    let [also, different] = compare(&odd, folder.path(), inferences(), true);
    println!("{} models with exact sums: {also} values compared, {different} differ", odd.len());
    assert_eq!((differing, different), (0, 0));
}

/// Float sums of scales that are no powers of two have rounding errors that depend on the order of summation, which is the runtime's affair:
/// such models are compared with sums of whole numbers. How far the runtime's own sums are from those is only printed.
#[test]
fn odd_scales_beside_float_sums() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    python("models.py", &models);
    let odd: Vec<PathBuf> = files(&models).into_iter().filter(|model| is_odd(model)).collect();
    let [values, differing] = compare(&odd, folder.path(), inferences(), false);
    println!("{} models: {differing} of {values} values depend on the order of float sums", odd.len());
}

fn is_odd(model: &Path) -> bool {
    model.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("odd_scales"))
}

/// Chains of random functions. Some are refused (a maximum before a falling function, say); most must be imported.
#[test]
fn random_models_equal_their_reference() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    python("fuzz.py", &models);
    let made = files(&models);
    let imported: Vec<PathBuf> = made.iter().filter(|model| fretwork::import::load(model).is_ok()).cloned().collect();
    let [values, differing] = compare(&imported, folder.path(), inferences() / 5, false);
    println!("{} of {} random models imported: {values} values compared, {differing} differ", imported.len(), made.len());
    assert!(imported.len() * 2 > made.len());
    assert_eq!(differing, 0);
}

/// Fewer levels than an int8 tensor has: what the importer says about them is what comes out.
#[test]
fn every_value_is_one_of_its_levels() {
    let folder = tempfile::tempdir().unwrap();
    python("models.py", folder.path());
    for model in files(folder.path()) {
        let graph = import(&model);
        let inputs: Vec<Value> = random_inputs(&graph, 7);
        let values = evaluate(&graph, &prepare(&graph, &inputs));
        for (tensor, value) in graph.tensors.iter().zip(&values) {
            let strange = tensor.elements(value).into_iter().find(|element| !tensor.takes(*element));
            assert_eq!(strange, None, "{}: {tensor}", model.display());
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn import(model: &Path) -> Graph {
    fretwork::import::load(model).unwrap_or_else(|error| panic!("{error}"))
}

fn python(script: &str, argument: &Path) {
    let script = workspace().join("tests/onnx").join(script);
    let run = Command::new("python3").arg(&script).arg(argument).output();
    let install = "this test needs python3 with onnx, onnxruntime and qonnx: pip install onnx onnxruntime qonnx";
    let run = run.unwrap_or_else(|error| panic!("cannot run python3 ({error}); {install}"));
    let errors = String::from_utf8_lossy(&run.stderr);
    let hint = if errors.contains("ModuleNotFoundError") { install } else { "" };
    assert!(run.status.success(), "{} failed:\n{errors}\n{hint}", script.display());
}

/// Values compared, and how many differ.
fn compare(models: &[PathBuf], folder: &Path, count: usize, exact: bool) -> [usize; 2] {
    let refused: Vec<String> = models.iter().filter_map(|model| fretwork::import::load(model).err()).map(|error| error.to_string()).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    let cases: Vec<Case> = models.iter().enumerate().map(|(index, model)| case(model, folder, index, count)).collect();
    let job = |(index, case): (usize, &Case)| {
        let inputs = folder.join(format!("{index}.inputs"));
        json!({"model": case.model, "inputs": inputs, "count": count, "out": case.answers, "exact": exact})
    };
    let list: Vec<_> = cases.iter().enumerate().map(job).collect();
    let jobs = folder.join("jobs.json");
    std::fs::write(&jobs, serde_json::to_vec(&list).unwrap()).unwrap();
    python("oracle.py", &jobs);
    let mut total = [0, 0];
    for case in &cases {
        let [values, differing] = compare_case(case);
        if differing > 0 {
            println!("{}: {differing} of {values} values differ\n{}", case.model.display(), case.graph);
        }
        total = [total[0] + values, total[1] + differing];
    }
    total
}

fn case(model: &Path, folder: &Path, index: usize, count: usize) -> Case {
    let graph = import(model);
    let inputs: Vec<Vec<Value>> = (0..count).map(|inference| random_inputs(&graph, (index * count + inference) as u64)).collect();
    let raw: Vec<u8> = inputs.iter().flatten().flat_map(bytes).collect();
    std::fs::write(folder.join(format!("{index}.inputs")), raw).unwrap();
    Case { model: model.to_owned(), graph, inputs, answers: folder.join(format!("{index}.answers")) }
}

/// Random inputs in the model's order: real ones between and beyond the quantiser's ends, many of them halfway between two integers.
fn random_inputs(graph: &Graph, seed: u64) -> Vec<Value> {
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
        Value::Float(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    }
}

fn compare_case(case: &Case) -> [usize; 2] {
    let answers = std::fs::read(&case.answers).unwrap();
    let mut rest = &answers[..];
    let graph = &case.graph;
    let mut tally = [0, 0];
    for inputs in &case.inputs {
        let values = evaluate(graph, &prepare(graph, inputs));
        let outputs: Vec<Vec<i8>> = graph.outputs.iter().map(|id| values[*id].clone()).collect();
        for value in finish(graph, &outputs) {
            let ours = bytes(&value);
            assert!(rest.len() >= ours.len(), "{}: too few answers", case.model.display());
            let (theirs, after) = rest.split_at(ours.len());
            rest = after;
            let width = if matches!(value, Value::Float(_)) { 4 } else { 1 };
            // A zero may have either sign.
            let plain = |bytes: &[u8]| if bytes == [0, 0, 0, 0x80] { vec![0; 4] } else { bytes.to_vec() };
            let differ = |(ours, theirs): &(&[u8], &[u8])| plain(ours) != plain(theirs);
            tally[0] += ours.len() / width;
            tally[1] += ours.chunks(width).zip(theirs.chunks(width)).filter(differ).count();
        }
    }
    assert!(rest.is_empty(), "{}", case.model.display());
    tally
}
