//! The layers of the EIE paper as real programs: load, one sparse step per batch of rows, store; kernels, simulator and Verilog against each
//! other, and all of them against the table.

use super::BenchError;
use super::eie_layers::{LANES, Layer, ZERO_POINT, engine, simulate};
use super::eie_matrix::codebook;
use super::eie_table::{PES, QUEUE_DEPTH};
use crate::emit::write_hardware;
use crate::graph::fixed_point::quantise_multiplier;
use crate::graph::{Graph, Node, Op, Output, Padding, Tensor, Window};
use crate::plan::{CoreChoice, Program, Request, plan};
use crate::verify::{Disagreement, kernels};
use fretwork_cosim::{BuildOptions, CosimError, Model, Run, Stimulus, compare};
use fretwork_hdl::eie::Eie;
use fretwork_hdl::{Kind, Machine};
use fretwork_sim::record::Recording;
use fretwork_sim::requantise::{Rounding, Scale};
use fretwork_sim::stalls::Stalls;
use serde::Serialize;
use std::fmt::Write;
use std::time::Instant;

/// Rows and columns of the systolic array beside the engine, which has nothing to do.
const ARRAY: usize = 4;

/// A layer of the paper, ready to run.
pub struct LayerProgram {
    /// The layer as a network of one convolution of one pixel.
    pub graph: Graph,
    /// Its program.
    pub program: Program,
    /// Its input tensors.
    pub inputs: Vec<Vec<i8>>,
}

/// The program of a layer at the published densities.
///
/// # Errors
/// A layer that does not fit the engine.
pub fn program(layer: &Layer, eie: &Eie, seed: u64) -> Result<LayerProgram, BenchError> {
    let graph = graph(layer, seed);
    let request = Request { rows: ARRAY, cols: ARRAY, eie: Some(eie.clone()), core: CoreChoice::Eie, ..Request::square(LANES) };
    let program = plan(&graph, &request)?;
    Ok(LayerProgram { graph, program, inputs: vec![layer.activations(seed)] })
}

fn graph(layer: &Layer, seed: u64) -> Graph {
    let tensor = |name: &str, channels: usize, zero_point| Tensor::int8(name, vec![1, 1, 1, channels], 1.0, zero_point);
    // Sums of numbers spread over -128..=127 come back to that spread.
    let terms = layer.inputs as f64 * layer.weight_density * layer.activation_density;
    let scale = quantise_multiplier(1.0 / (74.0 * terms.sqrt())).unwrap_or(Scale::ZERO);
    let op = Op::Conv {
        window: Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], padding: Padding::default() },
        groups: 1,
        weights: layer.matrix(layer.weight_density, seed).dense(&codebook(seed)),
        output: Output { bias: Vec::new(), scales: vec![scale], rounding: Rounding::Double, clamp: [-128, 127], thresholds: Vec::new() },
    };
    Graph {
        name: layer.name.to_owned(),
        tensors: vec![tensor("input", layer.inputs, i32::from(ZERO_POINT)), tensor("output", layer.outputs, 0)],
        nodes: vec![Node { name: layer.name.to_owned(), op, inputs: vec![0], output: 1 }],
        inputs: vec![0],
        outputs: vec![1],
        host: Vec::new(),
    }
}

/// One layer, co-simulated.
#[derive(Clone, Debug, Serialize)]
pub struct CosimRow {
    /// The layer's name.
    pub layer: &'static str,
    /// Steps of the engine, one per batch of rows.
    pub eie_steps: usize,
    /// Cycles of these steps by the table.
    pub table_cycles: u64,
    /// The same by the simulator that executes the program.
    pub simulator_cycles: u64,
    /// The same by the Verilog.
    pub verilog_cycles: u64,
    /// Cycles from reset until the Huffman-coded matrix is in the engine's memories.
    pub load_cycles: u64,
    /// Cycles of the whole run of the Verilog.
    pub run_cycles: u64,
    /// Elements that every step writes or sends, on which the kernels and the simulator agree.
    pub kernel_values: u64,
    /// Memory writes and output words that the simulator and the Verilog agree on.
    pub compared_words: u64,
    /// Translation to C++ and its compilation; near 0 when the model was kept from an earlier run.
    pub build_s: f64,
    /// The Verilog's run on Verilator, loading included.
    pub verilator_s: f64,
    /// The same run on the simulator: decoding of the coded matrix, then every value.
    pub simulator_s: f64,
    /// Verilator's time over the simulator's, loading included on both sides.
    pub ratio: f64,
}

/// Runs a layer on the kernels, the simulator and Verilator. `progress` is told the share of the Verilog's run that is done, in percent.
///
/// # Errors
/// Whatever keeps the layer from being run, and any difference in values or cycles.
pub fn cosim(layer: &Layer, seed: u64, progress: &dyn Fn(u64)) -> Result<CosimRow, BenchError> {
    let eie = engine(PES, QUEUE_DEPTH);
    let built = program(layer, &eie, seed)?;
    let accelerator = &built.program.design.accelerator;
    let streams = [built.program.stream(&built.inputs)];
    let begin = Instant::now();
    let machine =
        Machine::new(accelerator, &built.program.images).ok_or_else(|| BenchError::Internal("the simulator refuses the step table".to_owned()))?;
    let expected = machine.run(&streams, Stalls::NONE, true).recording;
    let simulator_s = begin.elapsed().as_secs_f64();
    let comparison = kernels(&built.graph, &built.program, std::slice::from_ref(&built.inputs), &expected, Stalls::NONE);
    if let Some(first) = comparison.first {
        return Err(BenchError::Disagreement(Box::new(first)));
    }
    let begin = Instant::now();
    let folder = tempfile::tempdir().map_err(BenchError::Folder)?;
    write_hardware(accelerator, &built.program.images, folder.path())?;
    let model = Model::build(folder.path(), &BuildOptions::default())?;
    let build_s = begin.elapsed().as_secs_f64();
    let last = expected.steps.last().map_or(0, |step| step.end);
    let told = |cycle: u64| progress(100 * cycle / last.max(1));
    let stimulus = Stimulus { progress: Some(&told), ..Stimulus::new(&streams, last + last / 4 + 10_000) };
    let found = agreed(&built.program, &expected, model.run_timed(folder.path(), &stimulus))?;
    let words: usize = expected.steps.iter().map(|step| step.writes.len()).sum();
    let table_cycles = simulate(layer, layer.weight_density, &eie, seed).cycles;
    let row = CosimRow {
        layer: layer.name,
        eie_steps: eie_steps(&built.program),
        table_cycles,
        simulator_cycles: eie_cycles(&built.program, &expected),
        verilog_cycles: eie_cycles(&built.program, &found.recording),
        load_cycles: machine.load_cycles().unwrap_or(0),
        run_cycles: found.cycles,
        kernel_values: comparison.compared,
        compared_words: (words + expected.outputs[0].len() / LANES) as u64,
        build_s,
        verilator_s: found.wall_time.as_secs_f64(),
        simulator_s,
        ratio: found.wall_time.as_secs_f64() / simulator_s.max(1e-9),
    };
    match row.table_cycles == row.verilog_cycles {
        true => Ok(row),
        false => Err(differs(format!("{}: {} cycles by the table, {} by the Verilog", layer.name, row.table_cycles, row.verilog_cycles))),
    }
}

/// Steps of the engine.
fn eie_steps(program: &Program) -> usize {
    program.design.steps.iter().filter(|step| step.kind == Kind::Eie).count()
}

/// Cycles of the engine's steps of a recording, from launch to last write.
pub fn eie_cycles(program: &Program, recording: &Recording) -> u64 {
    let steps = recording.steps.iter().filter(|record| program.design.steps[record.step as usize].kind == Kind::Eie);
    steps.map(|record| record.end - record.start + 1).sum()
}

/// A run of the Verilog that did what the simulator says; a hang is a difference.
fn agreed(program: &Program, expected: &Recording, run: Result<Run, CosimError>) -> Result<Run, BenchError> {
    let run = match run {
        Err(error @ CosimError::Hang(_)) => return Err(differs(error.to_string())),
        run => run?,
    };
    match compare(expected, &run.recording, &program.design.step_names()) {
        Ok(()) => Ok(run),
        Err(mismatch) => Err(differs(mismatch.to_string())),
    }
}

fn differs(what: String) -> BenchError {
    BenchError::Disagreement(Box::new(Disagreement::in_verilog(0.0, what)))
}

/// The rows as a table for a terminal.
pub fn text(rows: &[CosimRow]) -> String {
    let mut text =
        String::from("layer     steps   cycles: table  simulator    Verilog   loading   values     words   Verilator s  simulator s   ratio\n");
    for row in rows {
        let _ = writeln!(
            text,
            "{:<8}  {:>5}   {:>13}  {:>9}  {:>9}  {:>8}  {:>7}  {:>8}   {:>11.2}  {:>11.4}  {:>5.0}x",
            row.layer,
            row.eie_steps,
            row.table_cycles,
            row.simulator_cycles,
            row.verilog_cycles,
            row.load_cycles,
            row.kernel_values,
            row.compared_words,
            row.verilator_s,
            row.simulator_s,
            row.ratio
        );
    }
    text + "\n0 values, writes or cycles differ\n"
}
