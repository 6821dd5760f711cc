//! Changed `design.json` files: read or refused, never a panic.

use fretwork_hdl::design::Design;
use fretwork_sim::stalls::splitmix;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/lenet5/lenet5_int8.tflite");
const TEXTS: u64 = 3000;
const RUNS: u64 = 60;

fn fretwork(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fretwork")).args(arguments).output().expect("the command runs")
}

fn compile(folder: &Path) -> String {
    let shape = ["--rows", "8", "--cols", "8", "--paired-products", "--codebook", "8", "--weight-bandwidth", "5"];
    let output = fretwork(&[&["compile", MODEL, "-o", &folder.to_string_lossy()][..], &shape[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(folder.join("design.json")).expect("a design.json")
}

/// The text with a few bytes changed, removed or doubled.
fn changed_text(text: &str, seed: u64) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for change in 0..1 + splitmix(seed) % 4 {
        if bytes.is_empty() {
            break;
        }
        let random = splitmix(seed ^ change << 40);
        let at = (random >> 8) as usize % bytes.len();
        match random % 4 {
            0 => bytes[at] = (random >> 48) as u8 & 0x7f,
            1 => drop(bytes.drain(at..(at + 5).min(bytes.len()))),
            2 => bytes.insert(at, bytes[at]),
            _ => bytes.truncate(at.max(1)),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The design with one value of the accelerator, or of anything, replaced by one from the edge of a range.
fn changed_value(design: &Value, seed: u64) -> Value {
    let edges = [0, 1, 2, 3, 4, 8, 16, 64, 65_535, 65_536, 1 << 28, 1 << 32, i64::MAX, -1];
    let mut changed = design.clone();
    let value = Value::from(edges[splitmix(seed) as usize % edges.len()]);
    let place = if seed.is_multiple_of(4) { &mut changed } else { &mut changed["accelerator"] };
    replace_leaf(place, splitmix(seed ^ 1 << 50), value);
    changed
}

fn replace_leaf(place: &mut Value, random: u64, value: Value) {
    let inner = match &mut *place {
        Value::Object(map) => map.values_mut().collect(),
        Value::Array(list) => list.iter_mut().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let count = inner.len().max(1);
    match inner.into_iter().nth(random as usize % count) {
        Some(inner) => replace_leaf(inner, splitmix(random), value),
        None => *place = value,
    }
}

#[test]
fn changed_designs_are_read_or_refused() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = temporary.path().join("lenet5");
    let text = compile(&folder);
    for seed in 0..TEXTS {
        let _ = serde_json::from_str::<Design>(&changed_text(&text, seed));
    }
    let design: Value = serde_json::from_str(&text).expect("JSON");
    for seed in 0..RUNS {
        let changed = if seed % 8 == 0 { changed_text(&text, seed) } else { changed_value(&design, seed).to_string() };
        fs::write(folder.join("design.json"), &changed).expect("written");
        let output = fretwork(&["simulate", &folder.to_string_lossy()]);
        let message = String::from_utf8_lossy(&output.stderr);
        let refused = output.status.code() == Some(1) && message.starts_with("error: ") && !message.contains("bug in fretwork");
        assert!(output.status.success() || refused, "seed {seed}: {:?} {message}", output.status);
    }
}
