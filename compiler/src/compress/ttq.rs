//! Ternary weights with a scale for each sign.
//!
//! Source: C. Zhu et al., *Trained Ternary Quantization*, ICLR 2017: weights of up to 0.05 times the largest magnitude become 0; the two scales
//! are trained. Here, without training, they are the mean magnitudes of the positive and of the negative weights that are left, which are
//! those with the least square error. Both are 8-bit integers of one unit, the larger one 127.

use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// Weights of a magnitude up to this part of the largest one are 0.
const THRESHOLD: f32 = 0.05;

/// The weights of a layer in three values.
pub fn weights(layer: &Layer) -> Integers {
    let largest = layer.weights.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
    let limit = THRESHOLD * largest;
    let mean = |sign: f32| {
        let kept = layer.weights.iter().map(|weight| weight * sign).filter(|weight| *weight > limit);
        let (sum, count) = kept.fold((0.0, 0u32), |(sum, count), weight| (sum + f64::from(weight), count + 1));
        sum / f64::from(count.max(1))
    };
    let means = [mean(1.0), mean(-1.0)];
    let unit = means[0].max(means[1]).max(1e-30) / 127.0;
    let [positive, negative] = means.map(|mean| (mean / unit).round() as i8);
    let one = |weight: &f32| match *weight {
        weight if weight > limit => positive,
        weight if weight < -limit => -negative,
        _ => 0,
    };
    Integers { values: layer.weights.iter().map(one).collect(), scales: vec![unit as f32; layer.rows()] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;

    #[test]
    fn each_sign_has_its_mean() {
        let layer = float_layer(&[2, 3], vec![1.0, 3.0, 0.15, -1.0, -0.5, -0.1]);
        let ternary = weights(&layer);
        // Positive: mean 2, negative: mean 0.75 = 47.6 of 127.
        assert_eq!((ternary.values, ternary.scales), (vec![127, 127, 0, -48, -48, 0], vec![(2.0f64 / 127.0) as f32; 2]));
    }
}
