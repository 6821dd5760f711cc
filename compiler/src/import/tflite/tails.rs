//! The borders of a network: which operators the host does (QUANTIZE of a float input; SOFTMAX, LOGISTIC and DEQUANTIZE at an output) and
//! which tensors are left as the graph's inputs and outputs.

use super::lower::{Lowered, refuse, refused};
use super::model::{Model, Tensor};
use super::names::Code;
use super::names::{FLOAT32, INT8, INT16};
use super::schema::SoftmaxOptions;
use crate::graph::fixed_point::logistic_table;
use crate::graph::host::{SOFTMAX_CLASSES, softmax_scale};
use crate::graph::softmax16::difference_scale;
use crate::graph::{HostRounding, HostStep};
use crate::import::ImportError;

/// What the host does.
pub struct Tails {
    /// Per operator.
    pub on_host: Vec<bool>,
    /// The steps, an output's own in their order.
    pub host: Vec<HostStep>,
    /// The graph's inputs.
    pub inputs: Vec<usize>,
    /// The graph's outputs.
    pub outputs: Vec<usize>,
}

/// Splits the host's work off a model.
pub fn find(model: &Model) -> Result<Tails, ImportError> {
    let on_host = vec![false; model.operators.len()];
    let mut tails = Tails { on_host, host: Vec::new(), inputs: Vec::new(), outputs: Vec::new() };
    for (position, input) in model.inputs.iter().enumerate() {
        tails.input(model, position, *input)?;
    }
    for (position, output) in model.outputs.iter().enumerate() {
        tails.output(model, position, *output)?;
    }
    Ok(tails)
}

impl Tails {
    /// A float input is quantised by the host, if QUANTIZE is all that reads it.
    fn input(&mut self, model: &Model, position: usize, input: usize) -> Result<(), ImportError> {
        if model.tensors[input].kind != FLOAT32 {
            self.inputs.push(input);
            return Ok(());
        }
        let mut readers = model.operators.iter().enumerate().filter(|(_, reader)| reader.inputs.contains(&Some(input)));
        match (readers.next(), readers.next()) {
            (Some((index, reader)), None) if reader.code == Code::Quantize as i32 && reader.outputs.len() == 1 => {
                self.on_host[index] = true;
                self.host.push(HostStep::Quantise { input: position, rounding: HostRounding::HalfAway });
                self.inputs.push(reader.outputs[0]);
                Ok(())
            }
            _ => {
                let reason = format!("input {:?} is float32", model.tensors[input].name);
                Err(ImportError::Model { reason, fits: "int8 and int16 models; float32 inputs that one QUANTIZE reads" })
            }
        }
    }

    /// Walks back from an output over what the host does.
    fn output(&mut self, model: &Model, position: usize, mut output: usize) -> Result<(), ImportError> {
        let mut steps = Vec::new();
        let mut done = None;
        while let Some(index) = model.operators.iter().position(|operator| operator.outputs == [output]) {
            let operator = &model.operators[index];
            let code = Code::find(operator.code).filter(|code| done.is_none_or(|done| done == Code::Dequantize && *code != done));
            let Some(step) = code.and_then(|code| host_step(model, index, code, position).transpose()) else {
                break;
            };
            steps.insert(0, step.map_err(|refusal| refused(model, index, refusal))?);
            let [Some(input)] = operator.inputs[..] else {
                break;
            };
            (output, done) = (input, code);
            self.on_host[index] = true;
        }
        self.host.extend(steps);
        self.outputs.push(output);
        Ok(())
    }
}

/// The host's step for an operator at an output, if the host does such operators.
fn host_step(model: &Model, index: usize, code: Code, output: usize) -> Lowered<Option<HostStep>> {
    let operator = &model.operators[index];
    let ([Some(input)], [result]) = (&operator.inputs[..], &operator.outputs[..]) else {
        return Ok(None);
    };
    let (logits, result) = (&model.tensors[*input], &model.tensors[*result]);
    if logits.kind != INT8 && logits.kind != INT16 {
        return Ok(None);
    }
    let wide = logits.kind == INT16;
    match code {
        Code::Dequantize if result.kind == FLOAT32 => Ok(Some(HostStep::Dequantise { output })),
        Code::Softmax => {
            let (scale, zero_point) = probabilities(result, wide)?;
            let beta = operator.options::<SoftmaxOptions>().map_or(0.0, |options| options.beta());
            let classes = logits.shape.last().map_or(0, |classes| usize::try_from(*classes).unwrap_or(0));
            let in_range = logits.scales.first().is_some_and(|scale| match wide {
                true => difference_scale(beta, *scale).is_some(),
                false => softmax_scale(beta, *scale).is_some(),
            });
            if !in_range || !(1..=SOFTMAX_CLASSES).contains(&classes) {
                let reason = format!("beta {beta} with input scale {:?} and {classes} classes", logits.scales.first());
                return refuse(reason, "1 to 4095 classes and beta times input scale above 2^-26 and below 16 (with int16 below 5)");
            }
            Ok(Some(HostStep::Softmax { output, beta, scale, zero_point }))
        }
        Code::Logistic if !wide => {
            probabilities(result, wide)?;
            let scale = logits.scales.first().copied().unwrap_or(0.0);
            if scale <= 0.0 || logistic_table(scale, 0).is_none() {
                return refuse(format!("the input scale {scale} is out of range"), "input scales of ordinary size");
            }
            Ok(Some(HostStep::Logistic { output, scale: 1.0 / 256.0, zero_point: -128 }))
        }
        _ => Ok(None),
    }
}

/// TFLite fixes scale and zero point of probabilities.
fn probabilities(result: &Tensor, wide: bool) -> Lowered<(f32, i32)> {
    let (kind, scale, zero_point) = if wide { (INT16, 1.0 / 32768.0, 0) } else { (INT8, 1.0 / 256.0, -128) };
    if result.kind == kind && result.scales == [scale] && result.zero_points == [i64::from(zero_point)] {
        return Ok((scale, zero_point));
    }
    let reason = format!("the output has scales {:?} and zero points {:?}", result.scales, result.zero_points);
    refuse(reason, if wide { "an int16 output with scale 1/32768 and zero point 0" } else { "an int8 output with scale 1/256 and zero point -128" })
}
