//! Data-free merging of neurons: two that are nearly alike become one, which takes over what the other gave.
//!
//! Source: S. Srinivas and R. V. Babu, *Data-free parameter pruning for Deep Neural Networks*, BMVC 2015: neuron j goes and its outgoing weights
//! are added to those of neuron i, for the pair with the least saliency, the mean square of j's outgoing weights times the squared distance of
//! the weights (with biases) that make the two. Filters are merged like neurons, and channels that a sum adds or that depthwise filters read
//! one by one only together.

use std::collections::HashSet;

use ndarray::{Array2, ArrayView1};

use super::reduce::{Group, Note, Outcome, Part, ReduceError, candidates};
use crate::import::onnx::float::Network;

/// The pass's name.
pub const NAME: &str = "merge-neurons";

/// Merges neurons of each chosen layer until the given part is left.
///
/// # Errors
/// Named layers whose channels have to stay or differ, operators that are not supported.
pub fn reduce(network: &Network, part: &Part) -> Result<Outcome, ReduceError> {
    let channels = network.channels()?;
    let (groups, mut notes) = candidates(network, &channels, NAME, &part.layers)?;
    let mut merged = network.clone();
    let mut removed = HashSet::new();
    for group in &groups {
        let count = group.classes.len();
        let gone = merge(&mut merged, group, part.of(count));
        let largest = gone.iter().map(|(_, saliency)| *saliency).fold(0.0, f64::max);
        notes.push(Note::layer(group.name(network), format!("{} of {count} channels merged, largest saliency {largest:.3e}", gone.len())));
        removed.extend(gone.into_iter().map(|(class, _)| group.classes[class]));
    }
    Outcome::without(&merged, &channels, &removed, notes)
}

/// Merges classes of a group until `keep` are left; those that went, with their saliencies.
fn merge(network: &mut Network, group: &Group, keep: usize) -> Vec<(usize, f64)> {
    let distances = distances(&group.filters(network));
    let mut readers = group.readers(network);
    let mut energies: Vec<f64> = readers.rows().into_iter().map(mean_square).collect();
    let mut left: Vec<usize> = (0..group.classes.len()).collect();
    let nearest = |left: &[usize], class: usize| {
        let others = left.iter().copied().filter(|other| *other != class);
        others.min_by(|a, b| distances[[class, *a]].total_cmp(&distances[[class, *b]])).unwrap_or(class)
    };
    let mut partners: Vec<usize> = left.iter().map(|class| nearest(&left, *class)).collect();
    let mut gone = Vec::new();
    while left.len() > keep.max(1) {
        let saliency = |class: usize| energies[class] * distances[[class, partners[class]]];
        let Some(class) = left.iter().copied().min_by(|a, b| saliency(*a).total_cmp(&saliency(*b))) else { break };
        let partner = partners[class];
        gone.push((class, saliency(class)));
        let outgoing = readers.row(class).to_owned();
        readers.row_mut(partner).zip_mut_with(&outgoing, |own, other| *own += other);
        readers.row_mut(class).fill(0.0);
        energies[partner] = mean_square(readers.row(partner));
        left.retain(|other| *other != class);
        for other in left.iter().filter(|other| partners[**other] == class).copied().collect::<Vec<_>>() {
            partners[other] = nearest(&left, other);
        }
    }
    group.set_readers(network, &readers);
    gone
}

fn mean_square(values: ArrayView1<f64>) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>() / values.len().max(1) as f64
}

/// Squared distances of all pairs of rows.
fn distances(rows: &Array2<f64>) -> Array2<f64> {
    let products = rows.dot(&rows.t());
    let squares = products.diag().to_owned();
    let distance = |(a, b): (usize, usize)| {
        let sum = squares[a] + squares[b];
        let distance = sum - 2.0 * products[[a, b]];
        // Sums are rounded: what is below their error is none.
        if distance < sum * 1e-13 { 0.0 } else { distance }
    };
    Array2::from_shape_fn(products.dim(), distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::onnx::float::testing::{Builder, run};

    /// Three neurons that read two inputs, two that read the three.
    fn network(first: &[f32; 6], second: &[f32; 6]) -> Network {
        let made = Builder::new(&[1, 2]).layer("first", "x", &[3, 2], first);
        made.node("Relu", "relu", &["first"], &[]).layer("second", "relu", &[2, 3], second).read("second")
    }

    fn merged(network: &Network, keep: f64) -> Outcome {
        reduce(network, &Part { keep, layers: Vec::new() }).unwrap()
    }

    #[test]
    fn equal_neurons_merge_without_a_trace() {
        let network = network(&[1.0, -0.7, 0.3, 2.0, 1.0, -0.7], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let found = merged(&network, 0.67).network;
        assert_eq!(found.layers()[0].weights, [0.3, 2.0, 1.0, -0.7]);
        assert_eq!(found.layers()[1].weights, [2.0, 4.0, 5.0, 10.0]);
        for inputs in [[1.0, 0.5], [-1.0, 2.0], [0.25, -4.0]] {
            let (found, wanted) = (run(&found, &inputs), run(&network, &inputs));
            assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?} {wanted:?}");
        }
    }

    #[test]
    fn the_pair_of_least_saliency_is_merged() {
        // Squared distances: 1 of the first two, 4 of the last two, 5 of the others. Mean squares of outgoing weights: 16, 1, 0.01. The least
        // products: 0.04 for the third into the second, then 1 for the second (with 1.1, mean square 1.21) into the first: 1.21.
        let network = network(&[0.0, 0.0, 1.0, 0.0, 1.0, 2.0], &[4.0, 1.0, 0.1, 4.0, 1.0, 0.1]);
        let two = merged(&network, 0.67);
        assert_eq!(two.network.layers()[0].weights, [0.0, 0.0, 1.0, 0.0]);
        assert_eq!(two.network.layers()[1].weights, [4.0, 1.1, 4.0, 1.1]);
        let one = merged(&network, 0.1);
        assert_eq!((&one.network.layers()[0].weights[..], &one.network.layers()[1].weights[..]), (&[0.0, 0.0][..], &[5.1, 5.1][..]));
        assert!(one.notes.iter().any(|note| note.text == "2 of 3 channels merged, largest saliency 1.210e0"), "{:?}", one.notes);
    }

    #[test]
    fn channels_that_are_scaled_one_by_one_stay() {
        let network = Builder::new(&[1, 1, 2, 2])
            .layer("conv", "x", &[2, 1, 1, 1], &[1.0, 1.0])
            .node("Relu", "relu", &["conv"], &[])
            .constant("factors", &[2, 1, 1], &[1.0, 2.0])
            .node("Mul", "scaled", &["relu", "factors"], &[])
            .layer("last", "scaled", &[1, 2, 1, 1], &[1.0, 1.0])
            .read("last");
        assert_eq!(merged(&network, 0.5).network.layers()[0].rows(), 2);
        let message = reduce(&network, &Part { keep: 0.5, layers: vec!["conv".to_owned()] }).err().unwrap().to_string();
        assert!(message.contains("merge-neurons cannot reduce layer \"conv\"") && message.contains("Mul \"scaled\""), "{message}");
    }
}
