//! The workload: matrix products in a row, with little around them.

use crate::graph::fixed_point::quantise_multiplier;
use crate::graph::{Graph, Levels, Node, Op, Output, Padding, Staircase, Tensor, Window};
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
    let output = Output { bias: Vec::new(), scales: vec![scale], rounding: Rounding::Double, clamp: [-128, 127], thresholds: Vec::new() };
    let weight = |at: usize| (splitmix(at as u64) as i8).max(-127);
    chain(format!("{COUNT} x 256x{size}x{size}"), (0..=COUNT).map(tensor).collect(), size, weight, &output)
}

/// The same with weights -1 and 1 between activations -1 and 1; the first product reads bytes.
pub fn binary_products(size: usize) -> Graph {
    let tensor = |index: usize| {
        let levels = if index == 0 || index == COUNT { Levels::All } else { Levels::Bipolar };
        Tensor { levels, ..Tensor::int8(format!("t{index}"), vec![1, SIDE, SIDE, size], 1.0, 0) }
    };
    let stairs = Staircase { falling: false, steps: vec![0] };
    let output = Output { bias: Vec::new(), scales: Vec::new(), rounding: Rounding::Single, clamp: [-1, 1], thresholds: vec![stairs] };
    let sign = |at: usize| 1 - 2 * (splitmix(at as u64) & 1) as i8;
    chain(format!("{COUNT} x 256x{size}x{size}, binary"), (0..=COUNT).map(tensor).collect(), size, sign, &output)
}

fn chain(name: String, tensors: Vec<Tensor>, size: usize, weight: impl Fn(usize) -> i8, output: &Output) -> Graph {
    let node = |index: usize| Node {
        name: format!("product{index}"),
        op: Op::Conv {
            window: Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], padding: Padding::default() },
            weights: (0..size * size).map(|i| weight(index * size * size + i)).collect(),
            output: output.clone(),
        },
        inputs: vec![index],
        output: index + 1,
    };
    Graph { name, tensors, nodes: (0..COUNT).map(node).collect(), inputs: vec![0], outputs: vec![COUNT], host: Vec::new() }
}
