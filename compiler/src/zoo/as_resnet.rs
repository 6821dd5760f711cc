//! As-ResNet-w68: Y. Jeon, J. Kim, *Constructing Fast Network through Deconstruction of Convolution*, NIPS 2018, table 4, and the authors' own
//! description of the network: pre-activated residual blocks of a convolution of one pixel, an active shift and another convolution of one pixel.

use super::builder::{Builder, Filters};
use super::calibrate::Activation::{Linear, Relu};
use crate::graph::TensorId;

/// Base width.
const BASE: usize = 68;
/// Channels, in base widths, and blocks of the groups whose first block has stride 2.
const GROUPS: [(usize, usize); 4] = [(1, 3), (2, 4), (4, 6), (8, 3)];

pub fn describe(b: &mut Builder) -> TensorId {
    let base = b.scaled(BASE, 4);
    let x = b.image();
    let x = b.conv("conv0", x, Filters::new(base, 3).stride(2), Linear);
    let mut x = block(b, "block0_1", x, base, 1);
    for (group, (width, blocks)) in (1..).zip(GROUPS) {
        for index in 1..=blocks {
            x = block(b, &format!("block{group}_{index}"), x, width * base, if index == 1 { 2 } else { 1 });
        }
    }
    let x = b.normalise("norm", x);
    let x = b.mean("pool", x);
    b.fully_connected("fc", x, b.classes, Linear)
}

/// With stride 2 the shortcut is a convolution of what is normalised, otherwise the input.
fn block(b: &mut Builder, name: &str, input: TensorId, channels: usize, stride: usize) -> TensorId {
    let layer = |part: &str| format!("{name}/{part}");
    let norm = b.normalise(&layer("norm"), input);
    let shortcut = if stride == 2 { b.conv(&layer("shortcut"), norm, Filters::new(channels, 1).stride(2), Linear) } else { input };
    let x = b.conv(&layer("conv1"), norm, Filters::new(channels, 1), Relu);
    let x = b.active_shift(&layer("shift"), x, stride);
    let x = b.conv(&layer("conv2"), x, Filters::new(channels, 1), Linear);
    b.add(&layer("add"), [shortcut, x], Linear)
}
