//! Emitted folders and their own benches.

use crate::networks::Network;
use fretwork::emit::Source;
use std::path::Path;
use std::process::Command;

/// What a bench said.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether make succeeded.
    pub passed: bool,
    /// What it printed.
    pub text: String,
}

/// Emits a network with the bench's vectors for the given inferences.
pub fn emit(network: &Network, inputs: &[Vec<Vec<i8>>], folder: &Path) {
    let source = Source { name: format!("{}.tflite", network.name), bytes: Vec::new() };
    fretwork::emit::emit(&network.program, &source, inputs, folder).expect("a folder that can be written");
}

/// Makes a target of an emitted folder.
pub fn make(folder: &Path, target: &str) -> Outcome {
    make_with(folder, target, &[])
}

/// The same with other values of the Makefile's variables (`NAME=VALUE`).
pub fn make_with(folder: &Path, target: &str, variables: &[String]) -> Outcome {
    let output = Command::new("make").arg("-C").arg(folder).arg(target).args(variables).env_remove("MAKEFLAGS").output().expect("make");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Outcome { passed: output.status.success(), text }
}
