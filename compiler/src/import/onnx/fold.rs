//! Nodes that read constants only: what weights, biases and shapes go through before use. Quantised weights keep their integers.

use std::rc::Rc;

use super::constant::{Constant, Kind, Steps, elements};
use super::lower::{Context, Lowered, refuse};
use super::model::Node;
use super::selection::{self, Taken};
use super::{qlinear, quantisers, shapes};

const FITS: &str = "constants behind Add, BipolarQuant, Cast, Concat, Constant, DequantizeLinear, Div, Flatten, Gather, Identity, Mul, Quant, \
    QuantizeLinear, Reshape, Slice, Split, Squeeze, Sub, Transpose and Unsqueeze";

/// The constant that a node computes.
pub fn fold(context: &mut Context, node: &Node) -> Lowered<Rc<Constant>> {
    if node.op == "Constant" {
        let constant = constant(node)?;
        context.hold(constant.values.len())?;
        return Ok(Rc::new(constant));
    }
    let first = context.constant(node, 0)?;
    let made = match &node.op[..] {
        "Identity" | "Dropout" => return Ok(first),
        "Cast" => cast(node, &first)?,
        "Transpose" => first.permuted(&shapes::permutation(node, first.shape.len())?),
        "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" => {
            let argument = context.optional_constant(node, 1)?.map(|shape| shape.ints());
            first.reshaped(shapes::new_shape(node, &first.shape, argument)?)
        }
        "Add" | "Sub" | "Mul" | "Div" => arithmetic(node, &first, &*context.constant(node, 1)?)?,
        "Gather" | "Slice" | "Split" => {
            let taken = selection::taken(node, &first.shape, |position| context.list(node, position))?;
            let shape = selection::left(&first.shape, &taken);
            taken.iter().fold((*first).clone(), |constant, Taken { axis, indices, .. }| constant.taken(*axis, indices)).reshaped(shape)
        }
        "Concat" => concat(context, node)?,
        "Shape" => Constant::whole(first.shape.iter().map(|size| *size as i64).collect()),
        "Quant" | "IntQuant" => quant(context, node, &first)?,
        "BipolarQuant" => {
            let scale = context.constant(node, 1)?;
            let signs = first.values.iter().map(|value| if *value >= 0.0 { 1 } else { -1 }).collect();
            stepped(&first, signs, &scale)?
        }
        "DequantizeLinear" => {
            let (scale, zero) = (context.constant(node, 1)?, context.optional_constant(node, 2)?);
            let axis = axis(node, 1, first.shape.len());
            match qlinear::dequantised(&first, &scale, zero.as_deref(), axis).filter(|_| node.int("block_size", 0) == 0) {
                Some(constant) => constant,
                None => return refuse("its scale does not fit the constant's shape", "one scale, or one per index of the axis"),
            }
        }
        "QuantizeLinear" => quantize(context, node, &first)?,
        _ => return refuse("it computes with constants only, and is none of the operators that are computed ahead", FITS),
    };
    context.hold(made.values.len())?;
    Ok(Rc::new(made))
}

fn axis(node: &Node, default: i64, rank: usize) -> usize {
    let axis = node.int("axis", default);
    usize::try_from(if axis < 0 { axis + rank as i64 } else { axis }).unwrap_or(usize::MAX)
}

fn constant(node: &Node) -> Lowered<Constant> {
    if let Some(tensor) = node.tensor("value") {
        return Constant::decode(tensor);
    }
    if node.has("value_float") {
        return Ok(Constant::real(Vec::new(), vec![node.float("value_float", 0.0)]));
    }
    if node.has("value_int") {
        return Ok(Constant::whole(vec![node.int("value_int", 0)]).reshaped(Vec::new()));
    }
    match (node.floats("value_floats"), node.ints("value_ints")) {
        (Some(values), _) => Ok(Constant::real(vec![values.len()], values.to_vec())),
        (None, Some(values)) => Ok(Constant::whole(values.to_vec())),
        (None, None) => refuse("it has no value that the importer knows", "Constant with a dense tensor or with numbers"),
    }
}

fn cast(node: &Node, constant: &Constant) -> Lowered<Constant> {
    let Some(kind) = Kind::find(node.int("to", 1) as i32) else {
        return refuse(format!("it casts to type number {}", node.int("to", 1)), "Cast to float32, float64, int8, uint8, int32, int64 or bool");
    };
    let whole = constant.values.iter().all(|value| value.fract() == 0.0 && value.abs() <= 2f64.powi(53));
    let fits = match kind {
        Kind::Float => true,
        Kind::Double => true,
        Kind::Int8 => whole && constant.values.iter().all(|value| (-128.0..=127.0).contains(value)),
        Kind::Uint8 => whole && constant.values.iter().all(|value| (0.0..=255.0).contains(value)),
        Kind::Int32 | Kind::Int64 => whole,
        Kind::Bool => constant.kind == Kind::Bool,
    };
    if !fits {
        return refuse("it casts constants to a type that does not hold them", "Cast that keeps every value");
    }
    let values = constant.values.iter().map(|value| if kind == Kind::Float { f64::from(*value as f32) } else { *value }).collect();
    Ok(Constant { kind, values, ..constant.clone() })
}

/// The common shape of two constants.
fn common(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let size = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |own| shape[own]);
    let axes = (0..rank).map(|axis| match (size(a, axis), size(b, axis)) {
        (a, b) if a == b || b == 1 => Some(a),
        (1, b) => Some(b),
        _ => None,
    });
    let shape: Vec<usize> = axes.collect::<Option<_>>()?;
    elements(shape.iter().map(|size| Some(*size))).map(|_| shape)
}

fn arithmetic(node: &Node, a: &Constant, b: &Constant) -> Lowered<Constant> {
    let shape = common(&a.shape, &b.shape);
    let both = shape.as_ref().and_then(|shape| Some((a.broadcast(shape)?, b.broadcast(shape)?)));
    let (Some(shape), Some((x, y))) = (shape, both) else {
        return refuse(format!("constants of shapes {:?} and {:?} do not fit each other", a.shape, b.shape), "shapes that broadcast");
    };
    let real = a.kind == Kind::Float;
    if a.kind != b.kind || (!real && node.op == "Div" && y.contains(&0.0)) || a.kind == Kind::Double {
        return refuse(format!("it computes with {:?} and {:?}", a.kind, b.kind), "constants of one type, whole numbers not divided by 0");
    }
    let one = |x: f64, y: f64| match (&node.op[..], real) {
        ("Add", false) => x + y,
        ("Sub", false) => x - y,
        ("Mul", false) => x * y,
        ("Div", false) => (x / y).trunc(),
        ("Add", true) => f64::from(x as f32 + y as f32),
        ("Sub", true) => f64::from(x as f32 - y as f32),
        ("Mul", true) => f64::from(x as f32 * y as f32),
        _ => f64::from(x as f32 / y as f32),
    };
    let values: Vec<f64> = x.iter().zip(&y).map(|(x, y)| one(*x, *y)).collect();
    // Scaled quantised weights stay quantised where the same rounding comes out.
    let scaled = a.steps.as_ref().filter(|_| shape == a.shape && matches!(&node.op[..], "Mul" | "Div"));
    let steps = scaled.map(|steps| {
        let scales = steps.scales.iter().zip(&y).map(|(scale, y)| one(f64::from(*scale), *y) as f32).collect();
        Steps { integers: steps.integers.clone(), scales, linear: steps.linear }
    });
    let exact = |steps: &Steps| steps.integers.iter().zip(&steps.scales).zip(&values).all(|((i, s), value)| f64::from(*i as f32 * s) == *value);
    Ok(Constant { kind: a.kind, shape, steps: steps.filter(exact), values })
}

/// Concat of lists.
fn concat(context: &mut Context, node: &Node) -> Lowered<Constant> {
    let parts = (0..node.inputs.len()).map(|position| context.constant(node, position)).collect::<Lowered<Vec<_>>>()?;
    if parts.iter().any(|part| part.shape.len() != 1 || part.kind != parts[0].kind) {
        return refuse("it joins constants that are no lists", "Concat of lists of one type");
    }
    let values: Vec<f64> = parts.iter().flat_map(|part| part.values.iter().copied()).collect();
    Ok(Constant { kind: parts[0].kind, shape: vec![values.len()], values, steps: None })
}

/// A constant of integers and scales that broadcast to it.
fn stepped(like: &Constant, integers: Vec<i32>, scale: &Constant) -> Lowered<Constant> {
    let Some(scales) = scale.broadcast(&like.shape).filter(|_| scale.values.iter().all(|scale| scale.is_finite())) else {
        return refuse(format!("its scale has shape {:?}, its input {:?}", scale.shape, like.shape), "scales that broadcast to the constant");
    };
    let scales: Vec<f32> = scales.iter().map(|scale| *scale as f32).collect();
    let values = integers.iter().zip(&scales).map(|(integer, scale)| f64::from(*integer as f32 * scale)).collect();
    Ok(Constant { kind: Kind::Float, shape: like.shape.clone(), values, steps: Some(Steps { integers, scales, linear: false }) })
}

/// Quant of weights or biases.
fn quant(context: &mut Context, node: &Node, constant: &Constant) -> Lowered<Constant> {
    let (scale, zero) = (context.constant(node, 1)?, context.scalar(node, 2)?);
    let quantisers::Quant { range, binary, round } = quantisers::quant_parameters(context, node, 32)?;
    if zero.fract() != 0.0 || zero.abs() > 1e6 || (binary && zero != 0.0) {
        return refuse(format!("its zero point is {zero}"), "whole zero points (0 with one bit)");
    }
    let Some(scales) = scale.broadcast(&constant.shape) else {
        return refuse(format!("its scale has shape {:?}, its input {:?}", scale.shape, constant.shape), "scales that broadcast to the constant");
    };
    let [low, high] = range.map(|end| end as f32);
    let one = |(value, scale): (&f64, &f64)| {
        let y = *value as f32 / *scale as f32 + zero;
        match binary {
            true if y >= 0.0 => 1,
            true => -1,
            false => (round.apply(y.min(high).max(low)) - zero) as i32,
        }
    };
    stepped(constant, constant.values.iter().zip(&scales).map(one).collect(), &scale)
}

/// QuantizeLinear of a constant.
fn quantize(context: &mut Context, node: &Node, constant: &Constant) -> Lowered<Constant> {
    let (scale, zero) = (context.constant(node, 1)?, context.optional_constant(node, 2)?);
    let kind = zero.as_ref().map_or(Kind::Uint8, |zero| zero.kind);
    let range = if kind == Kind::Int32 { Some([i32::MIN, i32::MAX]) } else { kind.byte_range() };
    let axis = axis(node, 1, constant.shape.len());
    let along = |list: &Constant| {
        let mut shape = vec![1; constant.shape.len()];
        if list.values.len() > 1 {
            *shape.get_mut(axis)? = list.values.len();
        }
        list.reshaped(shape).broadcast(&constant.shape)
    };
    let lists = (!scale.values.is_empty()).then(|| along(&scale)).flatten();
    let zeros = match &zero {
        Some(zero) if !zero.values.is_empty() => along(zero),
        Some(_) => None,
        None => Some(vec![0.0; constant.values.len()]),
    };
    let (Some(scales), Some(zeros), Some([low, high])) = (lists, zeros, range) else {
        return refuse("its scale or zero point does not fit", "int8 or uint8 with one scale, or one per index of the axis");
    };
    let one = |((value, scale), zero): ((&f64, &f64), &f64)| {
        let rounded = (*value as f32 / *scale as f32).round_ties_even() as i32;
        f64::from(rounded.saturating_add(*zero as i32).clamp(low, high))
    };
    let values = constant.values.iter().zip(&scales).zip(&zeros).map(one).collect();
    Ok(Constant { kind, shape: constant.shape.clone(), values, steps: None })
}
