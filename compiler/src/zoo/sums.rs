//! Sums of weighted layers for a whole image at once, by the blocked integer product: the figures that scales are chosen from. The values are those of
//! the reference kernels.

use crate::graph::{Tensor, Window};
use fretwork_sim::gemm::{PackedB, gemm};
use fretwork_sim::kernels::Image;

/// Bytes of gathered activations that one product works on.
const BLOCK_BYTES: usize = 1 << 18;

/// An activation and its values.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub tensor: &'a Tensor,
    pub image: Image,
    pub values: &'a [i8],
}

impl Input<'_> {
    /// For every output pixel, row by row, the input pixel under every tap; `None` outside the image.
    fn under<'a>(&self, window: &'a Window) -> impl Iterator<Item = impl Iterator<Item = Option<usize>> + 'a> + 'a {
        let Image { height, width, .. } = self.image;
        let [rows, cols] = window.output([height, width]).unwrap_or([0, 0]);
        let before = [window.padding.top, window.padding.left];
        let position = move |d: usize, out: usize, tap: usize| (out * window.stride[d] + tap * window.dilation[d]).checked_sub(before[d]);
        let at = move |[y, x]: [usize; 2], [ky, kx]: [usize; 2]| {
            let (row, col) = (position(0, y, ky)?, position(1, x, kx)?);
            (row < height && col < width).then_some(row * width + col)
        };
        let [kh, kw] = window.kernel;
        (0..rows * cols).map(move |pixel| (0..kh * kw).map(move |tap| at([pixel / cols, pixel % cols], [tap / kw, tap % kw])))
    }
}

/// `sum (a - zero point) * w`, `[pixel][out]`; weights `[out][kh][kw][in / groups]`.
pub fn conv(input: Input<'_>, window: &Window, groups: usize, weights: &[i8], outputs: usize) -> Vec<i32> {
    let zero_point = input.tensor.zero_point;
    let (own, own_outputs) = (input.image.channels / groups, outputs / groups);
    let depth = weights.len() / outputs;
    let offsets: Vec<i32> = weights.chunks_exact(depth).map(|row| zero_point * row.iter().map(|w| i32::from(*w)).sum::<i32>()).collect();
    let taps: Vec<Vec<Option<usize>>> = input.under(window).map(Iterator::collect).collect();
    let mut sums = vec![0; taps.len() * outputs];
    for group in 0..groups {
        let weights = &weights[group * own_outputs * depth..][..own_outputs * depth];
        let packed = PackedB::new(depth, own_outputs, |k, n| weights[n * depth + k]);
        let block = (BLOCK_BYTES / depth).max(16);
        let (mut rows, mut products) = (Vec::new(), Vec::new());
        for (first, taps) in taps.chunks(block).enumerate().map(|(index, taps)| (index * block, taps)) {
            rows.clear();
            for at in taps.iter().flatten() {
                match at {
                    Some(pixel) => rows.extend_from_slice(&input.values[pixel * input.image.channels + group * own..][..own]),
                    None => rows.extend(std::iter::repeat_n(zero_point as i8, own)),
                }
            }
            products.resize(taps.len() * own_outputs, 0);
            gemm(&rows, taps.len(), &packed, &mut products);
            for (pixel, products) in products.chunks_exact(own_outputs).enumerate() {
                let first_output = group * own_outputs;
                let target = &mut sums[(first + pixel) * outputs + first_output..][..own_outputs];
                let offsets = &offsets[first_output..];
                target.iter_mut().zip(products).zip(offsets).for_each(|((sum, product), offset)| *sum = product - offset);
            }
        }
    }
    sums
}

/// `sum (a - zero point) * w`, `[pixel][channel]`; weights `[kh][kw][channels]`.
pub fn depthwise(input: Input<'_>, window: &Window, weights: &[i8]) -> Vec<i32> {
    let (channels, zero_point) = (input.image.channels, input.tensor.zero_point);
    let mut sums = Vec::new();
    for taps in input.under(window) {
        let first = sums.len();
        sums.resize(first + channels, 0);
        for (at, weights) in taps.zip(weights.chunks_exact(channels)) {
            let Some(pixel) = at else { continue };
            let values = &input.values[pixel * channels..][..channels];
            sums[first..].iter_mut().zip(values).zip(weights).for_each(|((sum, a), w)| *sum += (i32::from(*a) - zero_point) * i32::from(*w));
        }
    }
    sums
}

/// `sum (a - zero point) * w`, one per output; weights `[out][in]`.
pub fn fully_connected(input: Input<'_>, weights: &[i8]) -> Vec<i32> {
    let zero_point = input.tensor.zero_point;
    let product = |row: &[i8]| row.iter().zip(input.values).map(|(w, a)| i32::from(*w) * (i32::from(*a) - zero_point)).sum();
    weights.chunks_exact(input.values.len()).map(product).collect()
}
