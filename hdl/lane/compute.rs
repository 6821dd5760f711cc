//! Values of a lane step, from the encoded step: whole pixels of a row at a time, one tap after the other.

use super::encode::{ADD, MAC, MAX, OR, SUM, TABLE};
use super::fold::{Fold, Operands, fold};
use super::scales::{Run, Scales, runs};
use crate::accelerator::Accelerator;
use crate::config::{AddScale, Config};
use crate::images::Images;
use crate::shell::memory::{Memory, Scratch, take};
use crate::shell::nest::{Gather, Scatter};
use fretwork_sim::requantise::round_half_away;
use std::ops::Range;

/// Sums that are computed at once: they stay in the first-level cache.
const BLOCK_SUMS: usize = 4096;

/// A step's weights and parameters in the form in which they are computed with; made once per program.
pub struct Prepared {
    gather: Gather,
    scatter: Scatter,
    /// Bytes per pixel: all channel words.
    channels: usize,
    operation: Operation,
    /// A pixel outside the image.
    outside: Vec<i8>,
    /// For every kernel column, which output columns find it in the image.
    columns: Vec<Vec<Run>>,
    scales: Scales,
}

/// What the step's taps do.
enum Operation {
    /// Weights `[tap][channel]`.
    Mac(Vec<i8>),
    Max,
    Sum,
    Or,
    /// One table per tap.
    Lookup(Vec<[i32; 256]>),
}

impl Prepared {
    /// Arranges weights and parameters of a lane step; `None` when the images hold no such step.
    pub fn new(config: &Config, accelerator: &Accelerator, images: &Images) -> Option<Prepared> {
        let gather = Gather::new(config, None);
        let channels = gather.count(5) * accelerator.lanes;
        let columns: Vec<Vec<Run>> = (0..gather.count(0)).map(|kx| runs(&gather, kx)).collect();
        Some(Prepared {
            operation: Operation::new(config, accelerator, images)?,
            scales: Scales::new(config, accelerator, images, &columns)?,
            scatter: Scatter::new(config, 1),
            outside: vec![config.pad_value; channels],
            gather,
            channels,
            columns,
        })
    }

    /// Executes the step on the memory.
    pub fn run(&self, memory: &mut Memory, scratch: &mut Scratch) {
        let (width, height) = (self.gather.count(2), self.gather.count(3));
        let block = (BLOCK_SUMS / self.channels).clamp(1, width);
        for y in 0..height {
            for x in (0..width).step_by(block) {
                let pixels = x..width.min(x + block);
                let sums = take(&mut scratch.sums, pixels.len() * self.channels);
                let out = take(&mut scratch.out, sums.len());
                let rows = self.reduce(y, pixels.clone(), memory, sums);
                self.scales.apply(rows, pixels.clone(), self.channels, sums, out);
                for (pixel, own) in pixels.zip(out.chunks_exact(self.channels)) {
                    memory.put(self.scatter.addr(y * width + pixel, 0, 0), own);
                }
            }
        }
        if memory.is_logged() {
            self.log(memory);
        }
    }

    /// Sums of neighbouring output pixels; returns how many kernel rows lie inside the image.
    fn reduce(&self, y: usize, pixels: Range<usize>, memory: &Memory, sums: &mut [i32]) -> usize {
        let g = &self.gather;
        sums.fill(if matches!(self.operation, Operation::Max) { i32::MIN } else { 0 });
        let mut rows = 0;
        for ky in 0..g.count(1) {
            let row_inside = g.point([0, ky, 0, y, 0, 0, 0]).y < g.image()[0];
            rows += usize::from(row_inside);
            for (kx, runs) in self.columns.iter().enumerate() {
                let tap = self.operation.tap(ky * g.count(0) + kx, self.channels);
                for run in runs {
                    let own = run.pixels.start.max(pixels.start)..run.pixels.end.min(pixels.end);
                    if own.is_empty() {
                        continue;
                    }
                    let operands = if run.inside && row_inside {
                        let first = usize::from(g.point([kx, ky, own.start, y, 0, 0, 0]).addr) * memory.lanes;
                        Operands { bytes: &memory.bytes[first..], step: usize::from(g.units()[2].addr as u16) * memory.lanes }
                    } else {
                        Operands { bytes: &self.outside, step: 0 }
                    };
                    let own = (own.start - pixels.start) * self.channels..(own.end - pixels.start) * self.channels;
                    fold(tap, operands, self.channels, &mut sums[own]);
                }
            }
        }
        rows
    }

    /// Every write in the hardware's order.
    fn log(&self, memory: &mut Memory) {
        let [pixels, words, _] = self.scatter.counts;
        for word in 0..words {
            for pixel in 0..pixels {
                memory.note(self.scatter.addr(pixel, word, 0), self.scatter.mask(word, memory.banks), 0..memory.lanes);
            }
        }
    }
}

impl Operation {
    fn new(config: &Config, accelerator: &Accelerator, images: &Images) -> Option<Operation> {
        let count = |level: usize| usize::from(config.levels[level].last) + 1;
        match config.lane_op {
            MAC => {
                let (lanes, words, taps) = (accelerator.lanes, count(5), count(0) * count(1));
                let stream = images.lane_weights.get(config.weight_base as usize * lanes..)?.get(..words * taps * lanes)?;
                let tap = |tap: usize| (0..words).flat_map(move |word| &stream[(word * taps + tap) * lanes..][..lanes]);
                Some(Operation::Mac((0..taps).flat_map(tap).copied().collect()))
            }
            MAX => Some(Operation::Max),
            SUM => Some(Operation::Sum),
            OR => Some(Operation::Or),
            ADD => Some(Operation::Lookup(config.add.map(add_table).to_vec())),
            TABLE => {
                let table = images.tables.get(usize::from(config.table) * 256..)?.get(..256)?;
                Some(Operation::Lookup(vec![std::array::from_fn(|entry| i32::from(table[entry]))]))
            }
            _ => None,
        }
    }

    fn tap(&self, tap: usize, channels: usize) -> Fold<'_> {
        match self {
            Operation::Mac(weights) => Fold::Mac(&weights[tap * channels..][..channels]),
            Operation::Max => Fold::Max,
            Operation::Sum => Fold::Sum,
            Operation::Or => Fold::Or,
            Operation::Lookup(tables) => Fold::Lookup(&tables[tap]),
        }
    }
}

/// For every activation, `((a - zero_point) << 20) * multiplier / 2^31`, rounded, then shifted right with rounding: the shift by 20 is
/// folded into the first.
fn add_table(scale: AddScale) -> [i32; 256] {
    std::array::from_fn(|entry| {
        let difference = entry as i64 - 128 - i64::from(scale.zero_point);
        let high = (difference * i64::from(scale.multiplier) + (1 << 10)) >> 11;
        round_half_away(high, u32::from(scale.shift)) as i32
    })
}
