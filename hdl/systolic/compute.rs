//! Values of a step on the array, from the encoded step: activations are gathered as the step table says, multiplied as blocked
//! integer products, and scattered as the step table says.

use super::im2col::Im2col;
use super::stream::read;
use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::images::Images;
use crate::shell::epilogue::Finish;
use crate::shell::memory::{Memory, Scratch, take};
use crate::shell::nest::Scatter;
use fretwork_sim::gemm::{PackedB, gemm};

/// Bytes of gathered activations, and a quarter of the bytes of sums, that one block of pixels may take: both stay in the second-level cache.
const BLOCK_BYTES: usize = 1 << 17;
/// Fewest pixels that are worth a pass over the weights.
const BLOCK_PIXELS: usize = 48;

/// A step's weights and parameters in the form in which they are computed with; made once per program.
pub struct Prepared {
    /// One column per output byte. The last output tile writes the word's remaining banks as well: its columns are repeated there.
    weights: PackedB,
    finish: Finish,
    rows: Im2col,
    scatter: Scatter,
    /// Outputs that the array computes.
    outputs: usize,
    /// Pixels that are computed at once.
    block: usize,
}

impl Prepared {
    /// Packs the weights of a systolic step; `None` when the images hold no such step.
    pub fn new(config: &Config, accelerator: &Accelerator, images: &Images) -> Option<Prepared> {
        let (lanes, cols) = (accelerator.lanes, accelerator.cols);
        let rows = Im2col::new(config, accelerator);
        let scatter = Scatter::new(config, accelerator.banks());
        let (inputs, outputs) = (rows.depth(), scatter.counts[1] * cols);
        let bytes = outputs.next_multiple_of(lanes);
        let stream = read(config, accelerator, images)?;
        let weights = PackedB::new(inputs, bytes, |k, n| {
            let tile = (n / cols).min(scatter.counts[1] - 1);
            stream[(tile * inputs + k) * cols + n % cols]
        });
        let finish = Finish::new(config, accelerator, images, bytes / lanes)?;
        let block = (BLOCK_BYTES / inputs.max(bytes)).max(BLOCK_PIXELS).min(rows.pixels());
        Some(Prepared { weights, finish, rows, scatter, outputs, block })
    }

    /// Multiply-accumulates of the array per inference, padding included.
    pub fn macs(&self) -> u64 {
        (self.rows.pixels() * self.weights.k() * self.outputs) as u64
    }

    /// Executes the step on the memory.
    pub fn run(&self, memory: &mut Memory, scratch: &mut Scratch) {
        let (pixels, bytes) = (self.rows.pixels(), self.weights.n());
        for first in (0..pixels).step_by(self.block) {
            let count = self.block.min(pixels - first);
            let inputs = take(&mut scratch.inputs, count * self.weights.k());
            self.rows.fill(&memory.bytes, first..first + count, inputs);
            let sums = take(&mut scratch.sums, count * bytes);
            gemm(inputs, count, &self.weights, sums);
            let out = take(&mut scratch.out, count * bytes);
            self.finish.apply(sums, bytes, out);
            self.store(first, out, memory);
        }
        if memory.is_logged() {
            self.log(memory);
        }
    }

    /// A pixel's channels lie next to each other.
    fn store(&self, first: usize, out: &[i8], memory: &mut Memory) {
        let per_tile = self.scatter.counts[0];
        for (index, own) in out.chunks_exact(self.weights.n()).enumerate() {
            let pixel = first + index;
            memory.put(self.scatter.addr(pixel % per_tile, 0, pixel / per_tile), own);
        }
    }

    /// Every write in the hardware's order.
    fn log(&self, memory: &mut Memory) {
        let (lanes, banks) = (memory.lanes, memory.banks);
        let cols = lanes / banks;
        let [pixels, groups, tiles] = self.scatter.counts;
        for tile in 0..tiles {
            for group in 0..groups {
                let mask = self.scatter.mask(group, banks);
                let lane = group % banks * cols;
                let end = if group + 1 < groups { lane + cols } else { lanes };
                for pixel in 0..pixels {
                    memory.note(self.scatter.addr(pixel, group, tile), mask, lane..end);
                }
            }
        }
    }
}
