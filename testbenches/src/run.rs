//! One run of a model: constructs the hardware, feeds the input stream, stalls both streams as told, and records. Stalls are drawn here, in chunks, by the
//! one function that the cycle simulator uses too; the C++ side only looks at bits.

use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fretwork_sim::outside::Outside;
use fretwork_sim::record::Recording;
use fretwork_sim::stalls::{Stalls, Stream};

use crate::abi::{Chunk, Instance, NO_STEP, Status};
use crate::build::Model;
use crate::error::{CosimError, Hang, When, io_error};
use crate::recorder::Recorder;

/// Cycles between two looks at the log; a multiple of 64.
const CHUNK_CYCLES: u64 = 1 << 16;

/// What a run is given.
#[derive(Clone, Copy)]
pub struct Stimulus<'a> {
    /// One entry per inference: the input stream's words, concatenated, `lanes` bytes each.
    pub inputs: &'a [Vec<u8>],
    /// Back-pressure on both streams.
    pub stalls: Stalls,
    /// What lies outside the chip, for a design that reads it.
    pub outside: Option<Outside>,
    /// The run is given up after so many cycles.
    pub max_cycles: u64,
    /// Whether steps and writes are recorded; outputs always are.
    pub log: bool,
    /// Where to write an FST trace; takes a model built with `trace`.
    pub trace: Option<&'a Path>,
    /// Called now and then with the number of cycles simulated.
    pub progress: Option<&'a dyn Fn(u64)>,
}

impl<'a> Stimulus<'a> {
    /// Everything recorded, no stalls, no trace.
    pub fn new(inputs: &'a [Vec<u8>], max_cycles: u64) -> Stimulus<'a> {
        Stimulus { inputs, stalls: Stalls::NONE, outside: None, max_cycles, log: true, trace: None, progress: None }
    }
}

/// A run that came to its end.
#[derive(Clone, Debug)]
pub struct Run {
    /// What the hardware did.
    pub recording: Recording,
    /// Cycles from the end of reset to the last output word.
    pub cycles: u64,
    /// Time spent simulating, without construction.
    pub wall_time: Duration,
}

impl Run {
    /// Simulation speed in cycles per second.
    pub fn cycles_per_s(&self) -> f64 {
        self.cycles as f64 / self.wall_time.as_secs_f64().max(1e-9)
    }
}

impl Model {
    /// Runs the design in `design_dir`, whose images are read now, until every inference has delivered its last output word.
    pub fn run(&self, design_dir: &Path, stimulus: &Stimulus<'_>) -> Result<Recording, CosimError> {
        self.run_timed(design_dir, stimulus).map(|run| run.recording)
    }

    /// As [`Model::run`], with the cycles and the time it took.
    pub fn run_timed(&self, design_dir: &Path, stimulus: &Stimulus<'_>) -> Result<Run, CosimError> {
        let words = self.input_words(stimulus)?;
        let mut instance = self.construct(design_dir, stimulus)?;
        let mut recorder = Recorder::new(self.lanes());
        let mut stalls = StallBits::new(stimulus.stalls);
        let begin = Instant::now();
        let mut cycle = 0;
        loop {
            let cycles = CHUNK_CYCLES.min(stimulus.max_cycles - cycle);
            let stalls = stalls.draw(cycle, cycles);
            let chunk = Chunk { words: &words, stalls, cycles, inferences: stimulus.inputs.len() as u64, log: stimulus.log };
            let status = instance.run(&chunk);
            cycle = instance.state().cycle;
            if status == Status::Failed {
                return Err(rtl_error(&instance, When::Cycle(cycle)));
            }
            let (events, data) = instance.log();
            recorder.take(events, data)?;
            if let Some(progress) = stimulus.progress {
                progress(cycle);
            }
            if status == Status::Done {
                return Ok(Run { recording: recorder.finish(cycle - 1)?, cycles: cycle, wall_time: begin.elapsed() });
            }
            if cycle >= stimulus.max_cycles {
                return Err(CosimError::Hang(self.hang(&instance, words.len())));
            }
        }
    }

    /// All input words in a row.
    fn input_words(&self, stimulus: &Stimulus<'_>) -> Result<Vec<u8>, CosimError> {
        if stimulus.inputs.is_empty() {
            return Err(CosimError::Stimulus("there is no inference to run".into()));
        }
        let lanes = self.lanes();
        match stimulus.inputs.iter().position(|input| input.len() % lanes != 0) {
            Some(i) => {
                Err(CosimError::Stimulus(format!("input {i} has {} bytes, which is no multiple of the {lanes} lanes", stimulus.inputs[i].len())))
            }
            None => Ok(stimulus.inputs.concat()),
        }
    }

    fn construct(&self, design_dir: &Path, stimulus: &Stimulus<'_>) -> Result<Instance<'_>, CosimError> {
        let trace = match stimulus.trace {
            Some(_) if !self.trace => {
                return Err(CosimError::Stimulus("a trace takes a model that was built with `trace`".into()));
            }
            Some(path) => Some(c_path(path)?),
            None => None,
        };
        let mut instance = self.api.instance(&c_path(design_dir)?, trace.as_ref());
        if instance.failure().is_some() {
            return Err(rtl_error(&instance, When::Reset));
        }
        match stimulus.outside {
            Some(Outside { file, base, latency, .. }) => {
                let path = design_dir.join(file);
                instance.connect(std::fs::read(&path).map_err(io_error(&path))?, base, latency);
            }
            None if self.api.reads_outside => {
                return Err(CosimError::Stimulus("the design reads a memory outside the chip, and nothing is there".into()));
            }
            None => {}
        }
        Ok(instance)
    }

    fn hang(&self, instance: &Instance<'_>, input_bytes: usize) -> Hang {
        let state = instance.state();
        Hang {
            cycles: state.cycle,
            last_step: (state.step != NO_STEP).then_some((state.step, state.step_start, state.step_open == 0)),
            inferences: state.inferences,
            words_in: (state.words_in, (input_bytes / self.lanes()) as u64),
            words_out: state.words_out,
        }
    }
}

fn rtl_error(instance: &Instance<'_>, when: When) -> CosimError {
    CosimError::Rtl { when, messages: instance.failure().unwrap_or_default() }
}

/// An absolute path for the C side.
fn c_path(path: &Path) -> Result<CString, CosimError> {
    let absolute = std::path::absolute(path).map_err(crate::error::io_error(path))?;
    CString::new(absolute.into_os_string().into_encoded_bytes())
        .map_err(|_| CosimError::Stimulus(format!("the path {} has a NUL byte", PathBuf::from(path).display())))
}

/// The stall decisions of one chunk, one bit per cycle.
struct StallBits {
    stalls: Stalls,
    input: Vec<u64>,
    output: Vec<u64>,
}

impl StallBits {
    fn new(stalls: Stalls) -> StallBits {
        StallBits { stalls, input: Vec::new(), output: Vec::new() }
    }

    /// The bits of `cycles` cycles from `first` on; none without stalls.
    fn draw(&mut self, first: u64, cycles: u64) -> Option<(&[u64], &[u64])> {
        if self.stalls.probability <= 0.0 {
            return None;
        }
        let stalls = self.stalls;
        for (stream, bits) in [(Stream::Input, &mut self.input), (Stream::Output, &mut self.output)] {
            bits.clear();
            bits.resize(cycles.div_ceil(64) as usize, 0);
            for i in 0..cycles {
                bits[(i / 64) as usize] |= u64::from(stalls.stalled(stream, first + i)) << (i % 64);
            }
        }
        Some((&self.input, &self.output))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stall_bits_equal_the_function() {
        let stalls = Stalls { seed: 5, probability: 0.3 };
        let mut bits = StallBits::new(stalls);
        let (input, output) = bits.draw(1000, 130).unwrap();
        for i in 0..130 {
            let bit = |bits: &[u64]| bits[i as usize / 64] >> (i % 64) & 1 == 1;
            assert_eq!(bit(input), stalls.stalled(Stream::Input, 1000 + i));
            assert_eq!(bit(output), stalls.stalled(Stream::Output, 1000 + i));
        }
        assert!(StallBits::new(Stalls::NONE).draw(0, 64).is_none());
    }
}
