//! What an error in a float layer's weights costs: at the layer's output where calibration inputs tell what the layer reads, otherwise in
//! the weights alone. Forms that choose integers step by step re-fit with it the weights that are still free, in place of training them.

use rayon::prelude::*;

use super::hessian::Hessian;
use super::matrix::{cholesky, solve};
use crate::import::onnx::float::Layer;

/// A quadratic form over the weights of each output channel.
#[derive(Clone, Debug, PartialEq)]
pub enum Curvature {
    /// Nothing is known about the inputs: all weights count alike, and the sum of a channel's weights is to be kept.
    Unknown,
    /// From calibration inputs.
    Inputs {
        /// Second moments of what a channel reads, blocks of inputs, one list per group of channels.
        groups: Vec<Vec<Hessian>>,
        /// Output channels of a group.
        rows: usize,
    },
}

/// Factors of `H + r I`, for one group after the other.
pub struct Proximal {
    factors: Vec<Vec<(f64, Vec<f64>)>>,
    /// What is added to 1 where nothing is known.
    plain: f64,
}

impl Curvature {
    /// The blocks of a row's group.
    fn blocks(&self, row: usize) -> &[Hessian] {
        match self {
            Curvature::Unknown => &[],
            Curvature::Inputs { groups, rows } => &groups[row / rows],
        }
    }

    /// `H x` for the weights of output channel `row`.
    pub fn times(&self, row: usize, x: &[f64]) -> Vec<f64> {
        match self {
            Curvature::Unknown => x.to_vec(),
            Curvature::Inputs { .. } => self.blocks(row).iter().flat_map(|block| block.times(&x[block.start..][..block.size])).collect(),
        }
    }

    /// The layer's weights with those that are fixed at their values, and the others where they make up for it best.
    pub fn refit(&self, layer: &Layer, fixed: &[Option<f64>]) -> Vec<f64> {
        let cols = layer.cols();
        let rows = layer.weights.par_chunks(cols).zip(fixed.par_chunks(cols)).enumerate();
        rows.flat_map_iter(|(row, (weights, fixed))| self.refit_row(row, weights, fixed)).collect()
    }

    fn refit_row(&self, row: usize, weights: &[f32], fixed: &[Option<f64>]) -> Vec<f64> {
        let missing: Vec<f64> = weights.iter().zip(fixed).map(|(weight, fixed)| fixed.map_or(0.0, |fixed| f64::from(*weight) - fixed)).collect();
        let is_fixed: Vec<bool> = fixed.iter().map(Option::is_some).collect();
        let moves: Vec<f64> = match self {
            Curvature::Unknown => {
                let free = is_fixed.iter().filter(|fixed| !**fixed).count().max(1);
                vec![missing.iter().sum::<f64>() / free as f64; weights.len()]
            }
            Curvature::Inputs { .. } => {
                let one = |block: &Hessian| {
                    let range = block.start..block.start + block.size;
                    block.compensation(&is_fixed[range.clone()], &missing[range])
                };
                self.blocks(row).iter().flat_map(one).collect()
            }
        };
        weights.iter().zip(fixed).zip(moves).map(|((weight, fixed), moved)| fixed.unwrap_or(f64::from(*weight) + moved)).collect()
    }

    /// For steps that are held near a point: `share` of the mean diagonal holds them.
    pub fn proximal(&self, share: f64) -> Proximal {
        let factor = |block: &Hessian| {
            let held = share * block.mean();
            let mut matrix = block.matrix.clone();
            (0..block.size).for_each(|at| matrix[at * block.size + at] += held);
            // Positive definite, as the block itself is.
            (held, cholesky(&matrix, block.size).unwrap_or_default())
        };
        let factors = match self {
            Curvature::Unknown => Vec::new(),
            Curvature::Inputs { groups, .. } => groups.iter().map(|blocks| blocks.par_iter().map(factor).collect()).collect(),
        };
        Proximal { factors, plain: share }
    }

    /// The `x` with the least `(x - w)^T H (x - w) + r |x - near|^2`, where `product` is `H w`.
    pub fn step(&self, row: usize, product: &[f64], near: &[f64], proximal: &Proximal) -> Vec<f64> {
        let Curvature::Inputs { rows, .. } = self else {
            return product.iter().zip(near).map(|(weight, near)| (weight + proximal.plain * near) / (1.0 + proximal.plain)).collect();
        };
        let mut x = product.to_vec();
        for (block, (held, factor)) in self.blocks(row).iter().zip(&proximal.factors[row / rows]) {
            let range = block.start..block.start + block.size;
            x[range.clone()].iter_mut().zip(&near[range.clone()]).for_each(|(x, near)| *x += held * near);
            solve(factor, block.size, &mut x[range]);
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::testing::float_layer;

    /// H = [[2, 1], [1, 2]] for either of two channels.
    fn two_inputs() -> Curvature {
        let hessian = Hessian { start: 0, size: 2, matrix: vec![2.0, 0.0, 1.0, 2.0] };
        Curvature::Inputs { groups: vec![vec![hessian]], rows: 2 }
    }

    #[test]
    fn free_weights_make_up_for_fixed_ones() {
        let layer = float_layer(&[2, 2], vec![1.0, 3.0, 2.0, 4.0]);
        let fixed = [Some(0.5), None, Some(2.0), None];
        // Missing is 1/2 in the first channel: inputs that go together half as much as each by itself let 1/4 through.
        assert_eq!(two_inputs().refit(&layer, &fixed), [0.5, 3.25, 2.0, 4.0]);
        assert_eq!(Curvature::Unknown.refit(&layer, &fixed), [0.5, 3.5, 2.0, 4.0]);
        assert_eq!(Curvature::Unknown.refit(&layer, &[Some(0.0), Some(1.0), None, None]), [0.0, 1.0, 2.0, 4.0]);
    }

    #[test]
    fn steps_lie_between_the_weights_and_the_point() {
        // (H + 2 I) x = H (1, 3) + 2 (0, 0) = (5, 7): x = (13, 23) / 15.
        let curvature = two_inputs();
        let x = curvature.step(0, &curvature.times(0, &[1.0, 3.0]), &[0.0, 0.0], &curvature.proximal(1.0));
        assert!((x[0] - 13.0 / 15.0).abs() < 1e-12 && (x[1] - 23.0 / 15.0).abs() < 1e-12, "{x:?}");
        assert_eq!(Curvature::Unknown.step(0, &[1.0, 3.0], &[0.0, 1.0], &Curvature::Unknown.proximal(1.0)), [0.5, 2.0]);
    }
}
