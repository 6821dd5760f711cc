//! Ternary weights: -1, 0 and 1 times a scale.
//!
//! Source: F. Li et al., *Ternary Weight Networks*, 2016: weights below 0.7 times the mean magnitude become 0, the scale is the mean magnitude
//! of the others. There the network is trained with such weights; here they are those of a trained network.

use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// Weights of a magnitude up to this part of the mean one are 0.
const THRESHOLD: f64 = 0.7;

/// The weights of a layer in three values; with `per_tensor`, one scale for all of them, otherwise one per output channel.
pub fn weights(layer: &Layer, per_tensor: bool) -> Integers {
    let size = if per_tensor { layer.weights.len() } else { layer.cols() };
    let (mut values, mut scales) = (Vec::with_capacity(layer.weights.len()), Vec::with_capacity(layer.rows()));
    for part in layer.weights.chunks(size) {
        let mean = part.iter().map(|weight| f64::from(weight.abs())).sum::<f64>() / part.len() as f64;
        let kept = |weight: &&f32| f64::from(weight.abs()) > THRESHOLD * mean;
        let (sum, count) = part.iter().filter(kept).fold((0.0, 0u32), |(sum, count), weight| (sum + f64::from(weight.abs()), count + 1));
        let scale = if count > 0 { (sum / f64::from(count)) as f32 } else { 1.0 };
        values.extend(part.iter().map(|weight| if kept(&weight) { weight.signum() as i8 } else { 0 }));
        scales.extend(std::iter::repeat_n(scale, part.len() / layer.cols()));
    }
    Integers { values, scales }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;

    #[test]
    fn small_weights_are_zero_and_the_others_alike() {
        // Magnitudes of the first row: mean 1, limit 0.7; of the second: mean 0.5, limit 0.35.
        let layer = float_layer(&[2, 4], vec![2.0, -1.0, 0.5, -0.5, 0.5, 0.5, -0.75, 0.25]);
        let rows = weights(&layer, false);
        assert_eq!((rows.values, rows.scales), (vec![1, -1, 0, 0, 1, 1, -1, 0], vec![1.5, (1.75f64 / 3.0) as f32]));
        // Together: mean 0.75, limit 0.525.
        let whole = weights(&layer, true);
        assert_eq!((whole.values, whole.scales), (vec![1, -1, 0, 0, 0, 0, -1, 0], vec![1.25; 2]));
    }
}
