//! Convolutions and pools of real numbers, channels first.

use ndarray::{Array2, ArrayView2, ArrayView3, Axis, Ix3, IxDyn};

use super::layers::Layer;
use super::network::Array;
use crate::graph::Window;

/// `x` as `[channels, height, width]`; the batch is 1.
fn planes(x: &Array) -> ArrayView3<'_, f32> {
    let first = x.index_axis(Axis(0), 0);
    first.into_dimensionality::<Ix3>().unwrap_or_else(|_| ArrayView3::from_shape((0, 0, 0), &[]).expect("nothing fits no elements"))
}

/// The rows or columns of an image that tap `tap` reads for each output, where there are any.
fn reads(window: &Window, axis: usize, tap: usize, size: usize, outputs: usize) -> impl Iterator<Item = (usize, usize)> {
    let before = [window.padding.top, window.padding.left][axis];
    let (stride, offset) = (window.stride[axis], tap * window.dilation[axis]);
    (0..outputs).filter_map(move |output| Some((output, (output * stride + offset).checked_sub(before).filter(|at| *at < size)?)))
}

/// The patches of channels `first..first + count` as `[channel * taps][pixel]`.
fn patches(x: &ArrayView3<f32>, first: usize, count: usize, window: &Window, output: [usize; 2]) -> Array2<f32> {
    let (_, height, width) = x.dim();
    let [kernel_height, kernel_width] = window.kernel;
    let mut patches = Array2::zeros((count * kernel_height * kernel_width, output[0] * output[1]));
    for channel in 0..count {
        for (y, z) in (0..kernel_height).flat_map(|y| (0..kernel_width).map(move |z| (y, z))) {
            let mut patch = patches.row_mut((channel * kernel_height + y) * kernel_width + z);
            for (row, from) in reads(window, 0, y, height, output[0]) {
                for (col, at) in reads(window, 1, z, width, output[1]) {
                    patch[row * output[1] + col] = x[[first + channel, from, at]];
                }
            }
        }
    }
    patches
}

/// The patches of every group of channels.
pub fn patches_of_groups<'a>(x: &'a Array, window: &'a Window, groups: usize) -> impl Iterator<Item = Array2<f32>> + 'a {
    let planes = planes(x);
    let (channels, height, width) = planes.dim();
    let (output, own) = (window.output([height, width]).unwrap_or([0, 0]), channels / groups);
    (0..groups).map(move |group| patches(&planes, group * own, own, window, output))
}

/// A convolution whose weights fit `x`; `[1, out, height, width]`.
pub fn convolution(x: &Array, layer: &Layer, window: &Window, groups: usize) -> Array {
    let (_, height, width) = planes(x).dim();
    let output = window.output([height, width]).unwrap_or([0, 0]);
    let (rows, cols) = (layer.rows(), layer.cols());
    let mut result = Array2::zeros((rows, output[0] * output[1]));
    let own = rows / groups;
    for (group, patches) in patches_of_groups(x, window, groups).enumerate() {
        let weights = &layer.weights[group * own * cols..][..own * cols];
        let Ok(weights) = ArrayView2::from_shape((own, cols), weights) else { continue };
        result.slice_mut(ndarray::s![group * own..(group + 1) * own, ..]).assign(&weights.dot(&patches));
    }
    for (mut row, bias) in result.rows_mut().into_iter().zip(&layer.bias) {
        row.mapv_inplace(|sum| sum + bias);
    }
    let (values, _) = result.into_raw_vec_and_offset();
    Array::from_shape_vec(IxDyn(&[1, rows, output[0], output[1]]), values).unwrap_or_else(|_| Array::zeros(IxDyn(&[0])))
}

/// The largest or the mean of each window; a mean counts padding only if it is told to.
pub fn pool(x: &Array, window: &Window, largest: bool, counts_padding: bool) -> Array {
    let planes = planes(x);
    let (channels, height, width) = planes.dim();
    let [rows, cols] = window.output([height, width]).unwrap_or([0, 0]);
    let start = if largest { f32::NEG_INFINITY } else { 0.0 };
    let mut result = ndarray::Array3::from_elem((channels, rows, cols), start);
    let mut counts = Array2::<f32>::zeros((rows, cols));
    for (y, z) in (0..window.kernel[0]).flat_map(|y| (0..window.kernel[1]).map(move |z| (y, z))) {
        for (row, from) in reads(window, 0, y, height, rows) {
            for (col, at) in reads(window, 1, z, width, cols) {
                counts[[row, col]] += 1.0;
                for channel in 0..channels {
                    let (value, kept) = (planes[[channel, from, at]], &mut result[[channel, row, col]]);
                    *kept = if largest { kept.max(value) } else { *kept + value };
                }
            }
        }
    }
    if !largest {
        let whole = (window.kernel[0] * window.kernel[1]) as f32;
        let counts = counts.mapv(|count| if counts_padding { whole } else { count });
        result.outer_iter_mut().for_each(|mut plane| plane /= &counts);
    }
    result.insert_axis(Axis(0)).into_dyn()
}
