//! The second pair: what the Verilog did, against the simulator.

use super::locate;
use super::{Check, Comparison, Disagreement, Outcome, Pair};
use crate::graph::{Graph, element};
use crate::plan::Program;
use fretwork_cosim::error::When;
use fretwork_cosim::{CosimError, Difference, Mismatch, Model, Stimulus, compare};
use fretwork_sim::record::Recording;
use fretwork_sim::stalls::Stalls;
use std::path::Path;

/// Emitted Verilog that is compared with its program.
pub struct Hardware<'a> {
    /// The network.
    pub graph: &'a Graph,
    /// What the simulator runs.
    pub program: &'a Program,
    /// The compiled Verilog.
    pub model: &'a Model,
    /// Where the Verilog's memory images lie.
    pub folder: &'a Path,
}

/// How a run of the Verilog is done.
pub struct VerilogRun<'a> {
    /// Input streams, one per inference.
    pub streams: &'a [Vec<u8>],
    /// Back-pressure.
    pub stalls: Stalls,
    /// Waveform to write; takes a model built for it.
    pub trace: Option<&'a Path>,
    /// Called now and then with the cycles simulated.
    pub progress: &'a dyn Fn(u64),
}

impl Hardware<'_> {
    /// Runs the Verilog and compares it with `expected`, the simulator's recording under the same stalls. The run is given up when it
    /// takes much longer than the simulator says.
    ///
    /// # Errors
    /// Whatever keeps the Verilog from being run. A hang, or an error that the RTL reports while running, is a disagreement.
    pub fn compare(&self, expected: Recording, run: &VerilogRun) -> Result<Comparison, CosimError> {
        let words = |recording: &Recording| -> u64 {
            let output_bytes: usize = recording.outputs.iter().map(Vec::len).sum();
            let writes: usize = recording.steps.iter().map(|step| step.writes.len()).sum();
            (writes + output_bytes / self.program.design.accelerator.lanes) as u64
        };
        let mut comparison = Comparison::new(Pair::SimulatorVerilog, self.program, run.stalls);
        if let Some(misfit) = self.misfit(run.stalls) {
            return Ok(given_up(comparison, misfit));
        }
        let last = expected.steps.last().map_or(0, |step| step.end);
        let mut stimulus = Stimulus::new(run.streams, last + last / 4 + 10_000);
        stimulus.outside = self.program.design.accelerator.stream.source.outside();
        (stimulus.stalls, stimulus.trace, stimulus.progress) = (run.stalls, run.trace, Some(run.progress));
        let found = match self.model.run(self.folder, &stimulus) {
            Ok(found) => found,
            Err(error) => return Ok(given_up(comparison, self.failure(error, run.stalls)?)),
        };
        comparison.compared = words(&expected);
        let names = self.program.design.step_names();
        comparison.first = compare(&expected, &found, &names).err().map(|mismatch| self.disagreement(mismatch, [&expected, &found], run.stalls));
        comparison.checks = self.checks(expected, found, run.stalls);
        Ok(comparison)
    }

    /// Word widths that differ, which would make every comparison meaningless.
    fn misfit(&self, stalls: Stalls) -> Option<Disagreement> {
        let accelerator = &self.program.design.accelerator;
        let widths = [("lanes", accelerator.lanes, self.model.lanes()), ("write banks", accelerator.banks(), self.model.banks())];
        let (name, expected, found) = widths.into_iter().find(|(_, expected, found)| expected != found)?;
        let values = (Some(expected as i64), Some(found as i64));
        Some(Disagreement { expected: values.0, found: values.1, ..nowhere(stalls, format!("number of {name} of top.sv")) })
    }

    /// A run that failed because the Verilog misbehaves; other failures are handed on.
    fn failure(&self, error: CosimError, stalls: Stalls) -> Result<Disagreement, CosimError> {
        let (step, inference) = match &error {
            CosimError::Hang(hang) => (hang.last_step.map(|(step, _, _)| step as usize), hang.inferences as usize),
            CosimError::Rtl { when: When::Cycle(_), .. } | CosimError::Probe { .. } => (None, 0),
            _ => return Err(error),
        };
        let step_name = step.and_then(|step| self.program.design.steps.get(step)).map(|step| step.name.clone());
        Ok(Disagreement { step, step_name, inference, ..nowhere(stalls, error.to_string()) })
    }

    /// Every step on its own, then the outputs.
    fn checks(&self, expected: Recording, found: Recording, stalls: Stalls) -> Vec<Check> {
        let names = self.program.design.step_names();
        let outcome = |expected: &Recording, found: &Recording| match compare(expected, found, &names) {
            Ok(()) => Outcome::Equal,
            Err(mismatch) => Outcome::Differs(self.disagreement(mismatch, [expected, found], stalls)),
        };
        let by_step = |recording: Recording| {
            let mut parts = vec![Recording::default(); names.len()];
            for record in recording.steps {
                if let Some(part) = parts.get_mut(record.step as usize) {
                    part.steps.push(record);
                }
            }
            (parts, Recording { steps: Vec::new(), outputs: recording.outputs })
        };
        let ((expected, expected_outputs), (found, found_outputs)) = (by_step(expected), by_step(found));
        let steps = names.iter().zip(expected.iter().zip(&found));
        let mut checks: Vec<Check> = steps.map(|(name, (expected, found))| Check { name: name.clone(), outcome: outcome(expected, found) }).collect();
        checks.push(Check { name: "outputs".to_owned(), outcome: outcome(&expected_outputs, &found_outputs) });
        checks
    }

    /// `recordings` are the expected and the found one.
    fn disagreement(&self, mismatch: Mismatch, recordings: [&Recording; 2], stalls: Stalls) -> Disagreement {
        let what = mismatch.difference.to_string();
        let mut step = mismatch.step.map(|step| step as usize);
        let cycle = |value: u64| i64::try_from(value).ok();
        let count = |value: usize| i64::try_from(value).ok();
        let inference = mismatch.inference;
        let (expected, found, place) = match mismatch.difference {
            Difference::Step { expected, found } => (expected.map(i64::from), found.map(i64::from), None),
            Difference::Start { expected, found } | Difference::End { expected, found } => (cycle(expected), cycle(found), None),
            Difference::WriteMask { expected, found, .. } => (cycle(expected), cycle(found), None),
            Difference::WriteAddr { expected, found, .. } => (Some(i64::from(expected)), Some(i64::from(found)), None),
            Difference::WriteCount { expected, found }
            | Difference::Inferences { expected, found }
            | Difference::OutputLength { expected, found } => (count(expected), count(found), None),
            Difference::WriteValue { write, addr, lane, .. } => {
                let [expected, found] = recordings.map(|recording| {
                    let record = recording.steps.iter().filter(|record| Some(record.step as usize) == step).nth(inference)?;
                    self.element(step, &record.writes.get(write)?.data, lane)
                });
                (expected, found, step.and_then(|step| locate::written(self.graph, self.program, step, write, addr, lane)))
            }
            Difference::OutputValue { byte, .. } => {
                let sent = locate::sent(self.graph, self.program, byte);
                step = sent.as_ref().map(|(step, _)| *step);
                let [expected, found] = recordings.map(|recording| self.element(step, recording.outputs.get(inference)?, byte));
                (expected, found, sent.map(|(_, place)| place))
            }
        };
        let step_name = step.and_then(|step| self.program.design.steps.get(step)).map(|step| step.name.clone());
        let (tensor, index) = place.map_or((None, None), |(tensor, index)| (Some(tensor), index));
        Disagreement { step, step_name, tensor, index, expected, found, inference, ..nowhere(stalls, what) }
    }

    /// The value that has the byte at `at`, in a step's tensor: words hold whole elements.
    fn element(&self, step: Option<usize>, data: &[u8], at: usize) -> Option<i64> {
        let width = step.and_then(|step| self.program.placements.get(step)).map_or(1, |placement| placement.width);
        let bytes: Vec<i8> = data.get(at / width * width..)?.iter().take(width).map(|byte| *byte as i8).collect();
        Some(i64::from(element(&bytes)))
    }
}

/// A comparison that could not be carried to its end.
fn given_up(mut comparison: Comparison, disagreement: Disagreement) -> Comparison {
    for (step, check) in comparison.checks.iter_mut().enumerate() {
        check.outcome = match disagreement.step {
            Some(blamed) if blamed == step => Outcome::Differs(disagreement.clone()),
            _ => Outcome::Unknown("the run did not come to its end".to_owned()),
        };
    }
    comparison.checks.push(Check { name: "outputs".to_owned(), outcome: Outcome::Differs(disagreement.clone()) });
    comparison.first = Some(disagreement);
    comparison
}

fn nowhere(stalls: Stalls, what: String) -> Disagreement {
    Disagreement::in_verilog(stalls.probability, what)
}
