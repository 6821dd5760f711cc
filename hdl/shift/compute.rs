//! Values of a step on the shift core, from the encoded step: a table's sums of powers of two are weights, so blocks of output pixels become
//! blocked integer products.

use super::encode::Weights;
use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::images::Images;
use crate::shell::epilogue::Finish;
use crate::shell::memory::{Memory, Scratch, take};
use crate::shell::nest::{Gather, Scatter};
use fretwork_sim::gemm::{PackedB, gemm};

/// Bytes of gathered activations that one block of pixels may take: they stay in the second-level cache.
const BLOCK_BYTES: usize = 1 << 17;

/// A step's weights and parameters in the form in which they are computed with; made once per program.
pub struct Prepared {
    weights: PackedB,
    finish: Finish,
    gather: Gather,
    scatter: Scatter,
    /// What a tap outside the image reads.
    outside: Vec<i8>,
    /// Outputs that have columns.
    outputs: usize,
    /// Pixels that are computed at once.
    block: usize,
}

impl Prepared {
    /// Packs the weights of a step on the shift core; `None` when the images hold no such step.
    pub fn new(config: &Config, accelerator: &Accelerator, images: &Images) -> Option<Prepared> {
        let weights = Weights::new(config, accelerator, images)?;
        let (words, inputs) = (config.weight_words as usize, weights.inputs());
        let bytes = words * accelerator.lanes;
        let finish = Finish::new(config, accelerator, images, words)?;
        let packed = PackedB::new(inputs, bytes, |input, output| weights.at(output, input) as i8);
        let (gather, scatter) = (Gather::new(config, None), Scatter::words_first(config));
        let block = (BLOCK_BYTES / inputs).clamp(1, gather.count(5) * gather.count(6));
        let outside = vec![config.pad_value; weights.tap_bytes()];
        Some(Prepared { weights: packed, finish, gather, scatter, outside, outputs: weights.outputs(), block })
    }

    /// Products per inference: shift units times cycles.
    pub fn macs(&self) -> u64 {
        (self.pixels() * self.weights.k() * self.outputs) as u64
    }

    fn pixels(&self) -> usize {
        self.gather.count(5) * self.gather.count(6)
    }

    /// Executes the step on the memory.
    pub fn run(&self, memory: &mut Memory, scratch: &mut Scratch) {
        let (inputs, bytes) = (self.weights.k(), self.weights.n());
        for first in (0..self.pixels()).step_by(self.block) {
            let count = self.block.min(self.pixels() - first);
            let rows = take(&mut scratch.inputs, count * inputs);
            rows.chunks_exact_mut(inputs).enumerate().for_each(|(index, row)| self.fill(first + index, memory, row));
            let sums = take(&mut scratch.sums, count * bytes);
            gemm(rows, count, &self.weights, sums);
            let out = take(&mut scratch.out, count * bytes);
            self.finish.apply(sums, bytes, out);
            out.chunks_exact(bytes).enumerate().for_each(|(index, own)| self.write(first + index, own, memory));
        }
    }

    /// Fills in the inputs of an output pixel, tap by tap.
    fn fill(&self, pixel: usize, memory: &Memory, row: &mut [i8]) {
        let g = &self.gather;
        let mut line = g.point([0, 0, 0, 0, 0, pixel % g.count(5), pixel / g.count(5)]);
        let kernel_row = self.outside.len() * g.count(2);
        for taps in row.chunks_exact_mut(kernel_row) {
            let mut point = line;
            for tap in taps.chunks_exact_mut(self.outside.len()) {
                let inside = point.y < g.image()[0] && point.x < g.image()[1];
                tap.copy_from_slice(if inside { memory.words(point.addr, g.count(1)) } else { &self.outside });
                point = point.moved(g.units()[2]);
            }
            line = line.moved(g.units()[3]);
        }
    }

    /// A pixel's words follow each other.
    fn write(&self, pixel: usize, bytes: &[i8], memory: &mut Memory) {
        let first = self.scatter.addr(0, 0, pixel);
        memory.put(first, bytes);
        if memory.is_logged() {
            let words = 0..(bytes.len() / memory.lanes) as u16;
            words.for_each(|word| memory.note(first.wrapping_add(word), (1 << memory.banks) - 1, 0..memory.lanes));
        }
    }
}
