//! The multiplication in plain Rust, for every processor that has nothing better.
use super::{GROUP, LINE_COLUMNS, Line, PANEL_LINES, PackedB};

/// Columns of a full panel.
const COLUMNS: usize = PANEL_LINES * LINE_COLUMNS;

/// See [`super::gemm`]; neither operand is empty.
pub(super) fn gemm(a: &[i8], b: &PackedB, out: &mut [i32]) {
    for panel in b.panels() {
        for (a, out) in a.chunks_exact(b.k).zip(out.chunks_exact_mut(b.n)) {
            let mut sums = [0i32; COLUMNS];
            for (a, lines) in a.chunks(GROUP).zip(panel.lines.chunks_exact(panel.width)) {
                for (line, sums) in lines.iter().zip(sums.chunks_exact_mut(LINE_COLUMNS)) {
                    add_line(a, line, sums);
                }
            }
            out[panel.column..][..panel.columns].copy_from_slice(&sums[..panel.columns]);
        }
    }
}

/// Adds the products of up to four activations with a line.
fn add_line(a: &[i8], line: &Line, sums: &mut [i32]) {
    let mut group = [0i32; GROUP];
    for (wide, a) in group.iter_mut().zip(a) {
        *wide = i32::from(*a);
    }
    for (sum, weights) in sums.iter_mut().zip(line.0.as_chunks::<GROUP>().0) {
        for (a, weight) in group.iter().zip(weights) {
            *sum += a * (i32::from(*weight) - 128);
        }
    }
}
