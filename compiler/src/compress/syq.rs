//! Symmetric quantisation with scales for parts of the filters.
//!
//! Source: J. Faraone et al., *SYQ: Learning Symmetric Quantization for Efficient Deep Neural Networks*, CVPR 2018. There the scales are
//! trained; here they are those with the least square error for the weights as they are: the mean magnitude of the weights that are kept.
//! With one scale per layer the weights stay of one or two bits. Scales per row or position of the kernel differ within an output's sum;
//! their weights become 8-bit integers of few different values, the largest scale 127.

use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// Weights of two bits below this part of the layer's largest magnitude are 0, as in C. Zhu et al., *Trained Ternary Quantization*, ICLR 2017.
const THRESHOLD: f32 = 0.05;

/// Which weights share a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// All of a layer.
    Layer,
    /// Those in the same row of their kernels.
    Row,
    /// Those at the same position of their kernels.
    Pixel,
}

/// The weights of a layer in 1 or 2 bits.
pub fn weights(layer: &Layer, bits: u32, share: Share) -> Integers {
    let largest = layer.weights.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
    let limit = if bits == 1 { 0.0 } else { THRESHOLD * largest };
    let sign = |weight: f32| match weight {
        weight if bits > 1 && weight.abs() <= limit => 0i8,
        weight if weight < 0.0 => -1,
        _ => 1,
    };
    let (taps, width) = (layer.taps(), layer.shape.get(3).copied().unwrap_or(1));
    let part = |index: usize| match share {
        Share::Layer => 0,
        Share::Row => index % taps / width,
        Share::Pixel => index % taps,
    };
    let mut sums = vec![(0.0f64, 0u32); taps.max(1)];
    for (index, weight) in layer.weights.iter().enumerate().filter(|(_, weight)| sign(**weight) != 0) {
        let (sum, count) = &mut sums[part(index)];
        (*sum, *count) = (*sum + f64::from(weight.abs()), *count + 1);
    }
    let scales: Vec<f64> = sums.iter().map(|(sum, count)| sum / f64::from((*count).max(1))).collect();
    let most = scales.iter().fold(0.0f64, |most, scale| most.max(*scale)).max(1e-30);
    let unit = if share == Share::Layer { most } else { most / 127.0 };
    let integer = |(index, weight): (usize, &f32)| sign(*weight) * (scales[part(index)] / unit).round() as i8;
    let values = layer.weights.iter().enumerate().map(integer).collect();
    Integers { values, scales: vec![unit as f32; layer.rows()] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;

    #[test]
    fn one_scale_for_a_layer() {
        let layer = float_layer(&[2, 2], vec![1.0, -0.5, 0.04, 0.5]);
        let one = weights(&layer, 1, Share::Layer);
        assert_eq!((one.values, one.scales), (vec![1, -1, 1, 1], vec![0.51; 2]));
        let two = weights(&layer, 2, Share::Layer);
        assert_eq!((two.values, two.scales), (vec![1, -1, 0, 1], vec![(2.0f64 / 3.0) as f32; 2]));
    }

    #[test]
    fn scales_by_row_and_by_position() {
        // Two filters of two by two: magnitudes by position 4, 2, 1 and 1.
        let layer = float_layer(&[2, 1, 2, 2], vec![4.0, -2.0, 1.0, 1.5, -4.0, 2.0, 1.0, -0.5]);
        let pixel = weights(&layer, 1, Share::Pixel);
        assert_eq!(pixel.values, [127, -64, 32, 32, -127, 64, 32, -32]);
        let row = weights(&layer, 1, Share::Row);
        assert_eq!(row.values, [127, -127, 42, 42, -127, 127, 42, -42]);
        assert_eq!(row.scales, [(3.0f64 / 127.0) as f32; 2]);
    }
}
