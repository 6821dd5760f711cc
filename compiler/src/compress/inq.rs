//! Weights that are powers of two, or zero.
//!
//! Source: A. Zhou et al., *Incremental Network Quantization*, ICLR 2017. Equations 1 to 4: with b bits and the layer's largest magnitude s,
//! exponents run from n1 = floor(log2(4 s / 3)) down to n2 = n1 + 1 - 2^(b-1) / 2, and a weight goes to the power whose middle thirds it lies
//! in; below the smallest it is 0. An int8 weight has room for seven powers: of the eight of five bits the smallest, 1/128 of the largest,
//! becomes 0. Section 2.2: the largest weights of a layer are quantised first, and the others are trained again before the next ones follow.
//! Here nothing is trained. In place of it the others are re-fitted: by least squares of the layer's output for the calibration inputs, or
//! without any so that each channel keeps the sum of its weights.
//!
//! Weights of a network that was trained this way are powers of two already, times a scale if there is batch normalisation: they stay.

use super::curvature::Curvature;
use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// Shares of the weights that are quantised after each step, as in the paper.
pub const STEPS: [f64; 4] = [0.5, 0.75, 0.875, 1.0];

/// Powers of two that an int8 weight of either sign can be.
const POWERS: i32 = 7;

/// Relative difference that merging batch normalisation into weights may leave.
const TOLERANCE: f64 = 1e-5;

/// The weights of a layer in codes of 2 to 5 bits: zero, or a sign and one of `2^(bits - 2)` exponents. `steps` are the shares of the weights
/// that are quantised after each step, ascending up to 1.
pub fn weights(layer: &Layer, bits: u32, steps: &[f64], curvature: &Curvature) -> Integers {
    let largest = layer.weights.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
    if largest < f32::MIN_POSITIVE * 65536.0 {
        return Integers { values: vec![0; layer.weights.len()], scales: vec![1.0; layer.rows()] };
    }
    let count = (1 << (bits - 2)).min(POWERS);
    if let Some(exact) = exact(layer, count) {
        return exact;
    }
    let top = (4.0 * largest / 3.0).log2().floor() as i32;
    let unit = 2f64.powi(top - count + 1);
    let mut fixed: Vec<Option<f64>> = vec![None; layer.weights.len()];
    let mut current: Vec<f64> = layer.weights.iter().copied().map(f64::from).collect();
    for (step, share) in steps.iter().enumerate() {
        let last = step + 1 == steps.len();
        let wanted = if last { current.len() } else { (share * current.len() as f64).round() as usize };
        for at in largest_free(&current, &fixed, wanted) {
            fixed[at] = Some(unit * f64::from(nearest(current[at] / unit, count)));
        }
        current = curvature.refit(layer, &fixed);
    }
    let values = current.iter().map(|weight| (weight / unit) as i8).collect();
    Integers { values, scales: vec![unit as f32; layer.rows()] }
}

/// The largest weights that are not fixed, so many that `wanted` will be.
fn largest_free(weights: &[f64], fixed: &[Option<f64>], wanted: usize) -> Vec<usize> {
    let mut free: Vec<usize> = (0..weights.len()).filter(|at| fixed[*at].is_none()).collect();
    let done = weights.len() - free.len();
    free.sort_by(|a, b| weights[*b].abs().total_cmp(&weights[*a].abs()));
    free.truncate(wanted.saturating_sub(done));
    free
}

/// 0, or the power of two of `2^0` to `2^(count - 1)`, with the weight's sign: between 3/4 and 3/2 of a power.
fn nearest(weight: f64, count: i32) -> i32 {
    let magnitude = weight.abs() * 4.0 / 3.0;
    let power = if magnitude < 1.0 { 0 } else { 1 << (magnitude.log2().floor() as i32).min(count - 1) };
    if weight < 0.0 { -power } else { power }
}

/// The integers of a layer in which every channel's weights are 0 or one of `count` neighbouring powers of two times a scale.
fn exact(layer: &Layer, count: i32) -> Option<Integers> {
    let (mut values, mut scales) = (Vec::with_capacity(layer.weights.len()), Vec::with_capacity(layer.rows()));
    for row in layer.weights.chunks(layer.cols()) {
        let largest = row.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
        let unit = if largest > 0.0 { f64::from(largest) / f64::from(1 << (count - 1)) } else { 1.0 };
        for weight in row {
            let units = f64::from(*weight) / unit;
            let power = nearest(units, count);
            if (units - f64::from(power)).abs() > TOLERANCE * units.abs() {
                return None;
            }
            values.push(power as i8);
        }
        scales.push(unit as f32);
    }
    Some(Integers { values, scales })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::hessian::Hessian;
    use crate::compress::testing::float_layer;

    fn at_once(shape: &[usize], layer: Vec<f32>, bits: u32) -> Integers {
        weights(&float_layer(shape, layer), bits, &[1.0], &Curvature::Unknown)
    }

    #[test]
    fn weights_go_to_the_nearest_power() {
        // The largest magnitude is 0.8: n1 = floor(log2(1.0667)) = 0, with four bits n2 = -3.
        let four = at_once(&[1, 8], vec![0.8, -0.74, 0.4, -0.38, 0.37, 0.2, 0.1, -0.09], 4);
        assert_eq!((four.values, four.scales), (vec![8, -4, 4, -4, 2, 2, 1, 0], vec![0.125]));
    }

    #[test]
    fn few_bits_have_few_powers() {
        assert_eq!(at_once(&[1, 4], vec![1.0, 0.5, 0.26, -0.9], 2).values, [1, 0, 0, -1]);
        assert_eq!(at_once(&[1, 4], vec![1.0, 0.5, 0.26, -0.9], 3).values, [2, 1, 0, -2]);
        // Five bits: 1 = 64 units, so that one unit is 1/64.
        let five = at_once(&[1, 4], vec![1.0, 1.0 / 64.0, 1.0 / 100.0, -1.0 / 32.0], 5);
        assert_eq!((five.values, five.scales), (vec![64, 1, 0, -2], vec![1.0 / 64.0]));
    }

    #[test]
    fn small_weights_make_up_for_large_ones() {
        // 0.9 becomes 1: without inputs 0.4 loses 0.1 and becomes 0.25, by itself it would be 0.5.
        let layer = float_layer(&[1, 2], vec![0.9, 0.4]);
        assert_eq!(weights(&layer, 4, &[0.5, 1.0], &Curvature::Unknown).values, [8, 2]);
        assert_eq!(weights(&layer, 4, &[1.0], &Curvature::Unknown).values, [8, 4]);
        // Inputs that have nothing to do with each other leave it where it is; where they go against each other it gains 0.05.
        let with = |product: f64| {
            let hessian = Hessian { start: 0, size: 2, matrix: vec![1.0, 0.0, product, 1.0] };
            let layer = float_layer(&[1, 2], vec![0.9, 0.36]);
            weights(&layer, 4, &[0.5, 1.0], &Curvature::Inputs { groups: vec![vec![hessian]], rows: 1 }).values
        };
        assert_eq!((with(0.0), with(-0.5)), (vec![8, 2], vec![8, 4]));
    }

    #[test]
    fn a_network_trained_with_powers_of_two_stays_as_it_is() {
        // Batch normalisation has left a factor of its own in either channel.
        let powers = [8.0f32, -4.0, 1.0, 0.0, -4.0, 2.0, 2.0, 1.0];
        let layer = float_layer(&[2, 4], powers.iter().enumerate().map(|(at, power)| power * [0.0123, 3.7][at / 4]).collect());
        let kept = weights(&layer, 4, &STEPS, &Curvature::Unknown);
        // The largest weight of a channel is the largest power.
        assert_eq!(kept.values, [8, -4, 1, 0, -8, 4, 4, 2]);
        kept.real().iter().zip(&layer.weights).for_each(|(kept, weight)| assert!((kept - weight).abs() <= 1e-6 * weight.abs(), "{kept} {weight}"));
        // One weight that is no power, and the layer is quantised.
        let mut other = layer.clone();
        other.weights[2] *= 1.2;
        assert_ne!(weights(&other, 4, &STEPS, &Curvature::Unknown).scales, kept.scales);
    }
}
