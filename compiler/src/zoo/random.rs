//! The numbers that stand in for training: filters, gains and offsets, from a seed alone.

use fretwork_sim::stalls::splitmix;
use rayon::prelude::*;

/// Weights that one task draws.
const TOGETHER: usize = 1 << 16;

/// A sequence of streams of numbers, one for every layer.
pub struct Random {
    seed: u64,
    streams: u64,
}

impl Random {
    pub fn new(seed: u64) -> Random {
        Random { seed: splitmix(seed), streams: 0 }
    }

    fn stream(&mut self) -> u64 {
        self.streams += 1;
        splitmix(self.seed ^ self.streams)
    }

    /// Weights from -127 to 127: bell-shaped around 0 with a deviation of 37, the mean of four even numbers.
    pub fn weights(&mut self, count: usize) -> Vec<i8> {
        let stream = self.stream();
        let mut weights = vec![0; count];
        weights.par_chunks_mut(TOGETHER).enumerate().for_each(|(chunk, own)| {
            let first = (chunk * TOGETHER) as u64;
            for (at, pair) in own.chunks_mut(2).enumerate() {
                let bits = splitmix(stream.wrapping_add(first + at as u64));
                pair.iter_mut().zip([bits as u32, (bits >> 32) as u32]).for_each(|(weight, bits)| *weight = bell(bits));
            }
        });
        weights
    }

    /// Numbers evenly spread between the bounds.
    pub fn reals(&mut self, count: usize, [low, high]: [f64; 2]) -> Vec<f64> {
        let stream = self.stream();
        let unit = |at: usize| (splitmix(stream.wrapping_add(at as u64)) >> 11) as f64 / (1u64 << 53) as f64;
        (0..count).map(|at| low + (high - low) * unit(at)).collect()
    }
}

fn bell(bits: u32) -> i8 {
    let sum: i32 = bits.to_le_bytes().iter().map(|byte| i32::from(*byte)).sum();
    ((sum - 510) / 4).clamp(-127, 127) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_bell_shaped_and_depend_on_the_seed() {
        let draw = |seed| Random::new(seed).weights(200_001);
        let weights = draw(3);
        assert_eq!(weights, draw(3));
        assert_ne!(weights, draw(4));
        let mean = weights.iter().map(|w| f64::from(*w)).sum::<f64>() / weights.len() as f64;
        let square = weights.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>() / weights.len() as f64;
        assert!(mean.abs() < 0.3 && (square.sqrt() - 37.0).abs() < 0.5, "mean {mean}, deviation {}", square.sqrt());
        assert!(!weights.contains(&-128));
    }
}
