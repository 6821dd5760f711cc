//! Values and cycles of a sparse step, from the coded image.

use super::activity::{Activity, StepActivity};
use super::counts::Counts;
use super::cycle::{Engine, Vector};
use super::encode::{Contents, weight};
use super::matrix::{Activations, Matrix};
use super::params::Eie;
use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::images::Images;
use crate::shell::cycle::{Clock, EPILOGUE, Stalled, Timing};
use crate::shell::epilogue::channel_scales;
use crate::shell::memory::{Memory, Scratch, take};
use crate::shell::nest::{Gather, Scatter};
use fretwork_sim::requantise::{ChannelScales, requantise_rows};

/// Cycles from the last accumulator read to its word.
const READ: u64 = 2;

/// A step's matrix, decoded from the image once per program.
pub struct Prepared {
    eie: Eie,
    lanes: usize,
    zero_point: i8,
    /// Activations of 16 bits: of the input, of the output.
    wide: [bool; 2],
    /// Words of accumulators per pixel.
    words: usize,
    /// Entries.
    counts: Counts,
    /// Those of them with the weight 0, when there are any.
    padding: Option<Counts>,
    matrix: Matrix,
    gather: Gather,
    scatter: Scatter,
    scales: ChannelScales,
}

impl Prepared {
    /// The section that the step's pointers name; `None` when the images hold no such step.
    pub fn new(config: &Config, accelerator: &Accelerator, images: &Images, contents: &Contents) -> Option<Prepared> {
        let eie = accelerator.eie.as_ref()?;
        let gather = Gather::new(config, None);
        let (words, lanes) = (config.weight_words as usize, accelerator.lanes);
        let section = contents.sections.iter().find(|s| s.base == config.weight_base as usize)?;
        let columns = section.entries.first()?.len();
        if columns != gather.count(0) * gather.count(1) * gather.count(2) * lanes / if config.wide[0] { 2 } else { 1 } {
            return None;
        }
        let (mut counts, mut padding, mut matrix, mut entries) = (Vec::new(), Vec::new(), Matrix::new(words * lanes), Vec::new());
        for column in 0..columns {
            entries.clear();
            for (element, own) in section.entries.iter().enumerate() {
                let (mut local, before) = (0, entries.len());
                for (at, entry) in own[column].iter().enumerate() {
                    local = if at == 0 { 0 } else { local + 1 } + usize::from(entry.run);
                    let (row, w) = (local * eie.pes + element, weight(contents, eie, usize::from(config.table), entry.code));
                    if w != 0 && row < words * lanes {
                        entries.push((row as u32, w));
                    } else if w != 0 {
                        return None;
                    }
                }
                counts.push(own[column].len() as u32);
                padding.push((own[column].len() + before - entries.len()) as u32);
            }
            matrix.push(&entries);
        }
        let counts = Counts::new(&counts, eie.pes);
        let padding = padding.iter().any(|&count| count > 0).then(|| Counts::new(&padding, eie.pes));
        let first = usize::from(config.param_base) * lanes;
        let scales = channel_scales(config, images.params.get(first..first + words * lanes)?).ok()?;
        let (zero_point, scatter) = (config.add[0].zero_point, Scatter::words_first(config));
        let (eie, wide) = (eie.clone(), config.wide);
        Some(Prepared { eie, lanes, zero_point, wide, words, counts, padding, matrix, gather, scatter, scales })
    }

    /// Executes the step on the memory and advances the clock.
    pub fn run(&self, memory: &mut Memory, scratch: &mut Scratch, clock: &mut Clock) -> Timing {
        let ((start, waited), mut engine) = self.launch(clock);
        let end = self.execute(memory, scratch, &mut engine, start);
        clock.finish(start, end);
        timing(start, end, waited, &engine.activity)
    }

    /// The same, with what every element did.
    pub fn run_counted(&self, memory: &mut Memory, scratch: &mut Scratch, clock: &mut Clock) -> (Timing, StepActivity) {
        let ((start, waited), mut engine) = self.launch(clock);
        engine.count_elements();
        let end = self.execute(memory, scratch, &mut engine, start);
        clock.finish(start, end);
        (timing(start, end, waited, &engine.activity), engine.step(self.padding.as_ref(), end))
    }

    /// The launch's cycle and the cycles waited for it, and the engine at rest.
    fn launch(&self, clock: &mut Clock) -> ((u64, u64), Engine<'_>) {
        let (start, waited) = clock.launch_loaded();
        let reads = (self.words * self.halves() * (self.lanes / self.eie.pes).max(1)) as u64;
        ((start, waited), Engine::packed(&self.eie, self.lanes, reads, &self.counts, start))
    }

    /// Words of outputs per word of accumulators.
    fn halves(&self) -> usize {
        if self.wide[1] { 2 } else { 1 }
    }

    /// Computes all pixels; returns the cycle of the last write.
    fn execute(&self, memory: &mut Memory, scratch: &mut Scratch, engine: &mut Engine<'_>, start: u64) -> u64 {
        let (mut vector, mut values) = (Vector::default(), Vec::new());
        let mut last_read = start;
        let rows = self.words * self.lanes;
        for y in 0..self.gather.count(4) {
            for x in 0..self.gather.count(3) {
                self.detect([x, y], memory, &mut vector, &mut values);
                let sums = take(&mut scratch.sums, rows);
                sums.fill(0);
                self.matrix.accumulate(&Activations { columns: &vector.columns, values: &values }, sums);
                last_read = engine.vector(&vector);
                let out = take(&mut scratch.out, rows * self.halves());
                self.requantise(sums, out);
                self.store(y * self.gather.count(3) + x, out, memory);
            }
        }
        last_read + READ + EPILOGUE
    }

    fn requantise(&self, sums: &[i32], out: &mut [i8]) {
        if self.wide[1] {
            let mut values = vec![0i16; sums.len()];
            requantise_rows(sums, sums.len(), &self.scales, &mut values);
            out.chunks_exact_mut(2).zip(&values).for_each(|(to, value)| to.copy_from_slice(&value.to_le_bytes().map(|b| b as i8)));
        } else {
            requantise_rows(sums, sums.len(), &self.scales, out);
        }
    }

    /// The columns that are broadcast for one pixel, and their activations' distances from the zero point.
    fn detect(&self, [x, y]: [usize; 2], memory: &Memory, vector: &mut Vector, values: &mut Vec<i32>) {
        let g = &self.gather;
        vector.columns.clear();
        vector.word_counts.clear();
        values.clear();
        let mut column = 0;
        for ky in 0..g.count(2) {
            for kx in 0..g.count(1) {
                for word in 0..g.count(0) {
                    let position = g.at([word, kx, ky, x, y, 0, 0]);
                    let before = values.len();
                    if position.inside {
                        self.word(column, memory.words(position.addr, 1), &mut vector.columns, values);
                    }
                    vector.word_counts.push((values.len() - before) as u32);
                    column += self.lanes / if self.wide[0] { 2 } else { 1 };
                }
            }
        }
    }

    /// The non-zero activations of a word whose first one has column `first`.
    fn word(&self, first: usize, word: &[i8], columns: &mut Vec<u32>, values: &mut Vec<i32>) {
        if self.wide[0] {
            let value = |bytes: &[i8]| i32::from(i16::from_le_bytes([bytes[0] as u8, bytes[1] as u8]));
            nonzero(first, word.chunks_exact(2).map(value), columns, values);
        } else {
            nonzero(first, word.iter().map(|&a| i32::from(a) - i32::from(self.zero_point)), columns, values);
        }
    }

    fn store(&self, pixel: usize, out: &[i8], memory: &mut Memory) {
        for (word, data) in out.chunks_exact(self.lanes).enumerate() {
            let addr = self.scatter.addr(word, 0, pixel);
            memory.put(addr, data);
            memory.note(addr, (1 << memory.banks) - 1, 0..self.lanes);
        }
    }
}

fn timing(start: u64, end: u64, waited: u64, activity: &Activity) -> Timing {
    let busy = activity.broadcasts;
    let idle = end - start - busy;
    let weights = activity.queue_full.min(idle);
    let stalled = Stalled { config: waited, weights, pipeline: idle - weights, ..Stalled::default() };
    Timing { start, end, busy, stalled, weight_words: activity.entries }
}

/// Appends the activations that are not 0, without a branch that depends on them.
fn nonzero(first: usize, word: impl ExactSizeIterator<Item = i32>, columns: &mut Vec<u32>, values: &mut Vec<i32>) {
    let mut end = values.len();
    columns.resize(end + word.len(), 0);
    values.resize(end + word.len(), 0);
    for (at, value) in word.enumerate() {
        (columns[end], values[end]) = ((first + at) as u32, value);
        end += usize::from(value != 0);
    }
    columns.truncate(end);
    values.truncate(end);
}
