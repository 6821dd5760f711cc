//! VGG-16: K. Simonyan, A. Zisserman, *Very Deep Convolutional Networks for Large-Scale Image Recognition*, ICLR 2015, table 1, column D.

use super::builder::{Builder, Filters};
use super::calibrate::Activation::{Linear, Relu};
use crate::graph::TensorId;

/// Channels and convolutions of 3x3 of every block; a maximum of 2x2 follows each.
const BLOCKS: [(usize, usize); 5] = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

pub fn describe(b: &mut Builder) -> TensorId {
    b.biased = true;
    let mut x = b.image();
    for (block, (channels, convolutions)) in (1..).zip(BLOCKS) {
        for index in 1..=convolutions {
            x = b.conv(&format!("conv{block}_{index}"), x, Filters::new(b.wide(channels), 3), Relu);
        }
        x = b.max_pool(&format!("pool{block}"), x, 2, 2, 0);
    }
    let x = b.flatten("flatten", x);
    let x = b.fully_connected("fc6", x, b.wide(4096), Relu);
    let x = b.fully_connected("fc7", x, b.wide(4096), Relu);
    b.fully_connected("fc8", x, b.classes, Linear)
}
