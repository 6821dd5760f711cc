//! Symmetric positive definite matrices, stored as the lower triangle of `[row][column]`.

/// The Cholesky factor `L` of `A = L L^T`, or `None` when `A` is not positive definite.
pub fn cholesky(matrix: &[f64], size: usize) -> Option<Vec<f64>> {
    let mut factor = matrix.to_vec();
    for row in 0..size {
        for col in 0..=row {
            let (above, below) = factor.split_at(row * size);
            let of_col = if col < row { &above[col * size..][..col] } else { &below[..col] };
            let sum = below[col] - dot(&below[..col], of_col);
            if col < row {
                factor[row * size + col] = sum / factor[col * size + col];
            } else if sum > 0.0 {
                factor[row * size + row] = sum.sqrt();
            } else {
                return None;
            }
        }
    }
    Some(factor)
}

/// Solves `L L^T x = b` in place.
pub fn solve(factor: &[f64], size: usize, b: &mut [f64]) {
    for row in 0..size {
        let sum = dot(&factor[row * size..][..row], &b[..row]);
        b[row] = (b[row] - sum) / factor[row * size + row];
    }
    for row in (0..size).rev() {
        b[row] /= factor[row * size + row];
        let value = b[row];
        b[..row].iter_mut().zip(&factor[row * size..][..row]).for_each(|(b, entry)| *b -= entry * value);
    }
}

/// The inverse's lower triangle, from the Cholesky factor.
pub fn inverse(factor: &[f64], size: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; size * size];
    let mut column = vec![0.0; size];
    for at in 0..size {
        column.fill(0.0);
        column[at] = 1.0;
        solve(factor, size, &mut column);
        // Symmetric: the column is the row.
        inverse[at * size..][..at + 1].copy_from_slice(&column[..at + 1]);
    }
    inverse
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (mut sums, split) = ([0.0; 8], a.len() / 8 * 8);
    for (a, b) in a[..split].chunks_exact(8).zip(b[..split].chunks_exact(8)) {
        (0..8).for_each(|lane| sums[lane] += a[lane] * b[lane]);
    }
    sums.iter().sum::<f64>() + a[split..].iter().zip(&b[split..]).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factor_and_inverse_of_a_two_by_two_matrix() {
        // [[4, 2], [2, 5]] = [[2, 0], [1, 2]] [[2, 1], [0, 2]]; the determinant is 16.
        let factor = cholesky(&[4.0, 0.0, 2.0, 5.0], 2).unwrap();
        assert_eq!(factor, [2.0, 0.0, 1.0, 2.0]);
        assert_eq!(inverse(&factor, 2), [5.0 / 16.0, 0.0, -2.0 / 16.0, 4.0 / 16.0]);
        assert_eq!(cholesky(&[1.0, 0.0, 1.0, 1.0], 2), None);
    }
}
