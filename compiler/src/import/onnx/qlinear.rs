//! Readers of ONNX Runtime's integer operators, which read and write integers and carry scales and zero points as inputs.

use super::constant::{Constant, Kind, Steps};
use super::link::{Function, Link};
use super::lower::{Context, Lowered, refuse};
use super::model::Node;
use super::pairs::{self, Linear};
use super::quantiser::{Method, Quantiser};
use super::signal::{Signal, Source};
use super::{shapes, weighted, window};
use crate::graph::TensorId;

/// An integer input with the scale and zero point that stand beside it.
fn integers(context: &mut Context, node: &Node, position: usize) -> Lowered<(Signal, TensorId, f32)> {
    let signal = context.signal(node, position)?;
    let scale = context.scalar(node, position + 1)?;
    let zero = context.optional_constant(node, position + 2)?.and_then(|zero| zero.scalar()).unwrap_or(0.0);
    let (Source::Tensor(id), true) = (&signal.source, signal.raw) else {
        return refuse(format!("input {position} is no integer activation"), "int8 or uint8 activations");
    };
    context.meaning(*id, scale, zero as i32)?;
    Ok((signal.clone(), *id, scale))
}

/// Constant weights with scale and zero point beside them; scales lie along `axis`.
fn weights(context: &mut Context, node: &Node, position: usize, axis: usize) -> Lowered<Constant> {
    let [weights, scale] = [position, position + 1].map(|position| context.constant(node, position));
    let (weights, scale) = (weights?, scale?);
    let zero = context.optional_constant(node, position + 2)?;
    match dequantised(&weights, &scale, zero.as_deref(), axis) {
        Some(constant) => Ok(constant),
        None => refuse(format!("scale and zero point of input {position} do not fit its shape {:?}", weights.shape), "one scale, or one per channel"),
    }
}

/// A constant with scale and zero point, along one axis or for all of it.
pub fn dequantised(constant: &Constant, scale: &Constant, zero: Option<&Constant>, axis: usize) -> Option<Constant> {
    let along = |list: &Constant| {
        let mut shape = vec![1; constant.shape.len()];
        if list.values.len() > 1 {
            *shape.get_mut(axis)? = list.values.len();
        }
        if list.values.is_empty() {
            return None;
        }
        list.reshaped(shape).broadcast(&constant.shape)
    };
    let scales: Vec<f32> = along(scale)?.iter().map(|scale| *scale as f32).collect();
    let zeros = match zero {
        Some(zero) => along(zero)?,
        None => vec![0.0; constant.values.len()],
    };
    let integers: Vec<i32> = constant.values.iter().zip(&zeros).map(|(value, zero)| (value - zero) as i32).collect();
    let values = integers.iter().zip(&scales).map(|(integer, scale)| f64::from(*integer as f32 * scale)).collect();
    Some(Constant { kind: Kind::Float, shape: constant.shape.clone(), values, steps: Some(Steps { integers, scales, linear: true }) })
}

/// The result's quantiser: `round(sum * (input scale * weight scale / output scale)) + zero point`.
fn target(context: &mut Context, node: &Node, position: usize) -> Lowered<(f32, i32, [i32; 2])> {
    let scale = context.scalar(node, position)?;
    let zero = context.constant(node, position + 1)?;
    match (zero.kind.byte_range(), zero.scalar()) {
        (Some(range), Some(value)) if scale.is_normal() && scale > 0.0 => Ok((scale, value as i32, range)),
        _ => refuse(format!("its output has scale {scale} and zero points of type {:?}", zero.kind), "int8 and uint8 with one positive scale"),
    }
}

fn quantised(context: &mut Context, node: &Node, signal: &Signal, products: &[f32], (scale, zero, range): (f32, i32, [i32; 2])) -> Lowered<Signal> {
    let factors: Vec<f32> = products.iter().map(|product| product / scale).collect();
    let method = Method::Product { factors };
    let quantiser = Quantiser { unsigned: range[0] == 0, ..Quantiser::new(method, scale, zero, range) };
    let made = context.quantise(signal, &quantiser, &node.outputs[0])?;
    Ok(Signal { chain: Vec::new(), raw: true, ..made })
}

/// The integer bias.
fn bias(context: &mut Context, node: &Node, position: usize) -> Lowered<Vec<i32>> {
    let bias = context.optional_constant(node, position)?;
    match bias {
        None => Ok(Vec::new()),
        Some(bias) if bias.kind == Kind::Int32 => Ok(bias.values.iter().map(|value| *value as i32).collect()),
        Some(bias) => refuse(format!("its bias is {:?}", bias.kind), "int32 biases"),
    }
}

/// QLinearConv.
pub fn conv(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let (signal, id, scale) = integers(context, node, 0)?;
    let constant = weights(context, node, 3, 0)?;
    let shape = weighted::filter_shape(&constant)?;
    let size = weighted::size(&signal)?;
    let window = window::read(node, size, Some([shape[2], shape[3]]))?;
    let real = context.activation(id, &signal);
    let (input, _) = context.image(&real)?;
    let weights = weighted::weights(&constant)?;
    let (bias, target) = (bias(context, node, 8)?, target(context, node, 6)?);
    let groups = usize::try_from(node.int("group", 1)).unwrap_or(0);
    let sums = weighted::convolve(context, input, window, &weights.integers, shape, groups, bias)?;
    let products: Vec<f32> = weights.scales.iter().map(|own| scale * own).collect();
    let made = weighted::image_of(sums, shape[0], &window, size, Vec::new())?;
    quantised(context, node, &made, &products, target)
}

/// QLinearMatMul with constant weights.
pub fn matmul(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let (signal, id, scale) = integers(context, node, 0)?;
    let axis = context.constant(node, 3)?.shape.len().saturating_sub(1);
    let constant = weights(context, node, 3, axis)?;
    let rows = weighted::rows(&constant, false)?;
    let weights = weighted::weights(&rows)?;
    let target = target(context, node, 6)?;
    let sums = weighted::dense(context, &signal, id, weights.integers, &rows.shape, Vec::new())?;
    let products: Vec<f32> = weights.scales.iter().map(|own| scale * own).collect();
    let made = weighted::row_of(sums, &signal, rows.shape[0], Vec::new());
    quantised(context, node, &made, &products, target)
}

/// QGemm with constant weights and an integer result.
pub fn gemm(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let (signal, id, scale) = integers(context, node, 0)?;
    let transposed = node.int("transB", 0) != 0;
    if node.int("transA", 0) != 0 || node.float("alpha", 1.0) != 1.0 || node.inputs.len() < 8 {
        return refuse("it transposes its input, has an alpha or a real result", "QGemm with alpha 1, transA 0 and an output scale");
    }
    let constant = weights(context, node, 3, if transposed { 0 } else { 1 })?;
    let rows = weighted::rows(&constant, transposed)?;
    let weights = weighted::weights(&rows)?;
    let (bias, target) = (bias(context, node, 6)?, target(context, node, 7)?);
    if !bias.is_empty() && bias.len() != rows.shape[0] {
        return refuse(format!("it has {} biases for {} outputs", bias.len(), rows.shape[0]), "one bias per output");
    }
    let sums = weighted::dense(context, &signal, id, weights.integers, &rows.shape, bias)?;
    let products: Vec<f32> = weights.scales.iter().map(|own| scale * own).collect();
    let made = weighted::row_of(sums, &signal, rows.shape[0], Vec::new());
    quantised(context, node, &made, &products, target)
}

/// QLinearGlobalAveragePool over channels first.
pub fn global_average(context: &mut Context, node: &Node) -> Lowered<Signal> {
    if node.int("channels_last", 0) != 0 {
        return refuse("its channels come last", "channels_last 0");
    }
    let (signal, id, scale) = integers(context, node, 0)?;
    let target = target(context, node, 3)?;
    let real = context.activation(id, &signal);
    let made = weighted::average_of(context, &real, node)?;
    let count = made.chain.last().and_then(|link| link.a.first()).copied().unwrap_or(1.0);
    let made = Signal { chain: Vec::new(), ..made };
    let method = Method::Product { factors: vec![scale / (target.0 * count)] };
    let quantiser = Quantiser { unsigned: target.2[0] == 0, ..Quantiser::new(method, target.0, target.1, target.2) };
    let made = context.quantise(&made, &quantiser, &node.outputs[0])?;
    Ok(Signal { chain: Vec::new(), raw: true, ..made })
}

/// Operators that ONNX Runtime computes with real numbers between integers.
pub fn real(context: &mut Context, node: &Node) -> Lowered<Signal> {
    if node.int("channels_last", 0) != 0 {
        return refuse("its channels come last", "channels_last 0");
    }
    let (signal, id, _) = integers(context, node, 0)?;
    let target = target(context, node, 3)?;
    let real = context.activation(id, &signal);
    let made = match &node.op[..] {
        "QLinearSigmoid" => real.linked(Link::plain(Function::Sigmoid)),
        "QLinearLeakyRelu" => {
            let alpha = node.float("alpha", 0.01);
            if !(0.0..=f32::MAX).contains(&alpha) {
                return refuse(format!("its alpha is {alpha}"), "an alpha of at least 0");
            }
            real.linked(Link::with(Function::LeakyRelu, vec![alpha]))
        }
        _ => weighted::average_of(context, &real, node)?,
    };
    linear(context, node, &made, target)
}

/// QLinearConcat: every part brought to the output's scale.
pub fn concat(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let target = target(context, node, 0)?;
    let mut parts = Vec::new();
    for position in (2..node.inputs.len()).step_by(3) {
        let (signal, id, _) = integers(context, node, position)?;
        parts.push(context.activation(id, &signal));
    }
    let whole = shapes::concat_of(context, node, parts)?;
    linear(context, node, &whole, target)
}

/// `round(x / scale) + zero point`.
fn linear(context: &mut Context, node: &Node, signal: &Signal, (scale, zero, range): (f32, i32, [i32; 2])) -> Lowered<Signal> {
    let quantiser = Quantiser { unsigned: range[0] == 0, ..Quantiser::new(Method::Linear { scale }, scale, zero, range) };
    let made = context.quantise(signal, &quantiser, &node.outputs[0])?;
    Ok(Signal { chain: Vec::new(), raw: true, ..made })
}

/// QLinearAdd of two activations of the same shape.
pub fn add(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let (a, id_a, scale_a) = integers(context, node, 0)?;
    let (b, id_b, scale_b) = integers(context, node, 3)?;
    let (scale, zero, range) = target(context, node, 6)?;
    if a.shape != b.shape || a.layout != b.layout {
        return refuse("it adds activations of different shapes", "two activations of the same shape");
    }
    let quantiser = Quantiser { unsigned: range[0] == 0, ..Quantiser::new(Method::Linear { scale }, scale, zero, range) };
    let zero_points = [id_a, id_b].map(|id| context.graph.tensors[id].zero_point);
    let terms = Linear { ratios: [scale_a / scale, scale_b / scale], zero_points, target: zero - quantiser.shift() };
    let target = quantiser.tensor(&node.outputs[0], a.stored.clone());
    let id = pairs::emit(context, [id_a, id_b], [scale_a, scale_b], target, |x, y| terms.sum(x, y))?;
    Ok(Signal { source: Source::Tensor(id), ..a })
}
