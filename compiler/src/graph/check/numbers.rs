//! The numbers in a node: how many there are, their ranges, and that no accumulator overflows.

use fretwork_sim::requantise::{Rounding, Scale};

use super::faults::NodeFault;
use crate::graph::{Levels, Op, Output, Tensor};
use fretwork_sim::thresholds::MOST_STEPS;

/// Lengths, ranges and the accumulator's reach.
pub(super) fn check_numbers(input: &Tensor, op: &Op, target: &Tensor) -> Result<(), NodeFault> {
    let channels = target.channels();
    match op {
        Op::Conv { window, groups, weights, output } => {
            if *groups == 0 || !input.channels().is_multiple_of(*groups) || !channels.is_multiple_of(*groups) {
                return Err(NodeFault::Groups { groups: *groups, channels: [input.channels(), channels] });
            }
            let filter = window.kernel[0] * window.kernel[1] * input.channels() / groups;
            length("weights", channels * filter, weights.len())?;
            check_output(output, target)?;
            check_reach(input, output, channels, |channel| weights[channel * filter..][..filter].iter().copied())
        }
        Op::Depthwise { window, weights, output } => {
            length("weights", window.kernel[0] * window.kernel[1] * channels, weights.len())?;
            check_output(output, target)?;
            check_reach(input, output, channels, |channel| weights[channel..].iter().step_by(channels).copied())
        }
        Op::FullyConnected { weights, output } => {
            length("weights", channels * input.len(), weights.len())?;
            check_output(output, target)?;
            check_reach(input, output, channels, |channel| weights[channel * input.len()..][..input.len()].iter().copied())
        }
        Op::Add { inputs, output } => {
            inputs.iter().try_for_each(|scale| check_scale(*scale, Rounding::Double))?;
            check_output(output, target)?;
            length("scales", 1, output.scales.len())?;
            length("biases", 0, output.bias.len())
        }
        Op::MulConstant { factors, output } => {
            let expected = if factors.len() == 1 { 1 } else { channels };
            length("factors", expected, factors.len())?;
            check_output(output, target)?;
            length("biases", 0, output.bias.len())
        }
        Op::AveragePool { clamp, .. } | Op::MaxPool { clamp, .. } => check_clamp(clamp.map(i16::from), target),
        Op::Mean { scale } => {
            check_scale(*scale, Rounding::Double)?;
            reach(0, 255 * (input.len() / channels) as i64, *scale, Rounding::Double)
        }
        Op::Select { channels } => match channels.iter().find(|channel| **channel >= input.channels()) {
            Some(channel) => Err(NodeFault::Channel { channel: *channel, channels: input.channels() }),
            None => Ok(()),
        },
        Op::Displace { offsets } => length("offsets", channels, offsets.len()),
        Op::Pad { .. } | Op::Concat | Op::Interleave { .. } | Op::Reshape | Op::Table { .. } => Ok(()),
    }
}

fn length(what: &'static str, expected: usize, found: usize) -> Result<(), NodeFault> {
    if expected == found { Ok(()) } else { Err(NodeFault::Length { what, expected, found }) }
}

fn check_clamp(clamp: [i16; 2], target: &Tensor) -> Result<(), NodeFault> {
    let range = target.range();
    match clamp {
        [low, high] if low > high => Err(NodeFault::Clamp(clamp)),
        [low, high] if low < range[0] || high > range[1] => Err(NodeFault::ClampRange { clamp, range }),
        _ => Ok(()),
    }
}

/// As many steps as there are outputs above the lowest, ascending.
fn check_thresholds(output: &Output, target: &Tensor) -> Result<(), NodeFault> {
    let [low, high] = output.clamp.map(i32::from);
    let most = if target.levels == Levels::Bipolar { 1 } else { ((high - low) as usize).min(MOST_STEPS) };
    for (channel, stairs) in output.thresholds.iter().enumerate() {
        if stairs.steps.len() > most || !stairs.steps.is_sorted() {
            return Err(NodeFault::Thresholds { channel, found: stairs.steps.len(), most });
        }
    }
    Ok(())
}

fn check_scale(scale: Scale, rounding: Rounding) -> Result<(), NodeFault> {
    let shifts = match rounding {
        Rounding::Double => -31..=30,
        Rounding::Single | Rounding::NearestEven | Rounding::Float => 0..=62,
    };
    if scale.multiplier >= 0 && shifts.contains(&scale.shift) { Ok(()) } else { Err(NodeFault::Scale(scale)) }
}

fn check_output(output: &Output, target: &Tensor) -> Result<(), NodeFault> {
    let channels = target.channels();
    let one_or_all = |found| if found == 1 { 1 } else { channels };
    if !output.thresholds.is_empty() {
        length("scales beside thresholds", 0, output.scales.len())?;
        length("thresholds", one_or_all(output.thresholds.len()), output.thresholds.len())?;
        length("biases", if output.bias.is_empty() { 0 } else { channels }, output.bias.len())?;
        check_clamp(output.clamp, target)?;
        return check_thresholds(output, target);
    }
    length("scales", one_or_all(output.scales.len()), output.scales.len())?;
    length("biases", if output.bias.is_empty() { 0 } else { channels }, output.bias.len())?;
    output.scales.iter().try_for_each(|scale| check_scale(*scale, output.rounding))?;
    check_clamp(output.clamp, target)
}

/// No accumulator leaves 32 bits, whatever the input.
fn check_reach<W: Iterator<Item = i8>>(input: &Tensor, output: &Output, channels: usize, weights: impl Fn(usize) -> W) -> Result<(), NodeFault> {
    let [low, high] = input.range().map(|end| i64::from(i32::from(end) - input.zero_point));
    let largest = high.max(-low);
    for channel in 0..channels {
        let sum: i64 = weights(channel).map(|weight| i64::from(weight).abs()).sum();
        let bias = output.bias.get(channel).map_or(0, |bias| i64::from(*bias).abs());
        let own = if output.scales.len() == 1 { 0 } else { channel };
        let scale = output.scales.get(own).copied().unwrap_or(Scale::ZERO);
        reach(channel, sum * largest + bias, scale, output.rounding)?;
    }
    Ok(())
}

fn reach(channel: usize, bound: i64, scale: Scale, rounding: Rounding) -> Result<(), NodeFault> {
    let left = if rounding == Rounding::Double { scale.shift.max(0) } else { 0 };
    let limit = i64::from(i32::MAX) >> left;
    if bound <= limit { Ok(()) } else { Err(NodeFault::Accumulator { channel, bound, limit }) }
}
