//! ADD, MUL by a constant, and unary functions, which become tables.

use fretwork_sim::requantise::{Rounding, requantise as rescale};

use super::arithmetic::{narrow_range, plain_output, scale};
use super::lower::{Context, Lowered, Step, refuse};
use super::model::Operator;
use super::schema::{AddOptions, MulOptions};
use crate::graph::fixed_point::{logistic_table, tanh_table};
use crate::graph::{Op, Tensor};

/// ADD of two activations of the same shape.
pub fn add<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let fits = "ADD of two activations of the same shape (a constant belongs into the bias of the layer before)";
    if operator.inputs.len() != 2 {
        return refuse(format!("it has {} inputs", operator.inputs.len()), fits);
    }
    let constant = |position| Lowered::Ok(context.model.tensors[context.input(operator, position)?].data.is_some());
    if constant(0)? || constant(1)? {
        return refuse("one input is a constant", fits);
    }
    let ((a, first), (b, second)) = (context.source(operator, 0)?, context.source(operator, 1)?);
    if first.shape != second.shape {
        return refuse(format!("inputs of shapes {:?} and {:?}", first.shape, second.shape), fits);
    }
    let activation = operator.options::<AddOptions>().map_or(0, |options| options.activation());
    let twice_largest = 2.0 * f64::from(first.scale.max(second.scale));
    let inputs = [scale(f64::from(first.scale) / twice_largest)?, scale(f64::from(second.scale) / twice_largest)?];
    let output = plain_output(twice_largest / (f64::from(1 << 20) * f64::from(target.scale)), activation, target)?;
    Ok(Step { op: Op::Add { inputs, output }, inputs: vec![a, b] })
}

/// MUL by a constant: one value, or one per channel.
pub fn mul<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let fits = "MUL of an activation by an int8 constant with one value, or one per channel";
    let is_constant = |position| Lowered::Ok(context.model.tensors[context.input(operator, position)?].data.is_some());
    let (variable, constant) = match (is_constant(0)?, is_constant(1)?) {
        (false, true) => (0, 1),
        (true, false) => (1, 0),
        (false, false) => return refuse("both inputs are activations", fits),
        (true, true) => return refuse("both inputs are constants", fits),
    };
    let (input, source) = context.source(operator, variable)?;
    let constant = context.input(operator, constant)?;
    let (values, shape) = context.bytes(constant)?;
    let tensor = &context.model.tensors[constant];
    let ([factor], [zero_point]) = (&tensor.scales[..], &tensor.zero_points[..]) else {
        return refuse(format!("the constant {:?} has {} scales", tensor.name, tensor.scales.len()), fits);
    };
    let per_channel = values.len() == source.channels() && shape.last() == Some(&values.len());
    let in_range = (-128..=127).contains(zero_point);
    if !(values.len() == 1 || per_channel) || shape.len() > source.shape.len() || !in_range {
        return refuse(format!("the constant {:?} has shape {shape:?} and zero point {zero_point}", tensor.name), fits);
    }
    let factors = values.iter().map(|value| i16::from(*value) - *zero_point as i16).collect();
    let activation = operator.options::<MulOptions>().map_or(0, |options| options.activation());
    let real = f64::from(source.scale) * f64::from(*factor) / f64::from(target.scale);
    let output = plain_output(real, activation, target)?;
    Ok(Step { op: Op::MulConstant { factors, output }, inputs: vec![input] })
}

/// RELU alone, with a change of scale.
pub fn relu<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let (input, source) = context.source(operator, 0)?;
    rescaling(input, &source, target, narrow_range(1, target)?)
}

/// QUANTIZE from int8 to int8: a change of scale.
pub fn requantise<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let (input, source) = context.source(operator, 0)?;
    rescaling(input, &source, target, [-128, 127])
}

/// RELU6 alone; TFLite Micro clamps without a change of scale.
pub fn relu6<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let (input, source) = context.source(operator, 0)?;
    if (source.scale, source.zero_point) != (target.scale, target.zero_point) {
        return refuse("input and output differ in scale or zero point", "RELU6 that keeps them, or fused RELU6");
    }
    let [low, high] = narrow_range(3, &source)?;
    Ok(unary(input, Box::new(std::array::from_fn(|index| ((index as i32 - 128) as i8).clamp(low, high)))))
}

/// LOGISTIC inside the network.
pub fn logistic<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let (input, source) = context.source(operator, 0)?;
    if (target.scale, target.zero_point) != (1.0 / 256.0, -128) {
        let reason = format!("the output has scale {} and zero point {}", target.scale, target.zero_point);
        return refuse(reason, "an output scale of 1/256 with zero point -128");
    }
    function(input, &source, logistic_table(source.scale, source.zero_point))
}

/// TANH.
pub fn tanh<'a>(context: &mut Context<'a>, operator: &Operator<'a>, target: &Tensor) -> Lowered<Step> {
    let (input, source) = context.source(operator, 0)?;
    if (target.scale, target.zero_point) != (1.0 / 128.0, 0) {
        let reason = format!("the output has scale {} and zero point {}", target.scale, target.zero_point);
        return refuse(reason, "an output scale of 1/128 with zero point 0");
    }
    function(input, &source, tanh_table(source.scale, source.zero_point))
}

fn function(input: usize, source: &Tensor, table: Option<Box<[i8; 256]>>) -> Lowered<Step> {
    match table {
        Some(table) => Ok(unary(input, table)),
        None => refuse(format!("the input scale {} is out of range", source.scale), "input scales of ordinary size"),
    }
}

/// The table of `clamp(requantise(a - zero_point) + zero_point')`.
fn rescaling(input: usize, source: &Tensor, target: &Tensor, [low, high]: [i8; 2]) -> Lowered<Step> {
    let factor = scale(f64::from(source.scale) / f64::from(target.scale))?;
    if factor.shift > 22 {
        return refuse(format!("the scale changes by a factor of 2^{}", factor.shift), "changes of scale up to 2^22");
    }
    let value = |index: usize| {
        let scaled = rescale(index as i32 - 128 - source.zero_point, factor, Rounding::Double);
        scaled.saturating_add(target.zero_point).clamp(i32::from(low), i32::from(high)) as i8
    };
    Ok(unary(input, Box::new(std::array::from_fn(value))))
}

fn unary(input: usize, table: Box<[i8; 256]>) -> Step {
    Step { op: Op::Table { table }, inputs: vec![input] }
}
