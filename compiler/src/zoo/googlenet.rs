//! GoogLeNet: C. Szegedy et al., *Going Deeper with Convolutions*, CVPR 2015, table 1: nine inception modules of four branches each.

use super::builder::{Builder, Filters};
use super::calibrate::Activation::{Linear, Relu};
use crate::graph::TensorId;

/// Channels of an inception module: 1x1, 3x3 with its reduction in front, 5x5 with its own, projection of the pool.
struct Inception(&'static str, [usize; 6]);

/// The modules of table 1; a maximum of 3x3 with stride 2 follows every group but the last.
const GROUPS: [&[Inception]; 3] = [
    &[Inception("3a", [64, 96, 128, 16, 32, 32]), Inception("3b", [128, 128, 192, 32, 96, 64])],
    &[
        Inception("4a", [192, 96, 208, 16, 48, 64]),
        Inception("4b", [160, 112, 224, 24, 64, 64]),
        Inception("4c", [128, 128, 256, 24, 64, 64]),
        Inception("4d", [112, 144, 288, 32, 64, 64]),
        Inception("4e", [256, 160, 320, 32, 128, 128]),
    ],
    &[Inception("5a", [256, 160, 320, 32, 128, 128]), Inception("5b", [384, 192, 384, 48, 128, 128])],
];

pub fn describe(b: &mut Builder) -> TensorId {
    b.biased = true;
    let x = b.image();
    let x = b.conv("conv1/7x7_s2", x, Filters::new(b.wide(64), 7).stride(2), Relu);
    let x = b.max_pool_rounded_up("pool1/3x3_s2", x, 3, 2);
    let x = b.conv("conv2/3x3_reduce", x, Filters::new(b.wide(64), 1), Relu);
    let x = b.conv("conv2/3x3", x, Filters::new(b.wide(192), 3), Relu);
    let mut x = b.max_pool_rounded_up("pool2/3x3_s2", x, 3, 2);
    for (index, group) in GROUPS.iter().enumerate() {
        if index > 0 {
            x = b.max_pool_rounded_up(&format!("pool{}/3x3_s2", index + 2), x, 3, 2);
        }
        for module in *group {
            x = inception(b, x, module);
        }
    }
    let x = b.mean("pool5", x);
    b.fully_connected("loss3/classifier", x, b.classes, Linear)
}

fn inception(b: &mut Builder, x: TensorId, Inception(name, channels): &Inception) -> TensorId {
    let layer = |part: &str| format!("inception_{name}/{part}");
    let [pixel, reduce3, three, reduce5, five, projection] = channels.map(|channels| b.wide(channels));
    let first = b.conv(&layer("1x1"), x, Filters::new(pixel, 1), Relu);
    let reduced = b.conv(&layer("3x3_reduce"), x, Filters::new(reduce3, 1), Relu);
    let second = b.conv(&layer("3x3"), reduced, Filters::new(three, 3), Relu);
    let reduced = b.conv(&layer("5x5_reduce"), x, Filters::new(reduce5, 1), Relu);
    let third = b.conv(&layer("5x5"), reduced, Filters::new(five, 5), Relu);
    let pooled = b.max_pool(&layer("pool"), x, 3, 1, 1);
    let fourth = b.conv(&layer("pool_proj"), pooled, Filters::new(projection, 1), Relu);
    b.concat(&layer("output"), &[first, second, third, fourth])
}
