//! The check of a row: its command lines, its weights, its cores, and kernels = simulator = Verilog.
//!
//! Rows whose accelerators differ in memory sizes only run on one, so that they share a Verilog model.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::quietly;
use super::super::shape::Shape;
use super::super::target::Target;
use super::rows::{INPUTS, Row};
use fretwork::compress::layers;
use fretwork::driver::arguments;
use fretwork::inputs;
use fretwork::verify::{Disagreement, Hardware, VerilogRun, kernels};
use fretwork_cosim::{BuildOptions, Model};
use fretwork_hdl::core;
use fretwork_sim::stalls::Stalls;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Inferences of a comparison: the second one finds what the first leaves behind.
const INFERENCES: usize = 2;
/// Back-pressure of the run in Verilog.
const STALLS: Stalls = Stalls { seed: 1, probability: 0.2 };

/// What a row's check found when all was as the row says.
pub struct Figures {
    /// Elements of tensors in which kernels and simulator agree.
    pub values: u64,
    /// Words that simulator and Verilog both wrote; `None` without Verilog.
    pub words: Option<u64>,
    /// Cycles of the runs.
    pub cycles: u64,
}

/// What a row's check found.
pub enum Outcome {
    /// All as the row says.
    Good(Figures),
    /// Something differs.
    Differs(Box<Disagreement>),
    /// The row's claim does not hold, or it could not be tried.
    Failed(String),
}

/// Checks rows in order.
pub fn check(rows: &[&Row], verilog: bool, context: &Context) -> Result<Vec<Outcome>, CommandError> {
    let folder = tempfile::Builder::new().prefix("fretwork-").tempdir().map_err(CommandError::io(&std::env::temp_dir()))?;
    let progress = context.progress("compressing", Some(rows.len() as u64));
    let mut targets = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        progress.at(index as u64);
        targets.push(compressed(row, folder.path(), index).and_then(|target| claims(row, target)));
    }
    drop(progress);
    share(&mut targets);
    let progress = context.progress("comparing", Some(rows.len() as u64));
    let mut outcomes = Vec::new();
    for target in targets {
        outcomes.push(match target {
            Ok(target) => compare(&target, verilog)?,
            Err(reason) => Outcome::Failed(reason),
        });
        progress.at(outcomes.len() as u64);
    }
    Ok(outcomes)
}

/// The first disagreement, or what failed.
pub fn verdict(rows: &[&Row], outcomes: Vec<Option<Outcome>>) -> Result<(), CommandError> {
    let mut failed = Vec::new();
    for (row, outcome) in rows.iter().zip(outcomes) {
        match outcome {
            Some(Outcome::Differs(disagreement)) => return Err(CommandError::Disagreement(disagreement)),
            Some(Outcome::Failed(reason)) => failed.push(format!("{} {}: {reason}", row.form, row.methods)),
            Some(Outcome::Good(_)) | None => {}
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(CommandError::Internal(failed.join("; "))) }
}

/// The row's network behind its command lines, planned.
fn compressed(row: &Row, folder: &Path, index: usize) -> Result<Target, String> {
    let put = |name: String, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|error| error.to_string()).map(|()| path)
    };
    let inputs = put("inputs.npy".to_owned(), INPUTS)?;
    let mut model: PathBuf = put(format!("{index}.onnx"), row.network.bytes())?;
    for (pass, line) in row.passes.iter().enumerate() {
        let output = folder.join(format!("{index}-{pass}.safetensors"));
        let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        words.insert(1, model.display().to_string());
        words.extend(["-o".to_owned(), output.display().to_string()]);
        if words[0] == "quantise" && !line.contains("batch-norm") {
            words.extend(["--input".to_owned(), inputs.display().to_string()]);
        }
        quietly(&words).map_err(|error| format!("`{line}`: {error}"))?;
        model = output;
    }
    let shape: Shape = arguments::parse(row.shape.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())?;
    Target::load(&model, &shape).map_err(|error| error.to_string())
}

/// Whether weights and cores are as the row says.
fn claims(row: &Row, target: Target) -> Result<Target, String> {
    let all = layers::layers(&target.graph, false);
    let inner = all.get(1..all.len().saturating_sub(1)).unwrap_or_default();
    row.weights.hold(inner)?;
    let kinds: BTreeSet<&str> = target.program.design.steps.iter().filter_map(|step| core(step.kind)).map(|core| core.name()).collect();
    match row.cores.iter().find(|core| !kinds.contains(**core)) {
        Some(core) => Err(format!("no step runs on {core}")),
        None => Ok(target),
    }
}

/// One accelerator for all that differ in the sizes of memories only.
fn share(targets: &mut [Result<Target, String>]) {
    for index in 0..targets.len() {
        let Ok(target) = &targets[index] else { continue };
        let mut covering = target.program.design.accelerator.clone();
        for other in targets.iter().flatten() {
            covering = covering.covering(&other.program.design.accelerator).unwrap_or(covering);
        }
        if let Ok(target) = &mut targets[index] {
            target.program.design.accelerator = covering;
        }
    }
}

fn compare(target: &Target, verilog: bool) -> Result<Outcome, CommandError> {
    let inferences = inputs::random(&target.graph, INFERENCES, 1);
    let (machine, streams) = (target.machine()?, target.streams(&inferences));
    let expected = machine.run(&streams, STALLS, true).recording;
    let cycles = expected.steps.last().map_or(0, |step| step.end);
    let values = kernels(&target.graph, &target.program, &inferences, &expected, STALLS);
    let mut words = None;
    let mut first = values.first;
    if verilog && first.is_none() {
        let (folder, _temporary) = target.emitted(&inferences)?;
        let model = Model::build(&folder, &BuildOptions::default())?;
        let hardware = Hardware { graph: &target.graph, program: &target.program, model: &model, folder: &folder };
        let run = VerilogRun { streams: &streams, stalls: STALLS, trace: None, progress: &|_| {} };
        let comparison = hardware.compare(expected, &run)?;
        words = Some(comparison.compared);
        first = comparison.first;
    }
    Ok(match first {
        Some(first) => Outcome::Differs(Box::new(first)),
        None => Outcome::Good(Figures { values: values.compared, words, cycles }),
    })
}
