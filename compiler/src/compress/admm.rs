//! Codes of few values, found by the alternating direction method of multipliers (ADMM).
//!
//! Source: C. Leng et al., *Extremely Low Bit Neural Network: Squeeze the Last Bit Out with ADMM*, AAAI 2018: weights W are to be in
//! `scale * {0, 1, .. largest powers of two, and their negatives}`. A copy G that is in the set and a dual variable U pull at them in turn: W
//! minimises the loss plus `r |W - G + U|^2`, G is the projection of W + U onto the set (scale and codes by turns), U gains W - G. There the
//! loss is that of training. Here it is the squared error of the layer's output for the calibration inputs, so that the step for W is
//! solved and not descended; without inputs it is the squared error of the weights. Kept is the G of the least loss, with the scale that is
//! best for it.

use rayon::prelude::*;

use super::curvature::{Curvature, Proximal};
use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// How strongly W is held near G, as shares of the mean second moment of an input: loosely at first.
const HOLDS: [f64; 6] = [0.05, 0.1, 0.2, 0.4, 0.8, 1.6];
/// Turns of each of them.
const TURNS: usize = 20;
/// Turns between scale and codes of a projection.
const PROJECTIONS: usize = 5;
/// Scales that are tried first: parts of the one that keeps the largest weight.
const CANDIDATES: u32 = 40;

/// The weights of a layer as 0 and powers of two up to `largest` (1, 2 or 4), times a scale; with `per_tensor`, one for all of them, otherwise
/// one per output channel.
pub fn weights(layer: &Layer, largest: u32, per_tensor: bool, curvature: &Curvature) -> Integers {
    let proximal: Vec<Proximal> = HOLDS.iter().map(|share| curvature.proximal(*share)).collect();
    let rows = if per_tensor { layer.rows() } else { 1 };
    let one = |(part, weights): (usize, &[f32])| {
        let weights: Vec<f64> = weights.iter().copied().map(f64::from).collect();
        Problem { first: part * rows, cols: layer.cols(), largest: f64::from(largest), curvature, weights: &weights }.solve(&proximal)
    };
    let parts: Vec<(Vec<f64>, f64)> = layer.weights.par_chunks(rows * layer.cols()).enumerate().map(one).collect();
    let values = parts.iter().flat_map(|(codes, _)| codes.iter().map(|code| *code as i8)).collect();
    let scales = parts.iter().flat_map(|(_, scale)| std::iter::repeat_n(*scale as f32, rows)).collect();
    Integers { values, scales }
}

/// Weights that share a scale.
struct Problem<'a> {
    /// First output channel.
    first: usize,
    /// Weights of a channel.
    cols: usize,
    largest: f64,
    curvature: &'a Curvature,
    weights: &'a [f64],
}

impl Problem<'_> {
    /// Codes and scale.
    fn solve(&self, proximal: &[Proximal]) -> (Vec<f64>, f64) {
        let largest = self.weights.iter().fold(0.0f64, |most, weight| most.max(weight.abs()));
        if largest < f64::from(f32::MIN_POSITIVE) * 65536.0 {
            return (vec![0.0; self.weights.len()], 1.0);
        }
        let product = self.times(self.weights);
        let start = (1..=CANDIDATES).map(|part| largest * f64::from(part) / f64::from(CANDIDATES) / self.largest);
        let start = start.map(|scale| self.projection(self.weights, scale));
        let near = |(codes, scale): &(Vec<f64>, f64)| codes.iter().zip(self.weights).map(|(code, w)| (code * scale - w).powi(2)).sum::<f64>();
        let (mut codes, mut scale) = start.min_by(|a, b| near(a).total_cmp(&near(b))).unwrap_or_default();
        let mut best = self.refined(&product, codes.clone());
        let mut dual = vec![0.0; self.weights.len()];
        for proximal in proximal {
            for _ in 0..TURNS {
                let target: Vec<f64> = codes.iter().zip(&dual).map(|(code, dual)| code * scale - dual).collect();
                let weights = self.step(&product, &target, proximal);
                let sum: Vec<f64> = weights.iter().zip(&dual).map(|(weight, dual)| weight + dual).collect();
                (codes, scale) = self.projection(&sum, scale);
                dual.iter_mut().zip(&sum).zip(&codes).for_each(|((dual, sum), code)| *dual = sum - code * scale);
                let next = self.refined(&product, codes.clone());
                if next.0 < best.0 {
                    best = next;
                }
            }
        }
        (best.1, best.2)
    }

    fn times(&self, x: &[f64]) -> Vec<f64> {
        x.chunks(self.cols).enumerate().flat_map(|(row, x)| self.curvature.times(self.first + row, x)).collect()
    }

    fn step(&self, product: &[f64], near: &[f64], proximal: &Proximal) -> Vec<f64> {
        let rows = product.chunks(self.cols).zip(near.chunks(self.cols)).enumerate();
        rows.flat_map(|(row, (product, near))| self.curvature.step(self.first + row, product, near, proximal)).collect()
    }

    /// Codes and scale near the weights: the nearest codes, the scale of least squares for them, and again.
    fn projection(&self, weights: &[f64], mut scale: f64) -> (Vec<f64>, f64) {
        let mut codes: Vec<f64> = Vec::new();
        for _ in 0..PROJECTIONS {
            codes = weights.iter().map(|weight| code(weight / scale, self.largest)).collect();
            let (own, both) = codes.iter().zip(weights).fold((0.0, 0.0), |(own, both), (code, w)| (own + code * code, both + code * w));
            if own == 0.0 || both / own == scale {
                break;
            }
            scale = both / own;
        }
        (codes, scale)
    }

    /// The codes with the scale of the least loss, and that loss less a constant.
    fn refined(&self, product: &[f64], codes: Vec<f64>) -> (f64, Vec<f64>, f64) {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (both, own) = (dot(&codes, product), dot(&codes, &self.times(&codes)));
        // Codes that lead the wrong way, or nowhere, are no better than zeros.
        if both <= 0.0 || own <= 0.0 {
            return (0.0, vec![0.0; codes.len()], 1.0);
        }
        (-both * both / own, codes, both / own)
    }
}

/// The nearest of 0 and the powers of two up to `largest`, with the weight's sign.
fn code(weight: f64, largest: f64) -> f64 {
    let magnitude: f64 = match weight.abs() {
        magnitude if magnitude < 0.5 => 0.0,
        magnitude if magnitude < 1.5 => 1.0,
        magnitude if magnitude < 3.0 => 2.0,
        _ => 4.0,
    };
    magnitude.min(largest) * weight.signum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::hessian::Hessian;
    use crate::compress::testing::float_layer;

    #[test]
    fn weights_of_the_set_stay() {
        let layer = float_layer(&[2, 4], vec![0.25, -0.5, 1.0, 0.0, 3.0, 3.0, -3.0, 0.0]);
        let found = weights(&layer, 4, false, &Curvature::Unknown);
        assert_eq!(found.real(), layer.weights);
        assert_eq!((&found.values[..4], found.scales[0]), (&[1, -2, 4, 0][..], 0.25));
        assert_eq!(weights(&float_layer(&[1, 3], vec![0.5, 0.0, -0.5]), 1, false, &Curvature::Unknown).values, [1, 0, -1]);
        assert_eq!(weights(&float_layer(&[1, 2], vec![0.0; 2]), 1, false, &Curvature::Unknown).values, [0, 0]);
    }

    #[test]
    fn three_values_by_hand() {
        // With the k largest at their mean the squared error is 10.25 for one, 1.75 for two, 4.92 for three and 8.19 for all.
        let layer = float_layer(&[1, 4], vec![4.0, -3.0, 1.0, 0.5]);
        let found = weights(&layer, 1, false, &Curvature::Unknown);
        assert_eq!((found.values, found.scales), (vec![1, -1, 0, 0], vec![3.5]));
    }

    #[test]
    fn the_output_counts_and_not_the_weights() {
        // The first two inputs go together, so that one weight can do nearly all that both do, and the other goes: 2.35 of scale to 2.
        let layer = float_layer(&[1, 3], vec![0.7, 0.5, 1.2]);
        let apart = weights(&layer, 1, false, &Curvature::Unknown);
        assert_eq!((apart.values, apart.scales), (vec![1, 1, 1], vec![0.8]));
        let hessian = Hessian { start: 0, size: 3, matrix: vec![1.0, 0.0, 0.0, 0.9, 1.0, 0.0, 0.0, 0.0, 1.0] };
        let found = weights(&layer, 1, false, &Curvature::Inputs { groups: vec![vec![hessian]], rows: 1 });
        assert_eq!(found.values, [1, 0, 1]);
        assert!((found.scales[0] - 1.175).abs() < 1e-6, "{found:?}");
    }
}
