//! Random sparse matrices and activations, drawn column by column: the table counts entries as they come, the co-simulated program holds
//! the very same weights.

use fretwork_hdl::eie::{Eie, Vector};
use fretwork_sim::stalls::splitmix;

/// Different non-zero weights: a 4-bit code but for 0.
pub const CODES: usize = 15;

/// A seeded stream of numbers.
struct Stream(u64);

impl Stream {
    fn new(seed: u64, stream: u64) -> Stream {
        Stream(splitmix(splitmix(seed) ^ stream))
    }

    /// A uniform number in (0, 1] from the upper 53 bits, and a number below `most` from the eleven bits beneath.
    fn draw(&mut self, most: u64) -> (f64, u64) {
        self.0 = self.0.wrapping_add(1);
        let bits = splitmix(self.0);
        (((bits >> 11) + 1) as f64 / (1u64 << 53) as f64, ((bits & 2047) * most) >> 11)
    }
}

/// A random matrix: every weight is non-zero with the same probability, its code one of [`CODES`].
#[derive(Clone, Copy, Debug)]
pub struct Matrix {
    /// Seed of everything.
    pub seed: u64,
    /// Columns.
    pub inputs: usize,
    /// Rows.
    pub outputs: usize,
    /// Probability of a non-zero weight.
    pub density: f64,
}

impl Matrix {
    /// Rows with a weight, ascending, and the weight's code, 1 to [`CODES`].
    pub fn column(&self, column: usize, mut each: impl FnMut(usize, u8)) {
        let mut stream = Stream::new(self.seed, column as u64 + 1);
        // Zeros before the next weight are geometrically distributed.
        let step = 1.0 / (1.0 - self.density).ln();
        let mut row = 0;
        loop {
            let (uniform, code) = stream.draw(CODES as u64);
            row += (uniform.ln() * step) as usize;
            if row >= self.outputs {
                return;
            }
            each(row, code as u8 + 1);
            row += 1;
        }
    }

    /// Entries per column and element as [`Engine`](fretwork_hdl::eie::Engine) takes them, padding included, for every batch of rows that
    /// fits the accumulators; columns that are not named stay empty.
    pub fn counts(&self, eie: &Eie, columns: &[u32]) -> Vec<Vec<u32>> {
        let (pes, batch) = (eie.pes, eie.rows());
        let mut counts = vec![vec![0; self.inputs * pes]; self.outputs.div_ceil(batch)];
        let mut next = vec![0; pes];
        for &column in columns {
            let mut current = usize::MAX;
            self.column(column as usize, |row, _| {
                let (index, row) = (row / batch, row % batch);
                if index != current {
                    next.fill(0);
                    current = index;
                }
                let (element, local) = (row % pes, row / pes);
                // A run longer than the index holds is cut by entries of its own.
                counts[index][column as usize * pes + element] += 1 + ((local - next[element]) >> eie.index_bits) as u32;
                next[element] = local + 1;
            });
        }
        counts
    }

    /// All weights, `[row][column]`, a codebook's value for every code.
    pub fn dense(&self, codebook: &[i8; CODES]) -> Vec<i8> {
        let mut weights = vec![0; self.outputs * self.inputs];
        for column in 0..self.inputs {
            self.column(column, |row, code| weights[row * self.inputs + column] = codebook[usize::from(code) - 1]);
        }
        weights
    }
}

/// A random codebook: different values, none of them 0.
pub fn codebook(seed: u64) -> [i8; CODES] {
    let mut stream = Stream::new(seed, u64::MAX);
    // One value from each of fifteen ranges of seventeen numbers.
    std::array::from_fn(|code| match -127 + 17 * code as i64 + stream.draw(17).1 as i64 {
        0 => 1,
        value => value as i8,
    })
}

/// Random activations, each different from the zero point with the same probability.
pub fn activations(seed: u64, count: usize, density: f64, zero_point: i8) -> Vec<i8> {
    let mut stream = Stream::new(seed, 0);
    let mut value = || match stream.draw(255) {
        (uniform, offset) if uniform <= density => zero_point.wrapping_add(1).wrapping_add(offset as i8),
        _ => zero_point,
    };
    (0..count).map(|_| value()).collect()
}

/// Columns that are broadcast, and how many of every word of `lanes` activations.
pub fn vector(activations: &[i8], zero_point: i8, lanes: usize) -> Vector {
    let mut vector = Vector::default();
    for (index, word) in activations.chunks(lanes).enumerate() {
        let before = vector.columns.len();
        let nonzero = word.iter().enumerate().filter(|(_, a)| **a != zero_point);
        vector.columns.extend(nonzero.map(|(lane, _)| (index * lanes + lane) as u32));
        vector.word_counts.push((vector.columns.len() - before) as u32);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATRIX: Matrix = Matrix { seed: 3, inputs: 40, outputs: 150, density: 0.1 };

    #[test]
    fn counts_are_the_dense_matrix_with_its_padding() {
        let eie = Eie { registers: 32, index_bits: 2, ..Eie::with_pes(2) };
        let columns: Vec<u32> = (0..40).collect();
        let dense = MATRIX.dense(&codebook(1));
        for (batch, counts) in MATRIX.counts(&eie, &columns).iter().enumerate() {
            for (place, &count) in counts.iter().enumerate() {
                let (column, element) = (place / 2, place % 2);
                let (mut run, mut entries) = (0, 0);
                for row in (64 * batch + element..(64 * (batch + 1)).min(150)).step_by(2) {
                    match dense[row * 40 + column] {
                        0 => run += 1,
                        _ => (run, entries) = (0, entries + 1 + run / 4),
                    }
                }
                assert_eq!(count, entries, "batch {batch}, column {column}, element {element}");
            }
        }
    }

    #[test]
    fn densities_are_those_asked_for() {
        let matrix = Matrix { inputs: 1000, outputs: 1000, ..MATRIX };
        let share = matrix.dense(&codebook(1)).iter().filter(|w| **w != 0).count() as f64 / 1e6;
        assert!((share - 0.1).abs() < 0.002, "{share}");
        let values = activations(1, 100_000, 0.35, -9);
        let share = values.iter().filter(|a| **a != -9).count() as f64 / 1e5;
        assert!((share - 0.35).abs() < 0.01, "{share}");
    }

    #[test]
    fn codebooks_have_fifteen_values_other_than_zero() {
        for seed in 0..100 {
            let book = codebook(seed);
            assert!(book.windows(2).all(|pair| pair[0] < pair[1]) && !book.contains(&0), "{book:?}");
        }
    }
}
