//! The cycle simulator: walks the step table as the sequencer does, step by step, from nothing but the memory images.

use crate::accelerator::Accelerator;
use crate::config::{Config, Kind};
use crate::images::Images;
use crate::shell::nest::Gather;
use crate::{core, lane, systolic};
use fretwork_sim::record::{Recording, StepRecord, Write};
use fretwork_sim::stalls::Stalls;

pub use crate::shell::cycle::{Clock, Stalled, Timing};

/// The activation memory, with a log of its writes when one is wanted.
pub struct Memory {
    /// Contents, `lanes` bytes per word.
    pub bytes: Vec<i8>,
    lanes: usize,
    log: Option<Vec<Write>>,
}

impl Memory {
    /// Writes `data` to the word's bytes from `lane` on; `mask` names the banks, for the log.
    pub fn write(&mut self, addr: u16, mask: u64, lane: usize, data: &[i8]) {
        let first = usize::from(addr) * self.lanes + lane;
        self.bytes[first..first + data.len()].copy_from_slice(data);
        if let Some(log) = &mut self.log {
            let mut word = vec![0; self.lanes];
            for (byte, &value) in word[lane..].iter_mut().zip(data) {
                *byte = value as u8;
            }
            log.push(Write { addr: u32::from(addr), mask, data: word });
        }
    }
}

enum Prepared {
    Shell,
    Systolic(Box<systolic::Prepared>),
    Lane,
}

/// A program ready to run.
pub struct Machine {
    accelerator: Accelerator,
    images: Images,
    configs: Vec<Config>,
    prepared: Vec<Prepared>,
}

/// One simulated run.
pub struct Run {
    /// Step times, memory writes (when logged) and outputs.
    pub recording: Recording,
    /// One entry per executed step, in the recording's order.
    pub timings: Vec<Timing>,
}

impl Machine {
    /// Decodes the step table and packs the weights. `None` when the step table is not one that the encoder makes.
    pub fn new(accelerator: &Accelerator, images: &Images) -> Option<Machine> {
        let configs = images.configs()?;
        let prepared = configs
            .iter()
            .map(|config| match config.kind {
                Kind::Load | Kind::Store => Some(Prepared::Shell),
                Kind::Systolic => Some(Prepared::Systolic(Box::new(systolic::Prepared::new(config, accelerator, images)?))),
                Kind::Lane => Some(Prepared::Lane),
            })
            .collect::<Option<_>>()?;
        Some(Machine { accelerator: accelerator.clone(), images: images.clone(), configs, prepared })
    }

    /// The decoded step table.
    pub fn configs(&self) -> &[Config] {
        &self.configs
    }

    /// Multiply-accumulates that the array does in a step, padding included; 0 for other cores.
    pub fn array_macs(&self, step: usize) -> u64 {
        match &self.prepared[step] {
            Prepared::Systolic(prepared) => prepared.macs(),
            Prepared::Shell | Prepared::Lane => 0,
        }
    }

    /// Runs one inference per input; an input is the input stream's words, concatenated. With `log`, every memory write is recorded.
    pub fn run(&self, inputs: &[Vec<u8>], stalls: Stalls, log: bool) -> Run {
        let words = self.accelerator.activation_words;
        let lanes = self.accelerator.lanes;
        let mut memory = Memory { bytes: vec![0; words * lanes], lanes, log: log.then(Vec::new) };
        let mut clock = Clock::new(stalls);
        let mut run = Run { recording: Recording::default(), timings: Vec::new() };
        for input in inputs {
            let mut stream = input.as_slice();
            let mut output = Vec::new();
            for (step, config) in self.configs.iter().enumerate() {
                let timing = self.schedule(config, &mut clock);
                self.compute(step, &mut memory, &mut stream, &mut output);
                let writes = memory.log.as_mut().map(std::mem::take).unwrap_or_default();
                run.recording.steps.push(StepRecord { step: step as u32, start: timing.start, end: timing.end, writes });
                run.timings.push(timing);
            }
            run.recording.outputs.push(output);
        }
        run
    }

    /// Times one inference per entry without computing values.
    pub fn time(&self, inferences: usize, stalls: Stalls) -> Vec<Timing> {
        let mut clock = Clock::new(stalls);
        (0..inferences).flat_map(|_| self.configs.iter()).map(|config| self.schedule(config, &mut clock)).collect()
    }

    fn schedule(&self, config: &Config, clock: &mut Clock) -> Timing {
        match config.kind {
            Kind::Load => clock.load(config),
            Kind::Store => clock.store(config),
            kind => match core(kind) {
                Some(core) => core.schedule(config, &self.accelerator, clock),
                None => unreachable!("loads and stores are timed by the shell"),
            },
        }
    }

    fn compute(&self, step: usize, memory: &mut Memory, stream: &mut &[u8], output: &mut Vec<u8>) {
        let config = &self.configs[step];
        let lanes = self.accelerator.lanes;
        match (&self.prepared[step], config.kind) {
            (Prepared::Systolic(prepared), _) => prepared.run(config, &self.accelerator, memory),
            (Prepared::Lane, _) => lane::run(config, &self.accelerator, &self.images, memory),
            (Prepared::Shell, Kind::Load) => {
                for word in 0..=config.out[0].last {
                    let (data, rest) = stream.split_at(lanes.min(stream.len()));
                    *stream = rest;
                    let data: Vec<i8> = data.iter().map(|&b| b as i8).collect();
                    memory.write(config.out_base + word, (1 << self.accelerator.banks()) - 1, 0, &data);
                }
            }
            (Prepared::Shell, _) => {
                let gather = Gather::new(config, None);
                for pixel in 0..gather.count(1) {
                    for word in 0..gather.count(0) {
                        let from = usize::from(gather.at([word, pixel, 0, 0, 0, 0, 0]).addr) * lanes;
                        output.extend(memory.bytes[from..from + lanes].iter().map(|&v| v as u8));
                    }
                }
            }
        }
    }
}
