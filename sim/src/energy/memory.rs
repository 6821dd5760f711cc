//! What an access to a memory takes.

use super::Figure;
use serde::Deserialize;

/// SRAM macros: points of capacity and energy at one width; between them `E` goes with a power of the capacity, over the width with another.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Macros {
    /// Where the points come from.
    pub source: String,
    /// Under which conditions they hold.
    pub conditions: String,
    /// Error of a single figure, percent.
    pub band_percent: f64,
    /// Bits of a word that the points are for.
    pub bits: f64,
    /// Capacity, KiB, and energy of a read, pJ; ascending.
    pub points: Vec<[f64; 2]>,
    /// A word of `b` bits takes `(b / bits) ^ width_exponent` of that.
    pub width_exponent: Figure,
    /// Energy of a write as a multiple of a read.
    pub write_factor: Figure,
    /// Memories of fewer bits are flip-flops and multiplexers.
    pub least_bits: usize,
    /// There a read takes so much for every bit of the word and level of multiplexers, pJ.
    pub multiplexer_pj_per_bit: Figure,
}

/// Energy of memory accesses, as a technology gives it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MemoryEnergy {
    /// Macros of any size.
    Macros(Box<Macros>),
    /// Block RAMs of one size, all that lie side by side work in every access.
    Blocks {
        /// Bits of a block.
        block_bits: usize,
        /// Widest word of a block.
        block_width: usize,
        /// Energy of an access to a block, pJ.
        access_pj: Figure,
    },
}

impl Macros {
    /// Energy of reading one word, pJ.
    fn read_pj(&self, words: usize, bits: usize) -> f64 {
        if words * bits < self.least_bits {
            let levels = words.max(1).next_power_of_two().trailing_zeros();
            return self.multiplexer_pj_per_bit.value * bits as f64 * f64::from(levels.max(1));
        }
        let kib = (words * bits) as f64 / 8192.0;
        interpolate(&self.points, kib) * (bits as f64 / self.bits).powf(self.width_exponent.value)
    }
}

impl MemoryEnergy {
    /// Energy of reading one word, pJ.
    pub fn read_pj(&self, words: usize, bits: usize) -> f64 {
        match self {
            MemoryEnergy::Macros(macros) => macros.read_pj(words, bits),
            MemoryEnergy::Blocks { block_bits, block_width, access_pj } => {
                // Deep memories are made of narrow blocks side by side, of which one column after the other is enabled.
                let across = bits.div_ceil(*block_width).max((words.min(block_bits / block_width) * bits).div_ceil(*block_bits));
                access_pj.value * across as f64
            }
        }
    }

    /// Energy of writing one word, pJ.
    pub fn write_pj(&self, words: usize, bits: usize) -> f64 {
        match self {
            MemoryEnergy::Macros(macros) => macros.read_pj(words, bits) * macros.write_factor.value,
            MemoryEnergy::Blocks { .. } => self.read_pj(words, bits),
        }
    }
}

/// A power law through the two points around `kib`, or through the first or last two.
fn interpolate(points: &[[f64; 2]], kib: f64) -> f64 {
    let above = points.iter().position(|point| point[0] >= kib).unwrap_or(points.len() - 1).max(1);
    let ([x0, y0], [x1, y1]) = (points[above - 1], points[above]);
    let exponent = (y1 / y0).ln() / (x1 / x0).ln();
    y0 * (kib / x0).powf(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_met_and_joined_by_powers() {
        let points = [[8.0, 7.0], [32.0, 14.0], [128.0, 42.0]];
        assert!((interpolate(&points, 8.0) - 7.0).abs() < 1e-9 && (interpolate(&points, 128.0) - 42.0).abs() < 1e-9);
        assert!((interpolate(&points, 16.0) - 7.0 * 2f64.sqrt()).abs() < 1e-9);
        // Beyond the ends the law of the nearest two goes on: doubled for a fourfold capacity, tripled above.
        assert!((interpolate(&points, 2.0) - 3.5).abs() < 1e-9 && (interpolate(&points, 512.0) - 126.0).abs() < 1e-9);
    }
}
