//! AlexNet: A. Krizhevsky, I. Sutskever, G. Hinton, *ImageNet Classification with Deep Convolutional Neural Networks*, NIPS 2012, section 3.5
//! and figure 2: five convolutions, three of them in two groups (the paper's two processors), and three fully connected layers.

use super::builder::{Builder, Filters};
use super::calibrate::Activation::{Linear, Relu};
use crate::graph::TensorId;

pub fn describe(b: &mut Builder) -> TensorId {
    b.biased = true;
    let x = b.image();
    let x = b.conv("conv1", x, Filters::new(b.wide(96), 11).stride(4).inside(), Relu);
    let x = b.max_pool_rounded_up("pool1", x, 3, 2);
    let x = b.conv("conv2", x, Filters::new(b.wide(256), 5).groups(2), Relu);
    let x = b.max_pool_rounded_up("pool2", x, 3, 2);
    let x = b.conv("conv3", x, Filters::new(b.wide(384), 3), Relu);
    let x = b.conv("conv4", x, Filters::new(b.wide(384), 3).groups(2), Relu);
    let x = b.conv("conv5", x, Filters::new(b.wide(256), 3).groups(2), Relu);
    let x = b.max_pool_rounded_up("pool5", x, 3, 2);
    let x = b.flatten("flatten", x);
    let x = b.fully_connected("fc6", x, b.wide(4096), Relu);
    let x = b.fully_connected("fc7", x, b.wide(4096), Relu);
    b.fully_connected("fc8", x, b.classes, Linear)
}
