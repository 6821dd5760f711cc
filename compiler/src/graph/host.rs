//! What the host does at the borders of a graph: quantising inputs, and softmax, sigmoid and dequantising of outputs, bit for bit as
//! TFLite Micro does it for int8 and, but for the sigmoid, for int16.

use fretwork_sim::requantise::{Rounding, Scale, requantise, round_half_away};

use super::fixed_point::{exp_of_negative, input_radius, logistic_table, quantise_multiplier, reciprocal_of_one_plus};
use super::{Graph, HostRounding, HostStep, Levels, Tensor, softmax16, to_nchw, to_nhwc};

/// A value on the host's side of the border.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Integers, with the model's scale and zero point.
    Int8(Vec<i8>),
    /// Unsigned integers, with the model's scale and zero point.
    UInt8(Vec<u8>),
    /// Integers of 16 bits, with the model's scale.
    Int16(Vec<i16>),
    /// Indices.
    Int64(Vec<i64>),
    /// Real numbers.
    Float(Vec<f32>),
}

/// The graph's inputs from the model's: images transposed, real inputs quantised, integers handed on.
pub fn prepare(graph: &Graph, inputs: &[Value]) -> Vec<Vec<i8>> {
    graph.inputs.iter().enumerate().zip(inputs).map(|((position, id), value)| prepare_input(graph, position, *id, value)).collect()
}

fn prepare_input(graph: &Graph, position: usize, id: usize, value: &Value) -> Vec<i8> {
    let tensor = &graph.tensors[id];
    let value = match tensor.image() {
        Some(image) if graph.takes_nchw(position) => &value.reordered(|order| to_nhwc(order, image)),
        _ => value,
    };
    match value {
        Value::Int8(values) => values.clone(),
        Value::UInt8(values) => values.iter().map(|value| (value ^ 0x80) as i8).collect(),
        Value::Int16(values) => tensor.value(values),
        Value::Int64(values) => {
            let [low, high] = tensor.range().map(i64::from);
            tensor.value(&values.iter().map(|value| (*value).clamp(low, high) as i16).collect::<Vec<_>>())
        }
        Value::Float(values) => quantise(values, tensor, rounding(graph, position)),
    }
}

/// How input `position` is rounded.
pub fn rounding(graph: &Graph, position: usize) -> HostRounding {
    let own = |step: &HostStep| match step {
        HostStep::Quantise { input, rounding } if *input == position => Some(*rounding),
        _ => None,
    };
    graph.host.iter().find_map(own).unwrap_or(HostRounding::HalfAway)
}

/// The model's outputs from the graph's, by the graph's host steps.
pub fn finish(graph: &Graph, outputs: &[Vec<i8>]) -> Vec<Value> {
    graph.outputs.iter().enumerate().zip(outputs).map(|((index, id), values)| finish_output(graph, index, *id, values)).collect()
}

/// All host steps of graph output `index`.
fn finish_output(graph: &Graph, index: usize, id: usize, value: &[i8]) -> Value {
    let tensor = &graph.tensors[id];
    let (mut scale, mut zero_point) = (tensor.scale, tensor.zero_point);
    let mut value = if tensor.wide { Value::Int16(tensor.elements(value)) } else { Value::Int8(value.to_vec()) };
    for step in &graph.host {
        match *step {
            HostStep::Softmax { output, beta, scale: s, zero_point: z } if output == index => {
                value = match value {
                    Value::Int8(logits) => Value::Int8(softmax(&logits, tensor.channels(), beta, scale)),
                    Value::Int16(logits) => Value::Int16(softmax16::softmax(&logits, tensor.channels(), beta, scale)),
                    Value::UInt8(_) | Value::Int64(_) | Value::Float(_) => value,
                };
                (scale, zero_point) = (s, z);
            }
            HostStep::FloatSoftmax { output } if output == index => {
                if let Value::Float(logits) = &value {
                    value = Value::Float(float_softmax(logits, tensor.channels()));
                }
            }
            HostStep::ArgMax { output, last } if output == index => value = Value::Int64(arg_max(&value, tensor.channels(), last)),
            HostStep::Logistic { output, scale: s, zero_point: z } if output == index => {
                value = match value {
                    Value::Int8(values) => Value::Int8(logistic(&values, scale, zero_point)),
                    // `Graph::check` has refused it.
                    Value::UInt8(_) | Value::Int16(_) | Value::Int64(_) | Value::Float(_) => value,
                };
                (scale, zero_point) = (s, z);
            }
            HostStep::Dequantise { output } if output == index => value = dequantise(&value, scale, zero_point),
            HostStep::ToNchw { output } if output == index => {
                value = tensor.image().map_or(value.clone(), |image| value.reordered(|order| to_nchw(order, image)));
            }
            HostStep::Softmax { .. }
            | HostStep::FloatSoftmax { .. }
            | HostStep::ArgMax { .. }
            | HostStep::Logistic { .. }
            | HostStep::Dequantise { .. }
            | HostStep::ToNchw { .. }
            | HostStep::FromNchw { .. }
            | HostStep::Quantise { .. } => {}
        }
    }
    match value {
        Value::Int8(values) if tensor.unsigned => Value::UInt8(values.iter().map(|value| (*value as u8) ^ 0x80).collect()),
        other => other,
    }
}

/// The tensor's value for real numbers: `round(value / scale) + zero_point`, clamped to the integers that the tensor takes; of a binary one
/// -1 below 0, otherwise 1.
pub fn quantise(values: &[f32], tensor: &Tensor, rounding: HostRounding) -> Vec<i8> {
    let round = |real: f32| match rounding {
        HostRounding::HalfAway => real.round(),
        HostRounding::HalfEven => real.round_ties_even(),
    };
    let [low, high] = tensor.range().map(i32::from);
    let one = |value: &f32| match tensor.levels {
        Levels::Bipolar => {
            if *value >= 0.0 {
                1
            } else {
                -1
            }
        }
        Levels::All | Levels::Range(_) => (round(value / tensor.scale) as i32).saturating_add(tensor.zero_point).clamp(low, high) as i16,
    };
    tensor.value(&values.iter().map(one).collect::<Vec<_>>())
}

/// `scale * (value - zero_point)`.
pub fn dequantise(value: &Value, scale: f32, zero_point: i32) -> Value {
    let real = |value: i32| scale * (value - zero_point) as f32;
    Value::Float(match value {
        Value::Int8(values) => values.iter().map(|value| real(i32::from(*value))).collect(),
        Value::UInt8(values) => values.iter().map(|value| real(i32::from(*value) - 128)).collect(),
        Value::Int16(values) => values.iter().map(|value| real(i32::from(*value))).collect(),
        Value::Int64(values) => values.iter().map(|value| *value as f32).collect(),
        Value::Float(values) => values.clone(),
    })
}

/// Softmax over rows of `classes` logits: `exp(x - max) / sum exp(x - max)` in f64, added from the first to the last, rounded to f32 once.
/// Runtimes compute in f32 with approximations of their own; they differ from it in the last places.
pub fn float_softmax(logits: &[f32], classes: usize) -> Vec<f32> {
    let row = |row: &[f32]| {
        let maximum = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials: Vec<f64> = row.iter().map(|logit| (f64::from(*logit) - f64::from(maximum)).exp()).collect();
        let sum: f64 = exponentials.iter().sum();
        exponentials.into_iter().map(move |exponential| (exponential / sum) as f32)
    };
    logits.chunks(classes.max(1)).flat_map(row).collect()
}

/// Index of the largest value of every row of `classes` values, the first or the last of equals.
pub fn arg_max(value: &Value, classes: usize, last: bool) -> Vec<i64> {
    fn rows<T: PartialOrd>(values: &[T], classes: usize, last: bool) -> Vec<i64> {
        let better = |a: &T, b: &T| a > b || (last && a == b);
        let largest = |row: &[T]| (1..row.len()).fold(0, |best, at| if better(&row[at], &row[best]) { at } else { best });
        values.chunks(classes.max(1)).map(|row| largest(row) as i64).collect()
    }
    match value {
        Value::Int8(values) => rows(values, classes, last),
        Value::UInt8(values) => rows(values, classes, last),
        Value::Int16(values) => rows(values, classes, last),
        Value::Int64(values) => rows(values, classes, last),
        Value::Float(values) => rows(values, classes, last),
    }
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
