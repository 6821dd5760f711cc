//! Readers of the operators that take some of the channels or put them in another order: Split, Slice, Gather, and Transpose as a channel shuffle
//! has it.

use std::rc::Rc;

use super::link::Link;
use super::lower::{Context, Lowered, refuse};
use super::model::Node;
use super::selection::{self, Taken};
use super::signal::{Layout, Pool, Signal, Source, Sums, SumsKind};
use crate::graph::{Op, Tensor, TensorId};
use crate::import::channels::Channels;

/// Split, Slice and Gather.
pub fn select(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let taken = selection::taken(node, &signal.shape, |position| context.list(node, position))?;
    let (axes, shape) = (signal.channel_axes().unwrap_or(0..0), selection::left(&signal.shape, &taken));
    let mut left = Channels::along(&signal.shape[axes.clone()]);
    for Taken { axis, indices, .. } in &taken {
        match axis.checked_sub(axes.start).filter(|_| axes.contains(axis)) {
            Some(own) => left = left.taken(own, indices),
            None if indices.iter().copied().eq(0..signal.shape[*axis]) => {}
            None => {
                let reason = format!("it takes {} of {} indices of axis {axis}", indices.len(), signal.shape[*axis]);
                return refuse(reason, "some of the channels, and rows and columns as a whole");
            }
        }
    }
    chosen(context, &Signal { shape, ..signal }, &left.numbers(), &node.outputs[0])
}

/// The signal with its axes in another order, if that only changes the order of the channels.
pub fn shuffled(context: &mut Context, signal: &Signal, order: &[usize], name: &str) -> Option<Lowered<Signal>> {
    let axes = signal.channel_axes()?;
    let sized = |axis: &usize| signal.shape[*axis] != 1;
    let (inner, mut outer): (Vec<usize>, Vec<usize>) = order.iter().copied().filter(sized).partition(|axis| axes.contains(axis));
    outer.sort_unstable();
    let wanted = if signal.layout == Layout::Same { [&outer[..], &inner] } else { [&inner[..], &outer] }.concat();
    if !order.iter().copied().filter(sized).eq(wanted) {
        return None;
    }
    let mut sorted = inner.clone();
    sorted.sort_unstable();
    let sizes: Vec<usize> = sorted.iter().map(|axis| signal.shape[*axis]).collect();
    let ranks: Vec<usize> = inner.iter().map(|axis| sorted.partition_point(|other| other < axis)).collect();
    let channels = Channels::along(&sizes).permuted(&ranks).numbers();
    let shape = order.iter().map(|axis| signal.shape[*axis]).collect();
    Some(chosen(context, &Signal { shape, ..signal.clone() }, &channels, name))
}

/// Some channels of a signal, whose shape is that of the result already.
pub fn chosen(context: &mut Context, signal: &Signal, channels: &[usize], name: &str) -> Lowered<Signal> {
    let source = match &signal.source {
        _ if channels.iter().copied().eq(0..signal.channels()) => return Ok(signal.clone()),
        Source::Tensor(id) => Source::Tensor(some_channels(context, *id, channels, name)?),
        Source::Sums(sums) => Source::Sums(Rc::new(some_sums(context, sums, channels, name)?)),
        Source::Pair(pair) => {
            let [a, b] = [0, 1].map(|side| chosen(context, &Signal { shape: signal.shape.clone(), ..pair[side].clone() }, channels, name));
            Source::Pair(Rc::new([a?, b?]))
        }
        Source::Input(_) | Source::Concat(_) | Source::Space(_) => {
            let fits = "quantised activations, and sums (of a convolution, a matrix product, an average or two activations)";
            return refuse("it takes channels of an input, a concatenation or a DepthToSpace that nothing quantises", fits);
        }
    };
    let cut = |values: &[f32]| if values.len() > 1 { channels.iter().map(|channel| values[*channel]).collect() } else { values.to_vec() };
    let chain = signal.chain.iter().map(|link| Link { function: link.function, a: cut(&link.a), b: cut(&link.b) }).collect();
    let resized = |stored: &[usize]| [&stored[..stored.len().saturating_sub(1)], &[channels.len()]].concat();
    let pools = signal.pools.iter().map(|pool| Pool { stored: resized(&pool.stored), ..pool.clone() }).collect();
    let layout = match signal.layout {
        Layout::Image([_, h, w]) => Layout::Image([channels.len(), h, w]),
        Layout::Same => Layout::Same,
    };
    Ok(Signal { source, stored: resized(&signal.stored), shape: signal.shape.clone(), layout, chain, pools, raw: signal.raw })
}

/// Some channels of an activation.
fn some_channels(context: &mut Context, id: TensorId, channels: &[usize], name: &str) -> Lowered<TensorId> {
    if context.open.contains(&id) {
        return refuse(
            "it takes channels of an integer input whose scale nothing has told yet",
            "DequantizeLinear, or an integer operator, in front",
        );
    }
    let mut tensor = Tensor { name: name.to_owned(), ..context.graph.tensors[id].clone() };
    tensor.shape.pop();
    tensor.shape.push(channels.len());
    context.node(Op::Select { channels: channels.to_vec() }, vec![id], tensor)
}

/// The sums of some output channels.
fn some_sums(context: &mut Context, sums: &Sums, channels: &[usize], name: &str) -> Lowered<Sums> {
    let all = sums.reach.len().max(1);
    let row = sums.weights.len() / all;
    let (mut kind, mut input) = (sums.kind, sums.input);
    let weights: Vec<i8> = match sums.kind {
        SumsKind::Conv(_) | SumsKind::FullyConnected => {
            context.hold(row.saturating_mul(channels.len()))?;
            channels.iter().flat_map(|channel| &sums.weights[channel * row..][..row]).copied().collect()
        }
        SumsKind::Grouped(window, groups) => {
            let own = row / (window.kernel[0] * window.kernel[1]);
            context.hold(row.saturating_mul(groups).saturating_mul(channels.len()))?;
            kind = SumsKind::Conv(window);
            // Zeros stand for the other groups' inputs.
            let tap = |channel: usize, weights: &[i8]| {
                let group = channel / (all / groups);
                [&vec![0; group * own][..], weights, &vec![0; (groups - 1 - group) * own]].concat()
            };
            channels
                .iter()
                .flat_map(|&channel| sums.weights[channel * row..][..row].chunks(own).flat_map(move |weights| tap(channel, weights)))
                .collect()
        }
        SumsKind::Depthwise(_) | SumsKind::Average { .. } => {
            input = some_channels(context, sums.input, channels, &format!("{name}/input"))?;
            (0..row).flat_map(|tap| channels.iter().map(move |channel| sums.weights[tap * all + channel])).collect()
        }
    };
    let bias = if sums.bias.is_empty() { Vec::new() } else { channels.iter().map(|channel| sums.bias[*channel]).collect() };
    let reach = channels.iter().map(|channel| sums.reach[*channel]).collect();
    Ok(Sums { kind, input, weights, bias, reach })
}
