//! Weight sharing by k-means: a layer keeps at most `2^bits - 1` different non-zero weights. Zeros stay zero, and no weight becomes zero.
//!
//! The clusters minimise the squared error in real units: a weight counts with the square of its channel's scale.
//!
//! Source: S. Han, H. Mao, W. Dally, *Deep Compression*, ICLR 2016, section 3 (Lloyd's iteration; linear, density-based and random
//! initialisation).

use fretwork_sim::stalls::splitmix;

use super::layers::{Layer, layers, with_weights};
use crate::graph::Graph;

/// Where the clusters start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// Evenly spaced between the smallest and the largest weight.
    Linear,
    /// At evenly spaced quantiles of the weights.
    Density,
    /// At weights drawn at random.
    Random {
        /// Decides which.
        seed: u64,
    },
}

/// How weights are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Bits of a weight code, 1 to 8; code 0 is zero.
    pub bits: u32,
    /// Where the clusters start.
    pub init: Init,
    /// Depthwise convolutions share as well.
    pub depthwise: bool,
}

/// Iterations after which the clusters are taken as they are.
const MAX_ITERATIONS: usize = 1000;

/// Shares the weights of every layer.
pub fn share(graph: &Graph, sharing: &Sharing) -> Graph {
    let mut layers = layers(graph, sharing.depthwise);
    for layer in &mut layers {
        let book = codebook(&masses(layer), (1 << sharing.bits) - 1, sharing.init);
        let map: Vec<i8> = (-128..=127).map(|value| nearest(&book, value)).collect();
        layer.weights.iter_mut().filter(|weight| **weight != 0).for_each(|weight| *weight = map[(i32::from(*weight) + 128) as usize]);
    }
    with_weights(graph, &layers)
}

/// The non-zero values that occur, ascending, each with the sum of its weights' squared scales.
fn masses(layer: &Layer) -> Vec<(i8, f64)> {
    let mut masses = [0.0; 256];
    for (index, weight) in layer.weights.iter().enumerate() {
        masses[(i32::from(*weight) + 128) as usize] += layer.steps[index / layer.cols].powi(2);
    }
    let all = (-128..=127i8).zip(masses);
    all.filter(|(value, mass)| *value != 0 && *mass > 0.0).collect()
}

/// At most `most` values for the given ones, ascending.
fn codebook(masses: &[(i8, f64)], most: usize, init: Init) -> Vec<i8> {
    if masses.len() <= most {
        return masses.iter().map(|(value, _)| *value).collect();
    }
    let mut centres = start(masses, most, init);
    for _ in 0..MAX_ITERATIONS {
        let next = iterate(masses, &centres);
        if next == centres {
            break;
        }
        centres = next;
    }
    let mut book: Vec<i8> = centres.iter().map(|centre| rounded(*centre)).collect();
    book.sort_unstable();
    book.dedup();
    book
}

fn start(masses: &[(i8, f64)], most: usize, init: Init) -> Vec<f64> {
    let value = |at: usize| f64::from(masses[at].0);
    match init {
        Init::Linear => {
            let (low, high) = (value(0), value(masses.len() - 1));
            let step = (high - low) / (most.max(2) - 1) as f64;
            (0..most).map(|at| low + step * at as f64).collect()
        }
        Init::Density => {
            let total: f64 = masses.iter().map(|(_, mass)| mass).sum();
            let quantile = |share: f64| {
                let mut sum = 0.0;
                let reaches = |(_, mass): &(i8, f64)| {
                    sum += mass;
                    sum >= share * total
                };
                value(masses.iter().position(reaches).unwrap_or(masses.len() - 1))
            };
            (0..most).map(|at| quantile((at as f64 + 0.5) / most as f64)).collect()
        }
        Init::Random { seed } => {
            let mut places: Vec<usize> = (0..masses.len()).collect();
            // A mass m drawn with priority u^(1/m): the first `most` are a weighted sample without repetition.
            let uniform = |at: usize| (splitmix(splitmix(seed) ^ at as u64) >> 11) as f64 / (1u64 << 53) as f64;
            let least = masses.iter().map(|(_, mass)| *mass).fold(f64::INFINITY, f64::min);
            let priority = |at: usize| uniform(at).max(f64::MIN_POSITIVE).ln() * least / masses[at].1;
            places.sort_by(|a, b| priority(*b).total_cmp(&priority(*a)));
            let mut centres: Vec<f64> = places[..most].iter().map(|&at| value(at)).collect();
            centres.sort_by(f64::total_cmp);
            centres
        }
    }
}

/// One step of Lloyd's: every centre moves to the mean of the values that are nearest to it. Centres without values stay.
fn iterate(masses: &[(i8, f64)], centres: &[f64]) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); centres.len()];
    for (value, mass) in masses {
        let distance = |at: usize| (f64::from(*value) - centres[at]).abs();
        let nearest = (1..centres.len()).fold(0, |best, at| if distance(at) < distance(best) { at } else { best });
        sums[nearest].0 += f64::from(*value) * mass;
        sums[nearest].1 += mass;
    }
    sums.iter().zip(centres).map(|((sum, mass), centre)| if *mass > 0.0 { sum / mass } else { *centre }).collect()
}

/// The nearest weight that is not zero.
fn rounded(centre: f64) -> i8 {
    match centre.round() as i8 {
        0 if centre < 0.0 => -1,
        0 => 1,
        other => other,
    }
}

/// The nearest value of the codebook, the smaller one of two.
fn nearest(book: &[i8], value: i32) -> i8 {
    book.iter().copied().min_by_key(|shared| (i32::from(*shared) - value).abs()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::{two_layers, weights};
    use proptest::prelude::*;

    fn check(bits: u32, init: Init, first: [i8; 8]) {
        let shared = share(&two_layers(1.0), &Sharing { bits, init, depthwise: false });
        assert_eq!(weights(&shared, 0), first);
    }

    #[test]
    fn three_clusters_from_a_line() {
        // -8 -7 | 1 2 3 4 | 9 10: the centres start at -8, 1, 10 and move to -7.5, 2.5, 9.5.
        check(2, Init::Linear, [10, 3, -8, 3, 3, 10, 3, -8]);
    }

    #[test]
    fn three_clusters_from_quantiles() {
        // The quantiles 1/6, 1/2 and 5/6 of the eight weights are -7, 2 and 9.
        check(2, Init::Density, [10, 3, -8, 3, 3, 10, 3, -8]);
    }

    #[test]
    fn few_values_stay_as_they_are() {
        check(4, Init::Linear, [10, 1, -8, 3, 2, 9, 4, -7]);
    }

    #[test]
    fn scales_weigh() {
        // Two values of mass 1 and 3 meet at 1/4 of the way.
        assert_eq!(codebook(&[(10, 3.0), (14, 1.0)], 1, Init::Linear), [11]);
    }

    proptest! {
        #[test]
        fn zeros_stay_and_nothing_becomes_zero(seed: u64, bits in 1u32..=8, init in 0..3) {
            let init = [Init::Linear, Init::Density, Init::Random { seed }][init as usize];
            let masses: Vec<(i8, f64)> = (-128..=127).filter(|v| *v != 0 && splitmix(seed ^ *v as u64) & 1 == 0)
                .map(|v: i8| (v, (splitmix(v as u64) % 100 + 1) as f64)).collect();
            let book = codebook(&masses, (1 << bits) - 1, init);
            prop_assert!(book.len() < 1 << bits && !book.contains(&0));
        }
    }
}
