//! What the host does at the borders of a graph: quantising inputs, and softmax, sigmoid and dequantising of outputs, bit for bit as
//! TFLite Micro does it for int8.

use fretwork_sim::requantise::{Rounding, Scale, requantise, round_half_away};

use super::fixed_point::{exp_of_negative, input_radius, logistic_table, quantise_multiplier, reciprocal_of_one_plus};
use super::{Graph, HostStep};

/// A value on the host's side of the border.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Integers, with the model's scale and zero point.
    Int8(Vec<i8>),
    /// Real numbers.
    Float(Vec<f32>),
}

/// The graph's inputs from the model's: real inputs are quantised, integers handed on.
pub fn prepare(graph: &Graph, inputs: &[Value]) -> Vec<Vec<i8>> {
    let quantised = |(id, value): (&usize, &Value)| match value {
        Value::Int8(values) => values.clone(),
        Value::Float(values) => quantise(values, graph.tensors[*id].scale, graph.tensors[*id].zero_point),
    };
    graph.inputs.iter().zip(inputs).map(quantised).collect()
}

/// The model's outputs from the graph's, by the graph's host steps.
pub fn finish(graph: &Graph, outputs: &[Vec<i8>]) -> Vec<Value> {
    graph.outputs.iter().enumerate().zip(outputs).map(|((index, id), values)| finish_output(graph, index, *id, values.clone())).collect()
}

/// All host steps of graph output `index`.
fn finish_output(graph: &Graph, index: usize, id: usize, mut values: Vec<i8>) -> Value {
    let tensor = &graph.tensors[id];
    let (mut scale, mut zero_point) = (tensor.scale, tensor.zero_point);
    for step in &graph.host {
        match *step {
            HostStep::Softmax { output, beta, scale: s, zero_point: z } if output == index => {
                values = softmax(&values, tensor.channels(), beta, scale);
                (scale, zero_point) = (s, z);
            }
            HostStep::Logistic { output, scale: s, zero_point: z } if output == index => {
                values = logistic(&values, scale, zero_point);
                (scale, zero_point) = (s, z);
            }
            HostStep::Dequantise { output } if output == index => {
                return Value::Float(dequantise(&values, scale, zero_point));
            }
            HostStep::Softmax { .. } | HostStep::Logistic { .. } | HostStep::Dequantise { .. } | HostStep::Quantise { .. } => {}
        }
    }
    Value::Int8(values)
}

/// `round(value / scale) + zero_point`, halves away from zero, clamped to int8.
pub fn quantise(values: &[f32], scale: f32, zero_point: i32) -> Vec<i8> {
    let one = |value: &f32| ((value / scale).round() as i32).saturating_add(zero_point).clamp(-128, 127) as i8;
    values.iter().map(one).collect()
}

/// `scale * (value - zero_point)`.
pub fn dequantise(values: &[i8], scale: f32, zero_point: i32) -> Vec<f32> {
    values.iter().map(|value| scale * (i32::from(*value) - zero_point) as f32).collect()
}

/// Sigmoid; the result's scale is 1/256, its zero point -128. A scale out of range (the importer refuses it) gives -128 everywhere.
pub fn logistic(values: &[i8], scale: f32, zero_point: i32) -> Vec<i8> {
    let table = logistic_table(scale, zero_point).unwrap_or_else(|| Box::new([-128; 256]));
    fretwork_sim::kernels::table(values, &table)
}

/// The scale that brings a difference of logits into Q5 for the exponential, or `None` when `beta * scale` is out of range.
pub fn softmax_scale(beta: f32, scale: f32) -> Option<Scale> {
    let real = f64::from(beta) * f64::from(scale) * f64::from(1 << 26);
    let quantised = quantise_multiplier(real.min(f64::from(i32::MAX)));
    if real > 1.0 { quantised } else { None }
}

/// Most classes a softmax may have: the sum of exponentials has 12 integer bits.
pub const SOFTMAX_CLASSES: usize = 4095;

/// Softmax over rows of `classes` logits; the result's scale is 1/256, its zero point -128.
pub fn softmax(logits: &[i8], classes: usize, beta: f32, scale: f32) -> Vec<i8> {
    let to_q5 = softmax_scale(beta, scale).unwrap_or(Scale::ZERO);
    logits.chunks(classes.max(1)).flat_map(|row| softmax_row(row, to_q5)).collect()
}

/// Softmax of one row.
fn softmax_row(row: &[i8], to_q5: Scale) -> Vec<i8> {
    let radius = input_radius(5, to_q5);
    let maximum = i32::from(row.iter().copied().max().unwrap_or(0));
    let exponential = |logit: i8| {
        let difference = i32::from(logit) - maximum;
        (difference >= -radius).then(|| exp_of_negative(requantise(difference, to_q5, Rounding::Double), 5))
    };
    let sum: i32 = row.iter().filter_map(|logit| exponential(*logit)).map(|e| round_half_away(i64::from(e), 12) as i32).sum();
    let headroom = (sum as u32).leading_zeros();
    let reciprocal = reciprocal_of_one_plus((((sum as u32) << headroom) ^ (1 << 31)) as i32);
    let shift = 12 + 31 - 8 - headroom;
    let probability = |logit: &i8| {
        let product = exponential(*logit).map_or(0, |e| requantise(e, Scale { multiplier: reciprocal, shift: 0 }, Rounding::Double));
        (round_half_away(i64::from(product), shift) - 128).clamp(-128, 127) as i8
    };
    row.iter().map(probability).collect()
}
