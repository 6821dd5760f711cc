//! The multiplication with AVX2: products of 16-bit pairs, because the 8-bit instruction saturates. Weights are `b + 128` here too,
//! so a row's sums start at `-128` times the sum of its activations.
use super::{GROUP, LINE_COLUMNS, Line, PackedB};
use std::arch::x86_64::*;

/// Rows per tile: 3 x 4 registers of sums out of 16.
const ROWS: usize = 3;

/// Sums of one row and one line, two partial sums per column.
type Sums = [__m256i; 4];

/// Whether this processor can run [`gemm`].
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx2")
}

/// See [`super::gemm`].
///
/// # Safety
/// [`available`] holds, neither operand is empty, and `a` and `out` have the same number of rows.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn gemm(a: &[i8], b: &PackedB, out: &mut [i32]) {
    let start: Vec<i32> = a.chunks_exact(b.k).map(|row| -128 * row.iter().map(|a| i32::from(*a)).sum::<i32>()).collect();
    for panel in b.panels() {
        for v in 0..panel.width {
            let lines = || panel.lines.iter().skip(v).step_by(panel.width);
            let columns = (panel.columns - v * LINE_COLUMNS).min(LINE_COLUMNS);
            let column = panel.column + v * LINE_COLUMNS;
            for ((a, out), start) in a.chunks(ROWS * b.k).zip(out.chunks_mut(ROWS * b.n)).zip(start.chunks(ROWS)) {
                let sums = match start.len() {
                    1 => sum_rows::<1>(a, b.k, lines()),
                    2 => sum_rows::<2>(a, b.k, lines()),
                    _ => sum_rows::<ROWS>(a, b.k, lines()),
                };
                for ((sums, start), out) in sums.iter().zip(start).zip(out.chunks_exact_mut(b.n)) {
                    for (out, sum) in out[column..column + columns].iter_mut().zip(sums) {
                        *out = sum.wrapping_add(*start);
                    }
                }
            }
        }
    }
}

/// The sums of `R` rows of `k` activations and sixteen columns of weights.
#[target_feature(enable = "avx2")]
fn sum_rows<'a, const R: usize>(a: &[i8], k: usize, lines: impl Iterator<Item = &'a Line>) -> [[i32; LINE_COLUMNS]; ROWS] {
    let rows: [&[i8]; R] = std::array::from_fn(|row| &a[row * k..(row + 1) * k]);
    let mut sums = [[_mm256_setzero_si256(); 4]; R];
    for (group, line) in lines.enumerate() {
        let at = group * GROUP;
        let mut a = [_mm256_setzero_si256(); R];
        for (wide, row) in a.iter_mut().zip(rows) {
            *wide = broadcast(&row[at..k.min(at + GROUP)]);
        }
        for (quarter, weights) in line.0.as_chunks::<16>().0.iter().enumerate() {
            // SAFETY: sixteen bytes are read from an array of sixteen.
            let weights = _mm256_cvtepu8_epi16(unsafe { _mm_loadu_si128(weights.as_ptr().cast()) });
            for (sums, a) in sums.iter_mut().zip(a) {
                sums[quarter] = _mm256_add_epi32(sums[quarter], _mm256_madd_epi16(weights, a));
            }
        }
    }
    let mut result = [[0; LINE_COLUMNS]; ROWS];
    for (result, sums) in result.iter_mut().zip(&sums) {
        *result = join(sums);
    }
    result
}

/// Up to four activations, filled up with zeros, as 16-bit numbers in every quarter.
#[inline]
#[target_feature(enable = "avx2")]
fn broadcast(a: &[i8]) -> __m256i {
    let group = match *a {
        [a, b, c, d] => [a, b, c, d],
        _ => std::array::from_fn(|i| a.get(i).copied().unwrap_or(0)),
    };
    let bytes = i32::from_le_bytes(group.map(|a| a as u8));
    _mm256_broadcastq_epi64(_mm_cvtepi8_epi16(_mm_cvtsi32_si128(bytes)))
}

/// Adds the two partial sums of each column.
#[inline]
#[target_feature(enable = "avx2")]
fn join(sums: &Sums) -> [i32; LINE_COLUMNS] {
    let mut result = [0; LINE_COLUMNS];
    let (low, high) = result.split_at_mut(8);
    for (half, out) in [low, high].into_iter().enumerate() {
        let pairs = _mm256_hadd_epi32(sums[2 * half], sums[2 * half + 1]);
        let ordered = _mm256_permute4x64_epi64::<0b11_01_10_00>(pairs);
        // SAFETY: `out` holds eight sums.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), ordered) };
    }
    result
}
