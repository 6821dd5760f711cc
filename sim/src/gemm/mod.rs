//! Blocked int8 matrix multiplication for the cycle simulator: `out[m][n] = sum over k of a[m][k] * b[k][n]`, exact in 32 bits.
//! The weights are packed once; activations are read where they lie. Which instructions do the work is decided at run time, and
//! every path gives the same integers. Bias, zero points and requantisation live elsewhere.
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

/// Columns in one [`Line`]: one 512-bit register of 32-bit sums.
const LINE_COLUMNS: usize = 16;
/// Consecutive `k` in one [`Line`]: what one dot-product instruction adds up.
const GROUP: usize = 4;
/// Lines side by side in a full panel.
const PANEL_LINES: usize = 4;
/// Beyond this depth a sum of products could leave 32 bits.
const MAX_DEPTH: usize = (1 << 17) - 1;

/// Four `k` of sixteen columns, `[column][k]`, each weight with its sign bit flipped: unsigned, `b + 128`.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE_COLUMNS * GROUP]);

/// A K x N matrix of weights, laid out in the order in which the multiplication reads it.
///
/// Panels of up to 64 columns follow one another; inside a panel, groups of four `k`; inside a group, one 64-byte line per sixteen columns.
/// `k` and columns that only fill up a line hold `0x80`, a zero.
#[derive(Clone)]
pub struct PackedB {
    k: usize,
    n: usize,
    lines: Vec<Line>,
}

impl PackedB {
    /// Packs the `k` x `n` matrix whose elements are `weight(k, n)`.
    ///
    /// # Panics
    /// If `k` exceeds 131071, where 32-bit sums could overflow.
    pub fn new(k: usize, n: usize, weight: impl Fn(usize, usize) -> i8) -> Self {
        assert!(k <= MAX_DEPTH, "a depth of {k} is not in the required range of 0..={MAX_DEPTH}");
        let groups = k.div_ceil(GROUP);
        let mut lines = Vec::with_capacity(groups * n.div_ceil(LINE_COLUMNS));
        for panel in (0..n).step_by(PANEL_LINES * LINE_COLUMNS) {
            let end = n.min(panel + PANEL_LINES * LINE_COLUMNS);
            for group in 0..groups {
                for column in (panel..end).step_by(LINE_COLUMNS) {
                    lines.push(pack_line(k, n, group * GROUP, column, &weight));
                }
            }
        }
        PackedB { k, n, lines }
    }

    /// Packs a row-major `k` x `n` matrix.
    ///
    /// # Panics
    /// If `b` does not hold `k * n` weights, or as [`PackedB::new`].
    pub fn from_slice(k: usize, n: usize, b: &[i8]) -> Self {
        assert_eq!(b.len(), k * n, "a {k} x {n} matrix has {} weights", k * n);
        PackedB::new(k, n, |row, column| b[row * n + column])
    }

    /// Depth: rows of the matrix.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Width: columns of the matrix.
    pub fn n(&self) -> usize {
        self.n
    }

    /// All panels, left to right.
    fn panels(&self) -> impl Iterator<Item = Panel<'_>> {
        let groups = self.k.div_ceil(GROUP);
        (0..self.n).step_by(PANEL_LINES * LINE_COLUMNS).map(move |column| {
            let columns = (self.n - column).min(PANEL_LINES * LINE_COLUMNS);
            let width = columns.div_ceil(LINE_COLUMNS);
            let start = groups * (column / LINE_COLUMNS);
            Panel { column, columns, width, lines: &self.lines[start..start + groups * width] }
        })
    }
}

/// The line that starts at (`k0`, `n0`).
fn pack_line(k: usize, n: usize, k0: usize, n0: usize, weight: &impl Fn(usize, usize) -> i8) -> Line {
    let mut line = [0x80; LINE_COLUMNS * GROUP];
    for column in n0..n.min(n0 + LINE_COLUMNS) {
        for row in k0..k.min(k0 + GROUP) {
            line[(column - n0) * GROUP + row - k0] = weight(row, column) as u8 ^ 0x80;
        }
    }
    Line(line)
}

/// Up to 64 neighbouring columns of a [`PackedB`].
#[derive(Clone, Copy)]
struct Panel<'a> {
    /// First column.
    column: usize,
    /// Real columns, 1..=64.
    columns: usize,
    /// Lines side by side, 1..=4.
    width: usize,
    /// `[k / 4][width]`.
    lines: &'a [Line],
}

/// `out = a * b` with `a` row-major `m` x K and `out` row-major `m` x N, overwritten. Runs on the calling thread only.
///
/// # Panics
/// If `a` or `out` has another size.
pub fn gemm(a: &[i8], m: usize, b: &PackedB, out: &mut [i32]) {
    assert_eq!(a.len(), m * b.k, "activations of a {m} x {} matrix", b.k);
    assert_eq!(out.len(), m * b.n, "sums of a {m} x {} matrix", b.n);
    if a.is_empty() || out.is_empty() {
        return out.fill(0);
    }
    #[cfg(target_arch = "x86_64")]
    {
        if avx512::available() {
            // SAFETY: the features are there, the sizes were checked above.
            return unsafe { avx512::gemm(a, b, out) };
        }
        if avx2::available() {
            // SAFETY: as above.
            return unsafe { avx2::gemm(a, b, out) };
        }
    }
    portable::gemm(a, b, out);
}

#[cfg(test)]
mod tests;
