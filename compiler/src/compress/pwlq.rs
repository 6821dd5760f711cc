//! Piecewise linear weights: fine steps below a break point, coarse ones above.
//!
//! Source: J. Fang et al., *Post-Training Piecewise Linear Quantization for Deep Neural Networks*, ECCV 2020: two regions that do not overlap,
//! each with `2^(bits-1) - 1` steps of its own on either side of zero; the break point is that of least square error. Both steps are whole
//! multiples of one unit here, so that a weight of either region is an 8-bit integer and one accumulator sums both.

use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// Parts of the largest weight that are tried as ends of the range.
const CANDIDATES: u32 = 20;

/// Steps of both regions in units.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Regions {
    /// Steps in a region.
    count: i32,
    /// Units of a step below and above the break point.
    steps: [i32; 2],
}

impl Regions {
    /// Units from 0 to the end.
    fn end(self) -> i32 {
        self.count * (self.steps[0] + self.steps[1])
    }

    /// The nearest magnitude, in units.
    fn nearest(self, magnitude: f32) -> i32 {
        let [fine, coarse] = self.steps;
        let break_point = self.count * fine;
        let step =
            |from: i32, size: i32| from + ((magnitude - from as f32) / size as f32).round_ties_even().clamp(0.0, self.count as f32) as i32 * size;
        if magnitude <= break_point as f32 { step(0, fine) } else { step(break_point, coarse) }
    }
}

/// The weights of a layer in codes of 2 to 6 bits for either region; with `per_tensor`, one scale for all of them, otherwise one per output
/// channel. All channels have the same break point, relative to their ends.
pub fn weights(layer: &Layer, bits: u32, per_tensor: bool) -> Integers {
    let size = if per_tensor { layer.weights.len() } else { layer.cols() };
    let parts: Vec<&[f32]> = layer.weights.chunks(size).collect();
    let count = (1 << (bits - 1)) - 1;
    let most = 127 / count;
    // Break points in the lower half, as the paper finds them, of the finest unit that there is room for.
    let all = (1..=most / 2).map(|fine| Regions { count, steps: [fine, most - fine] });
    let cost = |regions: &Regions| parts.iter().map(|part| scale(part, *regions).0).sum::<f64>();
    let costs = all.map(|regions| (cost(&regions), regions));
    let start = (f64::INFINITY, Regions { count, steps: [1, 1] });
    let (_, regions) = costs.fold(start, |best, next| if next.0 < best.0 { next } else { best });
    let (mut values, mut scales) = (Vec::with_capacity(layer.weights.len()), Vec::with_capacity(layer.rows()));
    for part in parts {
        let (_, unit) = scale(part, regions);
        let one = |weight: &f32| if *weight < 0.0 { -regions.nearest(-weight / unit) } else { regions.nearest(weight / unit) };
        values.extend(part.iter().map(|weight| one(weight) as i8));
        scales.extend(std::iter::repeat_n(unit, part.len() / layer.cols()));
    }
    Integers { values, scales }
}

/// Least square error, and the unit that has it.
fn scale(weights: &[f32], regions: Regions) -> (f64, f32) {
    let largest = weights.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
    if largest < f32::MIN_POSITIVE * 65536.0 {
        return (0.0, 1.0);
    }
    let error =
        |unit: f32| weights.iter().map(|weight| f64::from(regions.nearest(weight.abs() / unit) as f32 * unit - weight.abs()).powi(2)).sum::<f64>();
    let units = (CANDIDATES / 2..=CANDIDATES).rev().map(|part| largest * part as f32 / CANDIDATES as f32 / regions.end() as f32);
    units.map(|unit| (error(unit), unit)).fold((f64::INFINITY, 1.0), |best, next| if next.0 < best.0 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;

    #[test]
    fn fine_steps_to_the_break_point_and_coarse_ones_beyond() {
        let regions = Regions { count: 3, steps: [2, 8] };
        assert_eq!(regions.end(), 30);
        assert_eq!([0.9, 1.1, 5.2, 6.0, 9.0, 11.0, 29.0, 40.0].map(|magnitude| regions.nearest(magnitude)), [0, 2, 6, 6, 6, 14, 30, 30]);
    }

    #[test]
    fn weights_of_a_bell_shape_are_nearer_than_with_even_steps() {
        // The quantiles of a distribution with a sharp peak and a long tail.
        let bell: Vec<f32> = (1..400).map(|i| (i as f32 / 200.0 - 1.0) as f64).map(|x| (x * x * x) as f32).collect();
        let layer = float_layer(&[1, 399], bell);
        let error = |integers: &Integers| integers.real().iter().zip(&layer.weights).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        let uniform = crate::compress::quantise::uniform(&layer, 4, crate::compress::quantise::WeightRange::Mse, true);
        let linear = weights(&layer, 4, true);
        assert!(error(&linear) < error(&uniform) / 2.0, "{} {}", error(&linear), error(&uniform));
        let distinct: std::collections::BTreeSet<i8> = linear.values.iter().copied().collect();
        assert!(distinct.len() <= 29, "{distinct:?}");
    }
}
