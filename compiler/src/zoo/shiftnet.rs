//! ShiftNet-A: B. Wu et al., *Shift: A Zero FLOP, Zero Parameter Alternative to Spatial Convolutions*, CVPR 2018, section 4.3 and its table of the
//! architecture. A CSC module is a convolution of one pixel, a shift and another convolution of one pixel, normalisation and rectifier in front
//! of both convolutions; here those of the second stand before the shift, which changes nothing but the pixels that come in at the border.

use super::builder::{Builder, Filters};
use super::calibrate::Activation::{Linear, Relu};
use crate::graph::TensorId;

/// Of every group, whose channels are twice those before: kernel of the shift, expansion of the module with stride 2, of the others, and how many others.
const GROUPS: [[usize; 4]; 4] = [[5, 4, 4, 4], [5, 4, 3, 5], [3, 3, 2, 6], [3, 2, 1, 2]];

pub fn describe(b: &mut Builder) -> TensorId {
    let x = b.image();
    let mut x = b.conv("conv1", x, Filters::new(b.wide(32), 7).stride(2), Linear);
    for (group, [kernel, first, other, others]) in (1..).zip(GROUPS) {
        let channels = 2 * b.channels(x);
        for index in 0..=others {
            let (stride, expansion) = if index == 0 { (2, first) } else { (1, other) };
            x = module(b, &format!("csc{group}_{}", index + 1), x, channels, stride, expansion, kernel);
        }
    }
    let x = b.normalise("norm", x);
    let x = b.mean("pool", x);
    b.fully_connected("fc", x, b.classes, Linear)
}

/// With stride 2 the averaged input stands beside the new channels, otherwise it is added to them.
fn module(b: &mut Builder, name: &str, input: TensorId, channels: usize, stride: usize, expansion: usize, kernel: usize) -> TensorId {
    let layer = |part: &str| format!("{name}/{part}");
    let own = if stride == 2 { channels - b.channels(input) } else { channels };
    let x = b.normalise(&layer("norm"), input);
    let x = b.conv(&layer("conv1"), x, Filters::new(expansion * own, 1), Relu);
    let x = b.displace(&layer("shift"), x, kernel);
    let filters = Filters::new(own, 1).stride(stride);
    if stride == 2 {
        let pooled = b.average_pool(&layer("pool"), input, 3, 2, 1);
        let x = b.conv_like(&layer("conv2"), x, filters, Linear, Some(input));
        return b.concat(&layer("concat"), &[pooled, x]);
    }
    let x = b.conv(&layer("conv2"), x, filters, Linear);
    b.add(&layer("add"), [input, x], Linear)
}
