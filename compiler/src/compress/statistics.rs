//! What compression left of each layer, and what it changed in the activations.

use serde::Serialize;

use super::layers::stored;
use crate::graph::{Graph, Node, evaluate};

/// One layer after compression.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerStatistics {
    /// The node's name.
    pub name: String,
    /// The operation's name.
    pub op: &'static str,
    /// Number of weights.
    pub weights: usize,
    /// Weights that are not zero.
    pub nonzero: usize,
    /// `nonzero / weights`.
    pub density: f64,
    /// Different weights that are not zero.
    pub distinct: usize,
    /// Root mean square of the change in the layer's output, relative to that of the output itself; what layers before it changed included.
    pub relative_rms: f64,
}

/// What compression changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// Every layer with weights, in order.
    pub layers: Vec<LayerStatistics>,
    /// Relative root mean square of the change in the graph's outputs, all together.
    pub output_relative_rms: f64,
}

/// Compares a network with what it was, over the inferences.
pub fn compare(original: &Graph, compressed: &Graph, inferences: &[Vec<Vec<i8>>]) -> Statistics {
    let sums = sums(original, compressed, inferences);
    let layers = compressed.nodes.iter().filter_map(|node| layer(node, relative(sums[node.output]))).collect();
    let outputs = original.outputs.iter().fold([0.0; 2], |all, id| {
        let real = f64::from(original.tensors[*id].scale).powi(2);
        [all[0] + sums[*id][0] * real, all[1] + sums[*id][1] * real]
    });
    Statistics { layers, output_relative_rms: relative(outputs) }
}

fn layer(node: &Node, relative_rms: f64) -> Option<LayerStatistics> {
    let (weights, _) = stored(&node.op)?;
    let nonzero = weights.iter().filter(|weight| **weight != 0).count();
    let mut seen = [false; 256];
    weights.iter().for_each(|weight| seen[usize::from(*weight as u8)] = *weight != 0);
    let (density, distinct) = (nonzero as f64 / weights.len() as f64, seen.iter().filter(|seen| **seen).count());
    Some(LayerStatistics { name: node.name.clone(), op: node.op.name(), weights: weights.len(), nonzero, density, distinct, relative_rms })
}

/// Sums of squared changes and of squared original values (above the zero point), tensor by tensor.
fn sums(original: &Graph, compressed: &Graph, inferences: &[Vec<Vec<i8>>]) -> Vec<[f64; 2]> {
    let mut sums = vec![[0.0; 2]; original.tensors.len()];
    for inference in inferences {
        let (before, after) = (evaluate(original, inference), evaluate(compressed, inference));
        for (((before, after), tensor), sum) in before.iter().zip(&after).zip(&original.tensors).zip(&mut sums) {
            for (before, after) in tensor.elements(before).into_iter().zip(tensor.elements(after)) {
                sum[0] += f64::from(i32::from(after) - i32::from(before)).powi(2);
                sum[1] += f64::from(i32::from(before) - tensor.zero_point).powi(2);
            }
        }
    }
    sums
}

fn relative([change, value]: [f64; 2]) -> f64 {
    if change == 0.0 { 0.0 } else { (change / value.max(f64::MIN_POSITIVE)).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::prune::{Scope, Target, prune};
    use crate::compress::testing::two_layers;

    #[test]
    fn half_the_weights_of_two_neurons() {
        let graph = two_layers(1.0);
        let target = Target { density: 0.5, scope: Scope::Layer, own: vec![("second".to_owned(), 1.0)], depthwise: false };
        // The first layer computes (10 + 6) / 2 and (2 - 14) / 2; pruned, (10) / 2 and (-14) / 2.
        let statistics = compare(&graph, &prune(&graph, &target), &[vec![vec![1, 0, 0, 2]]]);
        let first = &statistics.layers[0];
        assert_eq!((first.weights, first.nonzero, first.distinct, first.density), (8, 4, 4, 0.5));
        assert_eq!(first.relative_rms, ((3.0f64.powi(2) + 1.0) / (8.0f64.powi(2) + 6.0f64.powi(2))).sqrt());
        // The second: (40 - 36) / 2 and (-56 - 6) / 2; then (25 - 42) / 2, rounded up, and (-35 - 7) / 2.
        assert_eq!(statistics.output_relative_rms, ((10.0f64.powi(2) + 10.0f64.powi(2)) / (2.0f64.powi(2) + 31.0f64.powi(2))).sqrt());
    }
}
