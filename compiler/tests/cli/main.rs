//! The command line from outside: exit codes, messages, and what is left on the disk.

mod area;
mod boards;
mod build;
mod check;
mod compare;
mod compile;
mod compress;
mod cosim;
mod energy;
mod explore;
mod host;
mod methods;
mod quantise;
mod reduce;
mod report;
mod serve;
mod shift;
mod simulate;
mod stream;
mod synth;
mod zoo;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A file of the LeNet example.
fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lenet5").join(name).display().to_string()
}

fn lenet() -> String {
    example("lenet5_int8.tflite")
}

fn fretwork(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fretwork"));
    command.args(args);
    command
}

/// What a run ended with.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn finished(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn run(args: &[&str]) -> Ran {
    finished(fretwork(args).output().unwrap())
}

/// Runs to exit code 0; what was printed.
#[track_caller]
fn succeeds(args: &[&str]) -> String {
    let ran = run(args);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
    ran.out
}

/// Runs to the exit code with nothing printed but an error that holds the text.
#[track_caller]
fn fails(args: &[&str], code: i32, says: &str) {
    let ran = run(args);
    assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{args:?}: {}", ran.err);
    assert!(ran.err.starts_with("error: ") && ran.err.contains(says), "{args:?} says\n{}\nnot\n{says}", ran.err);
}

/// A folder, and in it the LeNet compiled for a 4x4 array.
fn design() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lenet5").display().to_string();
    succeeds(&["compile", &lenet(), "-o", &path, "--rows", "4", "--cols", "4"]);
    (folder, path)
}

/// Replaces text in a file of the folder.
#[track_caller]
fn edit(folder: &str, file: &str, from: &str, to: &str) {
    let path = Path::new(folder).join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no '{from}'");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

/// Names in a folder, hidden ones included.
fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A `.npy` file of unsigned bytes or int8.
fn npy(folder: &Path, name: &str, dtype: &str, shape: &str, body: &[u8]) -> String {
    let header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(body);
    let path: PathBuf = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let help = succeeds(&["--help"]);
    assert!(help.contains("Exit codes:") && help.contains("3  disagreement"), "{help}");
    for command in ["compile", "simulate", "cosim", "report"] {
        let help = succeeds(&[command, "--help"]);
        assert!(help.contains("Examples:") && help.contains(&format!("fretwork {command} ")), "{help}");
    }
}

#[test]
fn usage_errors_have_exit_code_2() {
    let model = lenet();
    fails(&["paint"], 2, "unrecognized subcommand 'paint'");
    fails(&["report", &model, "--rows", "12"], 2, "parameter 'rows' is 12, must be a power of two in 4..=64");
    fails(&["report", &model, "--rows", "16", "--lanes", "8"], 2, "parameter 'lanes' is 8, must be a power of two in 16..=128, as 'rows' is 16");
    fails(&["report", &model, "--acc-depth", "3"], 2, "parameter 'acc-depth' is 3, must be in 4..=65536");
    fails(&["report", &model, "--activation-kib", "2000"], 2, "parameter 'activation-kib' is 2000, must be in 1..=1024 with 16 lanes");
    fails(&["simulate", &model, "--stalls", "1"], 2, "parameter 'stalls' is 1, must be in 0..=0.95");
    fails(&["simulate", &model, "--stalls", "NaN"], 2, "parameter 'stalls' is NaN");
    fails(&["simulate", &model, "--inputs", "0"], 2, "0 is not in 1..=1000000");
    fails(&["simulate", &model, "--labels", "x.npy"], 2, "--input <FILE>");
    let (_folder, design) = design();
    fails(&["simulate", &design, "--cols", "8"], 2, "--cols is for model files");
    fails(&["cosim", &design, "--keep", "x"], 2, "--keep is for model files");
    fails(&["compile", &design, "-o", "x"], 2, "give the model file");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = fretwork(&["compile", &lenet(), "--dump", "graph"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = finished(fretwork(&["report", &lenet()]).stdout(full).output().unwrap());
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("standard output cannot be written"), "{}", ran.err);
}
