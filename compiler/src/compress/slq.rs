//! Single-level quantisation (SLQ): clusters of weights that are fixed group by group.
//!
//! Source: Y. Xu et al., *Deep Neural Network Compression with Single and Multiple Level Quantization*, AAAI 2018: the weights of a layer are
//! clustered by k-means; the clusters are parted by their quantisation loss, those of one part take the value of their centre, and the
//! weights of the other are trained again and clustered anew, until all are quantised. Here, without training, the clusters with the largest
//! loss come first, and the other weights are re-fitted in place of being trained: by least squares of the layer's output for the
//! calibration inputs, or without any so that each channel keeps the sum of its weights.

use super::curvature::Curvature;
use super::kmeans::{Scaled, few, nearest_centre, start_with_zero};
use super::points::Points;
use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// Shares of the clusters that are fixed after each step.
const STEPS: [f64; 4] = [0.5, 0.75, 0.875, 1.0];

/// The weights of a layer in codes of 1 to 8 bits: at most `2^bits` different integers, 0 among them. With `per_tensor`, one scale for all of
/// them, otherwise one per output channel.
pub fn weights(layer: &Layer, bits: u32, per_tensor: bool, curvature: &Curvature) -> Integers {
    if let Some(few) = few(layer, 1 << bits) {
        return few;
    }
    let mut scaled = Scaled::new(layer, per_tensor);
    let cols = layer.cols();
    let mut fixed: Vec<Option<f64>> = vec![None; layer.weights.len()];
    let mut book = Book::new(&scaled, 1 << bits);
    for share in STEPS {
        let free: Vec<usize> = (0..fixed.len()).filter(|at| fixed[*at].is_none()).collect();
        let points = Points::new(free.iter().map(|at| (scaled.weights[*at], scaled.mass(*at))).collect());
        book.settle(&points, (share * book.centres.len() as f64).round() as usize);
        for at in free {
            let centre = nearest_centre(&book.centres, scaled.weights[at]);
            if book.fixed[centre] {
                fixed[at] = Some(book.centres[centre] * f64::from(scaled.scales[at / cols]));
            }
        }
        let refitted = curvature.refit(layer, &fixed);
        scaled.weights.iter_mut().zip(refitted).enumerate().for_each(|(at, (own, real))| *own = real / f64::from(scaled.scales[at / cols]));
    }
    Integers { values: scaled.weights.iter().map(|weight| weight.round() as i8).collect(), scales: scaled.scales }
}

/// Centres of clusters in ascending order.
struct Book {
    centres: Vec<f64>,
    /// Which ones stay as they are: integers.
    fixed: Vec<bool>,
    zero: usize,
}

impl Book {
    fn new(scaled: &Scaled, count: usize) -> Book {
        let points = Points::new(scaled.weights.iter().map(|weight| (*weight, 1.0)).collect());
        let (centres, zero) = start_with_zero(&points, count);
        Book { centres, fixed: vec![false; count], zero }
    }

    /// Clusters the points anew, then fixes further clusters until `count` are fixed, those with the largest loss.
    fn settle(&mut self, points: &Points, count: usize) {
        let held: Vec<bool> = self.fixed.iter().enumerate().map(|(at, fixed)| *fixed || at == self.zero).collect();
        self.centres = points.cluster(std::mem::take(&mut self.centres), &held);
        let losses = points.losses(&self.centres);
        let mut free: Vec<usize> = (0..self.centres.len()).filter(|at| !self.fixed[*at]).collect();
        let done = self.centres.len() - free.len();
        free.sort_by(|a, b| losses[*b].total_cmp(&losses[*a]));
        for at in free.into_iter().take(count.saturating_sub(done)) {
            self.fixed[at] = true;
            self.centres[at] = self.centres[at].round().clamp(-127.0, 127.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;

    #[test]
    fn the_cluster_with_the_largest_loss_comes_first() {
        // Clusters 0, 1.5 (1 and 2), 10 and 20: the second has a loss and is fixed with one of the others.
        let points = Points::new([0.0, 1.0, 2.0, 10.0, 20.0].map(|value| (value, 1.0)).to_vec());
        let mut book = Book { centres: vec![0.0, 1.5, 10.0, 20.0], fixed: vec![false; 4], zero: 0 };
        book.settle(&points, 1);
        assert_eq!((&book.centres[..], &book.fixed[..]), (&[0.0, 2.0, 10.0, 20.0][..], &[false, true, false, false][..]));
    }

    #[test]
    fn at_most_four_weights_by_hand() {
        // Units of 0.01. Clusters: 0, 41 (40, 42), 80, 127; all but the second are exact, so that it is fixed first, with the first of the others.
        let layer = float_layer(&[1, 5], vec![0.0, 0.4, 0.42, 0.8, 1.27]);
        let found = weights(&layer, 2, false, &Curvature::Unknown);
        assert_eq!((found.values, found.scales), (vec![0, 41, 41, 80, 127], vec![0.01]));
    }

    #[test]
    fn few_values_stay_as_they_are() {
        let layer = float_layer(&[2, 3], vec![1.27, -0.5, 0.0, -1.27, 0.51, 0.0]);
        assert_eq!(weights(&layer, 3, false, &Curvature::Unknown).values, [127, -50, 0, -127, 51, 0]);
    }
}
