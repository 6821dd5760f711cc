//! The multiplication with AVX512-VNNI. `vpdpbusd` wants one unsigned operand: that is the weights, packed as `b + 128`, so the
//! activations need no preparation, and a row's sums start at `-128` times the sum of its activations.
use super::{GROUP, LINE_COLUMNS, Line, PANEL_LINES, PackedB, Panel};
use std::arch::x86_64::*;

/// Rows of a full tile: 6 x 64 sums fill 24 of the 32 registers.
const ROWS: usize = 6;
/// Groups of four `k` per block: a panel's block (32 KiB) stays in the first-level cache while all rows pass.
const BLOCK_GROUPS: usize = 128;

/// Whether this processor can run [`gemm`].
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vnni")
}

/// See [`super::gemm`].
///
/// # Safety
/// [`available`] holds, neither operand is empty, and `a` and `out` have the same number of rows.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) unsafe fn gemm(a: &[i8], b: &PackedB, out: &mut [i32]) {
    let start: Vec<i32> = a.chunks_exact(b.k).map(|row| row_sum(row).wrapping_mul(-128)).collect();
    let groups = b.k.div_ceil(GROUP);
    let block = groups.div_ceil(groups.div_ceil(BLOCK_GROUPS));
    for panel in b.panels() {
        for group in (0..groups).step_by(block) {
            // SAFETY: this block of `k` lies inside the operands; the callers' guarantees are passed on.
            unsafe { multiply_block(a, b, panel, group, block, &start, out) };
        }
    }
}

/// The sum of a row of activations.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn row_sum(row: &[i8]) -> i32 {
    let ones = _mm512_set1_epi8(1);
    let mut sum = _mm512_setzero_si512();
    for chunk in row.chunks(64) {
        let mask = u64::MAX >> (64 - chunk.len());
        // SAFETY: the mask covers `chunk` and nothing else.
        let values = unsafe { _mm512_maskz_loadu_epi8(mask, chunk.as_ptr()) };
        sum = _mm512_dpbusd_epi32(sum, ones, values);
    }
    _mm512_reduce_add_epi32(sum)
}

/// Adds up to `block` groups of `k`, from `group` on, to one panel's columns of all rows.
///
/// # Safety
/// As [`gemm`]; `group` is a group of the operands and `start` holds one value per row.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn multiply_block(a: &[i8], b: &PackedB, panel: Panel, group: usize, block: usize, start: &[i32], out: &mut [i32]) {
    let k = group * GROUP;
    let spare = panel.width * LINE_COLUMNS - panel.columns;
    let lines = &panel.lines[group * panel.width..];
    for row in (0..start.len()).step_by(ROWS) {
        let rows = ROWS.min(start.len() - row);
        let tile = Tile {
            a: a[row * b.k + k..].as_ptr(),
            a_stride: b.k,
            depth: (b.k - k).min(block * GROUP),
            lines: lines.as_ptr(),
            start: if group == 0 { Some(start[row..row + rows].as_ptr()) } else { None },
            out: out[row * b.n + panel.column..].as_mut_ptr(),
            out_stride: b.n,
            last: u16::MAX >> spare,
        };
        // SAFETY: the tile's `rows` x `panel.columns` sums, its activations and its lines lie inside the operands.
        unsafe { TILES[rows - 1][panel.width - 1](&tile) };
    }
}

/// One tile's share of the operands.
struct Tile {
    /// First activation of the first row.
    a: *const i8,
    /// Activations from row to row.
    a_stride: usize,
    /// Activations per row to use.
    depth: usize,
    /// First line.
    lines: *const Line,
    /// What each row's sums start from; without it they go on from `out`.
    start: Option<*const i32>,
    /// First sum of the first row.
    out: *mut i32,
    /// Sums from row to row.
    out_stride: usize,
    /// Real columns of the last line.
    last: u16,
}

/// [`multiply`] for one number of rows and lines.
type Multiply = unsafe fn(&Tile);

/// [`multiply`] by rows - 1 and lines - 1.
const TILES: [[Multiply; PANEL_LINES]; ROWS] = [widths::<1>(), widths::<2>(), widths::<3>(), widths::<4>(), widths::<5>(), widths::<6>()];

/// [`multiply`] for `R` rows, by lines - 1.
const fn widths<const R: usize>() -> [Multiply; PANEL_LINES] {
    [multiply::<R, 1>, multiply::<R, 2>, multiply::<R, 3>, multiply::<R, 4>]
}

/// Multiplies one tile of `R` rows and `V` lines.
///
/// # Safety
/// The features are there, and everything that the tile's fields describe lies inside its operands.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn multiply<const R: usize, const V: usize>(tile: &Tile) {
    // SAFETY: passed on to the caller.
    unsafe {
        let mut sums = [[_mm512_setzero_si512(); V]; R];
        load::<R, V>(tile, &mut sums);
        let (a, stride, mut lines) = (tile.a, tile.a_stride, tile.lines);
        for group in 0..tile.depth / GROUP {
            let at = a.add(group * GROUP);
            add_group(|row| at.add(row * stride).cast::<i32>().read_unaligned(), lines, &mut sums);
            lines = lines.add(V);
        }
        let rest = tile.depth % GROUP;
        if rest != 0 {
            let at = a.add(tile.depth - rest);
            add_group(|row| partial(at.add(row * stride), rest), lines, &mut sums);
        }
        store::<R, V>(tile, &sums);
    }
}

/// Adds the products of four activations per row with `V` lines.
///
/// # Safety
/// `lines` holds `V` lines, and `activations` may be asked for every row.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn add_group<const R: usize, const V: usize>(activations: impl Fn(usize) -> i32, lines: *const Line, sums: &mut [[__m512i; V]; R]) {
    let mut weights = [_mm512_setzero_si512(); V];
    for (v, weights) in weights.iter_mut().enumerate() {
        // SAFETY: the caller's `V` lines.
        *weights = unsafe { _mm512_load_si512(lines.add(v).cast()) };
    }
    for (row, sums) in sums.iter_mut().enumerate() {
        let a = _mm512_set1_epi32(activations(row));
        for (sum, weights) in sums.iter_mut().zip(weights) {
            *sum = _mm512_dpbusd_epi32(*sum, weights, a);
        }
    }
}

/// The last one to three activations of a row, filled up with zeros.
///
/// # Safety
/// `a` points to `count` activations.
#[inline]
unsafe fn partial(a: *const i8, count: usize) -> i32 {
    let mut bytes = [0u8; GROUP];
    // SAFETY: `count` is at most 3, and the caller's `count` activations are there.
    unsafe { std::ptr::copy_nonoverlapping(a.cast(), bytes.as_mut_ptr(), count) };
    i32::from_le_bytes(bytes)
}

/// What the sums start from.
///
/// # Safety
/// As [`multiply`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn load<const R: usize, const V: usize>(tile: &Tile, sums: &mut [[__m512i; V]; R]) {
    for (row, sums) in sums.iter_mut().enumerate() {
        for (v, sum) in sums.iter_mut().enumerate() {
            let mask = if v == V - 1 { tile.last } else { u16::MAX };
            // SAFETY: `start` has a value per row, and the mask keeps the load inside `out`.
            *sum = match tile.start {
                Some(start) => unsafe { _mm512_set1_epi32(*start.add(row)) },
                None => unsafe { _mm512_maskz_loadu_epi32(mask, tile.out.add(row * tile.out_stride + v * LINE_COLUMNS)) },
            };
        }
    }
}

/// Writes the sums.
///
/// # Safety
/// As [`multiply`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn store<const R: usize, const V: usize>(tile: &Tile, sums: &[[__m512i; V]; R]) {
    for (row, sums) in sums.iter().enumerate() {
        for (v, sum) in sums.iter().enumerate() {
            let mask = if v == V - 1 { tile.last } else { u16::MAX };
            // SAFETY: the mask keeps the store inside `out`.
            unsafe { _mm512_mask_storeu_epi32(tile.out.add(row * tile.out_stride + v * LINE_COLUMNS), mask, *sum) };
        }
    }
}
