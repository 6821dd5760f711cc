//! Optimal Brain Damage, layer by layer: weights of the least saliency `w^2 H_qq / 2` become zero, the others stay as they are. `H` is the
//! second moment of the layer's inputs, of which only the diagonal counts.
//!
//! Source: Y. LeCun, J. Denker, S. Solla, *Optimal Brain Damage*, NIPS 1989.

use super::calibration::moments;
use super::layers::{layers, with_weights};
use super::prune::{Target, counts};
use crate::graph::{Graph, Op};

/// Prunes by saliency; with a global scope a layer keeps as many weights as a global threshold on magnitudes would leave it.
pub fn prune(graph: &Graph, target: &Target, inferences: &[Vec<Vec<i8>>]) -> Graph {
    let mut layers = layers(graph, target.depthwise);
    let counts = counts(&layers, target);
    let moments = moments(graph, &layers, inferences, true);
    for ((layer, count), moments) in layers.iter_mut().zip(counts).zip(&moments) {
        let diagonal: Vec<f64> = moments.blocks.iter().flat_map(|block| (0..block.size).map(|at| block.products[at * block.size + at])).collect();
        let depthwise = matches!(graph.nodes[layer.node].op, Op::Depthwise { .. });
        let of_weight = |index: usize| {
            let (row, col) = (index / layer.cols, index % layer.cols);
            diagonal[if depthwise { col * layer.rows + row } else { col }]
        };
        let saliency = |index: usize| layer.real(index).powi(2) * of_weight(index) / 2.0;
        // Inputs that never move give no saliency; there, magnitude decides.
        let mut order: Vec<(f64, f64, usize)> = (0..layer.weights.len()).map(|index| (saliency(index), layer.real(index).abs(), index)).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        order[count..].iter().for_each(|(_, _, index)| layer.weights[*index] = 0);
    }
    with_weights(graph, &layers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::prune::Scope;
    use crate::compress::testing::{two_layers, weights};

    #[test]
    fn saliency_is_weight_times_input_energy() {
        // The inputs' energies are 1, 100, 1, 4: saliencies 50 50 32 18 and 2 4050 8 98.
        let target = Target { density: 0.5, scope: Scope::Layer, own: Vec::new(), depthwise: false };
        let pruned = prune(&two_layers(1.0), &target, &[vec![vec![1, 10, 1, 2]]]);
        assert_eq!(weights(&pruned, 0), [10, 1, 0, 0, 0, 9, 0, -7]);
    }
}
