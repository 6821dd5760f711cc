//! Windows of convolutions and pools: kernel, stride, dilation and padding as ONNX gives them.

use super::lower::{Lowered, refuse};
use super::model::Node;
use crate::graph::{Padding, Window};

/// Sizes above this are no real windows, and could overflow.
const MAX_SIZE: i64 = 1 << 16;

/// Two sizes of at least `least`.
fn pair(node: &Node, name: &str, least: i64) -> Lowered<Option<[usize; 2]>> {
    match node.ints(name) {
        None => Ok(None),
        Some(&[a, b]) if [a, b].iter().all(|size| (least..MAX_SIZE).contains(size)) => Ok(Some([a as usize, b as usize])),
        Some(other) => refuse(format!("its {name} are {other:?}"), "two-dimensional windows of ordinary size"),
    }
}

/// The window of a node over an image of `size`; `kernel` is what its weights say.
pub fn read(node: &Node, size: [usize; 2], kernel: Option<[usize; 2]>) -> Lowered<Window> {
    let said = pair(node, "kernel_shape", 1)?;
    if let (Some(said), Some(kernel)) = (said, kernel)
        && said != kernel
    {
        return refuse(format!("its kernel_shape is {said:?}, its weights are {kernel:?}"), "weights of the kernel's shape");
    }
    let Some(kernel) = kernel.or(said) else {
        return refuse("its kernel_shape is absent", "two-dimensional windows");
    };
    let (stride, dilation) = (pair(node, "strides", 1)?.unwrap_or([1, 1]), pair(node, "dilations", 1)?.unwrap_or([1, 1]));
    let plain = Window { kernel, stride, dilation, padding: Padding::default() };
    let window = Window { padding: padding(node, size, &plain)?, ..plain };
    match window.output(size) {
        Some(output) if node.int("ceil_mode", 0) != 0 && !divides(&window, size, output) => {
            refuse("its ceil_mode makes a last window that leaves the image", "ceil_mode 0, or windows that fit")
        }
        Some(_) => Ok(window),
        None => refuse(format!("its window of {kernel:?} does not fit into an image of {size:?}"), "windows that fit into the padded image"),
    }
}

/// Whether the windows end where the padded image ends, so that ceil_mode makes no difference.
fn divides(window: &Window, size: [usize; 2], output: [usize; 2]) -> bool {
    let Padding { top, left, bottom, right } = window.padding;
    let padded = [size[0] + top + bottom, size[1] + left + right];
    (0..2).all(|d| (output[d] - 1) * window.stride[d] + (window.kernel[d] - 1) * window.dilation[d] + 1 == padded[d])
}

fn padding(node: &Node, size: [usize; 2], window: &Window) -> Lowered<Padding> {
    let mode = node.text("auto_pad", "NOTSET");
    match &mode[..] {
        "NOTSET" | "" => match node.ints("pads") {
            None => Ok(Padding::default()),
            Some(&[top, left, bottom, right]) if [top, left, bottom, right].iter().all(|pad| (0..MAX_SIZE).contains(pad)) => {
                let [top, left, bottom, right] = [top, left, bottom, right].map(|pad| pad as usize);
                Ok(Padding { top, left, bottom, right })
            }
            Some(other) => refuse(format!("its pads are {other:?}"), "four pads that are not negative"),
        },
        "VALID" => Ok(Padding::default()),
        "SAME_UPPER" | "SAME_LOWER" => {
            let need = |d: usize| {
                let output = size[d].div_ceil(window.stride[d]);
                ((output - 1) * window.stride[d] + (window.kernel[d] - 1) * window.dilation[d] + 1).saturating_sub(size[d])
            };
            let (small, large) = ([need(0) / 2, need(1) / 2], [need(0).div_ceil(2), need(1).div_ceil(2)]);
            let [before, after] = if mode == "SAME_UPPER" { [small, large] } else { [large, small] };
            Ok(Padding { top: before[0], left: before[1], bottom: after[0], right: after[1] })
        }
        _ => refuse(format!("its auto_pad is {mode:?}"), "auto_pad NOTSET, VALID, SAME_UPPER and SAME_LOWER"),
    }
}
