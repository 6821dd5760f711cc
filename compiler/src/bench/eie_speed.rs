//! How fast the sparse engine's simulation is on a layer of the EIE paper: times alone, and with values beside Verilator.

use super::BenchError;
use super::eie_cosim::program;
use super::eie_layers::{LANES, Layer, STEP_CYCLES, ZERO_POINT, engine};
use super::eie_matrix::vector;
use super::eie_table::{PES, QUEUE_DEPTH};
use super::measure::{fastest, thread_time};
use crate::emit::write_hardware;
use fretwork_cosim::{BuildOptions, Model, Stimulus};
use fretwork_hdl::Machine;
use fretwork_hdl::eie::{Counts, Engine};
use fretwork_sim::stalls::Stalls;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// Time for which a run is repeated.
const TIME: Duration = Duration::from_millis(500);
/// Inferences that are measured with values.
const INFERENCES: usize = 200;

/// One layer on the paper's engine.
#[derive(Clone, Debug, Serialize)]
pub struct SpeedRow {
    /// The layer's name.
    pub layer: &'static str,
    /// Elements.
    pub pes: usize,
    /// Cycles of the layer's steps.
    pub cycles: u64,
    /// Cycles per second without values.
    pub timing_cycles_per_s: f64,
    /// The same, every element's cycles counted.
    pub timing_element_cycles_per_s: f64,
    /// Cycles of an inference, load and store included, mean.
    pub inference_cycles: f64,
    /// Cycles per second with values.
    pub simulator_cycles_per_s: f64,
    /// Verilator, without the loading of the coded matrix; absent when it was not asked for.
    pub verilator_cycles_per_s: Option<f64>,
    /// Simulator with values over Verilator.
    pub ratio: Option<f64>,
}

/// Measures a layer at the published densities; without `verilator`, the simulator alone.
///
/// # Errors
/// Whatever keeps the layer from being run, and other outputs or cycles of the Verilog.
pub fn speed(layer: &Layer, seed: u64, verilator: bool) -> Result<SpeedRow, BenchError> {
    let (cycles, seconds) = timing(layer, seed);
    let built = program(layer, &engine(PES, QUEUE_DEPTH), seed)?;
    let accelerator = &built.program.design.accelerator;
    let machine =
        Machine::new(accelerator, &built.program.images).ok_or_else(|| BenchError::Internal("the simulator refuses the step table".to_owned()))?;
    let streams: Vec<Vec<u8>> = (0..=INFERENCES as u64).map(|at| built.program.stream(&[layer.activations(seed + at)])).collect();
    let ends = ends(&machine, &streams, built.program.steps.len());
    let measured = ends[INFERENCES] - ends[0];
    let per_s = measured as f64 / fastest(TIME, || machine.run(&streams[1..], Stalls::NONE, false));
    let mut row = SpeedRow {
        layer: layer.name,
        pes: PES,
        cycles,
        timing_cycles_per_s: cycles as f64 / seconds,
        timing_element_cycles_per_s: (cycles * PES as u64) as f64 / seconds,
        inference_cycles: measured as f64 / INFERENCES as f64,
        simulator_cycles_per_s: per_s,
        verilator_cycles_per_s: None,
        ratio: None,
    };
    if verilator {
        let folder = tempfile::tempdir().map_err(BenchError::Folder)?;
        write_hardware(accelerator, &built.program.images, folder.path())?;
        let model = Model::build(folder.path(), &BuildOptions::default())?;
        let verilog = Verilog { machine: &machine, model: &model, folder: folder.path() };
        // Both runs load the matrix; what the longer one takes more is inferences.
        let seconds = verilog.seconds(&streams, ends[INFERENCES])? - verilog.seconds(&streams[..1], ends[0])?;
        let verilator = measured as f64 / seconds.max(1e-9);
        (row.verilator_cycles_per_s, row.ratio) = (Some(verilator), Some(per_s / verilator));
    }
    Ok(row)
}

/// Cycles of the layer's steps, and seconds that their times take to compute.
fn timing(layer: &Layer, seed: u64) -> (u64, f64) {
    let eie = engine(PES, QUEUE_DEPTH);
    let vector = vector(&layer.activations(seed), ZERO_POINT, LANES);
    let matrix = layer.matrix(layer.weight_density, seed);
    let batches: Vec<Counts> = matrix.counts(&eie, &vector.columns).iter().map(|counts| Counts::new(counts, eie.pes)).collect();
    let reads = |batch: usize| (eie.rows().min(layer.outputs - batch * eie.rows()).div_ceil(LANES)) as u64;
    let run = || {
        let steps = batches.iter().enumerate();
        steps.map(|(batch, counts)| Engine::packed(&eie, LANES, reads(batch), counts, 0).vector(&vector) + STEP_CYCLES).sum::<u64>()
    };
    (run(), fastest(TIME, run))
}

/// Last cycle of every inference.
fn ends(machine: &Machine, streams: &[Vec<u8>], steps: usize) -> Vec<u64> {
    let timings = machine.timings(streams, Stalls::NONE);
    timings.chunks(steps).filter_map(|inference| inference.last()).map(|timing| timing.end + 1).collect()
}

struct Verilog<'a> {
    machine: &'a Machine,
    model: &'a Model,
    folder: &'a Path,
}

impl Verilog<'_> {
    /// Seconds on the processor of a run whose outputs and cycles are the simulator's.
    fn seconds(&self, streams: &[Vec<u8>], cycles: u64) -> Result<f64, BenchError> {
        let expected = self.machine.run(streams, Stalls::NONE, false).recording;
        let stimulus = Stimulus { log: false, ..Stimulus::new(streams, cycles + cycles / 4 + 10_000) };
        let begin = thread_time();
        let run = self.model.run_timed(self.folder, &stimulus)?;
        let on_processor = thread_time().zip(begin).map(|(end, begin)| end - begin);
        if run.recording.outputs != expected.outputs || run.cycles != cycles {
            let found = format!("{cycles} cycles of the simulator, {} of Verilator, or other outputs, in a run without a log", run.cycles);
            return Err(BenchError::Internal(found));
        }
        Ok(on_processor.map_or(run.wall_time, |time| time.min(run.wall_time)).as_secs_f64())
    }
}

/// The row for a terminal.
pub fn text(row: &SpeedRow) -> String {
    let mega = |per_s: f64| format!("{:.2} M", per_s / 1e6);
    let mut text = format!(
        "{}, {} elements, {} cycles\n  times alone   {} cycles/s, {} element cycles/s\n  with values   {} cycles/s ({:.0} cycles per inference)\n",
        row.layer,
        row.pes,
        row.cycles,
        mega(row.timing_cycles_per_s),
        mega(row.timing_element_cycles_per_s),
        mega(row.simulator_cycles_per_s),
        row.inference_cycles,
    );
    if let (Some(verilator), Some(ratio)) = (row.verilator_cycles_per_s, row.ratio) {
        text += &format!("  Verilator     {} cycles/s, loading left out; the simulator is {ratio:.0}x as fast\n", mega(verilator));
    }
    text
}
