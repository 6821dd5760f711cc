//! Weights that are powers of two, or zero.
//!
//! Source: A. Zhou et al., *Incremental Network Quantization*, ICLR 2017, equations 1 to 4: with b bits and the layer's largest magnitude s,
//! exponents run from n1 = floor(log2(4 s / 3)) down to n2 = n1 + 1 - 2^(b-1) / 2, and a weight goes to the power whose middle thirds it lies
//! in; below the smallest it is 0. There the weights are quantised in groups and the rest is trained again; here all are quantised at once,
//! which is also what a network that was trained that way needs. An int8 weight has room for seven powers: of the eight of five bits the
//! smallest, 1/128 of the largest, becomes 0.

use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// Powers of two that an int8 weight of either sign can be.
const POWERS: i32 = 7;

/// The weights of a layer in codes of 2 to 5 bits: zero, or a sign and one of `2^(bits - 2)` exponents.
pub fn weights(layer: &Layer, bits: u32) -> Integers {
    let largest = layer.weights.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
    if largest < f32::MIN_POSITIVE * 65536.0 {
        return Integers { values: vec![0; layer.weights.len()], scales: vec![1.0; layer.rows()] };
    }
    let top = (4.0 * largest / 3.0).log2().floor() as i32;
    let count = (1 << (bits - 2)).min(POWERS);
    let unit = 2f32.powi(top - count + 1);
    let one = |weight: &f32| {
        // Between 3/4 and 3/2 of a power of two.
        let magnitude = weight.abs() / unit * 4.0 / 3.0;
        let exponent = magnitude.log2().floor() as i32;
        let power = if magnitude < 1.0 { 0 } else { 1 << exponent.min(count - 1) };
        if *weight < 0.0 { -power as i8 } else { power as i8 }
    };
    Integers { values: layer.weights.iter().map(one).collect(), scales: vec![unit; layer.rows()] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;

    #[test]
    fn weights_go_to_the_nearest_power() {
        // The largest magnitude is 0.8: n1 = floor(log2(1.0667)) = 0, with four bits n2 = -3.
        let layer = float_layer(&[1, 8], vec![0.8, -0.74, 0.4, -0.38, 0.37, 0.2, 0.1, -0.09]);
        let four = weights(&layer, 4);
        assert_eq!((four.values, four.scales), (vec![8, -4, 4, -4, 2, 2, 1, 0], vec![0.125]));
    }

    #[test]
    fn few_bits_have_few_powers() {
        let layer = float_layer(&[1, 4], vec![1.0, 0.5, 0.26, -0.9]);
        assert_eq!(weights(&layer, 2).values, [1, 0, 0, -1]);
        assert_eq!(weights(&layer, 3).values, [2, 1, 0, -2]);
        // Five bits: 1 = 64 units, so that one unit is 1/64.
        let five = weights(&float_layer(&[1, 4], vec![1.0, 1.0 / 64.0, 1.0 / 100.0, -1.0 / 32.0]), 5);
        assert_eq!((five.values, five.scales), (vec![64, 1, 0, -2], vec![1.0 / 64.0]));
    }
}
