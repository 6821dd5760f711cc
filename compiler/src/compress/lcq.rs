//! Companded codebooks: levels that lie closer together where there are more weights.
//!
//! Source: K. Yamamoto, *Learnable Companding Quantization*, CVPR 2021: a piecewise linear function squeezes magnitudes before, and its inverse
//! spreads them after uniform quantisation. There its slopes are trained; here they follow the distribution of the layer's magnitudes between
//! it and a straight line, with the mixture of least square error. The levels become 8-bit integers: a codebook of `2^bits - 1` entries.

use super::quantise::Integers;
use crate::import::onnx::float::Layer;

/// Mixtures that are tried: eighths of the distribution, the rest is the straight line.
const MIXTURES: u32 = 8;
/// Largest weights that are tried: parts of the largest there is.
const CANDIDATES: u32 = 20;

/// The weights of a layer in codes of 2 to 8 bits.
pub fn weights(layer: &Layer, bits: u32) -> Integers {
    let steps = (1i32 << (bits - 1)) - 1;
    let mut sorted: Vec<f32> = layer.weights.iter().map(|weight| weight.abs()).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let largest = sorted.last().copied().unwrap_or(0.0);
    if largest < f32::MIN_POSITIVE * 65536.0 {
        return Integers { values: vec![0; layer.weights.len()], scales: vec![1.0; layer.rows()] };
    }
    let mut best = (f64::INFINITY, Vec::new(), 1.0);
    for part in CANDIDATES / 4..=CANDIDATES {
        let top = largest * part as f32 / CANDIDATES as f32;
        for mixture in 0..=MIXTURES {
            let table = levels(&sorted, top, steps, mixture as f32 / MIXTURES as f32);
            let unit = top / 127.0;
            let error: f64 =
                sorted.iter().map(|magnitude| f64::from(table[nearest(*magnitude / unit, &table)] as f32 * unit - magnitude).powi(2)).sum();
            if error < best.0 {
                best = (error, table, unit);
            }
        }
    }
    let (_, table, unit) = best;
    let one = |weight: &f32| {
        let level = table[nearest(weight.abs() / unit, &table)] as i8;
        if *weight < 0.0 { -level } else { level }
    };
    Integers { values: layer.weights.iter().map(one).collect(), scales: vec![unit; layer.rows()] }
}

/// The magnitudes of a codebook, 0 and `steps` more up to 127.
fn levels(sorted: &[f32], top: f32, steps: i32, mixture: f32) -> Vec<i32> {
    let within = sorted.partition_point(|magnitude| *magnitude <= top).max(1);
    let spread = |step: i32| {
        let share = step as f32 / steps as f32;
        // The inverse of the distribution: the magnitude below which this share of the weights lies.
        let quantile = sorted[((share * within as f32) as usize).min(within - 1)];
        let real = mixture * quantile + (1.0 - mixture) * share * top;
        (real / top * 127.0).round() as i32
    };
    let mut table: Vec<i32> = std::iter::once(0).chain((1..steps).map(spread)).chain([127]).collect();
    table.sort_unstable();
    table.dedup();
    table
}

/// Index of the nearest level.
fn nearest(magnitude: f32, table: &[i32]) -> usize {
    let above = table.partition_point(|level| (*level as f32) < magnitude);
    match (above.checked_sub(1), table.get(above)) {
        (Some(below), Some(level)) if magnitude - table[below] as f32 <= *level as f32 - magnitude => below,
        (_, Some(_)) => above,
        (below, None) => below.unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;

    #[test]
    fn even_weights_have_even_levels() {
        let sorted: Vec<f32> = (0..=100).map(|i| i as f32 / 100.0).collect();
        assert_eq!(levels(&sorted, 1.0, 3, 0.0), [0, 42, 85, 127]);
        assert_eq!(levels(&sorted, 1.0, 3, 1.0), [0, 42, 85, 127]);
    }

    #[test]
    fn levels_follow_the_weights() {
        let mut sorted = vec![0.1; 90];
        sorted.extend([1.0; 10]);
        assert_eq!(levels(&sorted, 1.0, 3, 1.0), [0, 13, 127]);
        let layer = float_layer(&[1, 100], sorted);
        let companded = weights(&layer, 3);
        let uniform = crate::compress::quantise::uniform(&layer, 3, crate::compress::quantise::WeightRange::Mse, true);
        let error = |integers: &Integers| integers.real().iter().zip(&layer.weights).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        assert!(error(&companded) < 0.01 && error(&companded) < error(&uniform) / 2.0, "{} {}", error(&companded), error(&uniform));
    }
}
