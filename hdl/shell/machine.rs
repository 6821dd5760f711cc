//! The cycle simulator: walks the step table as the sequencer does, step by step, from nothing but the memory images.

use crate::accelerator::Accelerator;
use crate::config::{Config, Kind};
use crate::images::Images;
use crate::shell::check::check;
use crate::shell::memory::{Memory, Scratch};
use crate::shell::nest::Gather;
use crate::{core, eie, lane, shift, systolic, xnor};
use fretwork_sim::record::{Recording, StepRecord, Write};
use fretwork_sim::stalls::Stalls;

pub use crate::shell::cycle::{Clock, Stalled, Timing};

enum Prepared {
    Shell,
    Systolic(Box<systolic::Prepared>),
    Lane(Box<lane::Prepared>),
    Eie(Box<eie::Prepared>),
    Xnor(Box<xnor::Prepared>),
    Shift(Box<shift::Prepared>),
}

/// A program ready to run.
pub struct Machine {
    accelerator: Accelerator,
    configs: Vec<Config>,
    prepared: Vec<Prepared>,
    /// Cycle from which the sparse engine's memories are loaded.
    loaded: u64,
}

/// One simulated run.
pub struct Run {
    /// Step times, memory writes (when logged) and outputs.
    pub recording: Recording,
    /// One entry per executed step, in the recording's order.
    pub timings: Vec<Timing>,
    /// One entry per executed step, in the same order; `None` for steps of other cores, and for all when nothing was to be counted.
    pub engine: Vec<Option<eie::StepActivity>>,
}

/// Inferences that are computed side by side.
const TOGETHER: usize = 16;

/// What an inference computes: every step's writes, what steps took whose cycles depend on values, and the output stream.
#[derive(Default)]
struct Values {
    steps: Vec<(Vec<Write>, Option<eie::Took>)>,
    output: Vec<u8>,
}

impl Machine {
    /// Decodes the step table and packs the weights. `None` when [`check`] refuses the images.
    pub fn new(accelerator: &Accelerator, images: &Images) -> Option<Machine> {
        let configs = check(accelerator, images).ok()?;
        let contents = match &accelerator.eie {
            Some(engine) => eie::read(&eie::stream(images, engine), engine)?,
            None => eie::Contents::default(),
        };
        let prepared = configs
            .iter()
            .map(|config| match config.kind {
                Kind::Load | Kind::Store => Some(Prepared::Shell),
                Kind::Systolic => Some(Prepared::Systolic(Box::new(systolic::Prepared::new(config, accelerator, images)?))),
                Kind::Lane => Some(Prepared::Lane(Box::new(lane::Prepared::new(config, accelerator, images)?))),
                Kind::Eie => Some(Prepared::Eie(Box::new(eie::Prepared::new(config, accelerator, images, &contents)?))),
                Kind::Xnor => Some(Prepared::Xnor(Box::new(xnor::Prepared::new(config, accelerator, images)?))),
                Kind::Shift => Some(Prepared::Shift(Box::new(shift::Prepared::new(config, accelerator, images)?))),
            })
            .collect::<Option<_>>()?;
        Some(Machine { accelerator: accelerator.clone(), configs, prepared, loaded: eie::LOAD_START + contents.load_cycles })
    }

    /// The decoded step table.
    pub fn configs(&self) -> &[Config] {
        &self.configs
    }

    /// Cycle from which the sparse engine is loaded from its coded image; `None` without an engine.
    pub fn load_cycles(&self) -> Option<u64> {
        self.accelerator.eie.as_ref().map(|_| self.loaded)
    }

    /// Multiply-accumulates that the array does in a step, padding included, or the binary core, or the shift core; 0 for other cores.
    pub fn array_macs(&self, step: usize) -> u64 {
        match &self.prepared[step] {
            Prepared::Systolic(prepared) => prepared.macs(),
            Prepared::Xnor(prepared) => prepared.macs(),
            Prepared::Shift(prepared) => prepared.macs(),
            Prepared::Shell | Prepared::Lane(_) | Prepared::Eie(_) => 0,
        }
    }

    /// Runs one inference per input; an input is the input stream's words, concatenated. With `log`, every memory write is recorded.
    ///
    /// Every inference has to write what it reads, as those of the planner do: what an earlier one left in the activation memory is not there.
    pub fn run(&self, inputs: &[Vec<u8>], stalls: Stalls, log: bool) -> Run {
        self.execute(inputs, stalls, log, false)
    }

    /// The same, and [`Run::engine`] tells what the sparse engine's elements did.
    pub fn run_counted(&self, inputs: &[Vec<u8>], stalls: Stalls, log: bool) -> Run {
        self.execute(inputs, stalls, log, true)
    }

    fn execute(&self, inputs: &[Vec<u8>], stalls: Stalls, log: bool, count: bool) -> Run {
        let mut memories: Vec<Memory> = (0..inputs.len().min(TOGETHER)).map(|_| Memory::new(&self.accelerator, log)).collect();
        let mut scratch = Scratch::default();
        let mut clock = self.clock(stalls);
        let mut run = Run { recording: Recording::default(), timings: Vec::new(), engine: Vec::new() };
        for inputs in inputs.chunks(TOGETHER) {
            let results = self.values(inputs, &mut memories[..inputs.len()], &mut scratch, count);
            for Values { steps, output } in results {
                for (step, (writes, took)) in steps.into_iter().enumerate() {
                    let timing = took.as_ref().map(|took| took.timing(&mut clock)).or_else(|| self.schedule(&self.configs[step], &mut clock));
                    let Some(timing) = timing else { unreachable!("a step without a schedule is timed by its values") };
                    run.recording.steps.push(StepRecord { step: step as u32, start: timing.start, end: timing.end, writes });
                    run.timings.push(timing);
                    run.engine.push(took.and_then(|took| took.step));
                }
                run.recording.outputs.push(output);
            }
        }
        run
    }

    /// Computes inferences step by step, side by side: what a step does depends on the values of its own inference only, and what it takes does
    /// not depend on when it starts.
    fn values(&self, inputs: &[Vec<u8>], memories: &mut [Memory], scratch: &mut Scratch, count: bool) -> Vec<Values> {
        let mut streams: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
        let mut results: Vec<Values> = inputs.iter().map(|_| Values::default()).collect();
        for (config, prepared) in self.configs.iter().zip(&self.prepared) {
            let mut took = Vec::new();
            match prepared {
                Prepared::Systolic(prepared) => memories.iter_mut().for_each(|memory| prepared.run(memory, scratch)),
                Prepared::Xnor(prepared) => prepared.run(memories, scratch),
                Prepared::Shift(prepared) => memories.iter_mut().for_each(|memory| prepared.run(memory, scratch)),
                Prepared::Lane(prepared) => memories.iter_mut().for_each(|memory| prepared.run(memory, scratch)),
                Prepared::Eie(prepared) => took = prepared.run(memories, scratch, count),
                Prepared::Shell if config.kind == Kind::Load => {
                    memories.iter_mut().zip(&mut streams).for_each(|(memory, stream)| load(config, memory, stream));
                }
                Prepared::Shell => memories.iter().zip(&mut results).for_each(|(memory, result)| store(config, memory, &mut result.output)),
            }
            let mut took = took.into_iter();
            for (memory, result) in memories.iter_mut().zip(&mut results) {
                result.steps.push((memory.take_log(), took.next()));
            }
        }
        results
    }

    /// Times one inference per entry without computing values; `None` when a step's cycles depend on the activations.
    pub fn time(&self, inferences: usize, stalls: Stalls) -> Option<Vec<Timing>> {
        let mut clock = self.clock(stalls);
        (0..inferences).flat_map(|_| self.configs.iter()).map(|config| self.schedule(config, &mut clock)).collect()
    }

    /// Times one inference per input, computing values only where cycles depend on them.
    pub fn timings(&self, inputs: &[Vec<u8>], stalls: Stalls) -> Vec<Timing> {
        self.time(inputs.len(), stalls).unwrap_or_else(|| self.run(inputs, stalls, false).timings)
    }

    fn clock(&self, stalls: Stalls) -> Clock {
        let mut clock = Clock::new(&self.accelerator, stalls);
        clock.loaded = self.loaded;
        clock
    }

    fn schedule(&self, config: &Config, clock: &mut Clock) -> Option<Timing> {
        schedule(config, &self.accelerator, clock)
    }
}

/// Advances the clock over one step; `None` when its cycles depend on the activations.
pub fn schedule(config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Option<Timing> {
    match config.kind {
        Kind::Load => Some(clock.load(config)),
        Kind::Store => Some(clock.store(config)),
        kind => core(kind).and_then(|core| core.schedule(config, accelerator, clock)),
    }
}

/// The stream's words go to consecutive addresses; where the stream ends too early, the memory keeps what it held.
fn load(config: &Config, memory: &mut Memory, stream: &mut &[u8]) {
    let words = config.out[0].last;
    let (data, rest) = stream.split_at(((usize::from(words) + 1) * memory.lanes).min(stream.len()));
    *stream = rest;
    for (to, &from) in memory.from(config.out_base).iter_mut().zip(data) {
        *to = from as i8;
    }
    if memory.is_logged() {
        (0..=words).for_each(|word| memory.note(config.out_base + word, (1 << memory.banks) - 1, 0..memory.lanes));
    }
}

/// The region's words, pixel by pixel.
fn store(config: &Config, memory: &Memory, output: &mut Vec<u8>) {
    let [words, pixels] = [0, 1].map(|level| usize::from(config.levels[level].last) + 1);
    let gather = Gather::new(config, None);
    for pixel in 0..pixels {
        let from = gather.point([0, pixel, 0, 0, 0, 0, 0]).addr;
        output.extend(memory.words(from, words).iter().map(|&value| value as u8));
    }
}
