//! A trained network, quantised by ONNX Runtime's own tool, on digits that people wrote.

use std::path::{Path, PathBuf};
use std::process::Command;

use fretwork::graph::host::{Value, prepare};
use fretwork::graph::{Graph, evaluate};
use fretwork::inputs::{Data, load};

use super::compare::compare_for;
use super::{files, import, python, workspace};

/// The digits, one inference each, and their labels.
fn digits(images: &Path, labels: &Path) -> (Vec<Vec<Value>>, Vec<i64>) {
    let [images, labels] = [images, labels].map(|path| load(&path.display().to_string()).unwrap());
    match (images.data, labels.data) {
        (Data::Float(pixels), Data::Integers(labels)) => (pixels.chunks(784).map(|image| vec![Value::Float(image.to_vec())]).collect(), labels),
        other => panic!("{other:?}"),
    }
}

/// How many digits the logits of the graph's kernels recognise.
fn recognised(graph: &Graph, inputs: &[Vec<Value>], labels: &[i64]) -> usize {
    let class = |inputs: &Vec<Value>| {
        let values = evaluate(graph, &prepare(graph, inputs));
        let logits = &values[graph.outputs[0]];
        (0..logits.len()).rev().max_by_key(|class| logits[*class]).unwrap_or(0) as i64
    };
    inputs.iter().map(class).zip(labels).filter(|(class, label)| class == *label).count()
}

/// Eight models: QDQ and QLinear operators, int8 and uint8, weights scaled per channel and per tensor. One of them also in Verilog.
#[test]
fn trained_networks_equal_onnx_runtime_on_digits() {
    let data = workspace().join("../shared/data/mnist_full.npz");
    if !data.is_file() {
        println!("skipped: ../shared is not here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    print!("{}", python("digits.py", &[folder.path(), &data]));
    let (inputs, labels) = digits(&folder.path().join("digits.npy"), &folder.path().join("labels.npy"));
    let models = files(&folder.path().join("models"));
    assert_eq!((models.len(), inputs.len()), (8, 1000));
    for model in &models {
        let correct = recognised(&import(model), &inputs, &labels);
        println!("{}: {:.1} %", model.file_stem().unwrap().display(), correct as f64 / 10.0);
        assert!(correct > 950, "{}", model.display());
    }
    let found = compare_for(&models, folder.path(), false, |_, _| inputs.clone());
    println!("{} models, {} digits: {} logits compared, {} differ", models.len(), inputs.len(), found.values, found.differing);
    assert_eq!((found.values, found.differing), (8 * 1000 * 10, 0));
    cosimulate(&folder.path().join("models/digits_qdq_uint8_channel.onnx"), &folder.path().join("digits.npy"));
}

/// The MNIST CNN that comes with qonnx, in float, quantised here.
#[test]
fn shipped_mnist_networks_equal_onnx_runtime_on_digits() {
    let folder = tempfile::tempdir().unwrap();
    python("shipped.py", &[folder.path()]);
    let (inputs, labels) = digits(&folder.path().join("digits.npy"), &workspace().join("examples/lenet5/digits_labels.npy"));
    let models = files(&folder.path().join("models"));
    assert_eq!((models.len(), inputs.len()), (2, 20));
    for model in &models {
        assert_eq!(recognised(&import(model), &inputs, &labels), 20, "{}", model.display());
    }
    let found = compare_for(&models, folder.path(), false, |_, _| inputs.clone());
    assert_eq!((found.values, found.differing), (2 * 20 * 10, 0));
}

/// Kernels, simulator and Verilog on the first digits.
fn cosimulate(model: &PathBuf, digits: &PathBuf) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fretwork"));
    command.arg("cosim").arg(model).arg("--input").arg(digits);
    let run = command.args(["--inputs", "3", "--stalls", "0.2", "--rows", "8", "--cols", "8", "--lanes", "8"]).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert_eq!((run.status.code(), &err[..]), (Some(0), ""), "{out}");
    assert_eq!(out.matches(", 0 differing").count(), 3, "{out}");
    print!("{out}");
}
