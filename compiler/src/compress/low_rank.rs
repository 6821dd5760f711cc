//! Low rank: two smaller layers in place of one, a matrix product or 1x1 convolution through fewer channels, a k x k convolution as k x 1 and
//! 1 x k.
//!
//! Sources: M. Jaderberg et al., *Speeding up Convolutional Neural Networks with Low Rank Expansions*, BMVC 2014 (scheme 2: separable filters
//! between which channels are mixed); C. Tai et al., *Convolutional neural networks with low-rank regularization*, ICLR 2016 (theorem 1: the best
//! such filters are the singular vectors of the weights as a matrix of `in * height` rows and `out * width` columns, each scaled by the root of
//! the singular value). There the network is trained further; here nothing is trained.

use std::collections::HashMap;

use nalgebra::{DMatrix, SVD};

use super::reduce::{Note, Outcome, ReduceError, chosen, pixels, shapes};
use crate::import::onnx::float::{Layer, Network};

/// The pass's name.
pub const NAME: &str = "low-rank";

/// Iterations of the singular value decomposition; it needs a few per singular value.
const ITERATIONS: usize = 100_000;
/// Halvings of the interval in which the energy is searched that meets a target of operations.
const HALVINGS: usize = 40;

/// How ranks are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rank {
    /// The least rank that keeps this part of the sum of squares of a layer's weights, above 0 up to 1.
    Energy(f64),
    /// The energy, the same for all layers, that leaves at most this part of the network's multiply-accumulates.
    Macs(f64),
    /// This rank, or the layer's own where that is less.
    Fixed(usize),
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How ranks are chosen.
    pub rank: Rank,
    /// Names of the layers to be reduced; all if there are none.
    pub layers: Vec<String>,
}

/// A layer's weights as a sum of products, largest first.
struct Factors {
    layer: usize,
    svd: SVD<f64, nalgebra::Dyn, nalgebra::Dyn>,
    /// Multiply-accumulates for each rank, and those of the layer as it is.
    macs: [usize; 2],
}

/// Replaces layers where that saves operations, or where a rank is given.
///
/// # Errors
/// Named layers with several groups, a target of operations that is out of reach, operators that are not supported.
pub fn reduce(network: &Network, options: &Options) -> Result<Outcome, ReduceError> {
    let chosen = chosen(network, NAME, &options.layers)?;
    let shapes = shapes(network)?;
    let (mut factors, mut notes) = (Vec::new(), Vec::new());
    for node in 0..network.len() {
        let Some(number) = network.layer(node).filter(|layer| chosen[*layer]) else { continue };
        let layer = &network.layers()[number];
        let refused = |reason: String, fits| ReduceError::Layer { pass: NAME, layer: layer.name.clone(), reason, fits };
        if network.groups(node) > 1 {
            let reason = format!("it computes {} groups of channels", network.groups(node));
            if !options.layers.is_empty() {
                return Err(refused(reason, "matrix products, and convolutions of one group"));
            }
            notes.push((number, format!("stays: {reason}")));
            continue;
        }
        let found = Factors::of(layer, number, [between(network, node, layer, &shapes), pixels(layer, &shapes)]);
        factors.push(found.ok_or_else(|| refused("its singular values cannot be found".to_owned(), "weights of ordinary size"))?);
    }
    let all: usize = network.layers().iter().map(|layer| layer.weights.len() * pixels(layer, &shapes)).sum();
    let ranks = ranks(&factors, options.rank, all)?;
    let mut reduced = network.clone();
    // From the last, so that numbers of layers stay what they are.
    for (own, rank) in factors.iter().zip(&ranks).rev() {
        let full = own.svd.singular_values.len();
        if let Some(rank) = *rank {
            let [first, second] = own.filters(&network.layers()[own.layer], rank);
            reduced.split(own.layer, rank, first, second);
            notes.push((own.layer, format!("rank {rank} of {full}, {:.2} % of the energy", own.energy(rank) * 100.0)));
        } else {
            notes.push((own.layer, format!("stays: of full rank {full}, it needs so much that two layers save nothing")));
        }
    }
    notes.sort();
    let notes = notes.into_iter().map(|(layer, text)| Note::layer(&network.layers()[layer].name, text)).collect();
    let kept = network.layers().iter().map(|layer| (0..layer.rows()).map(Some).collect()).collect();
    Ok(Outcome { network: reduced, kept, notes })
}

/// Pixels between the two halves of a layer: rows of its output, columns of its input.
fn between(network: &Network, node: usize, layer: &Layer, shapes: &HashMap<String, Vec<usize>>) -> usize {
    let input = network.operands(node).first().and_then(|name| shapes.get(*name));
    match (shapes.get(&layer.output).map(Vec::as_slice), input.map(Vec::as_slice)) {
        (Some(&[_, _, height, _]), Some(&[_, _, _, width])) if layer.shape.len() == 4 => height * width,
        _ => pixels(layer, shapes),
    }
}

/// The rank of each layer, where it saves operations or is given.
fn ranks(factors: &[Factors], wanted: Rank, all: usize) -> Result<Vec<Option<usize>>, ReduceError> {
    let by_energy = |energy: f64| -> Vec<Option<usize>> {
        let one = |own: &Factors| Some(own.rank(energy)).filter(|rank| rank * own.macs[0] < own.macs[1]);
        factors.iter().map(one).collect()
    };
    let left = |ranks: &[Option<usize>]| {
        let saved: usize = factors.iter().zip(ranks).map(|(own, rank)| rank.map_or(0, |rank| own.macs[1] - rank * own.macs[0])).sum();
        all - saved
    };
    match wanted {
        Rank::Energy(energy) => Ok(by_energy(energy)),
        Rank::Fixed(rank) => Ok(factors.iter().map(|own| Some(rank.min(own.svd.singular_values.len()))).collect()),
        Rank::Macs(part) => {
            let most = (all as f64 * part) as usize;
            let least = left(&by_energy(0.0));
            if least > most {
                let reason = format!("{part} of {all} multiply-accumulates are wanted, and rank 1 everywhere leaves {least}");
                let fits = format!("macs of at least {:.4}", least as f64 / all as f64 + 5e-5);
                return Err(ReduceError::Network { pass: NAME, reason, fits });
            }
            let mut ends = [0.0, 1.0];
            for _ in 0..HALVINGS {
                let middle = (ends[0] + ends[1]) / 2.0;
                ends[usize::from(left(&by_energy(middle)) > most)] = middle;
            }
            Ok(by_energy(ends[0]))
        }
    }
}

/// Output channels, input channels, height and width of a layer's kernel.
fn extents(layer: &Layer) -> [usize; 4] {
    match layer.shape[..] {
        [rows, inputs, height, width] => [rows, inputs, height, width],
        _ => [layer.rows(), layer.cols(), 1, 1],
    }
}

impl Factors {
    /// Decomposes a layer whose halves compute `pixels` pixels.
    fn of(layer: &Layer, number: usize, pixels: [usize; 2]) -> Option<Factors> {
        let [rows, inputs, height, width] = extents(layer);
        let weight = |row: usize, col: usize| {
            let (input, y, output, x) = (row / height, row % height, col / width, col % width);
            f64::from(layer.weights[((output * inputs + input) * height + y) * width + x])
        };
        let matrix = DMatrix::from_fn(inputs * height, rows * width, weight);
        let svd = SVD::try_new(matrix, true, true, f64::EPSILON, ITERATIONS)?;
        let macs = [inputs * height * pixels[0] + rows * width * pixels[1], layer.weights.len() * pixels[1]];
        Some(Factors { layer: number, svd, macs })
    }

    /// Part of the sum of squares that the first products have.
    fn energy(&self, rank: usize) -> f64 {
        let squares: Vec<f64> = self.svd.singular_values.iter().map(|value| value * value).collect();
        let all: f64 = squares.iter().sum();
        if all > 0.0 { squares[..rank.min(squares.len())].iter().sum::<f64>() / all } else { 1.0 }
    }

    /// The least rank of at least 1 that keeps a part of the energy.
    fn rank(&self, energy: f64) -> usize {
        let full = self.svd.singular_values.len();
        // Sums of a different order may differ in the last digit.
        (1..full).find(|rank| self.energy(*rank) >= energy - 1e-12).unwrap_or(full)
    }

    /// `[rank][in][height]` and `[out][rank][width]`.
    fn filters(&self, layer: &Layer, rank: usize) -> [Vec<f32>; 2] {
        let [rows, inputs, height, width] = extents(layer);
        let (Some(u), Some(v)) = (&self.svd.u, &self.svd.v_t) else { return [Vec::new(), Vec::new()] };
        let root = |own: usize| self.svd.singular_values[own].sqrt();
        let first = (0..rank).flat_map(|own| (0..inputs * height).map(move |row| (u[(row, own)] * root(own)) as f32)).collect();
        let places = (0..rows).flat_map(|output| (0..rank).flat_map(move |own| (0..width).map(move |x| (output * width + x, own))));
        [first, places.map(|(col, own)| (v[(own, col)] * root(own)) as f32).collect()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;
    use crate::import::onnx::float::testing::{Builder, run};

    fn near(found: &[f32], wanted: &[f32]) {
        assert!(found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?} {wanted:?}");
    }

    #[test]
    fn a_matrix_of_rank_one() {
        // [3 4; 6 8] is (1, 2) times (3, 4): its only singular value is the product of their lengths, 5 sqrt(5).
        let layer = float_layer(&[2, 2], vec![3.0, 4.0, 6.0, 8.0]);
        let factors = Factors::of(&layer, 0, [1, 1]).unwrap();
        assert!((factors.svd.singular_values[0] - 5.0 * 5f64.sqrt()).abs() < 1e-9 && factors.svd.singular_values[1].abs() < 1e-9);
        assert_eq!((factors.rank(1.0), factors.macs), (1, [4, 4]));
        let [first, second] = factors.filters(&layer, 1);
        // The root of the singular value goes to either: (3, 4) / 5 and (1, 2) / sqrt(5), each times sqrt(5 sqrt(5)).
        let root = (5.0 * 5f32.sqrt()).sqrt();
        let sign = first[0].signum();
        near(&first, &[0.6 * root * sign, 0.8 * root * sign]);
        near(&second, &[root / 5f32.sqrt() * sign, 2.0 * root / 5f32.sqrt() * sign]);
    }

    #[test]
    fn ranks_keep_the_energy_that_is_wanted() {
        // Singular values 4, 3, 0: energies 16 / 25 and 1.
        let factors = Factors::of(&float_layer(&[3, 3], vec![4.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0]), 0, [1, 1]).unwrap();
        assert_eq!([0.5, 0.64, 0.65, 1.0].map(|energy| factors.rank(energy)), [1, 1, 2, 2]);
    }

    #[test]
    fn a_separable_kernel_becomes_a_column_and_a_row() {
        // (1, 2, 3) down times (1, 0, -1) along.
        let kernel: Vec<f32> = [1.0, 2.0, 3.0].iter().flat_map(|a| [1.0, 0.0, -1.0].map(|b| a * b)).collect();
        let network = Builder::new(&[1, 1, 6, 6]).layer("conv", "x", &[1, 1, 3, 3], &kernel).read("conv");
        let options = Options { rank: Rank::Energy(1.0), layers: Vec::new() };
        let reduced = reduce(&network, &options).unwrap().network;
        let shapes: Vec<&[usize]> = reduced.layers().iter().map(|layer| &layer.shape[..]).collect();
        assert_eq!(shapes, [&[1, 1, 3, 1], &[1, 1, 1, 3]]);
        let inputs: Vec<f32> = (0..36).map(|x| (x * x % 17) as f32 / 8.0).collect();
        near(&run(&reduced, &inputs), &run(&network, &inputs));
    }

    #[test]
    fn operations_are_what_is_left_of_them() {
        let weights: Vec<f32> = (0..64).map(|x| (x * x % 23) as f32 - 11.0).collect();
        let network = Builder::new(&[1, 8]).layer("fc", "x", &[8, 8], &weights).layer("last", "fc", &[8, 8], &weights).read("last");
        let macs = |part: f64| reduce(&network, &Options { rank: Rank::Macs(part), layers: Vec::new() });
        for part in [1.0, 0.75, 0.5, 0.25] {
            let left: usize = macs(part).unwrap().network.layers().iter().map(|layer| layer.weights.len()).sum();
            assert!(left as f64 <= 128.0 * part && left as f64 > 128.0 * part - 33.0, "{left} of 128, wanted {part}");
        }
        // Rank 1 takes 16 of 64 operations.
        let message = macs(0.2).err().unwrap().to_string();
        assert!(message.contains("leaves 32") && message.contains("macs of at least 0.25"), "{message}");
    }
}
