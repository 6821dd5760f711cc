//! Magnitude pruning: the weights of the smallest absolute real value become zero.
//!
//! Source: S. Han, J. Pool, J. Tran, W. Dally, *Learning both Weights and Connections for Efficient Neural Networks*, NIPS 2015.

use super::layers::{Layer, layers, with_weights};
use crate::graph::Graph;

/// Which weights compete with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All weights of the network: one threshold.
    Global,
    /// The weights of one layer: one threshold per layer.
    Layer,
}

/// How many weights are to stay.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Share of weights that are not zero, 0 to 1.
    pub density: f64,
    /// Which weights compete.
    pub scope: Scope,
    /// Layers with a density of their own.
    pub own: Vec<(String, f64)>,
    /// Depthwise convolutions are pruned as well.
    pub depthwise: bool,
}

impl Target {
    /// The density of layers of this name, if it is their own.
    fn own(&self, name: &str) -> Option<f64> {
        self.own.iter().find(|(own, _)| own == name).map(|(_, density)| *density)
    }
}

/// Prunes by magnitude.
pub fn prune(graph: &Graph, target: &Target) -> Graph {
    let mut layers = layers(graph, target.depthwise);
    let counts = counts(&layers, target);
    layers.iter_mut().zip(counts).for_each(|(layer, count)| keep_largest(layer, count));
    with_weights(graph, &layers)
}

/// All but the `count` largest weights of a layer become zero.
fn keep_largest(layer: &mut Layer, count: usize) {
    let order = ranked(&[&*layer]);
    order[count..].iter().for_each(|(_, index)| layer.weights[*index] = 0);
}

/// The layer with so large a share of its weights, the largest.
pub fn thinned(layer: &Layer, density: f64) -> Layer {
    let mut thinned = layer.clone();
    keep_largest(&mut thinned, share(density, layer.weights.len()));
    thinned
}

fn share(density: f64, weights: usize) -> usize {
    ((density * weights as f64).round() as usize).min(weights)
}

/// How many weights stay in each layer.
pub fn counts(layers: &[Layer], target: &Target) -> Vec<usize> {
    let mut counts: Vec<usize> = layers.iter().map(|layer| share(target.own(&layer.name).unwrap_or(target.density), layer.weights.len())).collect();
    if target.scope == Scope::Global {
        let free: Vec<usize> = (0..layers.len()).filter(|&at| target.own(&layers[at].name).is_none()).collect();
        let pool: Vec<&Layer> = free.iter().map(|&at| &layers[at]).collect();
        let total = pool.iter().map(|layer| layer.weights.len()).sum();
        free.iter().for_each(|&at| counts[at] = 0);
        for (layer, _) in &ranked(&pool)[..share(target.density, total)] {
            counts[free[*layer]] += 1;
        }
    }
    counts
}

/// All weights as `(layer, index)`, those of the largest magnitude first, the earlier one of two equals.
fn ranked(layers: &[&Layer]) -> Vec<(usize, usize)> {
    let mut order: Vec<(f64, usize, usize)> = Vec::new();
    for (at, layer) in layers.iter().enumerate() {
        order.extend((0..layer.weights.len()).map(|index| (layer.real(index).abs(), at, index)));
    }
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    order.into_iter().map(|(_, layer, index)| (layer, index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::{two_layers, weights};

    fn target(density: f64, scope: Scope) -> Target {
        Target { density, scope, own: Vec::new(), depthwise: false }
    }

    #[test]
    fn the_largest_of_each_layer_stay() {
        // Magnitudes 10 1 8 3 | 2 9 4 7 and 5 6 | 7 1; half of each layer stays.
        let pruned = prune(&two_layers(1.0), &target(0.5, Scope::Layer));
        assert_eq!(weights(&pruned, 0), [10, 0, -8, 0, 0, 9, 0, -7]);
        assert_eq!(weights(&pruned, 1), [0, 6, -7, 0]);
    }

    #[test]
    fn one_threshold_for_all_in_real_units() {
        // The second layer's weights count double: 10 1 8 3 2 9 4 7 and 10 12 14 2.
        let pruned = prune(&two_layers(2.0), &target(0.5, Scope::Global));
        assert_eq!(weights(&pruned, 0), [10, 0, -8, 0, 0, 9, 0, 0]);
        assert_eq!(weights(&pruned, 1), [5, 6, -7, 0]);
    }

    #[test]
    fn a_layer_may_have_its_own_density() {
        let mut target = target(0.25, Scope::Global);
        target.own.push(("second".to_owned(), 1.0));
        let pruned = prune(&two_layers(2.0), &target);
        assert_eq!(weights(&pruned, 0), [10, 0, 0, 0, 0, 9, 0, 0]);
        assert_eq!(weights(&pruned, 1), [5, 6, -7, 1]);
    }
}
