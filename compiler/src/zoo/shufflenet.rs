//! ShuffleNet V1: X. Zhang et al., *ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices*, CVPR 2018, table 1 and
//! figure 2, with three groups. ShuffleNet V2: N. Ma et al., *ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design*, ECCV 2018,
//! table 5 and figure 3. The channels of the widths that the papers do not tabulate are those of the authors' own implementation.

use super::builder::{Builder, Filters};
use super::calibrate::Activation::{Linear, Relu};
use crate::graph::TensorId;

/// Units of every stage; the first one has stride 2.
const REPETITIONS: [usize; 3] = [4, 8, 4];
/// V1: groups.
const GROUPS: usize = 3;
/// V1: output channels of the stages at width 1.
const STAGES_V1: [usize; 3] = [240, 480, 960];
/// V2: widths, output channels of the stages and of the last convolution.
const STAGES_V2: [(f64, [usize; 4]); 4] =
    [(0.5, [48, 96, 192, 1024]), (1.0, [116, 232, 464, 1024]), (1.5, [176, 352, 704, 1024]), (2.0, [244, 488, 976, 2048])];

pub fn v1(b: &mut Builder) -> TensorId {
    let x = b.image();
    // 12 channels at width 0.5, 24 at 1 and 1.5, 48 at 2.
    let channels = if b.width < 1.0 { b.scaled(24, 3) } else { 24 * b.width.floor() as usize };
    let x = b.conv("conv1", x, Filters::new(channels, 3).stride(2), Relu);
    let mut x = b.max_pool("pool1", x, 3, 2, 1);
    for (stage, (repetitions, channels)) in (2..).zip(REPETITIONS.into_iter().zip(STAGES_V1)) {
        for index in 1..=repetitions {
            // Section 3.2: so few channels are not divided into groups.
            let groups = if (stage, index) == (2, 1) { 1 } else { GROUPS };
            x = unit_v1(b, &format!("stage{stage}_{index}"), x, b.scaled(channels, 4 * GROUPS), groups, index == 1);
        }
    }
    let x = b.mean("pool", x);
    b.fully_connected("fc", x, b.classes, Linear)
}

fn unit_v1(b: &mut Builder, name: &str, input: TensorId, channels: usize, groups: usize, halves: bool) -> TensorId {
    let layer = |part: &str| format!("{name}/{part}");
    let rest = if halves { channels - b.channels(input) } else { channels };
    let x = b.conv(&layer("compress"), input, Filters::new(channels / 4, 1).groups(groups), Relu);
    let x = b.shuffle(&layer("shuffle"), x, GROUPS);
    let x = b.depthwise(&layer("dw"), x, 3, if halves { 2 } else { 1 }, Linear);
    let expand = Filters::new(rest, 1).groups(GROUPS);
    if halves {
        let pooled = b.average_pool(&layer("pool"), input, 3, 2, 1);
        let x = b.conv_like(&layer("expand"), x, expand, Relu, Some(input));
        return b.concat(&layer("concat"), &[pooled, x]);
    }
    let x = b.conv(&layer("expand"), x, expand, Linear);
    b.add(&layer("add"), [input, x], Relu)
}

pub fn v2(b: &mut Builder) -> TensorId {
    let tabulated = STAGES_V2.into_iter().find(|(width, _)| *width == b.width).map(|(_, channels)| channels);
    let [stages @ .., last] = tabulated.unwrap_or_else(|| [b.scaled(116, 4), b.scaled(232, 4), b.scaled(464, 4), 1024]);
    let x = b.image();
    // The first unit keeps these channels and adds others.
    let x = b.conv("conv1", x, Filters::new(24.min(stages[0] / 2), 3).stride(2), Relu);
    let mut x = b.max_pool("pool1", x, 3, 2, 1);
    for (stage, (repetitions, channels)) in (2..).zip(REPETITIONS.into_iter().zip(stages)) {
        x = halving_v2(b, &format!("stage{stage}_1"), x, channels);
        for index in 2..=repetitions {
            x = unit_v2(b, &format!("stage{stage}_{index}"), x, channels / 2);
        }
    }
    let x = b.conv("conv5", x, Filters::new(last, 1), Relu);
    let x = b.mean("pool", x);
    b.fully_connected("fc", x, b.classes, Linear)
}

/// One half of the channels passes, the other is computed.
fn unit_v2(b: &mut Builder, name: &str, input: TensorId, half: usize) -> TensorId {
    let layer = |part: &str| format!("{name}/{part}");
    let [left, right] = b.split(name, input, half);
    let x = b.conv(&layer("1x1_before"), right, Filters::new(half, 1), Relu);
    let x = b.depthwise(&layer("dw"), x, 3, 1, Linear);
    let x = b.conv_like(&layer("1x1_after"), x, Filters::new(half, 1), Relu, Some(left));
    let x = b.concat(&layer("concat"), &[left, x]);
    b.shuffle(&layer("shuffle"), x, 2)
}

/// Both halves are computed from all channels.
fn halving_v2(b: &mut Builder, name: &str, input: TensorId, channels: usize) -> TensorId {
    let layer = |part: &str| format!("{name}/{part}");
    let (inputs, half) = (b.channels(input), channels / 2);
    let left = b.depthwise(&layer("left/dw"), input, 3, 2, Linear);
    // The authors' implementation keeps the input's channels on the left and gives the right what is missing.
    let left = b.conv(&layer("left/1x1"), left, Filters::new(inputs, 1), Relu);
    let x = b.conv(&layer("1x1_before"), input, Filters::new(half, 1), Relu);
    let x = b.depthwise(&layer("dw"), x, 3, 2, Linear);
    let x = b.conv_like(&layer("1x1_after"), x, Filters::new(channels - inputs, 1), Relu, Some(left));
    let x = b.concat(&layer("concat"), &[left, x]);
    b.shuffle(&layer("shuffle"), x, 2)
}
