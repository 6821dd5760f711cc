//! Weights that are sums of few powers of two.
//!
//! Source: Y. Li et al., *Additive Powers-of-Two Quantization*, ICLR 2020, equation 5: a magnitude of n terms, term i one of 0, 2^-i, 2^-(i+n),
//! 2^-(i+2n), with two bits a term; a bit that is left over makes a term of one power. The largest sum is 1 times the scale. There weights and
//! clipping are trained; here the scale is the one with the least square error.

use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// Scales that are tried: parts of the one that keeps the largest weight.
const CANDIDATES: u32 = 60;

/// The magnitudes of `bits - 1` bits, in units of the smallest power, in rising order.
fn levels(bits: u32) -> Vec<i32> {
    let magnitude = bits - 1;
    let terms = magnitude.div_ceil(2);
    // Exponents of term i: i, i + n, i + 2n; of a last one-bit term only the first.
    let powers = |term: u32| if term + 1 == terms && magnitude % 2 == 1 { 1 } else { 3 };
    let exponents: Vec<Vec<u32>> = (0..terms).map(|term| (0..powers(term)).map(|step| term + step * terms).collect()).collect();
    let last = exponents.iter().flatten().max().copied().unwrap_or(0);
    let mut sums = vec![0];
    for term in &exponents {
        sums = sums.iter().flat_map(|sum| std::iter::once(*sum).chain(term.iter().map(move |exponent| sum + (1 << (last - exponent))))).collect();
    }
    sums.sort_unstable();
    sums.dedup();
    sums
}

/// The weights of a layer in codes of 2 to 6 bits; with `per_tensor`, one scale for all of them, otherwise one per output channel.
pub fn weights(layer: &Layer, bits: u32, per_tensor: bool) -> Integers {
    let levels = levels(bits);
    let size = if per_tensor { layer.weights.len() } else { layer.cols() };
    let (mut values, mut scales) = (Vec::with_capacity(layer.weights.len()), Vec::with_capacity(layer.rows()));
    for part in layer.weights.chunks(size) {
        let scale = scale(part, &levels);
        values.extend(part.iter().map(|weight| nearest(*weight, scale, &levels) as i8));
        scales.extend(std::iter::repeat_n(scale, part.len() / layer.cols()));
    }
    Integers { values, scales }
}

/// The level that a weight is nearest to, with its sign.
fn nearest(weight: f32, scale: f32, levels: &[i32]) -> i32 {
    let magnitude = weight.abs() / scale;
    let above = levels.partition_point(|level| (*level as f32) < magnitude);
    let level = match (above.checked_sub(1).map(|below| levels[below]), levels.get(above)) {
        (Some(below), Some(above)) if magnitude - below as f32 <= *above as f32 - magnitude => below,
        (_, Some(above)) => *above,
        (Some(below), None) => below,
        (None, None) => 0,
    };
    if weight < 0.0 { -level } else { level }
}

fn scale(weights: &[f32], levels: &[i32]) -> f32 {
    let largest = weights.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
    let top = levels.last().copied().unwrap_or(1) as f32;
    if largest < f32::MIN_POSITIVE * 65536.0 {
        return 1.0;
    }
    let error = |scale: f32| weights.iter().map(|weight| f64::from(nearest(*weight, scale, levels) as f32 * scale - weight).powi(2)).sum::<f64>();
    let candidates = (CANDIDATES / 4..=CANDIDATES).rev().map(|part| largest * part as f32 / CANDIDATES as f32 / top);
    let better = |best: (f64, f32), next: f32| if error(next) < best.0 { (error(next), next) } else { best };
    candidates.fold((f64::INFINITY, largest / top), better).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;

    #[test]
    fn levels_of_the_paper() {
        // Four magnitude bits: {0, 1, 1/4, 1/16} + {0, 1/2, 1/8, 1/32}, in units of 1/32.
        assert_eq!(levels(5), [0, 1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 33, 36, 48]);
        // Two: {0, 1, 1/2, 1/4}.
        assert_eq!(levels(3), [0, 1, 2, 4]);
        // Three: {0, 1, 1/4, 1/16} + {0, 1/2}.
        assert_eq!(levels(4), [0, 1, 4, 8, 9, 12, 16, 24]);
    }

    #[test]
    fn weights_that_are_levels_stay() {
        let exact: Vec<f32> = [24, -16, 12, 9, -8, 4, 1, 0].iter().map(|level| *level as f32 * 0.03125).collect();
        let apot = weights(&float_layer(&[1, 8], exact.clone()), 4, false);
        assert_eq!((apot.values.clone(), apot.scales.clone()), (vec![24, -16, 12, 9, -8, 4, 1, 0], vec![0.03125]));
        assert_eq!(apot.real(), exact);
    }

    #[test]
    fn weights_go_to_the_nearest_level() {
        let levels = levels(4);
        assert_eq!([0.4, 0.6, 2.4, 2.6, -8.6, 10.4, 10.6, 30.0].map(|weight| nearest(weight, 1.0, &levels)), [0, 1, 1, 4, -9, 9, 12, 24]);
    }
}
