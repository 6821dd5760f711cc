//! Values of a step on the array, from the encoded step: activations are gathered as the step table says, multiplied as blocked
//! integer products, and scattered as the step table says.

use super::im2col::Im2col;
use super::parts::{Part, parts};
use super::stream::read;
use super::tiles::Tiles;
use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::images::Images;
use crate::shell::epilogue::Finish;
use crate::shell::memory::{Memory, Scratch, take};
use crate::shell::nest::Scatter;
use fretwork_sim::gemm::{PackedB, gemm};
use std::ops::Range;

/// Bytes of gathered activations, and a quarter of the bytes of sums, that one block of pixels may take: both stay in the second-level cache.
const BLOCK_BYTES: usize = 1 << 17;
/// Fewest pixels that are worth a pass over the weights.
const BLOCK_PIXELS: usize = 48;

/// A step's weights and parameters in the form in which they are computed with; made once per program.
pub struct Prepared {
    products: Vec<Product>,
    finish: Finish,
    scatter: Scatter,
    /// Multiply-accumulates of the array per inference.
    macs: u64,
    pixels: usize,
    /// Bytes of an output pixel.
    bytes: usize,
    /// Pixels that are computed at once.
    block: usize,
}

/// The sums of output tiles that are computed together.
struct Product {
    rows: Im2col,
    /// One column per output byte. The last output tile writes the word's remaining banks as well: its columns are repeated there.
    weights: PackedB,
    /// The output bytes, in the order of the columns.
    columns: Vec<Range<usize>>,
}

impl Product {
    /// `columns` are the output bytes of every output tile.
    fn new(part: &Part, config: &Config, accelerator: &Accelerator, columns: &[Range<usize>], stream: &[i8]) -> Product {
        let (rows, cols) = (accelerator.rows, accelerator.cols);
        let columns: Vec<Range<usize>> = part.outputs.iter().map(|&output| columns[output].clone()).collect();
        let of_column: Vec<usize> = columns.iter().enumerate().flat_map(|(index, own)| own.clone().map(move |_| index)).collect();
        // Rows and columns are powers of two, and divisions take long.
        let (shift, row, column) = (rows.trailing_zeros(), rows - 1, cols - 1);
        let weights = PackedB::new(part.tiles.len() * rows, of_column.len(), |k, n| {
            let tile = part.weights[of_column[n] * part.tiles.len() + (k >> shift)];
            tile.map_or(0, |tile| stream[(tile as usize * rows + (k & row)) * cols + (n & column)])
        });
        Product { rows: Im2col::new(config, accelerator, &part.tiles), weights, columns }
    }
}

impl Prepared {
    /// Packs the weights of a systolic step; `None` when the images hold no such step.
    pub fn new(config: &Config, accelerator: &Accelerator, images: &Images) -> Option<Prepared> {
        let (lanes, cols) = (accelerator.lanes, accelerator.cols);
        let tiles = Tiles::read(config, accelerator, images).ok()?;
        let scatter = Scatter::new(config, accelerator.banks());
        let bytes = (scatter.counts[1] * cols).next_multiple_of(lanes);
        let stream = read(config, accelerator, images)?;
        let last = tiles.outputs.len() - 1;
        let columns: Vec<Range<usize>> = (0..=last).map(|output| output * cols..if output == last { bytes } else { (output + 1) * cols }).collect();
        let product = |part: &Part| Product::new(part, config, accelerator, &columns, &stream);
        let products: Vec<Product> = parts(&tiles, accelerator).iter().map(product).collect();
        let finish = Finish::new(config, accelerator, images, bytes / lanes)?;
        let pixels = products[0].rows.pixels();
        let macs = (pixels * tiles.count() * accelerator.rows * cols) as u64;
        let deepest = products.iter().map(|product| product.weights.k()).max().unwrap_or(1);
        let block = (BLOCK_BYTES / deepest.max(bytes)).max(BLOCK_PIXELS).min(pixels);
        Some(Prepared { products, finish, scatter, macs, pixels, bytes, block })
    }

    /// Multiply-accumulates of the array per inference, padding included.
    pub fn macs(&self) -> u64 {
        self.macs
    }

    /// Executes the step on the memory.
    pub fn run(&self, memory: &mut Memory, scratch: &mut Scratch) {
        for first in (0..self.pixels).step_by(self.block) {
            let count = self.block.min(self.pixels - first);
            self.sums(&memory.bytes, first..first + count, scratch);
            let sums = take(&mut scratch.sums, count * self.bytes);
            let out = take(&mut scratch.out, count * self.bytes);
            self.finish.apply(sums, self.bytes, out);
            self.store(first, out, memory);
        }
        if memory.is_logged() {
            self.log(memory);
        }
    }

    /// The sums of a block of pixels.
    fn sums(&self, memory: &[i8], pixels: Range<usize>, scratch: &mut Scratch) {
        let count = pixels.len();
        let sums = take(&mut scratch.sums, count * self.bytes);
        for Product { rows, weights, columns } in &self.products {
            let inputs = take(&mut scratch.inputs, count * weights.k());
            rows.fill(memory, pixels.clone(), inputs);
            if self.products.len() == 1 {
                return gemm(inputs, count, weights, sums);
            }
            let part = take(&mut scratch.part, count * weights.n());
            gemm(inputs, count, weights, part);
            for (mut own, pixel) in part.chunks_exact(weights.n()).zip(sums.chunks_exact_mut(self.bytes)) {
                for columns in columns {
                    let (tile, rest) = own.split_at(columns.len());
                    pixel[columns.clone()].copy_from_slice(tile);
                    own = rest;
                }
            }
        }
    }

    /// A pixel's channels lie next to each other.
    fn store(&self, first: usize, out: &[i8], memory: &mut Memory) {
        let per_tile = self.scatter.counts[0];
        for (index, own) in out.chunks_exact(self.bytes).enumerate() {
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
