//! SPLIT, SPLIT_V, SLICE, STRIDED_SLICE, GATHER and TRANSPOSE: channels that are taken, or put in another order.
//!
//! Channels are the last axis, of activations with five axes the last two: what a channel shuffle has between its two reshapes.

use std::ops::Range;

use super::lower::{Context, Lowered, Step, refuse};
use super::model::Operator;
use super::names::Code;
use super::schema::{GatherOptions, StridedSliceOptions};
use super::tensors::MOST_AXES;
use crate::graph::Op;
use crate::import::channels::Channels;

const FITS: &str = "some of the channels (the last axis; of five the last two), rows and columns as a whole";

/// The indices of an axis that are taken.
type Taken = (usize, Vec<usize>);

/// The axes of a shape along which its channels lie.
fn channel_axes(shape: &[usize]) -> Range<usize> {
    let last = if shape.len() == MOST_AXES { 2 } else { 1 };
    shape.len() - last..shape.len()
}

/// What output number `part` takes of the input.
pub fn select<'a>(context: &mut Context<'a>, operator: &Operator<'a>, code: Code, part: usize) -> Lowered<Step> {
    let (input, shape) = context.divided_source(operator, usize::from(code == Code::Split))?;
    // Lists of the indices of every axis, and of the channels.
    context.claim(shape.iter().sum::<usize>().saturating_mul(2 * size_of::<usize>()))?;
    let taken = match code {
        Code::Split => vec![split(context, operator, &shape, part)?],
        Code::SplitV => vec![split_by_sizes(context, operator, &shape, part)?],
        Code::Gather => vec![gather(context, operator, &shape)?],
        Code::Slice => slice(context, operator, &shape)?,
        _ => strided_slice(context, operator, &shape)?,
    };
    let axes = channel_axes(&shape);
    let mut channels = Channels::along(&shape[axes.clone()]);
    for (axis, indices) in taken {
        match axis.checked_sub(axes.start) {
            _ if indices.is_empty() => return refuse(format!("it takes nothing of axis {axis} of {shape:?}"), FITS),
            Some(own) => channels = channels.taken(own, &indices),
            None if indices.iter().copied().eq(0..shape[axis]) => {}
            None => return refuse(format!("it takes {} of {} indices of axis {axis}", indices.len(), shape[axis]), FITS),
        }
    }
    Ok(Step { op: Op::Select { channels: channels.numbers() }, inputs: vec![input] })
}

/// TRANSPOSE of the parts into which RESHAPE has divided the channels, or of axes of size 1.
pub fn transpose<'a>(context: &mut Context<'a>, operator: &Operator<'a>) -> Lowered<Step> {
    let (input, shape) = context.divided_source(operator, 0)?;
    let words = context.words(context.input(operator, 1)?)?;
    let order: Vec<usize> = words.iter().filter_map(|axis| usize::try_from(*axis).ok()).collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..shape.len()) || order.len() != words.len() {
        return refuse(format!("its permutation is {words:?} of {} axes", shape.len()), "permutations of the axes");
    }
    let moved: Vec<usize> = order.iter().copied().filter(|axis| shape[*axis] != 1).collect();
    if moved.is_sorted() {
        return Ok(Step { op: Op::Reshape, inputs: vec![input] });
    }
    context.claim(shape[channel_axes(&shape)].iter().product::<usize>().saturating_mul(2 * size_of::<usize>()))?;
    match Channels::shuffled(&shape, &channel_axes(&shape), &order) {
        Some(channels) => Ok(Step { op: Op::Select { channels: channels.numbers() }, inputs: vec![input] }),
        None => {
            let fits = "TRANSPOSE of the last two of five axes, between RESHAPE and RESHAPE (a channel shuffle), or of axes of size 1";
            refuse(format!("it reorders the axes of {shape:?} to {words:?}"), fits)
        }
    }
}

/// An axis, which may be counted from the end.
fn axis(given: i32, shape: &[usize]) -> Lowered<usize> {
    let axis = if given < 0 { i64::from(given) + shape.len() as i64 } else { i64::from(given) };
    match usize::try_from(axis).ok().filter(|axis| *axis < shape.len()) {
        Some(axis) => Ok(axis),
        None => refuse(format!("its axis is {given} of {}", shape.len()), "axes that there are"),
    }
}

/// The axis that a constant input names.
fn named_axis<'a>(context: &mut Context<'a>, operator: &Operator<'a>, position: usize, shape: &[usize]) -> Lowered<usize> {
    match context.words(context.input(operator, position)?)?[..] {
        [given] => axis(given, shape),
        ref other => refuse(format!("its axis is {other:?}"), "one constant axis"),
    }
}

fn split<'a>(context: &mut Context<'a>, operator: &Operator<'a>, shape: &[usize], part: usize) -> Lowered<Taken> {
    let axis = named_axis(context, operator, 0, shape)?;
    let (size, parts) = (shape[axis], operator.outputs.len());
    if !size.is_multiple_of(parts) {
        return refuse(format!("it divides {size} into {parts} parts"), "parts of one size");
    }
    Ok((axis, (size / parts * part..size / parts * (part + 1)).collect()))
}

/// SPLIT_V; one size may be -1 and is then what the others leave.
fn split_by_sizes<'a>(context: &mut Context<'a>, operator: &Operator<'a>, shape: &[usize], part: usize) -> Lowered<Taken> {
    let axis = named_axis(context, operator, 2, shape)?;
    let given = context.words(context.input(operator, 1)?)?;
    let (size, known) = (shape[axis] as i64, given.iter().filter(|size| **size != -1).map(|size| i64::from(*size)).sum::<i64>());
    let sizes: Vec<i64> = given.iter().map(|own| if *own == -1 { size - known } else { i64::from(*own) }).collect();
    if sizes.len() != operator.outputs.len() || sizes.iter().any(|own| *own < 0) || sizes.iter().sum::<i64>() != size {
        return refuse(
            format!("it divides {size} into parts of {given:?} for {} outputs", operator.outputs.len()),
            "sizes that together are the whole",
        );
    }
    let first = sizes[..part].iter().sum::<i64>() as usize;
    Ok((axis, (first..first + sizes[part] as usize).collect()))
}

fn gather<'a>(context: &mut Context<'a>, operator: &Operator<'a>, shape: &[usize]) -> Lowered<Taken> {
    let (given, batches) = operator.options::<GatherOptions>().map_or((0, 0), |options| (options.axis(), options.batch_dims()));
    let axis = axis(given, shape)?;
    let list = context.input(operator, 1)?;
    let indices = context.words(list)?;
    let within: Option<Vec<usize>> = indices.iter().map(|index| usize::try_from(*index).ok().filter(|index| *index < shape[axis])).collect();
    match within.filter(|_| batches == 0 && context.model.tensors[list].shape.len() == 1) {
        Some(indices) => Ok((axis, indices)),
        None => refuse(format!("it gathers {indices:?} of {} along axis {axis}", shape[axis]), "a list of indices within the axis, batch_dims 0"),
    }
}

fn slice<'a>(context: &mut Context<'a>, operator: &Operator<'a>, shape: &[usize]) -> Lowered<Vec<Taken>> {
    let [begin, sizes] = [1, 2].map(|position| context.input(operator, position).and_then(|index| context.whole(index)));
    let (begin, sizes) = (begin?, sizes?);
    let range = |(axis, size): (usize, &usize)| {
        let first = usize::try_from(*begin.get(axis)?).ok()?;
        let last = if *sizes.get(axis)? == -1 { *size } else { first.checked_add(usize::try_from(sizes[axis]).ok()?)? };
        (last <= *size).then(|| (axis, (first..last).collect()))
    };
    match shape.iter().enumerate().map(range).collect() {
        Some(taken) if [begin.len(), sizes.len()] == [shape.len(); 2] => Ok(taken),
        _ => refuse(format!("it takes {sizes:?} from {begin:?} on of {shape:?}"), "a part of the input"),
    }
}

fn strided_slice<'a>(context: &mut Context<'a>, operator: &Operator<'a>, shape: &[usize]) -> Lowered<Vec<Taken>> {
    let Some(options) = operator.options::<StridedSliceOptions>() else {
        return refuse("its options are missing", "operators with the options of their own kind");
    };
    if options.ellipsis_mask() != 0 || options.new_axis_mask() != 0 || options.shrink_axis_mask() != 0 || options.offset() {
        return refuse("it adds or drops axes, or counts its ends from the begins", "masks of begin and end only");
    }
    let [begin, end, strides] = [1, 2, 3].map(|position| context.input(operator, position).and_then(|index| context.words(index)));
    let (begin, end, strides) = (begin?, end?, strides?);
    if [begin.len(), end.len(), strides.len()] != [shape.len(); 3] || strides.contains(&0) {
        return refuse(format!("its begins are {begin:?}, ends {end:?}, strides {strides:?}"), "one of each for every axis, strides other than 0");
    }
    let taken = |(axis, size): (usize, &usize)| {
        let (size, stride) = (*size as i64, i64::from(strides[axis]));
        let [low, high] = if stride > 0 { [0, size] } else { [-1, size - 1] };
        let place = |given: i32| (if given < 0 { i64::from(given) + size } else { i64::from(given) }).clamp(low, high);
        let masked = |mask: i32| mask >> axis & 1 == 1;
        let (whole, ends) = if stride > 0 { (low, high) } else { (high, low) };
        let first = if masked(options.begin_mask()) { whole } else { place(begin[axis]) };
        let last = if masked(options.end_mask()) { ends } else { place(end[axis]) };
        let goes_on = |at: &i64| if stride > 0 { *at < last } else { *at > last };
        (axis, std::iter::successors(Some(first), |at| Some(at + stride)).take_while(goes_on).map(|at| at as usize).collect())
    };
    Ok(shape.iter().enumerate().map(taken).collect())
}
