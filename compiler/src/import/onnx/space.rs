//! Readers of the operators that make larger images: nearest-neighbour upsampling and DepthToSpace (sub-pixel convolution).

use std::rc::Rc;

use super::channels;
use super::lower::{Context, Lowered, refuse};
use super::model::Node;
use super::quantiser::Quantiser;
use super::shapes::is_image;
use super::signal::{Layout, Signal, Source};
use crate::graph::{Axis, Op, Tensor, TensorId};

/// Largest factor.
const MAX_FACTOR: f64 = 64.0;

/// An image that is stored, and its sizes `[c, h, w]`.
fn stored_image(context: &mut Context, signal: &Signal) -> Lowered<(TensorId, [usize; 3])> {
    let fits = "quantised images (a quantiser in front)";
    match (&signal.source, &signal.shape[..]) {
        (Source::Tensor(id), &[1, c, h, w]) if signal.pools.is_empty() && is_image(signal, [c, h, w]) => {
            Ok((context.reshaped(*id, &[1, h, w, c])?, [c, h, w]))
        }
        _ => refuse("its input is no quantised image", fits),
    }
}

/// The signal of a stored image with the functions of another one.
fn image_of(id: TensorId, [c, h, w]: [usize; 3], signal: &Signal) -> Signal {
    let (stored, shape, layout) = (vec![1, h, w, c], vec![1, c, h, w], Layout::Image([c, h, w]));
    Signal { source: Source::Tensor(id), stored, shape, layout, pools: Vec::new(), ..signal.clone() }
}

/// Rows or columns of activations in turn.
fn interleaved(context: &mut Context, ids: Vec<TensorId>, axis: Axis, name: &str) -> Lowered<TensorId> {
    let source = context.graph.tensors[ids[0]].clone();
    let mut shape = source.shape.clone();
    shape[if axis == Axis::Rows { 1 } else { 2 }] *= ids.len();
    context.node(Op::Interleave { axis }, ids, Tensor { name: name.to_owned(), shape, ..source })
}

/// Resize and Upsample by whole factors, to the nearest neighbour.
pub fn resize(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let (id, [c, h, w]) = stored_image(context, &signal)?;
    let [rows, columns] = factors(context, node, &signal.shape)?;
    let name = &node.outputs[0];
    let wide = if columns > 1 { interleaved(context, vec![id; columns], Axis::Columns, &format!("{name}/columns"))? } else { id };
    let tall = if rows > 1 { interleaved(context, vec![wide; rows], Axis::Rows, name)? } else { wide };
    Ok(image_of(tall, [c, h * rows, w * columns], &signal))
}

/// Factors of rows and columns.
fn factors(context: &mut Context, node: &Node, shape: &[usize]) -> Lowered<[usize; 2]> {
    const FITS: &str = "mode nearest with whole factors of rows and columns, floor of asymmetric coordinates or rounding of half_pixel ones";
    let modern = context.model.versions.get("").copied().unwrap_or(1) >= 11 && node.op == "Resize";
    let floors = !modern || node.text("coordinate_transformation_mode", "half_pixel") == "asymmetric" && node.text("nearest_mode", "") == "floor";
    let rounds = modern
        && matches!(&node.text("coordinate_transformation_mode", "half_pixel")[..], "half_pixel" | "pytorch_half_pixel" | "half_pixel_symmetric")
        && node.text("nearest_mode", "round_prefer_floor").starts_with("round");
    let mode = node.text("mode", "nearest");
    if mode != "nearest" || !(floors || rounds) || node.has("axes") {
        return refuse(format!("its mode is {mode:?}, or it takes other neighbours"), FITS);
    }
    let scales = context.optional_constant(node, if modern { 2 } else { 1 })?.map(|scales| scales.values.clone()).unwrap_or_default();
    let sizes = context.optional_constant(node, 3)?.map(|sizes| sizes.ints()).unwrap_or_default();
    let scales = match (&scales[..], &sizes[..]) {
        ([], sizes) if sizes.len() == 4 => sizes.iter().zip(shape).map(|(size, old)| *size as f64 / *old as f64).collect(),
        _ => scales,
    };
    match scales[..] {
        [1.0, 1.0, rows, columns] if [rows, columns].iter().all(|factor| factor.fract() == 0.0 && (1.0..=MAX_FACTOR).contains(factor)) => {
            Ok([rows as usize, columns as usize])
        }
        _ => refuse(format!("its scales are {scales:?}"), FITS),
    }
}

/// DepthToSpace in both modes.
pub fn depth_to_space(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let (block, mode) = (node.int("blocksize", 0), node.text("mode", "DCR"));
    let (&[1, depth, h, w], 2..=16) = (&signal.shape[..], block) else {
        return refuse(format!("its blocksize is {block}"), "images and blocks of 2 to 16 pixels");
    };
    let block = block as usize;
    let (area, count) = (block * block, depth / (block * block));
    if depth != area * count || count == 0 || !signal.pools.is_empty() || !is_image(&signal, [depth, h, w]) {
        return refuse(format!("it makes blocks of {block} by {block} pixels of {depth} channels"), "a multiple of the block's pixels as channels");
    }
    let (stored, layout) = (vec![1, h, w, depth], Layout::Image([depth, h, w]));
    let source = match signal.source {
        Source::Tensor(id) => Source::Tensor(context.reshaped(id, &stored)?),
        other if signal.stored == stored => other,
        _ => return refuse("its input is no image", "DepthToSpace behind a convolution, a pool or a quantiser"),
    };
    let signal = Signal { source, stored, layout, ..signal };
    let from = |pixel: usize, channel: usize| if mode == "CRD" { channel * area + pixel } else { pixel * count + channel };
    let parts: Vec<Signal> = (0..area)
        .map(|pixel| {
            let own: Vec<usize> = (0..count).map(|channel| from(pixel, channel)).collect();
            let part = Signal { shape: vec![1, count, h, w], ..signal.clone() };
            channels::chosen(context, &part, &own, &format!("{}/pixel {pixel}", node.outputs[0]))
        })
        .collect::<Lowered<_>>()?;
    let whole = [count, h * block, w * block];
    if let Some(ids) = parts.iter().map(|part| if let Source::Tensor(id) = part.source { Some(id) } else { None }).collect::<Option<Vec<_>>>() {
        let id = joined(context, &ids, block, &node.outputs[0])?;
        return Ok(image_of(id, whole, &parts[0]));
    }
    let [c, h, w] = whole;
    let (stored, shape, layout) = (vec![1, h, w, c], vec![1, c, h, w], Layout::Image(whole));
    Ok(Signal { source: Source::Space(Rc::new(parts)), stored, shape, layout, chain: Vec::new(), ..signal })
}

/// The image of the pixels of every block.
fn joined(context: &mut Context, pixels: &[TensorId], block: usize, name: &str) -> Lowered<TensorId> {
    let row = |(index, row): (usize, &[TensorId])| interleaved(context, row.to_vec(), Axis::Columns, &format!("{name}/row {index}"));
    let rows = pixels.chunks(block).enumerate().map(row).collect::<Lowered<Vec<_>>>()?;
    interleaved(context, rows, Axis::Rows, name)
}

/// Every pixel of a block quantised by itself, then put in its place.
pub fn quantise(context: &mut Context, parts: &[Signal], whole: &Signal, quantiser: &Quantiser, name: &str) -> Lowered<TensorId> {
    let mut ids = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let mut part = part.clone();
        part.chain.extend(whole.chain.iter().cloned());
        match context.quantise(&part, quantiser, &format!("{name}/pixel {index}"))?.source {
            Source::Tensor(id) => ids.push(id),
            _ => return refuse("a part is no activation", "activations"),
        }
    }
    let block = ids.len().isqrt();
    joined(context, &ids, block, name)
}
