//! Optimal Brain Surgeon, layer by layer: the weight of the least saliency `w_q^2 / (2 [H^-1]_qq)` becomes zero and the row's other weights
//! move by `-w_q / [H^-1]_qq * H^-1_q` to make up for it, again and again. `H` is the second moment of the layer's inputs.
//!
//! All rows of a layer share `H`, and rows do not disturb each other. So each row is first taken apart to the end, which gives an order and
//! a loss per weight; then the layer's cheapest losses are chosen over all rows; then each row is solved once for the weights that are left,
//! which is where the sequence of updates would end. Long rows are taken apart in blocks, as `calibration`
//! keeps their moments.
//!
//! Sources: B. Hassibi, D. Stork, *Second Order Derivatives for Network Pruning: Optimal Brain Surgeon*, NIPS 1992; X. Dong, S. Chen,
//! S. Pan, *Learning to Prune Deep Neural Networks via Layer-wise Optimal Brain Surgeon*, NIPS 2017; E. Frantar, D. Alistarh, *Optimal
//! Brain Compression*, NeurIPS 2022 (order first, solution afterwards).

use rayon::prelude::*;

use super::calibration::{Block, Moments, moments};
use super::hessian::Hessian;
use super::layers::{Layer, layers, with_weights};
use super::matrix::inverse;
use super::prune::{Target, counts};
use crate::graph::Graph;

/// Prunes and updates. Depthwise convolutions are left alone; with a global scope a layer keeps as many weights as a global threshold on
/// magnitudes would leave it.
pub fn prune(graph: &Graph, target: &Target, inferences: &[Vec<Vec<i8>>]) -> Graph {
    let mut layers = layers(graph, false);
    let counts = counts(&layers, target);
    let moments = moments(graph, &layers, inferences, true);
    for ((layer, count), moments) in layers.iter_mut().zip(counts).zip(&moments) {
        prune_layer(layer, count, moments);
    }
    with_weights(graph, &layers)
}

/// A row's weights within a block.
struct Lane {
    row: usize,
    block: usize,
    /// Weights in the order in which they go.
    order: Vec<usize>,
    /// Loss of each step, at least that of the step before.
    losses: Vec<f64>,
}

fn prune_layer(layer: &mut Layer, count: usize, moments: &Moments) {
    let blocks: Vec<Surgeon> = moments.blocks.iter().map(Surgeon::new).collect();
    let lanes: Vec<(usize, usize)> = (0..layer.rows).flat_map(|row| (0..blocks.len()).map(move |block| (row, block))).collect();
    let real = |row: usize, block: usize| -> Vec<f64> {
        let start = row * layer.cols + blocks[block].hessian.start;
        (start..start + blocks[block].hessian.size).map(|index| layer.real(index)).collect()
    };
    let lanes: Vec<Lane> = lanes
        .into_par_iter()
        .map(|(row, block)| {
            let (order, losses) = blocks[block].take_apart(real(row, block));
            Lane { row, block, order, losses }
        })
        .collect();
    let removed = cheapest(&lanes, layer.weights.len() - count);
    let solved: Vec<Vec<f64>> = lanes
        .par_iter()
        .zip(&removed)
        .map(|(lane, removed)| blocks[lane.block].without(&lane.order[..*removed], &real(lane.row, lane.block)))
        .collect();
    for (lane, weights) in lanes.iter().zip(solved) {
        let start = lane.row * layer.cols + blocks[lane.block].hessian.start;
        for (at, weight) in weights.iter().enumerate() {
            layer.weights[start + at] = (weight / layer.steps[lane.row]).round().clamp(-127.0, 127.0) as i8;
        }
    }
}

/// How many weights each lane gives up when the layer gives up `total`.
fn cheapest(lanes: &[Lane], total: usize) -> Vec<usize> {
    let mut all: Vec<(f64, usize)> = lanes.iter().enumerate().flat_map(|(at, lane)| lane.losses.iter().map(move |loss| (*loss, at))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut removed = vec![0; lanes.len()];
    all[..total].iter().for_each(|(_, lane)| removed[*lane] += 1);
    removed
}

/// The Hessian of a block of inputs and its inverse, a lower triangle.
struct Surgeon {
    hessian: Hessian,
    inverse: Vec<f64>,
}

impl Surgeon {
    fn new(block: &Block) -> Surgeon {
        let (hessian, factor) = Hessian::factored(block);
        let inverse = inverse(&factor, hessian.size);
        Surgeon { hessian, inverse }
    }

    /// Removes one weight after the other: their order and their losses.
    fn take_apart(&self, mut weights: Vec<f64>) -> (Vec<usize>, Vec<f64>) {
        let size = self.hessian.size;
        let mut inverse = self.inverse.clone();
        let mut names: Vec<usize> = (0..size).collect();
        let mut column = vec![0.0; size];
        let (mut order, mut losses, mut highest) = (Vec::with_capacity(size), Vec::with_capacity(size), 0.0f64);
        for left in (1..=size).rev() {
            let loss = |at: usize| weights[at] * weights[at] / (2.0 * inverse[at * size + at]);
            let (q, least) = (0..left).map(|at| (at, loss(at))).fold((0, f64::INFINITY), |best, next| if next.1 < best.1 { next } else { best });
            highest = highest.max(least);
            order.push(names[q]);
            losses.push(highest);
            let pivot = inverse[q * size + q];
            (0..left).for_each(|at| column[at] = if at <= q { inverse[q * size + at] } else { inverse[at * size + q] });
            let step = weights[q] / pivot;
            weights.iter_mut().zip(&column[..left]).for_each(|(weight, entry)| *weight -= step * entry);
            // The last one takes the place of the removed one.
            let last = left - 1;
            for row in (0..left).filter(|row| *row != q) {
                let factor = column[row] / pivot;
                inverse[row * size..][..row + 1].iter_mut().zip(&column).for_each(|(entry, other)| *entry -= factor * other);
            }
            for at in 0..last {
                let moved = inverse[last * size + at];
                match at.cmp(&q) {
                    std::cmp::Ordering::Less => inverse[q * size + at] = moved,
                    std::cmp::Ordering::Greater => inverse[at * size + q] = moved,
                    std::cmp::Ordering::Equal => inverse[q * size + q] = inverse[last * size + last],
                }
            }
            weights.swap(q, last);
            names.swap(q, last);
        }
        (order, losses)
    }

    /// The row with `removed` at zero and the others where they make up best.
    fn without(&self, removed: &[usize], weights: &[f64]) -> Vec<f64> {
        let mut fixed = vec![false; self.hessian.size];
        removed.iter().for_each(|at| fixed[*at] = true);
        let moves = self.hessian.compensation(&fixed, weights);
        (0..weights.len()).map(|at| if fixed[at] { 0.0 } else { weights[at] + moves[at] }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::prune::Scope;
    use crate::compress::testing::{two_layers, weights};

    /// H = [[2, 1], [1, 2]]; its inverse is [[2, -1], [-1, 2]] / 3.
    fn two_inputs() -> Surgeon {
        let hessian = Hessian { start: 0, size: 2, matrix: vec![2.0, 0.0, 1.0, 2.0] };
        Surgeon { hessian, inverse: vec![2.0 / 3.0, 0.0, -1.0 / 3.0, 2.0 / 3.0] }
    }

    #[test]
    fn two_correlated_inputs() {
        // w = (1, 3): saliencies 1 / (4/3) = 3/4 and 27/4. Without the first, the second becomes 3 + 1/2; its loss is then 3.5^2 = 12.25.
        let (order, losses) = two_inputs().take_apart(vec![1.0, 3.0]);
        assert_eq!(order, [0, 1]);
        assert!((losses[0] - 0.75).abs() < 1e-12 && (losses[1] - 12.25).abs() < 1e-12, "{losses:?}");
        let left = two_inputs().without(&order[..1], &[1.0, 3.0]);
        assert!(left[0] == 0.0 && (left[1] - 3.5).abs() < 1e-12, "{left:?}");
    }

    #[test]
    fn a_duplicate_input_takes_over() {
        // Inputs 0 and 1 are always equal: of the weights 10 and 1 one can do the work of both, and so can 9 and 2.
        let target = Target { density: 0.25, scope: Scope::Layer, own: vec![("second".to_owned(), 1.0)], depthwise: false };
        let inferences: Vec<Vec<Vec<i8>>> = (-50..50).map(|a| vec![vec![a, a, 0, 0]]).collect();
        let pruned = weights(&prune(&two_layers(1.0), &target, &inferences), 0);
        assert_eq!(pruned.iter().filter(|w| **w != 0).count(), 2);
        assert_eq!((pruned[0] + pruned[1], pruned[4] + pruned[5]), (11, 11));
    }
}
