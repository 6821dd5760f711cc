//! Activations as matrix rows: one row per output pixel, its inputs in the order of the weight stream (kernel rows, kernel columns, channels).

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::shell::nest::{Gather, Point};
use std::ops::Range;

/// Where a step's matrix rows come from.
pub struct Im2col {
    gather: Gather,
    lanes: usize,
    pad_value: i8,
    /// Bytes per tap.
    tap: usize,
    /// Whether the taps of a kernel row follow each other in the image, and so in memory.
    adjacent: bool,
}

impl Im2col {
    /// For a checked step-table entry.
    pub fn new(config: &Config, accelerator: &Accelerator) -> Im2col {
        let gather = Gather::new(config, Some(accelerator.slices()));
        let tap = gather.count(2) * accelerator.rows;
        let column = gather.units()[3];
        let adjacent = gather.count(3) == 1 || (column.x == 1 && usize::from(column.addr as u16) * accelerator.lanes == tap);
        Im2col { gather, lanes: accelerator.lanes, pad_value: config.pad_value, tap, adjacent }
    }

    /// Output pixels.
    pub fn pixels(&self) -> usize {
        self.gather.count(0) * self.gather.count(1) * self.gather.count(6)
    }

    /// Inputs per output pixel.
    pub fn depth(&self) -> usize {
        self.tap * self.gather.count(3) * self.gather.count(4)
    }

    /// Fills in the rows of the given output pixels.
    pub fn fill(&self, memory: &[i8], pixels: Range<usize>, matrix: &mut [i8]) {
        let width = self.gather.count(0);
        let mut rest = matrix;
        let mut pixel = pixels.start;
        while pixel < pixels.end {
            let x = pixel % width;
            let count = (width - x).min(pixels.end - pixel);
            let (own, after) = rest.split_at_mut(count * self.depth());
            self.fill_row(memory, pixel / width, x, own);
            rest = after;
            pixel += count;
        }
    }

    /// Fills in neighbours of one output row, from column `x` on.
    fn fill_row(&self, memory: &[i8], row: usize, x: usize, matrix: &mut [i8]) {
        let g = &self.gather;
        let (tile, y) = (row / g.count(1), row % g.count(1));
        let kernel_row = self.tap * g.count(3);
        let step = g.units()[0];
        for ky in 0..g.count(4) {
            let mut at = g.point([x, y, 0, 0, ky, 0, tile]);
            let inside = at.y < g.image()[0];
            for pixel in matrix.chunks_exact_mut(self.depth()) {
                let taps = &mut pixel[ky * kernel_row..][..kernel_row];
                if inside {
                    self.fill_taps(memory, at, taps);
                } else {
                    taps.fill(self.pad_value);
                }
                at.addr = at.addr.wrapping_add(step.addr as u16);
                at.x = at.x.wrapping_add(step.x as u16);
            }
        }
    }

    /// Fills in the taps of one kernel row, the first of which is at `at`.
    fn fill_taps(&self, memory: &[i8], at: Point, taps: &mut [i8]) {
        let width = self.gather.image()[1];
        let last = usize::from(at.x) + self.gather.count(3) - 1;
        if self.adjacent && last < usize::from(width) {
            return copy(taps, &memory[usize::from(at.addr) * self.lanes..]);
        }
        let column = self.gather.units()[3];
        let Point { mut addr, mut x, .. } = at;
        for tap in taps.chunks_exact_mut(self.tap) {
            if x < width {
                copy(tap, &memory[usize::from(addr) * self.lanes..]);
            } else {
                tap.fill(self.pad_value);
            }
            addr = addr.wrapping_add(column.addr as u16);
            x = x.wrapping_add(column.x as u16);
        }
    }
}

/// Copies as many bytes as `to` holds; short rows of whole 16-byte blocks without a call.
#[inline(always)]
fn copy(to: &mut [i8], from: &[i8]) {
    let from = &from[..to.len()];
    let (blocks, rest) = to.as_chunks_mut::<16>();
    if rest.is_empty() && blocks.len() <= 16 {
        blocks.iter_mut().zip(from.as_chunks::<16>().0).for_each(|(to, from)| *to = *from);
    } else {
        to.copy_from_slice(from);
    }
}

#[cfg(test)]
mod tests;
