//! The simulator's waveform: which step runs where, and what stalls it.

use super::error::CommandError;
use fretwork_hdl::design::Design;
use fretwork_hdl::{Kind, Timing};
use fretwork_sim::trace::{Trace, TraceError};
use std::path::Path;

/// What `--help` says about the signals.
pub const SIGNALS: &str = "\
Signals of the waveform (one cycle is 1 ns; cycle 0 is the first clock edge after reset):
  fretwork.inference              number of the inference, from 0
  fretwork.step                   index of the running step, in the order of `fretwork report`
  fretwork.running                1 from a step's launch to its last write or output word
  fretwork.waiting_for_config     1 while no step can start because its configuration is not there
  fretwork.busy.UNIT              1 while UNIT (load, store, systolic, lane, eie, xnor, shift) executes the step
  fretwork.step_cycles.busy       cycles in which the running step moves a word
  fretwork.step_cycles.CAUSE      cycles that the running step is stalled in all by CAUSE: weights,
                                  input, output, pipeline";

const NAMES: [(&str, u32); 16] = [
    ("fretwork.inference", 32),
    ("fretwork.step", 16),
    ("fretwork.running", 1),
    ("fretwork.waiting_for_config", 1),
    ("fretwork.busy.load", 1),
    ("fretwork.busy.store", 1),
    ("fretwork.busy.systolic", 1),
    ("fretwork.busy.lane", 1),
    ("fretwork.busy.eie", 1),
    ("fretwork.busy.xnor", 1),
    ("fretwork.busy.shift", 1),
    ("fretwork.step_cycles.busy", 32),
    ("fretwork.step_cycles.weights", 32),
    ("fretwork.step_cycles.input", 32),
    ("fretwork.step_cycles.output", 32),
    ("fretwork.step_cycles.pipeline", 32),
];
const INFERENCE: usize = 0;
const STEP: usize = 1;
const RUNNING: usize = 2;
const WAITING: usize = 3;
const UNITS: usize = 4;
const COUNTS: usize = 11;

/// Writes the waveform of whole inferences.
pub fn write(path: &Path, design: &Design, timings: &[Timing]) -> Result<(), CommandError> {
    waveform(path, design, timings).map_err(|source| CommandError::Trace { path: path.to_owned(), source })
}

fn waveform(path: &Path, design: &Design, timings: &[Timing]) -> Result<(), TraceError> {
    let mut trace = Trace::create(path, &NAMES)?;
    for signal in 0..NAMES.len() {
        trace.set(0, signal, 0)?;
    }
    for (index, timing) in timings.iter().enumerate() {
        let (inference, step) = (index / design.steps.len(), index % design.steps.len());
        let stalled = timing.stalled;
        if stalled.config > 0 {
            trace.set(timing.start - stalled.config, WAITING, 1)?;
        }
        trace.set(timing.start, WAITING, 0)?;
        trace.set(timing.start, INFERENCE, inference as u64)?;
        trace.set(timing.start, STEP, step as u64)?;
        trace.set(timing.start, RUNNING, 1)?;
        let unit = UNITS
            + match design.steps[step].kind {
                Kind::Load => 0,
                Kind::Store => 1,
                Kind::Systolic => 2,
                Kind::Lane => 3,
                Kind::Eie => 4,
                Kind::Xnor => 5,
                Kind::Shift => 6,
            };
        trace.set(timing.start, unit, 1)?;
        let counts = [timing.busy, stalled.weights, stalled.input, stalled.output, stalled.pipeline];
        for (offset, count) in counts.into_iter().enumerate() {
            trace.set(timing.start, COUNTS + offset, count & u64::from(u32::MAX))?;
        }
        for signal in [RUNNING, unit].into_iter().chain(COUNTS..NAMES.len()) {
            trace.set(timing.end + 1, signal, 0)?;
        }
    }
    trace.finish()
}
