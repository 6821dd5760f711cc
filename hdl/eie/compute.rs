//! Values and cycles of a sparse step, from the coded image.

use super::activity::{Activity, StepActivity};
use super::counts::Counts;
use super::cycle::{Engine, Vector};
use super::encode::{Contents, weight};
use super::matrix::{Activations, Matrix, TOGETHER};
use super::params::Eie;
use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::images::Images;
use crate::shell::cycle::{Clock, EPILOGUE, Stalled, Timing};
use crate::shell::epilogue::Finish;
use crate::shell::memory::{Memory, Scratch, take};
use crate::shell::nest::{Gather, Scatter};

/// Cycles from the last accumulator read to its word.
const READ: u64 = 2;

/// Words that `count` entries from number `first` on lie in.
fn words_of(first: usize, count: usize) -> u32 {
    let word = |entry: usize| entry / Eie::ENTRIES_PER_WORD;
    if count == 0 { 0 } else { (word(first + count - 1) - word(first) + 1) as u32 }
}

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
    /// Words of the matrix memory that the entries lie in.
    matrix_words: Counts,
    matrix: Matrix,
    gather: Gather,
    scatter: Scatter,
    finish: Finish,
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
        let (mut matrix_words, mut filled) = (Vec::new(), vec![0; section.entries.len()]);
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
                matrix_words.push(words_of(filled[element], own[column].len()));
                filled[element] += own[column].len();
                padding.push((own[column].len() + before - entries.len()) as u32);
            }
            matrix.push(&entries);
        }
        matrix.finish();
        let (counts, matrix_words) = (Counts::new(&counts, eie.pes), Counts::new(&matrix_words, eie.pes));
        let padding = padding.iter().any(|&count| count > 0).then(|| Counts::new(&padding, eie.pes));
        let finish = Finish::new(config, accelerator, images, words)?;
        let (zero_point, scatter) = (config.add[0].zero_point, Scatter::words_first(config));
        let (eie, wide) = (eie.clone(), config.wide);
        Some(Prepared { eie, lanes, zero_point, wide, words, counts, padding, matrix_words, matrix, gather, scatter, finish })
    }

    /// Executes the step on the memories of as many inferences, each on its own. With `count`, every element's activity is counted.
    pub fn run(&self, memories: &mut [Memory], scratch: &mut Scratch, count: bool) -> Vec<Took> {
        let reads = (self.words * self.halves() * (self.lanes / self.eie.pes).max(1)) as u64;
        let mut batch = Batch::default();
        let mut took = Vec::with_capacity(memories.len());
        for inference in 0..memories.len() {
            let mut engine = Engine::packed(&self.eie, self.lanes, reads, &self.counts, 0);
            if count {
                engine.count_elements();
            }
            let mut last_read = 0;
            for y in 0..self.gather.count(4) {
                for x in 0..self.gather.count(3) {
                    let vector = batch.next([inference, y * self.gather.count(3) + x]);
                    self.detect([x, y], &memories[inference], vector);
                    last_read = engine.vector(&vector.work);
                    if batch.count == TOGETHER {
                        self.compute(&mut batch, memories, scratch);
                    }
                }
            }
            let cycles = last_read + READ + EPILOGUE;
            let step = count.then(|| engine.step(self.padding.as_ref(), cycles));
            let step = step.map(|step| StepActivity { word_reads: engine.total(&self.matrix_words), ..step });
            took.push(Took { cycles, activity: engine.activity, step });
        }
        self.compute(&mut batch, memories, scratch);
        took
    }

    /// Words of outputs per word of accumulators.
    fn halves(&self) -> usize {
        if self.wide[1] { 2 } else { 1 }
    }

    /// The results of the batch's vectors; the batch is empty afterwards.
    fn compute(&self, batch: &mut Batch, memories: &mut [Memory], scratch: &mut Scratch) {
        let rows = self.words * self.lanes;
        let vectors = &batch.vectors[..batch.count];
        let activations: Vec<Activations<'_>> =
            vectors.iter().map(|vector| Activations { columns: &vector.work.columns, values: &vector.values }).collect();
        batch.sums.resize(rows, [0; TOGETHER]);
        self.matrix.multiply(&activations, &mut batch.sums);
        for (place, &[inference, pixel]) in batch.targets[..batch.count].iter().enumerate() {
            let sums = take(&mut scratch.sums, rows);
            sums.iter_mut().zip(&batch.sums).for_each(|(to, row)| *to = row[place]);
            let out = take(&mut scratch.out, rows * self.halves());
            self.requantise(sums, out);
            self.store(pixel, out, &mut memories[inference]);
        }
        batch.count = 0;
    }

    fn requantise(&self, sums: &[i32], out: &mut [i8]) {
        if self.wide[1] {
            self.finish.apply_wide(sums, out);
        } else {
            self.finish.apply(sums, sums.len(), out);
        }
    }

    /// The columns that are broadcast for one pixel, and their activations' distances from the zero point.
    fn detect(&self, [x, y]: [usize; 2], memory: &Memory, Detected { work, values }: &mut Detected) {
        let g = &self.gather;
        work.columns.clear();
        work.word_counts.clear();
        values.clear();
        let mut column = 0;
        for ky in 0..g.count(2) {
            for kx in 0..g.count(1) {
                for word in 0..g.count(0) {
                    let position = g.at([word, kx, ky, x, y, 0, 0]);
                    let before = values.len();
                    if position.inside {
                        self.word(column, memory.words(position.addr, 1), &mut work.columns, values);
                    }
                    work.word_counts.push((values.len() - before) as u32);
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

/// What a step took, from the launch on.
pub struct Took {
    /// Cycles from the launch to the last write.
    cycles: u64,
    activity: Activity,
    /// What every element did, when that was counted.
    pub step: Option<StepActivity>,
}

impl Took {
    /// Advances the clock by the step.
    pub fn timing(&self, clock: &mut Clock) -> Timing {
        let (start, waited) = clock.launch_loaded();
        let end = start + self.cycles;
        clock.finish(start, end);
        let busy = self.activity.broadcasts;
        let idle = self.cycles - busy;
        let weights = self.activity.queue_full.min(idle);
        let stalled = Stalled { config: waited, weights, pipeline: idle - weights, ..Stalled::default() };
        Timing { start, end, busy, stalled, weight_words: self.activity.entries }
    }
}

/// A pixel's activations that differ from the zero point.
#[derive(Default)]
struct Detected {
    work: Vector,
    /// Their distances from it.
    values: Vec<i32>,
}

/// Vectors that are computed together.
#[derive(Default)]
struct Batch {
    count: usize,
    vectors: Vec<Detected>,
    /// Inference and pixel of every vector.
    targets: [[usize; 2]; TOGETHER],
    sums: Vec<[i32; TOGETHER]>,
}

impl Batch {
    /// Room for one more vector.
    fn next(&mut self, target: [usize; 2]) -> &mut Detected {
        if self.vectors.len() == self.count {
            self.vectors.push(Detected::default());
        }
        self.targets[self.count] = target;
        self.count += 1;
        &mut self.vectors[self.count - 1]
    }
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

#[cfg(test)]
mod tests {
    use super::words_of;

    #[test]
    fn words_that_entries_lie_in() {
        // Eight entries in a word: none, one, a whole word, one over its end, across an end, two ends.
        let cases = [(5, 0, 0), (7, 1, 1), (8, 8, 1), (8, 9, 2), (7, 2, 2), (7, 10, 3)];
        cases.into_iter().for_each(|(first, count, words)| assert_eq!(words_of(first, count), words, "{count} from {first} on"));
    }
}
