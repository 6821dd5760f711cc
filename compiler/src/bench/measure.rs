//! One row of the table: plan, emit, compare, then measure both sides.

use super::Row;
use crate::emit::{EmitError, write_hardware};
use crate::graph::Graph;
use crate::inputs;
use crate::plan::{PlanError, Program, Request, plan};
use crate::verify::{Disagreement, Hardware, VerilogRun};
use fretwork_cosim::{BuildOptions, CosimError, Model, Stimulus};
use fretwork_hdl::Machine;
use fretwork_sim::stalls::Stalls;
use std::path::Path;
use std::time::{Duration, Instant};

/// Cycles that Verilator simulates per repetition, at least.
const CYCLES: u64 = 200_000;
/// Repetitions of the Verilator run.
const VERILATOR_REPETITIONS: usize = 3;
/// Time for which the simulator repeats its run.
const SIMULATOR_TIME: Duration = Duration::from_millis(500);
/// Inferences per repetition without values, which take little time.
const TIMED_INFERENCES: usize = 1000;

/// Times on the processor that are long against the steps in which the system counts them.
const COARSE: Duration = Duration::from_millis(50);

/// Why a row could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The network does not fit the array.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The Verilog cannot be written.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The Verilog cannot be run.
    #[error(transparent)]
    Cosim(#[from] CosimError),
    /// The two do not do the same.
    #[error("disagreement: {0}")]
    Disagreement(Box<Disagreement>),
    /// The temporary folder cannot be made.
    #[error("no temporary folder: {0}")]
    Folder(std::io::Error),
    /// A bug.
    #[error("this is a bug in fretwork: {0}")]
    Internal(String),
}

/// Measures a network on an accelerator; without `verilator`, the simulator alone.
///
/// # Errors
/// Whatever keeps the network from being planned, emitted or run, and any difference between the two sides.
pub fn measure(graph: &Graph, request: &Request, verilator: bool) -> Result<Row, BenchError> {
    let program = plan(graph, request)?;
    let accelerator = &program.design.accelerator;
    let machine =
        Machine::new(accelerator, &program.images).ok_or_else(|| BenchError::Internal("the simulator refuses the planned step table".to_owned()))?;
    let cycles = machine.time(1, Stalls::NONE).unwrap_or_default().last().map_or(1, |timing| timing.end + 1);
    let count = CYCLES.div_ceil(cycles) as usize;
    let streams: Vec<Vec<u8>> = inputs::random(graph, count, 1).iter().map(|tensors| program.stream(tensors)).collect();

    let mut row = Row {
        network: graph.name.clone(),
        rows: accelerator.rows,
        cols: accelerator.cols,
        lanes: accelerator.lanes,
        inferences: count,
        cycles: machine.time(count, Stalls::NONE).unwrap_or_default().last().map_or(0, |timing| timing.end + 1),
        compared_words: 0,
        operations: program.design.steps.iter().map(|step| step.operations).sum::<u64>() * count as u64,
        simulator_operations_per_s: 0.0,
        simulator_cycles_per_s: 0.0,
        timing_cycles_per_s: timing_cycles_per_s(&machine),
        verilator_cycles_per_s: None,
        speedup: None,
    };
    let seconds = fastest(SIMULATOR_TIME, || machine.run(&streams, Stalls::NONE, false));
    row.simulator_cycles_per_s = row.cycles as f64 / seconds;
    row.simulator_operations_per_s = row.operations as f64 / seconds;
    if verilator {
        let folder = tempfile::tempdir().map_err(BenchError::Folder)?;
        write_hardware(accelerator, &program.images, folder.path())?;
        let model = Model::build(folder.path(), &BuildOptions::default())?;
        let bench = Bench { graph, program: &program, machine: &machine, model: &model, folder: folder.path(), streams: &streams };
        row.compared_words = bench.compare()?;
        let seconds = bench.verilator_seconds(row.cycles)?;
        row.verilator_cycles_per_s = Some(row.cycles as f64 / seconds);
        row.speedup = row.verilator_cycles_per_s.map(|verilator| row.simulator_cycles_per_s / verilator);
    }
    Ok(row)
}

/// Cycles per second when only times are computed.
fn timing_cycles_per_s(machine: &Machine) -> f64 {
    let cycles = machine.time(TIMED_INFERENCES, Stalls::NONE).unwrap_or_default().last().map_or(0, |timing| timing.end + 1);
    cycles as f64 / fastest(SIMULATOR_TIME / 5, || machine.time(TIMED_INFERENCES, Stalls::NONE))
}

/// Seconds of the fastest of as many repetitions as fit in `time`; three at least.
pub(super) fn fastest<T>(time: Duration, mut work: impl FnMut() -> T) -> f64 {
    let begin = Instant::now();
    let mut fastest = f64::MAX;
    let mut repetitions = 0;
    while repetitions < 3 || begin.elapsed() < time {
        let (start, on_processor) = (Instant::now(), thread_time());
        std::hint::black_box(work());
        let wall = start.elapsed();
        let spent = thread_time().zip(on_processor).map(|(end, begin)| end - begin).filter(|spent| *spent > COARSE);
        fastest = fastest.min(spent.map_or(wall, |spent| spent.min(wall)).as_secs_f64());
        repetitions += 1;
    }
    fastest.max(1e-9)
}

/// Time that this thread has spent on a processor, where the system tells.
pub(super) fn thread_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

struct Bench<'a> {
    graph: &'a Graph,
    program: &'a Program,
    machine: &'a Machine,
    model: &'a Model,
    folder: &'a Path,
    streams: &'a [Vec<u8>],
}

impl Bench<'_> {
    /// One inference, everything logged; returns the number of words compared.
    fn compare(&self) -> Result<u64, BenchError> {
        let streams = &self.streams[..1];
        let expected = self.machine.run(streams, Stalls::NONE, true).recording;
        let hardware = Hardware { graph: self.graph, program: self.program, model: self.model, folder: self.folder };
        let comparison = hardware.compare(expected, &VerilogRun { streams, stalls: Stalls::NONE, trace: None, progress: &|_| {} })?;
        match comparison.first {
            Some(disagreement) => Err(BenchError::Disagreement(Box::new(disagreement))),
            None => Ok(comparison.compared),
        }
    }

    /// Seconds of Verilator's fastest run over all inferences, whose outputs and length are compared with the simulator's.
    fn verilator_seconds(&self, cycles: u64) -> Result<f64, BenchError> {
        let expected = self.machine.run(self.streams, Stalls::NONE, false).recording;
        let stimulus = Stimulus { log: false, ..Stimulus::new(self.streams, cycles + cycles / 4 + 10_000) };
        let mut fastest = f64::MAX;
        for _ in 0..VERILATOR_REPETITIONS {
            let begin = thread_time();
            let run = self.model.run_timed(self.folder, &stimulus)?;
            let on_processor = thread_time().zip(begin).map(|(end, begin)| end - begin);
            if run.recording.outputs != expected.outputs || run.cycles != cycles {
                let found = format!("{} cycles of the simulator, {} of Verilator, or other outputs, in a run without a log", cycles, run.cycles);
                return Err(BenchError::Internal(found));
            }
            // A long run is interrupted on a busy machine: the time on the processor, construction included, may be less.
            fastest = fastest.min(on_processor.map_or(run.wall_time, |time| time.min(run.wall_time)).as_secs_f64());
        }
        Ok(fastest)
    }
}
