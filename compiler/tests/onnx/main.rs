//! Imported ONNX models compared with their references: qonnx's executor for QONNX, ONNX Runtime's CPU kernels for the other dialects.
//!
//! Needs `python3` with the packages `onnx`, `onnxruntime` and `qonnx`. `INFERENCES=200` compares more inputs.

mod compare;
mod digits;

use std::path::{Path, PathBuf};
use std::process::Command;

use compare::{SOFTMAX_TOLERANCE, Tally, compare, random_inputs};
use fretwork::graph::host::prepare;
use fretwork::graph::{Graph, evaluate};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn inferences() -> usize {
    std::env::var("INFERENCES").ok().and_then(|count| count.parse().ok()).unwrap_or(50)
}

#[test]
fn models_equal_their_references() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    python("models.py", &[&models]);
    let (odd, plain): (Vec<PathBuf>, Vec<PathBuf>) = files(&models).into_iter().partition(|model| is_odd(model));
    let found = compare(&plain, folder.path(), inferences(), false);
    println!("{} models: {} values compared, {} differ", plain.len(), found.values, found.differing);
    println!("softmax differs by up to {:e}, allowed are {SOFTMAX_TOLERANCE:e}", found.softmax);
    let exact = compare(&odd, folder.path(), inferences(), true);
    println!("{} models with exact sums: {} values compared, {} differ", odd.len(), exact.values, exact.differing);
    assert_eq!((found.differing, exact.differing), (0, 0));
}

/// Float sums of scales that are no powers of two have rounding errors that depend on the order of summation, which is the runtime's affair:
/// such models are compared with sums of whole numbers. How far the runtime's own sums are from those is only printed.
#[test]
fn odd_scales_beside_float_sums() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    python("models.py", &[&models]);
    let odd: Vec<PathBuf> = files(&models).into_iter().filter(|model| is_odd(model)).collect();
    let Tally { values, differing, .. } = compare(&odd, folder.path(), inferences(), false);
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
    python("fuzz.py", &[&models]);
    let made = files(&models);
    let imported: Vec<PathBuf> = made.iter().filter(|model| fretwork::import::load(model).is_ok()).cloned().collect();
    let Tally { values, differing, .. } = compare(&imported, folder.path(), inferences() / 5, false);
    println!("{} of {} random models imported: {values} values compared, {differing} differ", imported.len(), made.len());
    assert!(imported.len() * 2 > made.len());
    assert_eq!(differing, 0);
}

/// Fewer levels than an int8 tensor has: what the importer says about them is what comes out.
#[test]
fn every_value_is_one_of_its_levels() {
    let folder = tempfile::tempdir().unwrap();
    python("models.py", &[folder.path()]);
    for model in files(folder.path()) {
        let graph = import(&model);
        let inputs = random_inputs(&graph, 7);
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

/// Runs a script; what it printed.
fn python(script: &str, arguments: &[&Path]) -> String {
    let script = workspace().join("tests/onnx").join(script);
    let run = Command::new("python3").arg(&script).args(arguments).output();
    let install = "this test needs python3 with onnx, onnxruntime and qonnx: pip install onnx onnxruntime qonnx";
    let run = run.unwrap_or_else(|error| panic!("cannot run python3 ({error}); {install}"));
    let errors = String::from_utf8_lossy(&run.stderr);
    let hint = if errors.contains("ModuleNotFoundError") { install } else { "" };
    assert!(run.status.success(), "{} failed:\n{errors}\n{hint}", script.display());
    String::from_utf8_lossy(&run.stdout).into_owned()
}
