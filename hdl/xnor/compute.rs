//! Values of a step on the binary core, from the encoded step: blocks of output pixels, of all inferences that are computed side by side, against
//! the weights' bits.

use super::activations::{Activations, Seen};
use crate::accelerator::Accelerator;
use crate::config::{Config, Planes};
use crate::images::Images;
use crate::shell::epilogue::Finish;
use crate::shell::memory::{Memory, Scratch, take};
use crate::shell::nest::Scatter;
use crate::vectorised::{Job, vectorised};
use fretwork_sim::bgemm::{Output, PackedBits, Patterns, TILE, Thresholds, bgemm};

/// Rows that are multiplied at once: enough to read the weights seldom, few enough to stay in the caches.
const BLOCK: usize = 128;

/// A step's weights in the form in which they are computed with; made once per program.
pub struct Prepared {
    lanes: usize,
    planes: Planes,
    activations: Activations,
    scatter: Scatter,
    weights: PackedBits,
    /// Outputs that have columns; those after them, which fill the last word up, have the sum 0.
    outputs: usize,
    /// Words of accumulators per pixel.
    words: usize,
    wide: bool,
    packed: bool,
    finish: Finish,
    /// Where sums become bits by comparison alone: what they are compared with, by the taps that count for nothing.
    thresholds: Vec<Thresholds>,
}

/// Rows of a block, and what they are.
#[derive(Default)]
struct Block {
    /// Inference and output pixel.
    pixels: Vec<[usize; 2]>,
    /// Taps of the pixel that count for nothing.
    absent: Vec<u16>,
    /// `[pixel][plane]`.
    rows: Patterns,
    bits: Vec<u64>,
}

impl Prepared {
    /// Arranges the weights of a step on the binary core; `None` when the images hold no such step.
    pub fn new(config: &Config, accelerator: &Accelerator, images: &Images) -> Option<Prepared> {
        let core = accelerator.xnor.as_ref()?;
        let (lanes, planes, activations) = (accelerator.lanes, config.planes, Activations::new(config, accelerator));
        let (in_words, taps) = (activations.gather.count(1), activations.taps());
        let (chunks, tiles) = (activations.gather.count(0) / activations.planes(), activations.gather.count(4));
        let image = images.xnor_weights.get(config.weight_base as usize * core.word_bytes()..)?;
        let image = image.get(..tiles * taps * in_words * chunks * core.word_bytes())?;
        let (words, outputs) = (config.weight_words as usize, tiles * core.cols);
        let per_word = lanes * if planes.packed { 8 } else { 1 };
        let weight = |output: usize, tap: usize, channel: usize| {
            let (tile, column, word, within) = (output / core.cols, output % core.cols, channel / per_word, channel % per_word);
            let place = ((tile * taps + tap) * in_words + word) * chunks + within / core.simd;
            let bit = column * core.simd + within % core.simd;
            (output < outputs).then(|| image[place * core.word_bytes() + bit / 8] >> (bit % 8) & 1 == 1)
        };
        let weights = PackedBits::new(taps, activations.channels, words * lanes, weight);
        let finish = Finish::new(config, accelerator, images, words)?;
        let scatter = Scatter::words_first(config);
        let (wide, packed) = (config.wide[1], config.packed);
        let mut own = Prepared { lanes, planes, activations, scatter, weights, outputs, words, wide, packed, finish, thresholds: Vec::new() };
        own.thresholds = own.thresholds();
        Some(own)
    }

    /// Thresholds of the counts, for as many absent taps as there may be; none where the sums are needed.
    fn thresholds(&self) -> Vec<Thresholds> {
        let Finish::Stairs(stairs) = &self.finish else { return Vec::new() };
        if !self.packed || self.planes.last > 0 || self.planes.negative {
            return Vec::new();
        }
        let most = if self.planes.zero_pad { self.activations.taps() } else { 0 };
        let of = |absent: usize| {
            Thresholds::new(&self.weights, |output| {
                let base = i64::from(self.base(absent, output));
                // base + (count << shift) >= step
                let step = |step: &i32| (i64::from(*step) - base + i64::from(self.shift(0) > 0)) >> self.shift(0);
                (stairs.steps(output).iter().map(step).collect(), stairs.inverts(output))
            })
        };
        (0..=most).map(of).collect()
    }

    /// What taps that count for nothing add to the sum of an output: as many of their channels are 1 as -1.
    fn base(&self, absent: usize, output: usize) -> i32 {
        if output < self.outputs { (absent * self.activations.channels) as i32 } else { 0 }
    }

    /// A plane's counts are multiplied by two to so much.
    fn shift(&self, plane: usize) -> u32 {
        if self.planes.bipolar { 1 } else { plane as u32 }
    }

    /// Binary multiply-accumulates per inference: gates times cycles that hold channels.
    pub fn macs(&self) -> u64 {
        (self.weights.inputs() * self.activations.planes() * self.outputs * self.activations.pixels()) as u64
    }

    /// Executes the step on the memories.
    pub fn run(&self, memories: &mut [Memory], scratch: &mut Scratch) {
        let (mut block, mut seen) = (Block::default(), Seen::default());
        for inference in 0..memories.len() {
            seen.clear();
            for pixel in 0..self.activations.pixels() {
                let absent = self.activations.push_rows(pixel, &memories[inference], &self.weights, &mut seen, &mut block.rows);
                block.pixels.push([inference, pixel]);
                block.absent.push(absent as u16);
                if block.pixels.len() * self.activations.planes() >= BLOCK {
                    self.multiply(&mut block, memories, scratch);
                }
            }
        }
        self.multiply(&mut block, memories, scratch);
    }

    /// Computes the outputs of a block, which is empty then.
    fn multiply(&self, block: &mut Block, memories: &mut [Memory], scratch: &mut Scratch) {
        if self.thresholds.is_empty() {
            self.sums(block, memories, scratch);
        } else {
            self.bits(block, memories);
        }
        block.pixels.clear();
        block.absent.clear();
        block.rows.clear();
    }

    /// Outputs that are bits by comparison alone.
    fn bits(&self, block: &mut Block, memories: &mut [Memory]) {
        let per_row = self.weights.tiles() * TILE / 64;
        let out = take(&mut block.bits, block.pixels.len() * per_row);
        bgemm(&self.weights, &block.rows, Output::Bits { thresholds: &self.thresholds, chosen: &block.absent, out });
        let mut bytes = Vec::new();
        for ([inference, pixel], bits) in block.pixels.iter().zip(out.chunks_exact(per_row)) {
            bytes.resize(8 * per_row, 0);
            let places = bytes.as_chunks_mut::<8>().0.iter_mut().zip(bits);
            places.for_each(|(bytes, word)| *bytes = word.to_le_bytes().map(|byte| byte as i8));
            bytes.truncate((self.words * self.lanes).div_ceil(8));
            self.write_packed(*pixel, &mut bytes, &mut memories[*inference]);
        }
    }

    /// Outputs that come of sums.
    fn sums(&self, block: &mut Block, memories: &mut [Memory], scratch: &mut Scratch) {
        let (rows, per_row) = (self.words * self.lanes, self.weights.tiles() * TILE);
        let per_pixel = per_row * self.activations.planes();
        let counts = take(&mut scratch.counts, block.pixels.len() * per_pixel);
        bgemm(&self.weights, &block.rows, Output::Counts(counts));
        for (index, [inference, pixel]) in block.pixels.iter().enumerate() {
            let sums = take(&mut scratch.sums, rows);
            let absent = usize::from(block.absent[index]);
            vectorised(Sums { step: self, counts: &counts[index * per_pixel..][..per_pixel], absent, sums });
            let memory = &mut memories[*inference];
            if let (true, Finish::Stairs(stairs)) = (self.packed, &self.finish) {
                self.write_packed(*pixel, &mut stairs.bits(sums), memory);
                continue;
            }
            let out = take(&mut scratch.out, rows * if self.wide { 2 } else { 1 });
            if self.wide {
                self.finish.apply_wide(sums, out)
            } else {
                self.finish.apply(sums, rows, out)
            };
            self.write(*pixel, out, memory);
        }
    }

    /// A pixel's words follow each other.
    fn write(&self, pixel: usize, bytes: &[i8], memory: &mut Memory) {
        let first = self.scatter.addr(0, 0, pixel);
        memory.put(first, bytes);
        if memory.is_logged() {
            let words = 0..(bytes.len() / self.lanes) as u16;
            words.for_each(|word| memory.note(first.wrapping_add(word), (1 << memory.banks) - 1, 0..self.lanes));
        }
    }

    /// The bits of eight words of accumulators make one word.
    fn write_packed(&self, pixel: usize, bytes: &mut Vec<i8>, memory: &mut Memory) {
        bytes.resize(bytes.len().next_multiple_of(self.lanes), 0);
        self.write(pixel, bytes, memory);
    }
}

/// The sums of a pixel.
struct Sums<'s> {
    step: &'s Prepared,
    /// `[plane][output]`.
    counts: &'s [u32],
    absent: usize,
    sums: &'s mut [i32],
}

impl Job for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Sums { step, counts, absent, sums } = self;
        let (with_columns, without) = sums.split_at_mut(step.outputs.min(sums.len()));
        with_columns.fill(step.base(absent, 0));
        without.fill(0);
        for (plane, counts) in counts.chunks_exact(step.weights.tiles() * TILE).enumerate() {
            let factor = if step.planes.negative && plane == usize::from(step.planes.last) { -1 } else { 1 } << step.shift(plane);
            with_columns.iter_mut().zip(counts).for_each(|(sum, count)| *sum += factor * *count as i32);
        }
    }
}
