//! CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED.

use super::arithmetic::{Factors, WindowOptions, activation_range, channel_scales, weight_scales};
use super::lower::{Context, Lowered, Step, refuse};
use super::model::Operator;
use super::names;
use super::schema::{Conv2DOptions, DepthwiseConv2DOptions, FullyConnectedOptions};
use crate::graph::{self, Op, Output, Tensor};

/// CONV_2D.
pub fn conv<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let (input, source) = context.source(operator, 0)?;
    let [height, width, channels] = image(&source)?;
    let (weights, shape) = context.bytes(context.input(operator, 1)?)?;
    let [filters, kernel_height, kernel_width, depth] = shape[..] else {
        return refuse(format!("weights of shape {shape:?}"), "weights of shape [out, height, width, in]");
    };
    if depth != channels {
        let reason = format!("the weights read {depth} channels, the input has {channels}");
        return refuse(reason, "convolutions over all input channels, DEPTHWISE_CONV_2D for one");
    }
    let Some(options) = operator.options::<Conv2DOptions>() else {
        return missing_options();
    };
    let window = WindowOptions {
        same: WindowOptions::same(options.padding())?,
        kernel: [small(kernel_height), small(kernel_width)],
        stride: [options.stride_h(), options.stride_w()],
        dilation: [options.dilation_h(), options.dilation_w()],
    };
    let window = window.window([height, width])?;
    let factors = factors(context, operator, &source, target, 0, filters)?;
    let output = output(context, operator, target, factors, filters, options.activation())?;
    Ok(Step { op: Op::Conv { window, groups: 1, weights, output }, inputs: vec![input] })
}

/// DEPTHWISE_CONV_2D. With a depth multiplier above 1 it becomes a dense convolution, most of whose weights are zero.
pub fn depthwise<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let (input, source) = context.source(operator, 0)?;
    let [height, width, channels] = image(&source)?;
    let (weights, shape) = context.bytes(context.input(operator, 1)?)?;
    let Some(options) = operator.options::<DepthwiseConv2DOptions>() else {
        return missing_options();
    };
    let [1, kernel_height, kernel_width, filters] = shape[..] else {
        return refuse(format!("weights of shape {shape:?}"), "weights of shape [1, height, width, channels]");
    };
    let multiplier = usize::try_from(options.depth_multiplier()).unwrap_or(0);
    if multiplier == 0 || channels.checked_mul(multiplier) != Some(filters) {
        let reason = format!("{channels} input channels, depth multiplier {} and {filters} filters", options.depth_multiplier());
        return refuse(reason, "as many filters as input channels times the depth multiplier");
    }
    let window = WindowOptions {
        same: WindowOptions::same(options.padding())?,
        kernel: [small(kernel_height), small(kernel_width)],
        stride: [options.stride_h(), options.stride_w()],
        dilation: [options.dilation_h(), options.dilation_w()],
    };
    let window = window.window([height, width])?;
    let factors = factors(context, operator, &source, target, 3, filters)?;
    let output = output(context, operator, target, factors, filters, options.activation())?;
    let op = if multiplier == 1 {
        Op::Depthwise { window, weights, output }
    } else {
        let weights = dense(context, &weights, channels, multiplier)?;
        Op::Conv { window, groups: 1, weights, output }
    };
    Ok(Step { op, inputs: vec![input] })
}

/// `[tap][channel * multiplier + j]` as `[out][tap][in]`, zero where the filter is another channel's.
fn dense(context: &mut Context, weights: &[i8], channels: usize, multiplier: usize) -> Lowered<Vec<i8>> {
    let size = weights.len().saturating_mul(channels);
    context.claim(size)?;
    let filters = channels * multiplier;
    let taps = weights.len() / filters;
    let mut dense = vec![0; size];
    for (index, weight) in weights.iter().enumerate() {
        let (tap, filter) = (index / filters, index % filters);
        dense[(filter * taps + tap) * channels + filter / multiplier] = *weight;
    }
    Ok(dense)
}

/// FULLY_CONNECTED over the whole input.
pub fn fully_connected<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let (input, source) = context.source(operator, 0)?;
    let (weights, shape) = context.bytes(context.input(operator, 1)?)?;
    let [filters, depth] = shape[..] else {
        return refuse(format!("weights of shape {shape:?}"), "weights of shape [out, in]");
    };
    if depth != source.len() {
        let reason = format!("rows of {depth} weights, an input of {} values", source.len());
        return refuse(reason, "one row of the input; CONV_2D with a 1x1 window for every pixel of an image");
    }
    let Some(options) = operator.options::<FullyConnectedOptions>() else {
        return missing_options();
    };
    if options.weights_format() != 0 {
        return refuse(format!("weights format number {}", options.weights_format()), "plain weights");
    }
    let factors = factors(context, operator, &source, target, 0, filters)?;
    let output = output(context, operator, target, factors, filters, options.activation())?;
    Ok(Step { op: Op::FullyConnected { weights, output }, inputs: vec![input] })
}

fn image(source: &Tensor) -> Lowered<[usize; 3]> {
    match source.image() {
        Some(image) => Ok(image),
        None => refuse(format!("an input of shape {:?}", source.shape), "inputs of shape [1, height, width, channels]"),
    }
}

fn missing_options() -> Lowered<Step> {
    refuse("its options are missing", "operators with the options of their own kind")
}

/// Sizes above i32 are out of range anyway.
fn small(size: usize) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}

/// Multipliers for the weights' scales along `axis`.
fn factors<'a>(
    context: &mut Context<'a>,
    operator: &Operator<'a>,
    source: &Tensor,
    target: &Tensor,
    axis: usize,
    filters: usize,
) -> Lowered<Factors> {
    let weights = &context.model.tensors[context.input(operator, 1)?];
    context.claim(weights.scales.len() * 8)?;
    // The type of the biases is that of the sums; without biases it goes by the activations.
    let short = matches!(operator.inputs.get(2), Some(Some(bias)) if context.model.tensors[*bias].kind == names::INT32);
    channel_scales(source, weight_scales(weights, axis, filters)?, target, target.wide && !short)
}

fn output<'a>(
    context: &mut Context<'a>,
    operator: &Operator<'a>,
    target: &graph::Tensor,
    factors: Factors,
    filters: usize,
    activation: i8,
) -> Lowered<Output> {
    let bias = match operator.inputs.get(2) {
        Some(Some(index)) => context.biases(*index, target.wide)?,
        Some(None) | None => Vec::new(),
    };
    if !bias.is_empty() && bias.len() != filters {
        return refuse(format!("{} biases for {filters} output channels", bias.len()), "one bias per output channel");
    }
    let clamp = activation_range(activation, target)?;
    let Factors { scales, rounding } = factors;
    Ok(Output { bias, scales, rounding, clamp, thresholds: Vec::new() })
}
