//! Reading an operator's tensors: activations and constants, each tested for what the importer supports.

use super::lower::{Context, Lowered, Refusal, refuse};
use super::model::{Operator, Tensor};
use super::names;
use crate::graph;

/// Most values of one activation.
const MAX_ACTIVATION: usize = 1 << 26;
/// Most axes of an activation whose channels are divided.
pub const MOST_AXES: usize = 5;
/// Most bytes of constants in the whole graph; a file can use one constant many times.
const MAX_CONSTANTS: usize = 1 << 27;

impl<'a> Context<'a> {
    /// Index of the operator's input number `position`, which has to be there.
    pub fn input(&self, operator: &Operator, position: usize) -> Lowered<usize> {
        match operator.inputs.get(position) {
            Some(Some(index)) => Ok(*index),
            _ => refuse(format!("input {position} is absent"), "operators with all their inputs"),
        }
    }

    /// The input number `position` as an activation.
    pub fn source(&self, operator: &Operator, position: usize) -> Lowered<(usize, graph::Tensor)> {
        let index = self.input(operator, position)?;
        Ok((index, self.activation(index)?))
    }

    /// An activation: int8, or int16 with zero point 0; one scale, static shape of up to four axes with batch 1.
    pub fn activation(&self, index: usize) -> Lowered<graph::Tensor> {
        Ok(self.divided(index, 4)?.0)
    }

    /// The input number `position` as an activation of up to five axes: its index, and its shape in the model.
    pub fn divided_source(&self, operator: &Operator, position: usize) -> Lowered<(usize, Vec<usize>)> {
        let index = self.input(operator, position)?;
        Ok((index, self.divided(index, MOST_AXES)?.1))
    }

    /// An activation of up to `most` axes, and its shape in the model: of five axes the last two are one in the graph.
    pub fn divided(&self, index: usize, most: usize) -> Lowered<(graph::Tensor, Vec<usize>)> {
        let tensor = &self.model.tensors[index];
        let name = &tensor.name;
        let wide = tensor.kind == names::INT16;
        if !wide && tensor.kind != names::INT8 {
            let reason = format!("tensor {name:?} is {}", names::element_type(tensor.kind));
            return refuse(reason, "int8 or int16 activations (full integer quantisation); float32 only at inputs and outputs");
        }
        if let Some(oddity) = tensor.oddity.or(tensor.data.as_ref().map(|_| "it is a constant")) {
            return refuse(format!("tensor {name:?} is no plain activation: {oddity}"), "activations that operators compute");
        }
        let ([scale], [zero_point]) = (&tensor.scales[..], &tensor.zero_points[..]) else {
            let reason = format!("tensor {name:?} has {} scales and {} zero points", tensor.scales.len(), tensor.zero_points.len());
            return refuse(reason, "activations with one scale and one zero point");
        };
        let Ok(zero_point) = i8::try_from(*zero_point) else {
            return refuse(format!("tensor {name:?} has zero point {zero_point}"), "zero points in the range -128..=127");
        };
        if wide && zero_point != 0 {
            return refuse(format!("tensor {name:?} is int16 with zero point {zero_point}"), "int16 activations with zero point 0");
        }
        let own = static_shape(tensor, most)?;
        let mut shape = own.clone();
        if shape.len() == MOST_AXES {
            shape.splice(MOST_AXES - 2.., [own[MOST_AXES - 2..].iter().product()]);
        }
        Ok((graph::Tensor { wide, ..graph::Tensor::int8(name.clone(), shape, *scale, i32::from(zero_point)) }, own))
    }

    /// The values of a constant of element type `kind`, as bytes, and its shape.
    fn constant(&mut self, index: usize, kind: i8) -> Lowered<(&'a [u8], Vec<usize>)> {
        let tensor = &self.model.tensors[index];
        let name = &tensor.name;
        if tensor.kind != kind {
            let reason = format!("constant {name:?} is {}", names::element_type(tensor.kind));
            return refuse(reason, "int8 weights with int32 biases (with int16 activations int64, too), int32 axes and paddings");
        }
        if let Some(oddity) = tensor.oddity {
            return refuse(format!("constant {name:?}: {oddity}"), "plain dense constants");
        }
        let sizes: Option<Vec<usize>> = tensor.shape.iter().map(|size| usize::try_from(*size).ok()).collect();
        let width = match kind {
            names::INT8 => 1,
            names::INT64 => 8,
            _ => 4,
        };
        let bytes = sizes.as_ref().and_then(|sizes| sizes.iter().try_fold(width, |bytes: usize, size| bytes.checked_mul(*size)));
        match (tensor.data.as_deref(), bytes, sizes) {
            (None, ..) => refuse(format!("{name:?} has no data, it is not constant"), "constant weights, biases, axes and paddings"),
            (Some(data), Some(bytes), Some(sizes)) if data.len() == bytes => {
                self.claim(bytes)?;
                Ok((data, sizes))
            }
            (Some(data), ..) => refuse(
                format!("constant {name:?} has {} bytes, which does not fit its shape {:?}", data.len(), tensor.shape),
                "constants with data for every element",
            ),
        }
    }

    /// Counts constants, so that a small file cannot become a huge graph.
    pub fn claim(&mut self, bytes: usize) -> Lowered<()> {
        self.constant_bytes = self.constant_bytes.saturating_add(bytes);
        match self.constant_bytes {
            0..=MAX_CONSTANTS => Ok(()),
            _ => refuse("the constants of the model are too large", "up to 128 MiB of constants"),
        }
    }

    /// An int8 constant and its shape.
    pub fn bytes(&mut self, index: usize) -> Lowered<(Vec<i8>, Vec<usize>)> {
        let (data, shape) = self.constant(index, names::INT8)?;
        Ok((data.iter().map(|byte| *byte as i8).collect(), shape))
    }

    /// An int32 constant.
    pub fn words(&mut self, index: usize) -> Lowered<Vec<i32>> {
        let (data, _) = self.constant(index, names::INT32)?;
        let word = |bytes: &[u8]| i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        Ok(data.chunks_exact(4).map(word).collect())
    }

    /// An int32 or int64 constant.
    pub fn whole(&mut self, index: usize) -> Lowered<Vec<i64>> {
        if self.model.tensors[index].kind != names::INT64 {
            return Ok(self.words(index)?.into_iter().map(i64::from).collect());
        }
        let (data, _) = self.constant(index, names::INT64)?;
        Ok(data.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect())
    }

    /// Biases: int32, or with `wide` also int64 that fits 32 bits.
    pub fn biases(&mut self, index: usize, wide: bool) -> Lowered<Vec<i32>> {
        if !wide || self.model.tensors[index].kind != names::INT64 {
            return self.words(index);
        }
        let bias = |(channel, bias): (usize, i64)| {
            i32::try_from(bias)
                .map_err(|_| Refusal { reason: format!("the bias of output channel {channel} is {bias}"), fits: "biases of up to 32 bits" })
        };
        self.whole(index)?.into_iter().enumerate().map(bias).collect()
    }
}

/// The shape of an activation.
fn static_shape(tensor: &Tensor, most: usize) -> Lowered<Vec<usize>> {
    let fits = "static shapes of rank 1 to 4 with batch 1 and up to 64 Mi values (of rank 5 between RESHAPE and RESHAPE, where channels are divided)";
    let dynamic = tensor.signature.iter().skip(1).any(|size| *size < 0);
    let sizes: Option<Vec<usize>> = tensor.shape.iter().map(|size| usize::try_from(*size).ok().filter(|size| *size > 0)).collect();
    let values = sizes.as_ref().and_then(|sizes| sizes.iter().try_fold(1usize, |values, size| values.checked_mul(*size)));
    match (sizes, values) {
        (Some(sizes), Some(1..=MAX_ACTIVATION)) if !dynamic && sizes.first() == Some(&1) && sizes.len() <= most => Ok(sizes),
        _ if dynamic => refuse(format!("tensor {:?} has the dynamic shape {:?}", tensor.name, tensor.signature), fits),
        _ => refuse(format!("tensor {:?} has shape {:?}", tensor.name, tensor.shape), fits),
    }
}
