//! Values and cycles of a sparse step, from the coded image.

use super::cycle::{Activity, Engine, Vector};
use super::encode::{Contents, weight};
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
    pes: usize,
    queue_depth: usize,
    lanes: usize,
    zero_point: i8,
    /// Output words per pixel.
    words: usize,
    /// Entries per column and element, `[column][element]`.
    counts: Vec<u32>,
    /// Start of every column in `entries`, one more than there are columns.
    starts: Vec<usize>,
    /// Row and weight.
    entries: Vec<(u32, i32)>,
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
        if columns != gather.count(0) * gather.count(1) * gather.count(2) * lanes {
            return None;
        }
        let (mut counts, mut starts, mut entries) = (Vec::new(), vec![0], Vec::new());
        for column in 0..columns {
            for (element, own) in section.entries.iter().enumerate() {
                let mut local = 0;
                counts.push(own[column].len() as u32);
                for (at, entry) in own[column].iter().enumerate() {
                    local = if at == 0 { 0 } else { local + 1 } + usize::from(entry.run);
                    let (row, w) = (local * eie.pes + element, weight(contents, eie, usize::from(config.table), entry.code));
                    if w != 0 && row < words * lanes {
                        entries.push((row as u32, i32::from(w)));
                    } else if w != 0 {
                        return None;
                    }
                }
            }
            starts.push(entries.len());
        }
        let first = usize::from(config.param_base) * lanes;
        let scales = channel_scales(config, images.params.get(first..first + words * lanes)?).ok()?;
        let (zero_point, scatter) = (config.add[0].zero_point, Scatter::words_first(config));
        Some(Prepared { pes: eie.pes, queue_depth: eie.queue_depth, lanes, zero_point, words, counts, starts, entries, gather, scatter, scales })
    }

    /// Executes the step on the memory and advances the clock.
    pub fn run(&self, memory: &mut Memory, scratch: &mut Scratch, clock: &mut Clock) -> Timing {
        let (start, waited) = clock.launch_loaded();
        let reads = (self.words * (self.lanes / self.pes).max(1)) as u64;
        let mut engine = Engine::new(self.pes, self.queue_depth, reads, &self.counts, start);
        let mut vector = Vector::default();
        let mut last_read = start;
        let rows = self.words * self.lanes;
        for y in 0..self.gather.count(4) {
            for x in 0..self.gather.count(3) {
                let acc = take(&mut scratch.sums, rows);
                acc.fill(0);
                self.accumulate([x, y], memory, &mut vector, acc);
                last_read = engine.vector(&vector);
                let out = take(&mut scratch.out, rows);
                requantise_rows(acc, rows, &self.scales, out);
                self.store(y * self.gather.count(3) + x, out, memory);
            }
        }
        let end = last_read + READ + EPILOGUE;
        clock.finish(start, end);
        timing(start, end, waited, &engine.activity)
    }

    /// Sums of one pixel, and the columns that are broadcast for it.
    fn accumulate(&self, [x, y]: [usize; 2], memory: &Memory, vector: &mut Vector, acc: &mut [i32]) {
        let g = &self.gather;
        vector.columns.clear();
        vector.word_counts.clear();
        let mut column = 0;
        for ky in 0..g.count(2) {
            for kx in 0..g.count(1) {
                for word in 0..g.count(0) {
                    let position = g.at([word, kx, ky, x, y, 0, 0]);
                    let before = vector.columns.len();
                    if position.inside {
                        for (lane, &a) in memory.words(position.addr, 1).iter().enumerate().filter(|(_, a)| **a != self.zero_point) {
                            vector.columns.push((column + lane) as u32);
                            self.column(column + lane, i32::from(a) - i32::from(self.zero_point), acc);
                        }
                    }
                    vector.word_counts.push((vector.columns.len() - before) as u32);
                    column += self.lanes;
                }
            }
        }
    }

    fn column(&self, column: usize, a: i32, acc: &mut [i32]) {
        for &(row, w) in &self.entries[self.starts[column]..self.starts[column + 1]] {
            acc[row as usize] = acc[row as usize].wrapping_add(a * w);
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
