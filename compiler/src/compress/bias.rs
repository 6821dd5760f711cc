//! Bias correction: what compression changes in a channel's mean, its bias takes back.
//!
//! `bias += sum w E[a - zero point] - sum w' E[a' - zero point]` over the channel's weights. Layer follows layer: `a'` is what the compressed
//! network computes with the biases before already corrected.
//!
//! Source: M. Nagel, M. van Baalen, T. Blankevoort, M. Welling, *Data-Free Quantization Through Weight Equalization and Bias Correction*,
//! ICCV 2019, section 4.2 (the variant with calibration data).

use super::calibration::{Moments, moments};
use super::layers::{Layer, add_bias, layers};
use crate::graph::{Graph, Op};

/// The compressed graph with corrected biases.
pub fn correct(original: &Graph, compressed: &Graph, inferences: &[Vec<Vec<i8>>]) -> Graph {
    let (before, after) = (layers(original, true), layers(compressed, true));
    let moments_before = moments(original, &before, inferences, false);
    let mut corrected = compressed.clone();
    for ((before, after), moments_before) in before.iter().zip(&after).zip(&moments_before) {
        let moments_after = &moments(&corrected, std::slice::from_ref(after), inferences, false)[0];
        let depthwise = matches!(original.nodes[before.node].op, Op::Depthwise { .. });
        let mean = |layer: &Layer, moments: &Moments, row: usize| -> f64 {
            let term = |col: usize| {
                let input = if depthwise { col * layer.rows + row } else { col };
                f64::from(layer.weights[row * layer.cols + col]) * moments.sums[input]
            };
            (0..layer.cols).map(term).sum::<f64>() / moments.patches as f64
        };
        let shift = |row: usize| (mean(before, moments_before, row) - mean(after, moments_after, row)).round() as i32;
        let difference: Vec<i32> = (0..before.rows).map(shift).collect();
        if difference.iter().any(|difference| *difference != 0) {
            add_bias(&mut corrected, before.node, &difference);
        }
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::layers::stored;
    use crate::compress::prune::{Scope, Target, prune};
    use crate::compress::testing::two_layers;

    #[test]
    fn the_mean_of_a_pruned_neuron_is_kept() {
        let graph = two_layers(1.0);
        let target = Target { density: 0.5, scope: Scope::Layer, own: vec![("second".to_owned(), 1.0)], depthwise: false };
        let inferences = [vec![vec![1, 2, 3, 4]], vec![vec![3, 0, 1, 4]]];
        // Lost are 1 and 3 with the mean inputs 1 and 4, and 2 and 4 with 2 and 2.
        let corrected = correct(&graph, &prune(&graph, &target), &inferences);
        assert_eq!(stored(&corrected.nodes[0].op).unwrap().1.bias, [13, 12]);
        // Rounding moves the first neuron's mean from 8.5 to 9: half of 5 and of -7, rounded.
        assert_eq!(stored(&corrected.nodes[1].op).unwrap().1.bias, [-3, 4]);
    }
}
