//! Activations as matrix rows: one row per output pixel, the inputs of some weight tiles in the order of the weight stream (kernel rows, kernel
//! columns, channels).

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::shell::nest::{Gather, Point};
use std::ops::Range;

/// Where a step's matrix rows come from.
pub struct Im2col {
    gather: Gather,
    lanes: usize,
    pad_value: i8,
    /// Bytes of a matrix row.
    depth: usize,
    rows: Vec<KernelRow>,
}

/// What a matrix row takes from one row of the kernel.
struct KernelRow {
    row: usize,
    /// Place in the matrix row.
    to: Range<usize>,
    runs: Vec<Run>,
    /// Whether the runs follow each other in the image, and so in memory.
    together: bool,
}

/// Bytes of one tap that follow each other.
struct Run {
    /// Distances of the tap from the kernel row's first one: addresses, columns.
    words: u16,
    columns: u16,
    /// First byte of the tap that is read.
    from: usize,
    count: usize,
}

impl Im2col {
    /// For a checked step-table entry and the numbers of weight tiles, ascending.
    pub fn new(config: &Config, accelerator: &Accelerator, tiles: &[u32]) -> Im2col {
        let gather = Gather::new(config, Some(accelerator.slices()));
        let (rows, lanes) = (accelerator.rows, accelerator.lanes);
        let mut im2col = Im2col { lanes, pad_value: config.pad_value, depth: tiles.len() * rows, rows: Vec::new(), gather };
        let (inputs, columns, unit) = (im2col.gather.count(2), im2col.gather.count(3), im2col.gather.units()[3]);
        for (index, &tile) in tiles.iter().enumerate() {
            let (input, column, row) = (tile as usize % inputs, tile as usize / inputs % columns, tile as usize / inputs / columns);
            let [words, columns] = [unit.addr, unit.x].map(|by| (column as i16).wrapping_mul(by) as u16);
            let run = Run { words, columns, from: input * rows, count: rows };
            match im2col.rows.last_mut().filter(|last| last.row == row) {
                Some(last) => last.add(run, lanes),
                None => im2col.rows.push(KernelRow { row, to: index * rows..(index + 1) * rows, runs: vec![run], together: true }),
            }
        }
        im2col
    }

    /// Output pixels.
    pub fn pixels(&self) -> usize {
        self.gather.count(0) * self.gather.count(1) * self.gather.count(6)
    }

    /// Inputs per output pixel.
    pub fn depth(&self) -> usize {
        self.depth
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
        let step = g.units()[0];
        for kernel_row in &self.rows {
            let mut at = g.point([x, y, 0, 0, kernel_row.row, 0, tile]);
            let inside = at.y < g.image()[0];
            for pixel in matrix.chunks_exact_mut(self.depth()) {
                let taps = &mut pixel[kernel_row.to.clone()];
                if inside {
                    self.fill_taps(memory, at, kernel_row, taps);
                } else {
                    taps.fill(self.pad_value);
                }
                at.addr = at.addr.wrapping_add(step.addr as u16);
                at.x = at.x.wrapping_add(step.x as u16);
            }
        }
    }

    /// Fills in the taps of one kernel row, the first of which is at `at`.
    fn fill_taps(&self, memory: &[i8], at: Point, row: &KernelRow, taps: &mut [i8]) {
        let width = self.gather.image()[1];
        let from = |run: &Run| usize::from(at.addr.wrapping_add(run.words)) * self.lanes + run.from;
        let [first, .., last] = &row.runs[..] else { return self.fill_tap(memory, at, &row.runs[0], taps) };
        let x = at.x.wrapping_add(first.columns);
        if row.together && x < width && usize::from(x) + usize::from(last.columns - first.columns) < usize::from(width) {
            return copy(taps, &memory[from(first)..]);
        }
        let mut rest = taps;
        for run in &row.runs {
            let (own, after) = rest.split_at_mut(run.count);
            self.fill_tap(memory, at, run, own);
            rest = after;
        }
    }

    fn fill_tap(&self, memory: &[i8], at: Point, run: &Run, tap: &mut [i8]) {
        if at.x.wrapping_add(run.columns) < self.gather.image()[1] {
            copy(tap, &memory[usize::from(at.addr.wrapping_add(run.words)) * self.lanes + run.from..]);
        } else {
            tap.fill(self.pad_value);
        }
    }
}

impl KernelRow {
    /// Appends a run, to the last one when it continues that.
    fn add(&mut self, run: Run, lanes: usize) {
        self.to.end += run.count;
        let Some(last) = self.runs.last_mut() else { return };
        if (last.words, last.columns, last.from + last.count) == (run.words, run.columns, run.from) {
            last.count += run.count;
            return;
        }
        let [end, start] = [(last.words, last.from + last.count), (run.words, run.from)].map(|(words, byte)| usize::from(words) * lanes + byte);
        self.together &= end == start && run.columns >= last.columns;
        self.runs.push(run);
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
