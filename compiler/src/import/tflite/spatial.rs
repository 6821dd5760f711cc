//! Pools, MEAN, PAD and CONCATENATION.

use fretwork_sim::requantise::Scale;

use super::arithmetic::{WindowOptions, narrow_range, scale};
use super::lower::{Context, Lowered, Step, refuse};
use super::model::Operator;
use super::schema::{ConcatenationOptions, Pool2DOptions};
use crate::graph::{Op, Padding, Tensor};

const IMAGE: &str = "inputs of shape [1, height, width, channels]";

/// AVERAGE_POOL_2D and MAX_POOL_2D.
pub fn pool<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor, max: bool) -> Lowered<Step> {
    let (input, source) = context.source(operator, 0)?;
    let Some([height, width, _]) = source.image() else {
        return refuse(format!("an input of shape {:?}", source.shape), IMAGE);
    };
    let Some(options) = operator.options::<Pool2DOptions>() else {
        return refuse("its options are missing", "operators with the options of their own kind");
    };
    let window = WindowOptions {
        same: WindowOptions::same(options.padding())?,
        kernel: [options.filter_h(), options.filter_w()],
        stride: [options.stride_h(), options.stride_w()],
        dilation: [1, 1],
    };
    let window = window.window([height, width])?;
    let clamp = narrow_range(options.activation(), target)?;
    let op = if max { Op::MaxPool { window, clamp } } else { Op::AveragePool { window, clamp } };
    Ok(Step { op, inputs: vec![input] })
}

/// MEAN over height and width.
pub fn mean<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let fits = "MEAN over height and width (axes 1 and 2) of an activation of rank 4";
    let (input, source) = context.source(operator, 0)?;
    let Some([height, width, _]) = source.image() else {
        return refuse(format!("an input of shape {:?}", source.shape), fits);
    };
    let mut axes = context.words(context.input(operator, 1)?)?;
    axes.iter_mut().filter(|axis| **axis < 0).for_each(|axis| *axis = axis.saturating_add(4));
    axes.sort_unstable();
    if axes != [1, 2] {
        return refuse(format!("the axes are {axes:?}"), fits);
    }
    let whole = scale(f64::from(source.scale) / f64::from(target.scale))?;
    Ok(Step { op: Op::Mean { scale: divided(whole, height * width) }, inputs: vec![input] })
}

/// `scale / count`, as TFLite divides: as many bits are kept as the count has, the rest is cut off.
fn divided(scale: Scale, count: usize) -> Scale {
    let kept = (count.ilog2() as i32).min(32).min(31 + i32::from(scale.shift));
    let multiplier = (i64::from(scale.multiplier) << kept) / count as i64;
    Scale { multiplier: multiplier as i32, shift: scale.shift - kept as i8 }
}

/// PAD of rows and columns by the zero point.
pub fn pad<'a>(context: &mut Context<'a>, operator: &Operator<'a>) -> Lowered<Step> {
    let fits = "PAD of rows and columns of an activation of rank 4, with constant int32 paddings";
    let (input, source) = context.source(operator, 0)?;
    let amounts = context.words(context.input(operator, 1)?)?;
    let sizes: Option<Vec<usize>> = amounts.iter().map(|amount| usize::try_from(*amount).ok()).collect();
    match (source.image(), sizes.as_deref()) {
        (Some(_), Some(&[0, 0, top, bottom, left, right, 0, 0])) => {
            let op = Op::Pad { padding: Padding { top, left, bottom, right }, value: source.zero_point as i8 };
            Ok(Step { op, inputs: vec![input] })
        }
        _ => refuse(format!("paddings {amounts:?} of an input of shape {:?}", source.shape), fits),
    }
}

/// CONCATENATION over the last axis.
pub fn concatenation<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let fits = "CONCATENATION of activations over the last axis, all of the output's scale and zero point, without activation function";
    let Some(options) = operator.options::<ConcatenationOptions>() else {
        return refuse("its options are missing", "operators with the options of their own kind");
    };
    let last = target.shape.len() as i32 - 1;
    if options.axis() != last && options.axis() != -1 {
        return refuse(format!("the axis is {} of {:?}", options.axis(), target.shape), fits);
    }
    if options.activation() != 0 {
        return refuse("it has a fused activation function", fits);
    }
    let mut inputs = Vec::new();
    for position in 0..operator.inputs.len() {
        let (input, source) = context.source(operator, position)?;
        if (source.scale, source.zero_point) != (target.scale, target.zero_point) {
            return refuse(format!("{:?} and the output differ in scale or zero point", source.name), fits);
        }
        inputs.push(input);
    }
    if inputs.is_empty() { refuse("it has no inputs", fits) } else { Ok(Step { op: Op::Concat, inputs }) }
}
