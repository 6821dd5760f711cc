//! Product quantisation: the weights that one input has for a few adjacent output channels are a vector, and a code for all of them.
//!
//! Source: Y. Gong et al., *Compressing Deep Convolutional Networks using Vector Quantization*, 2014, section 3.3: vectors of d weights are
//! clustered by k-means. There each part of a matrix has a codebook of its own; here a layer has one, of integers of 8 bits with one scale.
//! The vectors lie along the output channels, so that a decoder in front of an array hands one entry to d columns; in a grouped convolution
//! they join the weights at one place of adjacent filters, whatever their inputs are. Clusters start at vectors drawn by k-means++: D. Arthur,
//! S. Vassilvitskii, *k-means++: The Advantages of Careful Seeding*, SODA 2007.

use fretwork_sim::stalls::splitmix;
use rayon::prelude::*;

use super::quantise::{Integers, WeightRange, uniform};
use crate::import::onnx::float::Layer;

/// Iterations after which the clusters are taken as they are.
const MAX_ITERATIONS: usize = 100;
/// Clusters are found from at most so many vectors, evenly spaced ones of more.
const MAX_VECTORS: usize = 1 << 16;

/// The weights of a layer as codes of 1 to 8 bits for vectors of `outputs` output channels; `seed` decides where clusters start. The last
/// vectors of a channel count that `outputs` does not divide use the first elements of an entry.
pub fn weights(layer: &Layer, bits: u32, outputs: usize, seed: u64) -> Integers {
    let scale = uniform(layer, 8, WeightRange::MinMax, true).scales[0];
    let (rows, cols) = (layer.rows(), layer.cols());
    let vector = |at: usize| -> Vec<f32> {
        let (first, col) = (at / cols * outputs, at % cols);
        (first..(first + outputs).min(rows)).map(|row| layer.weights[row * cols + col] / scale).collect()
    };
    let count = rows.div_ceil(outputs) * cols;
    let sample: Vec<Vec<f32>> = (0..count).step_by(count.div_ceil(MAX_VECTORS)).map(vector).collect();
    let mut book = codebook(&sample, outputs, 1 << bits, seed);
    book.iter_mut().flatten().for_each(|element| *element = element.round().clamp(-127.0, 127.0));
    let codes: Vec<usize> = (0..count).into_par_iter().map(|at| nearest(&book, &vector(at)).0).collect();
    let values = (0..rows * cols).map(|at| book[codes[at / cols / outputs * cols + at % cols]][at / cols % outputs] as i8).collect();
    Integers { values, scales: vec![scale; rows] }
}

/// At most `count` vectors of `size` elements near the given ones, which may be shorter.
fn codebook(vectors: &[Vec<f32>], size: usize, count: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut book = start(vectors, size, count, seed);
    for _ in 0..MAX_ITERATIONS {
        let codes: Vec<usize> = vectors.par_iter().map(|vector| nearest(&book, vector).0).collect();
        let mut sums = vec![vec![(0.0f64, 0u32); size]; book.len()];
        for (vector, code) in vectors.iter().zip(&codes) {
            sums[*code].iter_mut().zip(vector).for_each(|(sum, element)| *sum = (sum.0 + f64::from(*element), sum.1 + 1));
        }
        // Elements that no vector has stay.
        let mean = |((sum, count), own): (&(f64, u32), &f32)| if *count > 0 { (sum / f64::from(*count)) as f32 } else { *own };
        let next: Vec<Vec<f32>> = sums.iter().zip(&book).map(|(sums, own)| sums.iter().zip(own).map(mean).collect()).collect();
        if next == book {
            break;
        }
        book = next;
    }
    book
}

/// Vectors drawn one after the other, each with a probability that grows with the square of its distance from those before.
fn start(vectors: &[Vec<f32>], size: usize, count: usize, seed: u64) -> Vec<Vec<f32>> {
    let padded = |vector: &[f32]| vector.iter().copied().chain(std::iter::repeat(0.0)).take(size).collect::<Vec<f32>>();
    let mut distances = vec![f64::INFINITY; vectors.len()];
    let mut book: Vec<Vec<f32>> = Vec::new();
    let mut state = splitmix(seed);
    while book.len() < count {
        state = splitmix(state);
        let draw = (state >> 11) as f64 / (1u64 << 53) as f64;
        let next = if book.is_empty() {
            (draw * vectors.len() as f64) as usize
        } else {
            let total: f64 = distances.iter().sum();
            if total == 0.0 {
                break;
            }
            let mut left = draw * total;
            let reaches = |distance: &f64| {
                left -= distance;
                left < 0.0
            };
            let farthest = || (0..vectors.len()).max_by(|a, b| distances[*a].total_cmp(&distances[*b])).unwrap_or(0);
            distances.iter().position(reaches).unwrap_or_else(farthest)
        };
        let entry = padded(&vectors[next]);
        distances.par_iter_mut().zip(vectors).for_each(|(least, vector)| *least = least.min(f64::from(distance(&entry, vector))));
        book.push(entry);
    }
    book
}

/// Index of the nearest entry, the first of several, and the squared distance from it.
fn nearest(book: &[Vec<f32>], vector: &[f32]) -> (usize, f32) {
    let all = book.iter().map(|entry| distance(entry, vector)).enumerate();
    all.fold((0, f32::INFINITY), |best, next| if next.1 < best.1 { next } else { best })
}

/// Squared distance, in the elements that the vector has.
fn distance(entry: &[f32], vector: &[f32]) -> f32 {
    entry.iter().zip(vector).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;

    #[test]
    fn vectors_along_the_output_channels() {
        // Four inputs, two outputs: vectors (127, 10), (125, 12), (-3, 100) and (-5, 98) in units of 0.01, two clusters whatever the seed.
        let layer = float_layer(&[2, 4], vec![1.27, 1.25, -0.03, -0.05, 0.10, 0.12, 1.00, 0.98]);
        for seed in 0..20 {
            let found = weights(&layer, 1, 2, seed);
            assert_eq!((found.values, found.scales), (vec![126, 126, -4, -4, 11, 11, 99, 99], vec![0.01; 2]), "{seed}");
        }
    }

    #[test]
    fn last_channels_use_a_part_of_the_entries() {
        // Three outputs in vectors of two: (100, 50) and (100) share an entry.
        let layer = float_layer(&[3, 2], vec![1.0, -1.27, 0.5, 0.0, 1.0, -1.27]);
        let found = weights(&layer, 1, 2, 3);
        assert_eq!(found.values, [100, -127, 50, 0, 100, -127]);
    }

    #[test]
    fn few_vectors_stay_as_they_are() {
        let layer = float_layer(&[4, 3], (0..12).map(|at| (at * 7 % 12) as f32 * 1.27).collect());
        let scale = weights(&layer, 2, 4, 1).scales[0];
        let found: Vec<f32> = weights(&layer, 2, 4, 1).values.iter().map(|value| f32::from(*value) * scale).collect();
        found.iter().zip(&layer.weights).for_each(|(found, weight)| assert!((found - weight).abs() <= scale / 2.0 + 1e-6, "{found} {weight}"));
    }
}
