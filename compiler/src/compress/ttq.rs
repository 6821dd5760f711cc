//! Ternary weights with a scale for each sign.
//!
//! Source: C. Zhu et al., *Trained Ternary Quantization*, ICLR 2017: weights of up to t times the largest magnitude become 0, the others one
//! of two scales, which are trained; so are the weights, from where they are with t = 0.05. Here, without training, the scales are those of
//! least squares and t is the best of several: for the layer's output with calibration inputs, without any for the weights. The ratio of the
//! two scales is one for the layer, in integers of which the larger is 127.

use rayon::prelude::*;

use super::curvature::Curvature;
use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// Thresholds that are tried: hundredths of the largest magnitude.
const THRESHOLDS: [u32; 20] = [2, 5, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 33, 36, 40, 45, 50, 60];

/// The largest scale as an integer.
const LARGEST: f64 = 127.0;

/// What the squared error is for scales a and b with one threshold, less that of zeros: `aa a^2 + bb b^2 - 2 ab a b - 2 a' a - 2 b' b`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Error {
    /// Of both scales with themselves, and with each other.
    own: [f64; 2],
    both: f64,
    /// With the weights.
    weights: [f64; 2],
}

impl Error {
    fn of(row: usize, weights: &[f64], limit: f64, curvature: &Curvature) -> Error {
        let side = |sign: f64| weights.iter().map(|weight| f64::from(u8::from(sign * weight > limit))).collect::<Vec<f64>>();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (positive, negative) = (side(1.0), side(-1.0));
        let [times_positive, times_negative] = [&positive, &negative].map(|side| curvature.times(row, side));
        Error {
            own: [dot(&positive, &times_positive), dot(&negative, &times_negative)],
            both: dot(&positive, &times_negative),
            weights: [dot(weights, &times_positive), -dot(weights, &times_negative)],
        }
    }

    fn plus(self, other: Error) -> Error {
        let add = |a: [f64; 2], b: [f64; 2]| [a[0] + b[0], a[1] + b[1]];
        Error { own: add(self.own, other.own), both: self.both + other.both, weights: add(self.weights, other.weights) }
    }

    /// The unit of least error for scales of so many units, and that error.
    fn unit(&self, scales: [f64; 2]) -> (f64, f64) {
        let [a, b] = scales;
        let square = self.own[0] * a * a + self.own[1] * b * b - 2.0 * self.both * a * b;
        let linear = self.weights[0] * a + self.weights[1] * b;
        let unit = linear / square;
        if unit > f64::from(f32::MIN_POSITIVE) * 256.0 && square > 0.0 { (unit, -linear * unit) } else { (0.0, 0.0) }
    }
}

/// The weights of a layer in three values; with `per_tensor`, one unit and threshold for all of them, otherwise one per output channel.
pub fn weights(layer: &Layer, per_tensor: bool, curvature: &Curvature) -> Integers {
    let (cols, rows) = (layer.cols(), if per_tensor { layer.rows() } else { 1 });
    let limits: Vec<[f64; THRESHOLDS.len()]> = layer.weights.chunks(rows * cols).map(limits).collect();
    // For every part and every threshold.
    let errors = |(part, weights): (usize, &[f32])| -> Vec<Error> {
        let weights: Vec<f64> = weights.iter().copied().map(f64::from).collect();
        let one = |limit: &f64| {
            let rows = weights.chunks(cols).enumerate().map(|(row, weights)| Error::of(part * rows + row, weights, *limit, curvature));
            rows.fold(Error::default(), Error::plus)
        };
        limits[part].iter().map(one).collect()
    };
    let errors: Vec<Vec<Error>> = layer.weights.par_chunks(rows * cols).enumerate().map(errors).collect();
    let best = |errors: &[Error], scales: [f64; 2]| -> (usize, f64, f64) {
        let all = errors.iter().enumerate().map(|(at, error)| (at, error.unit(scales))).map(|(at, (unit, error))| (at, unit, error));
        all.fold((0, 0.0, 0.0), |best, next| if next.2 < best.2 { next } else { best })
    };
    let ratios = (1..=127).flat_map(|scale| [[LARGEST, f64::from(scale)], [f64::from(scale), LARGEST]]);
    let cost = |scales: [f64; 2]| errors.iter().map(|errors| best(errors, scales).2).sum::<f64>();
    let costs = ratios.map(|scales| (cost(scales), scales));
    let (_, scales) = costs.fold((0.0, [LARGEST; 2]), |best, next| if next.0 < best.0 { next } else { best });
    let mut integers = Integers { values: Vec::with_capacity(layer.weights.len()), scales: Vec::with_capacity(layer.rows()) };
    for ((weights, errors), limits) in layer.weights.chunks(rows * cols).zip(&errors).zip(&limits) {
        let (at, unit, _) = best(errors, scales);
        let one = |weight: &f32| match f64::from(*weight) {
            _ if unit == 0.0 => 0,
            weight if weight > limits[at] => scales[0] as i8,
            weight if weight < -limits[at] => -scales[1] as i8,
            _ => 0,
        };
        integers.values.extend(weights.iter().map(one));
        integers.scales.extend(std::iter::repeat_n(if unit == 0.0 { 1.0 } else { unit as f32 }, rows));
    }
    integers
}

/// The thresholds of weights that share one.
fn limits(weights: &[f32]) -> [f64; THRESHOLDS.len()] {
    let largest = weights.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
    THRESHOLDS.map(|part| f64::from(part) / 100.0 * f64::from(largest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::hessian::Hessian;
    use crate::compress::testing::float_layer;

    #[test]
    fn each_sign_has_its_mean() {
        // Best is to keep 2.5 and 3 with their mean 2.75, and the two of -1 and -1.2, 1.1: the ratio is 0.4, 50.8 of 127.
        let layer = float_layer(&[2, 4], vec![2.5, 3.0, 0.2, 0.1, -1.0, -1.2, -0.1, 0.0]);
        let ternary = weights(&layer, true, &Curvature::Unknown);
        assert_eq!(ternary.values, [127, 127, 0, 0, -51, -51, 0, 0]);
        assert!((ternary.scales[0] * 127.0 - 2.75).abs() < 0.005, "{:?}", ternary.scales);
    }

    #[test]
    fn channels_share_a_ratio_and_have_their_own_unit() {
        let layer = float_layer(&[2, 3], vec![4.0, -2.0, 0.1, 0.4, 0.01, -0.2]);
        let ternary = weights(&layer, false, &Curvature::Unknown);
        assert_eq!(ternary.values[..3], [127, -64, 0]);
        assert_eq!(ternary.values[3..], [127, 0, -64]);
        assert!((ternary.scales[0] / ternary.scales[1] - 10.0).abs() < 1e-3, "{:?}", ternary.scales);
        assert_eq!(weights(&float_layer(&[1, 2], vec![0.0; 2]), false, &Curvature::Unknown).values, [0, 0]);
    }

    #[test]
    fn the_output_decides_where_it_is_known() {
        // The two small weights are of inputs that are nearly one with the first: only 2.2 counts.
        let layer = float_layer(&[1, 3], vec![1.4, 0.4, 0.4]);
        let hessian = Hessian { start: 0, size: 3, matrix: vec![1.0, 0.0, 0.0, 0.999, 1.0, 0.0, 0.999, 0.999, 1.0] };
        let curvature = Curvature::Inputs { groups: vec![vec![hessian]], rows: 1 };
        let ternary = weights(&layer, false, &curvature);
        let output: f32 = ternary.real().iter().sum();
        assert!((output - 2.2).abs() < 0.01, "{ternary:?}");
        let apart: f32 = weights(&layer, false, &Curvature::Unknown).real().iter().sum();
        assert!((apart - 1.4).abs() < 0.01, "{apart}");
    }
}
