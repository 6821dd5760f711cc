//! Binary weights: the signs, and one scale per output channel.
//!
//! Sources: M. Courbariaux et al., *BinaryConnect*, NIPS 2015 (weights are trained to be -1 and 1 themselves); M. Rastegari et al., *XNOR-Net*,
//! ECCV 2016 (the scale that approximates real weights best is the mean of their magnitudes).

use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// What a binary weight of 1 stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// 1, times what batch normalisation behind the layer multiplies with: for networks that were trained with binary weights.
    One,
    /// The mean magnitude of the channel's weights.
    Mean,
}

/// The signs of a layer's weights; 0 counts as 1.
pub fn weights(layer: &Layer, scale: Scale) -> Integers {
    let one = |(row, weights): (usize, &[f32])| match scale {
        Scale::One => layer.factors[row].abs(),
        Scale::Mean => (weights.iter().map(|weight| f64::from(weight.abs())).sum::<f64>() / weights.len() as f64) as f32,
    };
    let scales = layer.weights.chunks(layer.cols()).enumerate().map(one).collect();
    Integers { values: layer.weights.iter().map(|weight| if *weight < 0.0 { -1 } else { 1 }).collect(), scales }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;

    #[test]
    fn signs_and_the_mean_magnitude() {
        let layer = float_layer(&[2, 3], vec![1.0, -2.0, 0.0, -0.5, -0.25, 0.75]);
        let binary = weights(&layer, Scale::Mean);
        assert_eq!((binary.values, binary.scales), (vec![1, -1, 1, -1, -1, 1], vec![1.0, 0.5]));
    }

    #[test]
    fn batch_normalisation_is_the_scale_of_trained_signs() {
        let mut layer = float_layer(&[2, 2], vec![0.9, -0.1, -0.4, 0.2]);
        layer.factors = vec![2.0, -0.25];
        // The merged weights are those of training times the factor: the second row has turned.
        layer.weights = vec![1.8, -0.2, 0.1, -0.05];
        let binary = weights(&layer, Scale::One);
        assert_eq!((binary.values, binary.scales), (vec![1, -1, 1, -1], vec![2.0, 0.25]));
    }
}
