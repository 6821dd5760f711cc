//! The weights of a step's matrix, and the sums of products: by columns for single vectors, of which only the non-zero activations count, by
//! rows for many vectors at once, whose sums stay in registers.

use crate::vectorised::{Job, vectorised};

/// Entries of a line, which fills a cache line.
const LINE: usize = 16;
/// Rows that 16 bits address.
const BANK: usize = 1 << 16;

/// Entries of one column; lines are filled with weights of 0.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line {
    /// Rows within the bank.
    rows: [u16; LINE],
    weights: [i16; LINE],
}

/// Up to 65,536 rows of the matrix.
struct Bank {
    /// Rows; those of all lines are below.
    rows: usize,
    /// Start of every column in `lines`, one more than there are columns.
    starts: Vec<usize>,
    lines: Vec<Line>,
}

/// Vectors that are multiplied together.
pub(super) const TOGETHER: usize = 16;
/// From as many vectors on, walking the rows once for all of them is faster than walking the active columns of each.
const MANY: usize = 4;

/// Two weights of a row; the second is 0 when there is only one.
#[derive(Clone, Copy, Debug)]
struct Pair {
    columns: [u16; 2],
    weights: [i16; 2],
}

/// A compressed matrix.
pub(super) struct Matrix {
    banks: Vec<Bank>,
    columns: usize,
    /// Start of every row in `pairs`, one more than there are rows; empty until [`Matrix::finish`].
    starts: Vec<usize>,
    pairs: Vec<Pair>,
}

/// A vector's activations that differ from the zero point.
pub(super) struct Activations<'v> {
    pub columns: &'v [u32],
    /// Distance of each from the zero point.
    pub values: &'v [i32],
}

impl Matrix {
    /// A matrix of `rows` rows without columns.
    pub fn new(rows: usize) -> Matrix {
        let bank = |first| Bank { rows: BANK.min(rows - first), starts: vec![0], lines: Vec::new() };
        Matrix { banks: (0..rows).step_by(BANK).map(bank).collect(), columns: 0, starts: Vec::new(), pairs: Vec::new() }
    }

    /// Appends a column of (row, weight).
    ///
    /// # Panics
    /// If the matrix has no such row.
    pub fn push(&mut self, column: &[(u32, i16)]) {
        let rows = self.banks.iter().map(|bank| bank.rows).sum::<usize>();
        assert!(column.iter().all(|(row, _)| (*row as usize) < rows), "a row of {rows}");
        for (number, bank) in self.banks.iter_mut().enumerate() {
            let own: Vec<(u32, i16)> = column.iter().copied().filter(|(row, _)| *row as usize / BANK == number).collect();
            for entries in own.chunks(LINE) {
                // Different rows for the filling: no sum waits for another.
                let mut line = Line { rows: std::array::from_fn(|at| (at % bank.rows) as u16), weights: [0; LINE] };
                for (at, &(row, weight)) in entries.iter().enumerate() {
                    (line.rows[at], line.weights[at]) = (row as u16, weight);
                }
                bank.lines.push(line);
            }
            bank.starts.push(bank.lines.len());
        }
        self.columns += 1;
    }

    /// Lays out the rows; no column may follow.
    pub fn finish(&mut self) {
        let mut rows: Vec<Vec<(u16, i16)>> = vec![Vec::new(); self.banks.iter().map(|bank| bank.rows).sum()];
        for (number, bank) in self.banks.iter().enumerate() {
            for column in 0..self.columns as u32 {
                for line in bank.column(column) {
                    let entries = line.rows.iter().zip(&line.weights).filter(|(_, weight)| **weight != 0);
                    entries.for_each(|(&row, &weight)| rows[number * BANK + usize::from(row)].push((column as u16, weight)));
                }
            }
        }
        self.starts = vec![0];
        for row in rows {
            self.pairs.extend(row.chunks(2).map(|pair| {
                let (first, second) = (pair[0], pair.get(1).copied().unwrap_or((0, 0)));
                Pair { columns: [first.0, second.0], weights: [first.1, second.1] }
            }));
            self.starts.push(self.pairs.len());
        }
    }

    /// The sums of all vectors' products, `[row][vector]`, which wrap around. Distances from the zero point have at most 16 bits.
    pub fn multiply(&self, vectors: &[Activations<'_>], sums: &mut [[i32; TOGETHER]]) {
        if vectors.len() < MANY {
            let mut own = vec![0; sums.len()];
            for (place, activations) in vectors.iter().enumerate() {
                own.fill(0);
                self.accumulate(activations, &mut own);
                sums.iter_mut().zip(&own).for_each(|(to, &sum)| to[place] = sum);
            }
            return;
        }
        let mut together = vec![[0; TOGETHER]; self.columns];
        for (place, activations) in vectors.iter().enumerate() {
            let values = activations.columns.iter().zip(activations.values);
            values.for_each(|(&column, &value)| together[column as usize][place] = value as i16);
        }
        vectorised(Rows { starts: &self.starts, pairs: &self.pairs, vectors: &together, sums });
    }

    /// Adds the products to the sums, one per row, which wrap around.
    pub fn accumulate(&self, activations: &Activations<'_>, sums: &mut [i32]) {
        for (bank, sums) in self.banks.iter().zip(sums.chunks_mut(BANK)) {
            vectorised(Products { bank, activations, sums });
        }
    }
}

impl Bank {
    #[inline(always)]
    fn column(&self, column: u32) -> &[Line] {
        let column = column as usize;
        &self.lines[self.starts[column]..self.starts[column + 1]]
    }
}

/// Adds the products of one bank.
struct Products<'p> {
    bank: &'p Bank,
    activations: &'p Activations<'p>,
    sums: &'p mut [i32],
}

impl Job for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Products { bank, activations: Activations { columns, values }, sums } = self;
        assert_eq!(sums.len(), bank.rows, "one sum per row");
        for (place, &value) in values.iter().enumerate() {
            let next = columns.get(place + 1).map_or(&[][..], |&next| bank.column(next));
            for (at, line) in bank.column(columns[place]).iter().enumerate() {
                prefetch(next.as_ptr().wrapping_add(at));
                for at in 0..LINE {
                    // SAFETY: the rows of all lines are below the bank's, of which there are as many as sums.
                    let sum = unsafe { sums.get_unchecked_mut(usize::from(line.rows[at])) };
                    *sum = sum.wrapping_add(value.wrapping_mul(i32::from(line.weights[at])));
                }
            }
        }
    }
}

/// The sums of every row.
struct Rows<'p> {
    starts: &'p [usize],
    pairs: &'p [Pair],
    vectors: &'p [[i16; TOGETHER]],
    sums: &'p mut [[i32; TOGETHER]],
}

impl Job for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (row, sums) in self.starts.windows(2).zip(self.sums) {
            let mut own = [0i32; TOGETHER];
            for Pair { columns, weights } in &self.pairs[row[0]..row[1]] {
                let [first, second] = columns.map(|column| &self.vectors[usize::from(column)]);
                let [w0, w1] = weights.map(i32::from);
                for (sum, (&a, &b)) in own.iter_mut().zip(first.iter().zip(second)) {
                    *sum = sum.wrapping_add(i32::from(a).wrapping_mul(w0)).wrapping_add(i32::from(b).wrapping_mul(w1));
                }
            }
            *sums = own;
        }
    }
}

/// Asks for a line that may be needed soon: where the next column lies is no pattern that the processor finds.
#[inline(always)]
fn prefetch(line: *const Line) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing, wherever it points.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(line.cast())
    };
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_rows_beyond_the_first_bank() {
        let rows = [0, 5, 65_535, 65_536, 70_000];
        let mut matrix = Matrix::new(70_001);
        matrix.push(&rows.map(|row| (row, (row % 1000) as i16 - 200)));
        matrix.push(&[]);
        matrix.push(&(69_900..70_000).map(|row| (row, -3)).collect::<Vec<_>>());
        matrix.finish();
        let mut sums = vec![i32::MAX; 70_001];
        matrix.accumulate(&Activations { columns: &[0, 1, 2, 0], values: &[-7, 9, 100, 2] }, &mut sums);
        for (row, sum) in (0..).zip(sums) {
            let first = if rows.contains(&row) { -5 * ((row % 1000) as i32 - 200) } else { 0 };
            let third = if (69_900..70_000).contains(&row) { -300 } else { 0 };
            assert_eq!(sum, i32::MAX.wrapping_add(first + third), "row {row}");
        }
    }

    #[test]
    fn many_vectors_are_the_single_ones() {
        let mut matrix = Matrix::new(300);
        for column in 0..50i32 {
            let rows = (0..300).filter(|row| (row * 31 + column * 17) % 7 == 0);
            matrix.push(&rows.map(|row| (row as u32, (row * column * 997) as i16)).collect::<Vec<_>>());
        }
        matrix.finish();
        let drawn: Vec<(Vec<u32>, Vec<i32>)> = (0..TOGETHER as i32)
            .map(|v| (0..50u32).filter(|c| !(c * 5 + v as u32).is_multiple_of(3)).map(|c| (c, (c as i32 * 7919 * (v + 1)) % 32_768 - 100)).unzip())
            .collect();
        for count in [1, MANY - 1, MANY, TOGETHER] {
            let vectors: Vec<_> = drawn[..count].iter().map(|(columns, values)| Activations { columns, values }).collect();
            let mut sums = vec![[0; TOGETHER]; 300];
            matrix.multiply(&vectors, &mut sums);
            for (place, vector) in vectors.iter().enumerate() {
                let mut expected = vec![0; 300];
                matrix.accumulate(vector, &mut expected);
                assert_eq!(sums.iter().map(|row| row[place]).collect::<Vec<_>>(), expected, "{count} vectors, vector {place}");
            }
        }
    }
}
