//! Convolutions that only displace channels: depthwise ones with one weight of 1 in each filter, as networks of shifts are exported (B. Wu et al.,
//! *Shift: A Zero FLOP, Zero Parameter Alternative to Spatial Convolutions*, CVPR 2018).

use super::constant::Constant;
use super::lower::{Context, Lowered};
use super::model::Node;
use super::signal::{Signal, Source};
use super::{link, window};
use crate::graph::{Op, Tensor};

/// Dy and dx of each channel: output pixel (y, x) is input pixel (y + dy, x + dx), or 0 outside the image.
pub type Offsets = Vec<[i8; 2]>;

/// What a convolution with weights of `shape` (`[out][in / groups][kernel height][kernel width]`) displaces, if that is all it does: depthwise, one
/// weight of 1 per filter, stride 1, an output of the image's size.
pub fn offsets(node: &Node, shape: &[usize], weights: impl Iterator<Item = f32>) -> Option<Offsets> {
    // Larger than any window, so that only stride and padding decide.
    const IMAGE: [usize; 2] = [1 << 40; 2];
    let &[channels, 1, height, width] = shape else { return None };
    let window = window::read(node, IMAGE, Some([height, width])).ok()?;
    if usize::try_from(node.int("group", 1)) != Ok(channels) || window.stride != [1, 1] || window.output(IMAGE) != Some(IMAGE) {
        return None;
    }
    let mut found = vec![None; channels];
    for (index, weight) in weights.enumerate().filter(|(_, weight)| *weight != 0.0) {
        let (channel, tap) = (index / (height * width), index % (height * width));
        let from = |at: usize, dilation: usize, before: usize| i8::try_from((at * dilation) as i64 - before as i64).ok();
        let dy = from(tap / width, window.dilation[0], window.padding.top)?;
        let dx = from(tap % width, window.dilation[1], window.padding.left)?;
        if weight != 1.0 || found.get_mut(channel)?.replace([dy, dx]).is_some() {
            return None;
        }
    }
    found.into_iter().collect()
}

/// The signal of a convolution that only displaces channels of an activation; others, and activations that are never 0, are left to the readers
/// of convolutions.
pub fn read(context: &mut Context, node: &Node, signal: &Signal, weights: &Constant, bias: Option<&Constant>) -> Lowered<Option<Signal>> {
    let plain = weights.steps.is_none() && bias.is_none_or(|bias| bias.values.iter().all(|value| *value == 0.0));
    let Some(offsets) = offsets(node, &weights.shape, weights.values.iter().map(|weight| *weight as f32)).filter(|_| plain) else {
        return Ok(None);
    };
    let Source::Tensor(id) = signal.source else { return Ok(None) };
    let source = &context.graph.tensors[id];
    if offsets.len() != source.channels() || !i16::try_from(source.zero_point).is_ok_and(|zero| source.takes(zero)) {
        return Ok(None);
    }
    let (id, scale) = context.image(signal)?;
    let source = context.graph.tensors[id].clone();
    let id = match offsets.iter().all(|offset| *offset == [0, 0]) {
        true => id,
        false => context.node(Op::Displace { offsets }, vec![id], Tensor { name: node.outputs[0].clone(), ..source })?,
    };
    let chain = vec![link::Link::with(link::Function::Mul, vec![scale])];
    Ok(Some(Signal { chain, ..context.activation(id, signal) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights of two channels, 3 by 1, with 1 at the given taps.
    fn of(node: &Node, taps: &[(usize, f32)]) -> Option<Offsets> {
        let mut weights = [0.0; 6];
        taps.iter().for_each(|(tap, weight)| weights[*tap] = *weight);
        offsets(node, &[2, 1, 3, 1], weights.into_iter())
    }

    #[test]
    fn one_weight_of_one_in_each_filter() {
        let node = |padding: &str| Node::plain("Conv", vec!["x".into()], "y").with_int("group", 2).with_text("auto_pad", padding);
        assert_eq!(of(&node("SAME_UPPER"), &[(0, 1.0), (5, 1.0)]), Some(vec![[-1, 0], [1, 0]]));
        for (padding, taps) in [("VALID", [(0, 1.0), (5, 1.0)]), ("SAME_UPPER", [(0, 1.0), (1, 1.0)]), ("SAME_UPPER", [(0, 1.0), (5, 0.5)])] {
            assert_eq!(of(&node(padding), &taps), None);
        }
        assert_eq!(of(&node("SAME_UPPER"), &[(0, 1.0), (4, 1.0), (5, 1.0)]), None);
        assert_eq!(of(&node("SAME_UPPER").with_int("group", 1), &[(0, 1.0), (5, 1.0)]), None);
    }
}
