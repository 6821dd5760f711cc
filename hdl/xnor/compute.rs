//! Values of a step on the binary core, from the encoded step: blocks of output pixels, of all inferences that are computed side by side, against
//! the weights' bits.

use super::activations::{Activations, Seen};
use super::encode::Layout;
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
    /// Outputs plane by plane; what a bit of 0 adds to binary weights alone, and bits of several-bit weights that are 0, count for nothing.
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
    /// `[pixel][row of the pixel]`.
    rows: Patterns,
    bits: Vec<u64>,
}

impl Prepared {
    /// Arranges the weights of a step on the binary core; `None` when the images hold no such step.
    pub fn new(config: &Config, accelerator: &Accelerator, images: &Images) -> Option<Prepared> {
        let core = accelerator.xnor.as_ref()?;
        let (lanes, planes, activations) = (accelerator.lanes, config.planes, Activations::new(config, accelerator));
        let (layout, tiles) = (Layout::of(config, core, lanes), activations.gather.count(4));
        let image = images.xnor_weights.get(config.weight_base as usize * core.word_bytes()..)?.get(..layout.bytes(tiles))?;
        let (words, outputs) = (config.weight_words as usize, tiles * core.cols);
        let weight = |row: usize, tap: usize, channel: usize| {
            let (plane, output) = (row / (words * lanes), row % (words * lanes));
            if output >= outputs {
                return None;
            }
            let (byte, bit) = layout.place(output, tap, channel, plane);
            let set = image[byte] >> bit & 1 == 1;
            (layout.planes == 1 || set).then_some(set)
        };
        let weights = PackedBits::new(layout.taps, activations.channels, layout.planes * words * lanes, weight);
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
        if !self.packed || self.planes.last > 0 || self.planes.negative || self.planes.weight_last > 0 {
            return Vec::new();
        }
        let most = if self.planes.zero_pad { self.activations.taps() } else { 0 };
        let of = |absent: usize| {
            Thresholds::new(&self.weights, |output| {
                let base = i64::from(self.base(absent, output));
                // base + count * factor >= step, the factor 1 or 2
                let factor = i64::from(self.factor(0, 0));
                let step = |step: &i32| (i64::from(*step) - base + factor - 1).div_euclid(factor);
                (stairs.steps(output).iter().map(step).collect(), stairs.inverts(output))
            })
        };
        (0..=most).map(of).collect()
    }

    /// What taps that count for nothing add to the sum of an output with binary weights: as many of their channels are 1 as -1.
    fn base(&self, absent: usize, output: usize) -> i32 {
        let binary = self.planes.weight_last == 0;
        if binary && output < self.outputs { (absent * self.activations.channels) as i32 } else { 0 }
    }

    /// What the counts of a row of a pixel's activations and a plane of the weights are multiplied by.
    fn factor(&self, row: usize, weight_plane: usize) -> i32 {
        let Planes { last, weight_last, bipolar, negative, .. } = self.planes;
        let negative = negative && (bipolar || row == usize::from(last));
        let negative = negative != (weight_last > 0 && weight_plane == usize::from(weight_last));
        // Where activations are -1 and 1, the second row is what lies outside the image.
        let shift = weight_plane + if bipolar { 1 - row } else { row };
        if negative { -1 << shift } else { 1 << shift }
    }

    /// Binary multiply-accumulates per inference: gates times cycles that hold channels.
    pub fn macs(&self) -> u64 {
        let planes = self.activations.planes() * (usize::from(self.planes.weight_last) + 1);
        (self.weights.inputs() * planes * self.outputs * self.activations.pixels()) as u64
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
                if block.pixels.len() * self.activations.rows() >= BLOCK {
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
        let per_pixel = per_row * self.activations.rows();
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
    /// `[row of the pixel][plane of the weights][output]`.
    counts: &'s [u32],
    absent: usize,
    sums: &'s mut [i32],
}

impl Job for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Sums { step, counts, absent, sums } = self;
        let outputs = sums.len();
        let (with_columns, without) = sums.split_at_mut(step.outputs.min(outputs));
        with_columns.fill(step.base(absent, 0));
        without.fill(0);
        for (row, counts) in counts.chunks_exact(step.weights.tiles() * TILE).enumerate() {
            for weight_plane in 0..=usize::from(step.planes.weight_last) {
                let factor = step.factor(row, weight_plane);
                with_columns.iter_mut().zip(&counts[weight_plane * outputs..]).for_each(|(sum, count)| *sum += factor * *count as i32);
            }
        }
    }
}
