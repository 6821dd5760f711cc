//! Values of a step on the array, from the encoded step: activations are gathered as the step table says, multiplied as one blocked
//! integer product, and scattered as the step table says.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::images::Images;
use crate::shell::machine::Memory;
use crate::shell::nest::{Gather, Scatter};
use crate::step::Channel;
use fretwork_sim::gemm::{PackedB, gemm};
use fretwork_sim::requantise::{ChannelScales, requantise_rows};

/// A step's weights and parameters in the form in which they are computed with; made once per program.
pub struct Prepared {
    weights: PackedB,
    channels: ChannelScales,
    /// Parameters of the banks after the last output tile's own, which are written together with it.
    tail: ChannelScales,
    gather: Gather,
    scatter: Scatter,
}

impl Prepared {
    /// Packs the weights of a systolic step; `None` when the images hold no such step.
    pub fn new(config: &Config, accelerator: &Accelerator, images: &Images) -> Option<Prepared> {
        let cols = accelerator.cols;
        let gather = Gather::new(config, Some(accelerator.slices()));
        let scatter = Scatter::new(config, accelerator.banks());
        let inputs = gather.count(2) * gather.count(3) * gather.count(4) * accelerator.rows;
        let outputs = gather.count(5) * cols;
        let stream = images.weights.get(config.weight_base as usize * cols..)?;
        if stream.len() < inputs * outputs {
            return None;
        }
        let weights = PackedB::new(inputs, outputs, |k, n| stream[((n / cols) * inputs + k) * cols + n % cols]);
        let first = usize::from(config.param_base) * accelerator.lanes;
        let end = first + outputs.next_multiple_of(accelerator.lanes);
        let scales = |range: &[Channel]| {
            let biases: Vec<_> = range.iter().map(|c| c.bias).collect();
            let scales: Vec<_> = range.iter().map(|c| c.scale).collect();
            ChannelScales::new(&biases, &scales, config.rounding, i32::from(config.zero_point), config.clamp).ok()
        };
        let channels = scales(images.params.get(first..first + outputs)?)?;
        let tail = scales(images.params.get(first + outputs..end)?)?;
        Some(Prepared { weights, channels, tail, gather, scatter })
    }

    /// Multiply-accumulates of the array per inference, padding included.
    pub fn macs(&self) -> u64 {
        (self.pixels() * self.weights.k() * self.weights.n()) as u64
    }

    fn pixels(&self) -> usize {
        self.gather.count(0) * self.gather.count(1) * self.gather.count(6)
    }

    /// Executes the step on the memory.
    pub fn run(&self, config: &Config, accelerator: &Accelerator, memory: &mut Memory) {
        let rows = self.im2col(config, accelerator, memory);
        let (pixels, outputs) = (self.pixels(), self.weights.n());
        let mut acc = vec![0i32; pixels * outputs];
        gemm(&rows, pixels, &self.weights, &mut acc);
        let mut out = vec![0i8; pixels * outputs];
        requantise_rows(&acc, outputs, &self.channels, &mut out);
        self.store(accelerator, &acc, &out, memory);
    }

    /// One row per output pixel: its inputs in the order of the weight stream.
    fn im2col(&self, config: &Config, accelerator: &Accelerator, memory: &Memory) -> Vec<i8> {
        let (lanes, rows, slices) = (accelerator.lanes, accelerator.rows, accelerator.slices());
        let g = &self.gather;
        let (width, height, tiles) = (g.count(0), g.count(1), g.count(6));
        let mut matrix = vec![config.pad_value; self.pixels() * self.weights.k()];
        let mut pixel_rows = matrix.chunks_exact_mut(self.weights.k());
        for tile in 0..tiles {
            for y in 0..height {
                for x in 0..width {
                    let row = pixel_rows.next().unwrap_or(&mut []);
                    let mut parts = row.chunks_exact_mut(rows);
                    for ky in 0..g.count(4) {
                        for kx in 0..g.count(3) {
                            for slice in 0..g.count(2) {
                                let part = parts.next().unwrap_or(&mut []);
                                let position = g.at([x, y, slice, kx, ky, 0, tile]);
                                if position.inside {
                                    let from = usize::from(position.addr) * lanes + (slice % slices) * rows;
                                    part.copy_from_slice(&memory.bytes[from..from + rows]);
                                }
                            }
                        }
                    }
                }
            }
        }
        matrix
    }

    fn store(&self, accelerator: &Accelerator, acc: &[i32], out: &[i8], memory: &mut Memory) {
        let (cols, outputs) = (accelerator.cols, self.weights.n());
        let [pixels, groups, tiles] = self.scatter.counts;
        let tail_width = accelerator.lanes - (groups - 1) % accelerator.banks() * cols;
        let mut last = vec![0i8; tail_width];
        for tile in 0..tiles {
            for group in 0..groups {
                let mask = self.scatter.mask(group, accelerator.banks());
                let lane = group % accelerator.banks() * cols;
                for pixel in 0..pixels {
                    let row = (tile * pixels + pixel) * outputs + group * cols;
                    let addr = self.scatter.addr(pixel, group, tile);
                    let own = &out[row..row + cols];
                    if group + 1 < groups || tail_width == cols {
                        memory.write(addr, mask, lane, own);
                    } else {
                        last[..cols].copy_from_slice(own);
                        let repeated: Vec<i32> = acc[row..row + cols].repeat(tail_width / cols - 1);
                        requantise_rows(&repeated, repeated.len(), &self.tail, &mut last[cols..]);
                        memory.write(addr, mask, lane, &last);
                    }
                }
            }
        }
    }
}
