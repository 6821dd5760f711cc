//! MobileNet V1: A. Howard et al., *MobileNets*, arXiv:1704.04861, 2017, table 1. MobileNet V2: M. Sandler et al., *MobileNetV2: Inverted Residuals and
//! Linear Bottlenecks*, CVPR 2018, table 2.

use super::builder::{Builder, Filters};
use super::calibrate::Activation::{Linear, Relu, Relu6};
use crate::graph::TensorId;

/// V1: output channels of every depthwise separable convolution, and the stride of its depthwise part.
const SEPARABLE: [(usize, usize); 13] =
    [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)];

/// V2: expansion, output channels, repetitions, stride of the first one.
const BOTTLENECKS: [[usize; 4]; 7] = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]];

pub fn v1(b: &mut Builder) -> TensorId {
    let x = b.image();
    let mut x = b.conv("conv1", x, Filters::new(b.wide(32), 3).stride(2), Relu);
    for (index, (channels, stride)) in (2..).zip(SEPARABLE) {
        x = b.depthwise(&format!("conv{index}/dw"), x, 3, stride, Relu);
        x = b.conv(&format!("conv{index}/sep"), x, Filters::new(b.wide(channels), 1), Relu);
    }
    let x = b.mean("pool", x);
    b.fully_connected("fc", x, b.classes, Linear)
}

pub fn v2(b: &mut Builder) -> TensorId {
    let x = b.image();
    let mut x = b.conv("conv1", x, Filters::new(b.wide(32), 3).stride(2), Relu6);
    for (block, [expansion, channels, repetitions, stride]) in (1..).zip(BOTTLENECKS) {
        for index in 1..=repetitions {
            let stride = if index == 1 { stride } else { 1 };
            x = bottleneck(b, &format!("block{block}_{index}"), x, expansion, b.wide(channels), stride);
        }
    }
    // Section 3: widths below 1 leave the last convolution as it is.
    let x = b.conv("conv_last", x, Filters::new(b.wide(1280).max(1280), 1), Relu6);
    let x = b.mean("pool", x);
    b.fully_connected("fc", x, b.classes, Linear)
}

/// Inverted residual: many channels between few, and an addition where input and output have one shape.
fn bottleneck(b: &mut Builder, name: &str, input: TensorId, expansion: usize, channels: usize, stride: usize) -> TensorId {
    let inner = expansion * b.channels(input);
    let layer = |part: &str| format!("{name}/{part}");
    let mut x = input;
    if expansion > 1 {
        x = b.conv(&layer("expand"), x, Filters::new(inner, 1), Relu6);
    }
    let x = b.depthwise(&layer("dw"), x, 3, stride, Relu6);
    let x = b.conv(&layer("project"), x, Filters::new(channels, 1), Linear);
    if stride == 1 && channels == b.channels(input) { b.add(&layer("add"), [input, x], Linear) } else { x }
}
