//! What an error in weights costs at a layer's output: the second moments of the inputs that the weights are multiplied with, the Hessian of
//! the squared error. Weights that are free to move can make up for errors of those that are not.
//!
//! Source: B. Hassibi, D. Stork, *Second Order Derivatives for Network Pruning: Optimal Brain Surgeon*, NIPS 1992.

use super::calibration::Block;
use super::matrix::{cholesky, solve};

/// Share of the mean diagonal that is added to the diagonal, so that inputs which never move do no harm.
const DAMPING: f64 = 0.01;

/// The damped second moments of a block of inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Hessian {
    /// First input.
    pub start: usize,
    /// Number of inputs.
    pub size: usize,
    /// Lower triangle of `[row][column]`.
    pub matrix: Vec<f64>,
}

impl Hessian {
    /// Of a block of moments, and its Cholesky factor.
    pub fn factored(block: &Block) -> (Hessian, Vec<f64>) {
        let Block { start, size, ref products } = *block;
        let mean = (0..size).map(|at| products[at * size + at]).sum::<f64>() / size as f64;
        let mut damping = if mean > 0.0 { DAMPING * mean } else { 1.0 };
        loop {
            let mut matrix = products.clone();
            (0..size).for_each(|at| matrix[at * size + at] += damping);
            if let Some(factor) = cholesky(&matrix, size) {
                return (Hessian { start, size, matrix }, factor);
            }
            damping *= 10.0;
        }
    }

    /// The mean of the diagonal.
    pub fn mean(&self) -> f64 {
        (0..self.size).map(|at| self.matrix[at * self.size + at]).sum::<f64>() / self.size as f64
    }

    fn entry(&self, a: usize, b: usize) -> f64 {
        self.matrix[a.max(b) * self.size + a.min(b)]
    }

    /// `H x`.
    pub fn times(&self, x: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; self.size];
        for (row, entries) in self.matrix.chunks_exact(self.size).enumerate() {
            let (own, below) = (x[row], &entries[..row]);
            product[row] += own * entries[row] + below.iter().zip(x).map(|(entry, x)| entry * x).sum::<f64>();
            product.iter_mut().zip(below).for_each(|(product, entry)| *product += entry * own);
        }
        product
    }

    /// By how much each weight moves to make up for what is missing of the `fixed` ones: `H_kk d_k = H_kf e_f`, and nothing for the fixed
    /// ones themselves.
    pub fn compensation(&self, fixed: &[bool], missing: &[f64]) -> Vec<f64> {
        let kept: Vec<usize> = (0..self.size).filter(|at| !fixed[*at]).collect();
        let lost: Vec<usize> = (0..self.size).filter(|at| fixed[*at] && missing[*at] != 0.0).collect();
        let mut moves = vec![0.0; self.size];
        let mut solution: Vec<f64> = kept.iter().map(|&k| lost.iter().map(|&f| self.entry(k, f) * missing[f]).sum()).collect();
        let inner: Vec<f64> = kept.iter().flat_map(|&a| kept.iter().map(move |&b| if b <= a { self.entry(a, b) } else { 0.0 })).collect();
        let Some(factor) = cholesky(&inner, kept.len()) else { return moves };
        solve(&factor, kept.len(), &mut solution);
        kept.iter().zip(&solution).for_each(|(&at, change)| moves[at] = *change);
        moves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_correlated_inputs() {
        let hessian = Hessian { start: 0, size: 2, matrix: vec![2.0, 0.0, 1.0, 2.0] };
        assert_eq!(hessian.times(&[1.0, 3.0]), [5.0, 7.0]);
        // Without 1 of the first weight the second one moves by 1/2.
        let moves = hessian.compensation(&[true, false], &[1.0, 9.0]);
        assert!(moves[0] == 0.0 && (moves[1] - 0.5).abs() < 1e-12, "{moves:?}");
    }

    #[test]
    fn moments_are_damped_until_they_are_positive_definite() {
        let (hessian, factor) = Hessian::factored(&Block { start: 3, size: 2, products: vec![4.0, 0.0, 4.0, 4.0] });
        assert_eq!((hessian.start, &hessian.matrix[..], hessian.mean()), (3, &[4.04, 0.0, 4.0, 4.04][..], 4.04));
        assert!((factor[0] - 4.04f64.sqrt()).abs() < 1e-12);
    }
}
