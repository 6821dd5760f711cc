//! Weight sharing by k-means: a layer keeps few different weights, so that a weight is a code into a table of them.
//!
//! The clusters minimise the squared error in real units: a weight counts with the square of its channel's scale. In a graph at most
//! `2^bits - 1` non-zero weights are left; zeros stay zero, and no weight becomes zero. Of a float layer at most `2^bits` integers of 8 bits
//! are left, 0 among them: the code that costs a sparse engine nothing.
//!
//! Source: S. Han, H. Mao, W. Dally, *Deep Compression*, ICLR 2016, section 3.

use std::collections::BTreeSet;

use super::layers::{Layer, layers, with_weights};
use super::points::Points;
use super::quantise::{Integers, WeightRange, uniform};
use crate::graph::Graph;
use crate::import::onnx::float;

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
    let points = Points::new(masses.iter().map(|(value, mass)| (f64::from(*value), *mass)).collect());
    let start = match init {
        Init::Linear => points.linear(most),
        Init::Density => points.density(most),
        Init::Random { seed } => points.random(most, seed),
    };
    let mut book: Vec<i8> = points.cluster(start, &vec![false; most]).into_iter().map(rounded).collect();
    book.sort_unstable();
    book.dedup();
    book
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

/// A float layer's weights in the units of its integers of 8 bits.
pub(super) struct Scaled {
    /// What 1 stands for, one per row.
    pub scales: Vec<f32>,
    /// `[row][column]`.
    pub weights: Vec<f64>,
}

impl Scaled {
    /// With `per_tensor`, one scale for all of them, otherwise one per output channel: the largest weight is 127.
    pub fn new(layer: &float::Layer, per_tensor: bool) -> Scaled {
        let scales = uniform(layer, 8, WeightRange::MinMax, per_tensor).scales;
        let cols = layer.cols();
        let weights = layer.weights.iter().enumerate().map(|(at, weight)| f64::from(*weight) / f64::from(scales[at / cols])).collect();
        Scaled { scales, weights }
    }

    /// What weight `at` counts.
    pub fn mass(&self, at: usize) -> f64 {
        f64::from(self.scales[at * self.scales.len() / self.weights.len()]).powi(2)
    }
}

/// The integers of a layer that has fewer than `count` different weights beside 0: its codebook as it is, with one scale.
pub(super) fn few(layer: &float::Layer, count: usize) -> Option<Integers> {
    let mut seen = BTreeSet::new();
    let few = layer.weights.iter().filter(|weight| **weight != 0.0).all(|weight| {
        seen.insert(weight.to_bits());
        seen.len() < count
    });
    few.then(|| uniform(layer, 8, WeightRange::MinMax, true))
}

/// `count` centres to start with; the one nearest to 0 is held there. Returns which one that is as well.
pub(super) fn start_with_zero(points: &Points, count: usize) -> (Vec<f64>, usize) {
    let mut start = points.linear(count);
    let zero = (1..count).fold(0, |best, at| if start[at].abs() < start[best].abs() { at } else { best });
    start[zero] = 0.0;
    (start, zero)
}

/// Index of the nearest of the ascending centres, the lower one of two.
pub(super) fn nearest_centre(centres: &[f64], value: f64) -> usize {
    let above = centres.partition_point(|centre| *centre < value);
    if above == centres.len() || above > 0 && value - centres[above - 1] <= centres[above] - value { above - 1 } else { above }
}

/// A float layer's weights in codes of 1 to 8 bits; with `per_tensor`, one scale for all of them, otherwise one per output channel.
pub fn weights(layer: &float::Layer, bits: u32, per_tensor: bool) -> Integers {
    if let Some(few) = few(layer, 1 << bits) {
        return few;
    }
    let scaled = Scaled::new(layer, per_tensor);
    let points = Points::new(scaled.weights.iter().enumerate().map(|(at, weight)| (*weight, scaled.mass(at))).collect());
    let (start, zero) = start_with_zero(&points, 1 << bits);
    let held: Vec<bool> = (0..start.len()).map(|at| at == zero).collect();
    let book: Vec<f64> = points.cluster(start, &held).into_iter().map(f64::round).collect();
    let values = scaled.weights.iter().map(|weight| book[nearest_centre(&book, *weight)] as i8).collect();
    Integers { values, scales: scaled.scales }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::{float_layer, two_layers, weights as stored};
    use fretwork_sim::stalls::splitmix;
    use proptest::prelude::*;

    fn check(bits: u32, init: Init, first: [i8; 8]) {
        let shared = share(&two_layers(1.0), &Sharing { bits, init, depthwise: false });
        assert_eq!(stored(&shared, 0), first);
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

    #[test]
    fn four_weights_of_a_float_layer_and_zero_is_one_of_them() {
        // In units of 0.01: centres start at -20, 29, 78 and 127, the first of which is nearest to 0; the others move to 25, 80 and 127.
        let layer = float_layer(&[1, 8], vec![-2.0, 0.5, 2.0, 3.0, 7.5, 8.5, 12.7, 12.7].into_iter().map(|w| w / 10.0).collect());
        let shared = weights(&layer, 2, false);
        assert_eq!((shared.values, shared.scales), (vec![0, 0, 25, 25, 80, 80, 127, 127], vec![0.01]));
    }

    #[test]
    fn the_codebook_of_a_network_trained_with_one_stays() {
        let layer = float_layer(&[2, 3], vec![0.03, 0.02, 0.0, -1.27, 0.03, 0.02]);
        assert_eq!(weights(&layer, 2, false).values, [3, 2, 0, -127, 3, 2]);
    }

    #[test]
    fn channels_of_different_size_share_a_codebook() {
        let layer = float_layer(&[2, 3], vec![1.27, -0.64, 0.01, 12.7, 6.4, -0.1]);
        assert_eq!(weights(&layer, 2, false).values, [127, -64, 0, 127, 64, 0]);
        // With one scale the first channel is 13, -6 and 0, near 0 all of them.
        assert_eq!(weights(&layer, 2, true).values, [0, 0, 0, 127, 64, 0]);
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
