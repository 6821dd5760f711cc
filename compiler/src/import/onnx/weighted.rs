//! Readers of the operators that sum over inputs: convolutions, matrix products, and averages (sums with weights 1).

use std::rc::Rc;

use super::constant::Constant;
use super::link::{Function, Link};
use super::lower::{Context, Lowered, refuse};
use super::model::Node;
use super::signal::{Layout, Signal, Source, Sums, SumsKind};
use super::{displacement, window};
use crate::graph::{Padding, TensorId, Window};

/// Integer weights and the scale of each output channel.
pub struct Weights {
    pub integers: Vec<i8>,
    pub scales: Vec<f32>,
    pub linear: bool,
}

/// The integers of constant weights whose first axis is the output channel.
pub fn weights(constant: &Constant) -> Lowered<Weights> {
    let channels = constant.shape.first().copied().unwrap_or(1);
    let fits = "weights of up to 8 bits (Quant, BipolarQuant, DequantizeLinear, or whole numbers) with one scale, or one per output channel, \
        and zero point 0";
    let (integers, scales, linear) = match &constant.steps {
        Some(steps) => (steps.integers.clone(), steps.scales.clone(), steps.linear),
        None if constant.values.iter().all(|value| value.fract() == 0.0 && value.abs() <= 128.0) => {
            (constant.values.iter().map(|value| *value as i32).collect(), vec![1.0; constant.values.len()], false)
        }
        None => {
            let fits = "weights behind Quant, BipolarQuant or DequantizeLinear (of a float model `fretwork quantise` makes integers)";
            return refuse("its weights are real numbers that nothing quantises", fits);
        }
    };
    let Ok(integers) = integers.iter().map(|weight| i8::try_from(*weight)).collect::<Result<Vec<i8>, _>>() else {
        return refuse("its weights do not fit 8 bits when their zero point is taken off", fits);
    };
    let row = integers.len() / channels.max(1);
    if row == 0 {
        return refuse("its weights are empty", fits);
    }
    let one_each = scales.chunks(row).all(|own| own.iter().all(|scale| *scale == own[0]));
    let own: Vec<f32> = scales.chunks(row).map(|own| own[0]).collect();
    if !one_each || own.iter().any(|scale| !scale.is_normal()) {
        return refuse("its weights have more scales than output channels, or one that is 0 or no number", fits);
    }
    Ok(Weights { integers, scales: own, linear })
}

/// One value where all are alike.
fn compact(values: Vec<f32>) -> Vec<f32> {
    if values.iter().all(|value| *value == values[0]) { values[..1].to_vec() } else { values }
}

/// What the accumulators of all channels can be; `row` lists a channel's weights.
fn reach<W: Iterator<Item = i8>>(
    context: &Context,
    input: TensorId,
    channels: usize,
    bias: &[i32],
    row: impl Fn(usize) -> W,
) -> Lowered<Vec<[i32; 2]>> {
    let tensor = &context.graph.tensors[input];
    let ends = tensor.range().map(|end| i64::from(i32::from(end) - tensor.zero_point));
    let mut reach = Vec::with_capacity(channels);
    for channel in 0..channels {
        let own = bias.get(channel).map_or(0, |bias| i64::from(*bias));
        // Padding adds nothing, so that 0 is always possible.
        let term = |weight: i8| ends.map(|end| end * i64::from(weight));
        let bound = row(channel).map(term).fold([own; 2], |[low, high], [a, b]| [low + a.min(b).min(0), high + a.max(b).max(0)]);
        let limit = i64::from(i32::MAX) / 2;
        if bound.iter().any(|end| end.abs() > limit) {
            let reason = format!("the sums of channel {channel} can reach {:?}", bound);
            return refuse(reason, "sums that fit 31 bits whatever the input: fewer inputs, smaller weights or biases");
        }
        reach.push(bound.map(|end| end as i32));
    }
    Ok(reach)
}

/// A convolution's sums: `integers` are `[out][in / groups][kh][kw]`.
pub fn convolve(
    context: &mut Context,
    input: TensorId,
    window: Window,
    integers: &[i8],
    shape: [usize; 4],
    groups: usize,
    bias: Vec<i32>,
) -> Lowered<Sums> {
    let [out, own, kh, kw] = shape;
    let channels = context.graph.tensors[input].channels();
    if groups == 0 || !out.is_multiple_of(groups) || Some(channels) != own.checked_mul(groups) || (!bias.is_empty() && bias.len() != out) {
        let reason = format!("its weights {shape:?} in {groups} groups with {} biases do not fit {channels} channels", bias.len());
        return refuse(reason, "weights and biases for every channel");
    }
    let weight = |o: usize, i: usize, y: usize, x: usize| integers[((o * own + i) * kh + y) * kw + x];
    if groups > 1 && own == 1 && out == channels {
        let reach = reach(context, input, out, &bias, |channel| integers[channel * kh * kw..][..kh * kw].iter().copied())?;
        let taps = (0..kh * kw * out).map(|flat| weight(flat % out, 0, flat / out / kw, flat / out % kw));
        return Ok(Sums { kind: SumsKind::Depthwise(window), input, weights: taps.collect(), bias, reach });
    }
    context.hold(integers.len())?;
    let taps = || (0..kh).flat_map(|y| (0..kw).map(move |x| (y, x)));
    let weights: Vec<i8> = (0..out).flat_map(|o| taps().flat_map(move |(y, x)| (0..own).map(move |i| weight(o, i, y, x)))).collect();
    let row = kh * kw * own;
    let reach = reach(context, input, out, &bias, |channel| weights[channel * row..][..row].iter().copied())?;
    let kind = if groups == 1 { SumsKind::Conv(window) } else { SumsKind::Grouped(window, groups) };
    Ok(Sums { kind, input, weights, bias, reach })
}

/// Size of the image that a signal is.
pub fn size(signal: &Signal) -> Lowered<[usize; 2]> {
    match signal.shape[..] {
        [1, _, h, w] => Ok([h, w]),
        _ => refuse("its input is no image", "two-dimensional images of shape [1, channels, height, width]"),
    }
}

/// The signal of a convolution's sums.
pub fn image_of(sums: Sums, channels: usize, window: &Window, size: [usize; 2], chain: Vec<Link>) -> Lowered<Signal> {
    let Some([h, w]) = window.output(size) else {
        return refuse("its window does not fit", "windows that fit into the padded image");
    };
    let (stored, shape, layout) = (vec![1, h, w, channels], vec![1, channels, h, w], Layout::Image([channels, h, w]));
    Ok(Signal { source: Source::Sums(Rc::new(sums)), stored, shape, layout, chain, pools: Vec::new(), raw: false })
}

/// Shape of the weights of a convolution.
pub fn filter_shape(constant: &Constant) -> Lowered<[usize; 4]> {
    match constant.shape[..] {
        [out, own, kh, kw] if !constant.values.is_empty() => Ok([out, own, kh, kw]),
        _ => refuse(format!("its weights have shape {:?}", constant.shape), "two-dimensional convolutions"),
    }
}

/// Conv.
pub fn conv(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let (constant, bias) = (context.constant(node, 1)?, context.optional_constant(node, 2)?);
    let shape = filter_shape(&constant)?;
    let size = size(&signal)?;
    let window = window::read(node, size, Some([shape[2], shape[3]]))?;
    if let Some(displaced) = displacement::read(context, node, &signal, &constant, bias.as_deref())? {
        return Ok(displaced);
    }
    let (input, scale) = context.image(&signal)?;
    let weights = weights(&constant)?;
    let products = compact(weights.scales.iter().map(|own| scale * own).collect());
    let (bias, links) = biases(bias.as_deref(), &products, weights.linear, shape[0])?;
    let groups = usize::try_from(node.int("group", 1)).unwrap_or(0);
    let sums = convolve(context, input, window, &weights.integers, shape, groups, bias)?;
    let chain = [Link::with(Function::Mul, products)].into_iter().chain(links).collect();
    image_of(sums, shape[0], &window, size, chain)
}

/// A bias as integers (of DequantizeLinear) or as a float function.
fn biases(bias: Option<&Constant>, products: &[f32], linear: bool, channels: usize) -> Lowered<(Vec<i32>, Option<Link>)> {
    let Some(bias) = bias else {
        return Ok((Vec::new(), None));
    };
    let fits = "one bias per output channel, int32 with the product of the scales behind DequantizeLinear, or real with weights of Quant";
    if bias.values.len() != channels || bias.values.iter().any(|value| !value.is_finite()) {
        return refuse(format!("its bias has shape {:?}", bias.shape), fits);
    }
    if !linear {
        return Ok((Vec::new(), Some(Link::with(Function::Add, compact(bias.floats())))));
    }
    let own = |channel: usize| products[if products.len() == 1 { 0 } else { channel }];
    match &bias.steps {
        Some(steps) if (0..channels).all(|c| (steps.scales[c] - own(c)).abs() <= own(c).abs() * 1e-5) => Ok((steps.integers.clone(), None)),
        _ => refuse("its bias is not quantised with the product of the scales of input and weights", fits),
    }
}

/// MatMul with constant weights `[in, out]`.
pub fn matmul(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let constant = context.constant(node, 1)?;
    let rows = rows(&constant, false)?;
    product(context, &signal, &rows, None)
}

/// Gemm with constant weights and bias.
pub fn gemm(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let (constant, bias) = (context.constant(node, 1)?, context.optional_constant(node, 2)?);
    let (alpha, beta) = (node.float("alpha", 1.0), node.float("beta", 1.0));
    if node.int("transA", 0) != 0 || (alpha, beta) != (1.0, 1.0) {
        return refuse(format!("it has alpha {alpha}, beta {beta}, transA {}", node.int("transA", 0)), "alpha 1, beta 1 and transA 0");
    }
    let rows = rows(&constant, node.int("transB", 0) != 0)?;
    product(context, &signal, &rows, bias.as_deref())
}

/// Weights `[out, in]` of a matrix product.
pub fn rows(constant: &Constant, transposed: bool) -> Lowered<Constant> {
    let lead = constant.shape.len().saturating_sub(2);
    if constant.shape.len() < 2 || constant.shape[..lead].iter().any(|size| *size != 1) {
        return refuse(format!("its weights have shape {:?}", constant.shape), "weights of shape [inputs, outputs]");
    }
    let flat = constant.reshaped(constant.shape[lead..].to_vec());
    Ok(if transposed { flat } else { flat.permuted(&[1, 0]) })
}

/// The integers of `[out, in]` weights in the order in which the input is stored.
pub fn in_stored_order(signal: &Signal, integers: Vec<i8>, outputs: usize, inputs: usize) -> Lowered<Vec<i8>> {
    let lead = signal.shape.len().saturating_sub(1);
    let elements: usize = signal.shape.iter().product();
    if signal.shape.last() != Some(&inputs) || elements != inputs || signal.shape[..lead].iter().any(|size| *size != 1) {
        let reason = format!("its weights read {inputs} values, its input is {:?}", signal.shape);
        return refuse(reason, "one row of inputs (batch 1); Conv with a 1x1 window for every pixel of an image");
    }
    match signal.layout {
        Layout::Image([c, h, w]) if c > 1 && h * w > 1 => {
            let from = |flat: usize| flat / inputs * inputs + flat % inputs % c * h * w + flat % inputs / c;
            Ok((0..outputs * inputs).map(|flat| integers[from(flat)]).collect())
        }
        Layout::Image(_) | Layout::Same => Ok(integers),
    }
}

/// A matrix product's sums.
pub fn dense(context: &mut Context, signal: &Signal, input: TensorId, integers: Vec<i8>, shape: &[usize], bias: Vec<i32>) -> Lowered<Sums> {
    let [outputs, inputs] = [shape[0], shape[1]];
    let weights = in_stored_order(signal, integers, outputs, inputs)?;
    let reach = reach(context, input, outputs, &bias, |channel| weights[channel * inputs..][..inputs].iter().copied())?;
    Ok(Sums { kind: SumsKind::FullyConnected, input, weights, bias, reach })
}

/// The signal of a matrix product's sums.
pub fn row_of(sums: Sums, input: &Signal, outputs: usize, chain: Vec<Link>) -> Signal {
    let mut shape = input.shape.clone();
    shape.pop();
    shape.push(outputs);
    Signal { source: Source::Sums(Rc::new(sums)), stored: vec![1, outputs], shape, layout: Layout::Same, chain, pools: Vec::new(), raw: false }
}

fn product(context: &mut Context, signal: &Signal, rows: &Constant, bias: Option<&Constant>) -> Lowered<Signal> {
    let (input, scale) = context.integers(signal)?;
    let weights = weights(rows)?;
    let outputs = rows.shape[0];
    let products = compact(weights.scales.iter().map(|own| scale * own).collect());
    let spread = match bias {
        Some(bias) if bias.values.len() == 1 && outputs > 1 && bias.steps.is_none() => {
            Some(Constant::real(vec![outputs], vec![bias.values[0] as f32; outputs]))
        }
        other => other.cloned(),
    };
    let (bias, links) = biases(spread.as_ref(), &products, weights.linear, outputs)?;
    let sums = dense(context, signal, input, weights.integers, &rows.shape, bias)?;
    let chain = [Link::with(Function::Mul, products)].into_iter().chain(links).collect();
    Ok(row_of(sums, signal, outputs, chain))
}

/// AveragePool, GlobalAveragePool and ReduceMean over height and width: sums with weights 1, divided by their number.
pub fn average(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    average_of(context, &signal, node)
}

/// The average of a signal.
pub fn average_of(context: &mut Context, signal: &Signal, node: &Node) -> Lowered<Signal> {
    let size = size(signal)?;
    let whole = Window { kernel: size, stride: [1, 1], dilation: [1, 1], padding: Padding::default() };
    let window = match &node.op[..] {
        "AveragePool" | "QLinearAveragePool" => window::read(node, size, None)?,
        "ReduceMean" => {
            let listed = context.optional_constant(node, 1)?.map(|axes| axes.ints());
            let axes = listed.or(node.ints("axes").map(<[i64]>::to_vec)).unwrap_or_default();
            let mut axes: Vec<i64> = axes.iter().map(|axis| if *axis < 0 { axis + 4 } else { *axis }).collect();
            axes.sort_unstable();
            if axes != [2, 3] {
                return refuse(format!("its axes are {axes:?}"), "ReduceMean over height and width (axes 2 and 3)");
            }
            whole
        }
        _ => whole,
    };
    if window.padding != Padding::default() && node.int("count_include_pad", 0) == 0 {
        return refuse("its windows at the border average fewer values", "AveragePool without padding, or with count_include_pad 1");
    }
    if signal.raw {
        return refuse("it averages integers", "AveragePool of real numbers (DequantizeLinear in front)");
    }
    let (input, scale) = context.image(signal)?;
    let channels = context.graph.tensors[input].channels();
    let count = window.kernel[0] * window.kernel[1];
    context.hold(count.saturating_mul(channels))?;
    let reach = reach(context, input, channels, &[], |_| std::iter::repeat_n(1, count))?;
    let kind = SumsKind::Average { window, global: node.op.ends_with("GlobalAveragePool") };
    let sums = Sums { kind, input, weights: vec![1; count * channels], bias: Vec::new(), reach };
    let chain = vec![Link::with(Function::Mul, vec![scale]), Link::with(Function::Div, vec![count as f32])];
    let pooled = image_of(sums, channels, &window, size, chain)?;
    let keeps = node.op != "ReduceMean" || node.int("keepdims", 1) != 0;
    Ok(if keeps { pooled } else { Signal { shape: vec![1, channels], layout: Layout::Same, ..pooled } })
}
