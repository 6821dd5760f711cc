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
    chain(format!("{COUNT} x 256x{size}x{size}"), (0..=COUNT).map(tensor).collect(), 1, weight, &output)
}

/// The same with weights -1 and 1 between activations -1 and 1; the first reads and the last writes them as bytes.
pub fn binary_products(size: usize) -> Graph {
    binary(format!("{COUNT} x 256x{size}x{size}, binary"), COUNT, size, 1)
}

/// Four binary 3x3 convolutions of a 16x16 image, padded with 0, read and written likewise.
pub fn binary_convolutions(channels: usize) -> Graph {
    let count = COUNT / 2;
    binary(format!("{count} x 3x3, {channels} to {channels} channels, {} pixels, binary", SIDE * SIDE), count, channels, 3)
}

fn binary(name: String, count: usize, channels: usize, kernel: usize) -> Graph {
    let tensor = |index: usize| Tensor { levels: Levels::Bipolar, ..Tensor::int8(format!("t{index}"), vec![1, SIDE, SIDE, channels], 1.0, 0) };
    let stairs = Staircase { falling: false, steps: vec![0] };
    let output = Output { bias: Vec::new(), scales: Vec::new(), rounding: Rounding::Single, clamp: [-1, 1], thresholds: vec![stairs] };
    let sign = |at: usize| 1 - 2 * (splitmix(at as u64) & 1) as i8;
    chain(name, (0..=count).map(tensor).collect(), kernel, sign, &output)
}

/// Convolutions from each tensor to the next, which have the same shape.
fn chain(name: String, tensors: Vec<Tensor>, kernel: usize, weight: impl Fn(usize) -> i8, output: &Output) -> Graph {
    let (count, channels) = (tensors.len() - 1, tensors[0].shape[3]);
    let (size, around) = (kernel * kernel * channels * channels, kernel / 2);
    let padding = Padding { top: around, left: around, bottom: around, right: around };
    let node = |index: usize| Node {
        name: format!("product{index}"),
        op: Op::Conv {
            window: Window { kernel: [kernel; 2], stride: [1, 1], dilation: [1, 1], padding },
            groups: 1,
            weights: (0..size).map(|i| weight(index * size + i)).collect(),
            output: output.clone(),
        },
        inputs: vec![index],
        output: index + 1,
    };
    Graph { name, tensors, nodes: (0..count).map(node).collect(), inputs: vec![0], outputs: vec![count], host: Vec::new() }
}
