//! Readers of operators that move values: pools of maxima, padding, concatenation and changes of shape.

use std::rc::Rc;

use super::constant::Constant;
use super::emit::levels;
use super::link::Side;
use super::lower::{Context, Lowered, Value, refuse};
use super::model::Node;
use super::signal::{Layout, Pool, Signal, Source};
use super::{channels, link, weighted, window};
use crate::graph::{Op, Padding, Tensor};

/// Largest padding of an image.
const MAX_PADDING: i64 = 1 << 16;

/// MaxPool: at once on stored integers whose real numbers rise with them, otherwise behind the quantiser.
pub fn max_pool(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let mut signal = context.signal(node, 0)?;
    let size = weighted::size(&signal)?;
    let window = window::read(node, size, None)?;
    let (Some([h, w]), [_, c, ..]) = (window.output(size), &signal.shape[..]) else {
        return refuse("its window does not fit", "windows that fit into the padded image");
    };
    let (c, [rows, cols]) = (*c, size);
    if window.dilation != [1, 1] {
        return refuse(format!("its dilations are {:?}", window.dilation), "MaxPool without dilation");
    }
    let Padding { top, left, bottom, right } = window.padding;
    if top.max(bottom) >= window.kernel[0] || left.max(right) >= window.kernel[1] {
        return refuse("its padding is as large as its window", "padding smaller than the window");
    }
    let stored = vec![1, h, w, c];
    let rising = (0..signal.channels()).all(|channel| link::direction(&signal.chain, channel) > 0);
    match signal.source {
        Source::Tensor(id) if rising && signal.pools.is_empty() && is_image(&signal, [c, rows, cols]) => {
            let id = context.reshaped(id, &[1, rows, cols, c])?;
            let source = context.graph.tensors[id].clone();
            let clamp = source.range().map(|end| end as i8);
            let tensor = Tensor { name: node.outputs[0].clone(), shape: stored.clone(), ..source };
            signal.source = Source::Tensor(context.node(Op::MaxPool { window, clamp }, vec![id], tensor)?);
            signal.stored = stored;
        }
        _ if signal.stored_now() == [1, rows, cols, c] && is_image(&signal, [c, rows, cols]) => {
            signal.pools.push(Pool { after: signal.chain.len(), window, stored });
        }
        _ => return refuse("its input is an image whose values lie in another order", "images as convolutions and pools make them"),
    }
    (signal.shape, signal.layout) = (vec![1, c, h, w], Layout::Image([c, h, w]));
    Ok(signal)
}

/// Whether the stored order is that of an image of these sizes.
pub fn is_image(signal: &Signal, sizes: [usize; 3]) -> bool {
    match signal.layout {
        Layout::Image(own) => own == sizes,
        Layout::Same => sizes[0] == 1 || sizes[1] * sizes[2] == 1,
    }
}

/// Pad of rows and columns with a value that the activation has.
pub fn pad(context: &mut Context, node: &Node) -> Lowered<Signal> {
    const FITS: &str = "Pad of rows and columns of a quantised image with one of its values (of bipolar activations -scale or scale, not 0: the \
        pads of Conv add nothing)";
    let mut signal = context.signal(node, 0)?;
    let listed = context.optional_constant(node, 1)?.map(|pads| pads.ints());
    let pads = listed.or(node.ints("pads").map(<[i64]>::to_vec)).unwrap_or_default();
    let value = context.optional_constant(node, 2)?.map_or(Some(node.float("value", 0.0)), |value| value.scalar());
    let mode = node.text("mode", "constant");
    let (&[0, 0, top, left, 0, 0, bottom, right], "constant", Some(value)) = (&pads[..], &mode[..], value) else {
        return refuse(format!("its pads are {pads:?}, its mode is {mode:?}"), FITS);
    };
    if context.optional_constant(node, 3)?.is_some() || [top, left, bottom, right].iter().any(|pad| !(0..MAX_PADDING).contains(pad)) {
        return refuse(format!("its pads are {pads:?}"), FITS);
    }
    let ([1, c, h, w], Source::Tensor(id)) = (&signal.shape[..], &signal.source) else {
        return refuse("its input is no quantised image", FITS);
    };
    let ([c, h, w], id) = ([*c, *h, *w], *id);
    if !is_image(&signal, [c, h, w]) || !signal.is_uniform() || !signal.pools.is_empty() {
        return refuse("its input is no quantised image", FITS);
    }
    let id = context.reshaped(id, &[1, h, w, c])?;
    let source = context.graph.tensors[id].clone();
    let shift = if source.unsigned { 128.0 } else { 0.0 };
    let real = |stored: i32| if signal.raw { stored as f32 + shift } else { signal.value(stored - source.zero_point, 0, Side::Exact) };
    let Some(stored) = levels(&source).find(|stored| real(*stored) == value) else {
        return refuse(format!("it pads with {value}, which the activation never is"), FITS);
    };
    let [top, left, bottom, right] = [top, left, bottom, right].map(|pad| pad as usize);
    let (h, w) = (h + top + bottom, w + left + right);
    let padding = Padding { top, left, bottom, right };
    let tensor = Tensor { name: node.outputs[0].clone(), shape: vec![1, h, w, c], ..source };
    signal.source = Source::Tensor(context.node(Op::Pad { padding, value: stored as i8 }, vec![id], tensor)?);
    (signal.stored, signal.shape, signal.layout) = (vec![1, h, w, c], vec![1, c, h, w], Layout::Image([c, h, w]));
    Ok(signal)
}

/// Concat over channels.
pub fn concat(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let parts = (0..node.inputs.len()).map(|position| context.signal(node, position)).collect::<Lowered<Vec<_>>>()?;
    concat_of(context, node, parts)
}

/// The concatenation of signals; there is at least one.
pub fn concat_of(context: &mut Context, node: &Node, parts: Vec<Signal>) -> Lowered<Signal> {
    const FITS: &str = "Concat of activations over their channels, without flattening in front";
    let Some(first) = parts.first().cloned() else {
        return refuse("it has no inputs", FITS);
    };
    let axis = node.int("axis", 0);
    let axis = usize::try_from(if axis < 0 { axis + first.shape.len() as i64 } else { axis }).unwrap_or(usize::MAX);
    let alike = |part: &Signal| {
        let (a, b) = (part.stored_now(), first.stored_now());
        let others = |shape: &[usize]| shape.iter().enumerate().map(|(d, size)| if d == axis { 0 } else { *size }).collect::<Vec<_>>();
        let order = matches!((part.layout, first.layout), (Layout::Same, Layout::Same) | (Layout::Image(_), Layout::Image(_)));
        a.len() == b.len()
            && a[..a.len() - 1] == b[..b.len() - 1]
            && others(&part.shape) == others(&first.shape)
            && order
            && part.channel_axis() == Some(axis)
            && part.raw == first.raw
    };
    if !parts.iter().all(alike) {
        return refuse(format!("its axis is {axis}"), FITS);
    }
    let channels: usize = parts.iter().map(Signal::channels).sum();
    let (mut stored, mut shape) = (first.stored_now().to_vec(), first.shape.clone());
    *stored.last_mut().unwrap_or(&mut 0) = channels;
    shape[axis] = channels;
    let layout = match first.layout {
        Layout::Image([_, h, w]) => Layout::Image([channels, h, w]),
        Layout::Same => Layout::Same,
    };
    let whole = Signal { stored, shape, layout, pools: Vec::new(), ..first.clone() };
    if let Some(ids) = one_meaning(context, &parts) {
        let tensor = Tensor { name: node.outputs[0].clone(), shape: whole.stored.clone(), ..context.graph.tensors[ids[0]].clone() };
        let source = Source::Tensor(context.node(Op::Concat, ids, tensor)?);
        return Ok(Signal { source, ..whole });
    }
    if first.raw || parts.iter().any(|part| matches!(part.source, Source::Input(_))) {
        return refuse("its inputs differ in scale or zero point", "inputs of one scale and zero point, or a quantiser behind Concat");
    }
    Ok(Signal { source: Source::Concat(Rc::new(parts)), chain: Vec::new(), ..whole })
}

/// The activations behind the parts, if all have the same meaning and functions.
fn one_meaning(context: &Context, parts: &[Signal]) -> Option<Vec<usize>> {
    let id = |part: &Signal| match part.source {
        Source::Tensor(id) if part.pools.is_empty() && part.is_uniform() => Some(id),
        _ => None,
    };
    let ids: Vec<usize> = parts.iter().map(id).collect::<Option<_>>()?;
    let meaning = |id: usize| {
        let tensor = &context.graph.tensors[id];
        (tensor.scale, tensor.zero_point, tensor.unsigned, tensor.levels)
    };
    let open = ids.iter().any(|id| context.open.contains(id));
    let same = ids.iter().all(|id| meaning(*id) == meaning(ids[0])) && parts.iter().all(|part| part.chain == parts[0].chain);
    (same && !open).then_some(ids)
}

/// Shape of a value as a constant.
pub fn shape_of(context: &mut Context, node: &Node) -> Lowered<Value> {
    let signal = context.signal(node, 0)?;
    if node.has("start") || node.has("end") {
        return refuse("it takes part of the shape", "Shape of all axes");
    }
    Ok(Value::Constant(Rc::new(Constant::whole(signal.shape.iter().map(|size| *size as i64).collect()))))
}

/// Flatten, Reshape, Squeeze and Unsqueeze: the elements keep their order.
pub fn reshape(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let argument = context.optional_constant(node, 1)?.map(|shape| shape.ints());
    let shape = new_shape(node, &signal.shape, argument)?;
    Ok(Signal { shape, ..signal })
}

/// The shape that Flatten, Reshape, Squeeze or Unsqueeze makes of `old`.
pub fn new_shape(node: &Node, old: &[usize], argument: Option<Vec<i64>>) -> Lowered<Vec<usize>> {
    let rank = old.len() as i64;
    let within = |axis: i64, rank: i64| usize::try_from(if axis < 0 { axis + rank } else { axis }).ok().filter(|axis| *axis <= rank as usize);
    let shape = match &node.op[..] {
        "Flatten" => within(node.int("axis", 1), rank).map(|axis| vec![old[..axis].iter().product(), old[axis..].iter().product()]),
        "Reshape" => reshaped(old, &argument.unwrap_or_else(|| node.ints("shape").unwrap_or_default().to_vec()), node.int("allowzero", 0) != 0),
        op => {
            let axes = argument.or(node.ints("axes").map(<[i64]>::to_vec));
            let added = axes.as_ref().map_or(0, |axes| axes.len() as i64);
            let target = if op == "Unsqueeze" { rank + added } else { rank };
            let axes: Option<Vec<usize>> = axes.map(|axes| axes.iter().filter_map(|axis| within(*axis, target)).collect());
            match (op, axes) {
                ("Unsqueeze", Some(axes)) if target <= 8 => {
                    let mut sizes = old.iter();
                    Some((0..target as usize).map(|axis| if axes.contains(&axis) { 1 } else { sizes.next().copied().unwrap_or(1) }).collect())
                }
                ("Squeeze", axes) => {
                    let drops = |axis: usize| axes.as_ref().is_none_or(|axes| axes.contains(&axis));
                    Some(old.iter().enumerate().filter(|(axis, size)| **size != 1 || !drops(*axis)).map(|(_, size)| *size).collect())
                }
                _ => None,
            }
        }
    };
    let same = |shape: &Vec<usize>| shape.len() <= 8 && shape.iter().product::<usize>() == old.iter().product::<usize>();
    match shape.filter(same) {
        Some(shape) => Ok(shape),
        None => refuse(format!("it cannot change shape {old:?}"), "constant shapes and axes with as many elements as there are"),
    }
}

fn reshaped(old: &[usize], wanted: &[i64], zero_is_size: bool) -> Option<Vec<usize>> {
    let total: usize = old.iter().product();
    let mut shape = Vec::new();
    let mut free = None;
    for (axis, size) in wanted.iter().enumerate() {
        shape.push(match *size {
            -1 if free.is_none() => {
                free = Some(axis);
                1
            }
            0 if !zero_is_size => *old.get(axis)?,
            size => usize::try_from(size).ok().filter(|size| *size <= total)?,
        });
    }
    if let Some(axis) = free {
        let known = shape.iter().try_fold(1usize, |product, size| product.checked_mul(*size)).filter(|known| *known > 0)?;
        shape[axis] = total / known;
    }
    shape.iter().try_fold(1usize, |product, size| product.checked_mul(*size)).filter(|product| *product == total)?;
    Some(shape)
}

/// Transpose between channels first and channels last, of parts of the channels (a shuffle), or one that moves only axes of size 1.
pub fn transpose(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let order = permutation(node, signal.shape.len())?;
    let shape: Vec<usize> = order.iter().map(|axis| signal.shape[*axis]).collect();
    let moved: Vec<usize> = order.iter().copied().filter(|axis| signal.shape[*axis] != 1).collect();
    if moved.is_sorted() {
        return Ok(Signal { shape, ..signal });
    }
    let layout = match (signal.layout, &signal.shape[..], &order[..]) {
        (Layout::Image(own), [1, c, h, w], [0, 2, 3, 1]) if own == [*c, *h, *w] => Layout::Same,
        (Layout::Same, [1, h, w, c], [0, 3, 1, 2]) => Layout::Image([*c, *h, *w]),
        _ => {
            let fits = "Transpose between [1, channels, height, width] and [1, height, width, channels], or of the parts into which Reshape has \
                divided the channels (a channel shuffle)";
            let refused = || refuse(format!("it reorders axes {:?} of {:?}", order, signal.shape), fits);
            return channels::shuffled(context, &signal, &order, &node.outputs[0]).unwrap_or_else(refused);
        }
    };
    Ok(Signal { shape, layout, ..signal })
}

/// The axes' new order.
pub fn permutation(node: &Node, rank: usize) -> Lowered<Vec<usize>> {
    let order: Vec<usize> = match node.ints("perm") {
        Some(perm) => perm.iter().filter_map(|axis| usize::try_from(*axis).ok()).collect(),
        None => (0..rank).rev().collect(),
    };
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted == (0..rank).collect::<Vec<_>>() { Ok(order) } else { refuse("its perm is no permutation of the axes", "Transpose with a valid perm") }
}
