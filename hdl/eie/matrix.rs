//! The weights of a step's matrix by columns, and the sums of a vector's products.

use super::vectorised::{Job, vectorised};

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

/// A compressed matrix.
pub(super) struct Matrix {
    banks: Vec<Bank>,
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
        Matrix { banks: (0..rows).step_by(BANK).map(bank).collect() }
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
        let mut sums = vec![i32::MAX; 70_001];
        matrix.accumulate(&Activations { columns: &[0, 1, 2, 0], values: &[-7, 9, 100, 2] }, &mut sums);
        for (row, sum) in (0..).zip(sums) {
            let first = if rows.contains(&row) { -5 * ((row % 1000) as i32 - 200) } else { 0 };
            let third = if (69_900..70_000).contains(&row) { -300 } else { 0 };
            assert_eq!(sum, i32::MAX.wrapping_add(first + third), "row {row}");
        }
    }
}
