//! The workload: matrix products in a row, with little around them.

use crate::graph::fixed_point::quantise_multiplier;
use crate::graph::{Graph, Node, Op, Output, Padding, Tensor, Window};
use fretwork_sim::requantise::{Rounding, Scale};
use fretwork_sim::stalls::splitmix;

/// Rows and columns of the image: the products have 256 rows.
const SIDE: usize = 16;
/// Products in a row, so that the load and the store are a small part.
const COUNT: usize = 8;

/// Eight products of 256 x `size` activations with `size` x `size` weights, as 1x1 convolutions of a 16x16 image.
pub fn products(size: usize) -> Graph {
    let tensor = |index: usize| Tensor::int8(format!("t{index}"), vec![1, SIDE, SIDE, size], 1.0, 0);
    // Sums of `size` products of numbers spread over -128..=127 come back to that spread.
    let scale = quantise_multiplier(1.0 / (74.0 * (size as f64).sqrt())).unwrap_or(Scale::ZERO);
    let node = |index: usize| Node {
        name: format!("product{index}"),
        op: Op::Conv {
            window: Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], padding: Padding::default() },
            weights: (0..size * size).map(|i| (splitmix((index * size * size + i) as u64) as i8).max(-127)).collect(),
            output: Output { bias: Vec::new(), scales: vec![scale], rounding: Rounding::Double, clamp: [-128, 127], thresholds: Vec::new() },
        },
        inputs: vec![index],
        output: index + 1,
    };
    Graph {
        name: format!("{COUNT} x 256x{size}x{size}"),
        tensors: (0..=COUNT).map(tensor).collect(),
        nodes: (0..COUNT).map(node).collect(),
        inputs: vec![0],
        outputs: vec![COUNT],
        host: Vec::new(),
    }
}
