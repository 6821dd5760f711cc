//! What inferences are given: random values from a seed, or arrays from `.npy` and `.npz` files. Models are read elsewhere.

mod error;
mod file;
mod npy;
mod real;
mod write;

pub use error::InputError;
pub use file::{MAX_FILE_BYTES, load};
pub use npy::{Array, Data, parse};
pub use real::{Reals, reals};
pub use write::to_npy;

use crate::graph::{Graph, Levels, Tensor, host, to_nhwc};
use fretwork_sim::stalls::splitmix;

/// The input tensors of one inference as bytes, in the graph's order.
pub type Inference = Vec<Vec<i8>>;

/// Labels of so many inferences: classes of the graph's first output, as many as there are inferences. `name` is the array's in messages.
///
/// # Errors
/// An array that is no list of classes, or too short.
pub fn classes(graph: &Graph, name: &str, array: &Array, inferences: usize) -> Result<Vec<usize>, InputError> {
    let count = graph.outputs.first().map_or(0, |&output| graph.tensors[output].len());
    let mut labels = labels(name, array, count)?;
    if labels.len() < inferences {
        return Err(InputError::LabelCount { file: name.to_owned(), found: labels.len(), inferences });
    }
    labels.truncate(inferences);
    Ok(labels)
}

/// `count` inferences whose values depend on the seed alone; every value of the input's type is as likely as any other.
pub fn random(graph: &Graph, count: usize, seed: u64) -> Vec<Inference> {
    let tensor = |inference: usize, (input, id): (usize, &usize)| {
        let stream = splitmix(splitmix(seed ^ (inference as u64) << 20) ^ input as u64);
        let tensor = &graph.tensors[*id];
        (0..tensor.bytes()).map(|i| level(tensor, splitmix(stream.wrapping_add(i as u64)) as u8)).collect()
    };
    (0..count).map(|inference| graph.inputs.iter().enumerate().map(|input| tensor(inference, input)).collect()).collect()
}

/// The level that a random byte stands for.
fn level(tensor: &Tensor, byte: u8) -> i8 {
    match tensor.levels {
        Levels::All => byte as i8,
        Levels::Range([low, high]) => (i32::from(low) + i32::from(byte) % (i32::from(high) - i32::from(low) + 1)) as i8,
        Levels::Bipolar => 1 - 2 * (byte & 1) as i8,
    }
}

/// Inferences from one array per graph input. An array holds int8 or int16 as the network takes it, or float32, which is quantised as the host
/// does it; its shape is the tensor's, with the number of inferences for the leading 1 or without a leading axis. Where the
/// model takes an image as NCHW, that or NHWC; it is NCHW when both have the same sizes.
///
/// # Errors
/// An array whose shape, type or number of inferences does not fit.
pub fn from_arrays(graph: &Graph, arrays: &[(String, Array)]) -> Result<Vec<Inference>, InputError> {
    if arrays.len() != graph.inputs.len() {
        let names = graph.inputs.iter().map(|&id| format!("'{}'", graph.tensors[id].name)).collect::<Vec<_>>().join(", ");
        return Err(InputError::Arrays { given: arrays.len(), needed: graph.inputs.len(), names });
    }
    let mut inferences: Vec<Inference> = Vec::new();
    for (index, (file, array)) in arrays.iter().enumerate() {
        let tensors = split(graph, index, file, array)?;
        if index == 0 {
            inferences = vec![Vec::new(); tensors.len()];
        }
        if tensors.len() != inferences.len() {
            return Err(InputError::Counts { file: file.clone(), found: tensors.len(), expected: inferences.len() });
        }
        for (inference, tensor) in inferences.iter_mut().zip(tensors) {
            inference.push(tensor);
        }
    }
    Ok(inferences)
}

/// A shape without its batch of 1.
pub fn inner(shape: &[usize]) -> &[usize] {
    match shape {
        [1, inner @ ..] if !inner.is_empty() => inner,
        all => all,
    }
}

/// The shape of one inference in the array, which is the model's or the graph's.
fn layout(graph: &Graph, position: usize, file: &str, array: &Array) -> Result<Vec<usize>, InputError> {
    let tensor = &graph.tensors[graph.inputs[position]];
    let shape = graph.model_input_shape(position);
    let mut layouts = vec![inner(&shape).to_vec(), inner(&tensor.shape).to_vec()];
    layouts.dedup();
    let fits = |inner: &&Vec<usize>| array.shape == **inner || array.shape.get(1..).is_some_and(|rest| rest == *inner);
    match layouts.iter().find(fits) {
        Some(inner) => Ok(inner.clone()),
        None => {
            let (found, name) = (array.shape.clone(), tensor.name.clone());
            Err(InputError::Shape { file: file.to_owned(), found, name, shape, fits: layouts })
        }
    }
}

/// One tensor per inference.
fn split(graph: &Graph, position: usize, file: &str, array: &Array) -> Result<Vec<Vec<i8>>, InputError> {
    let (tensor, rounding) = (&graph.tensors[graph.inputs[position]], host::rounding(graph, position));
    let layout = layout(graph, position, file, array)?;
    let values = match &array.data {
        Data::Int8(values) if !tensor.wide && !tensor.unsigned => values.clone(),
        Data::Integers(values) if tensor.unsigned && values.iter().all(|value| (0..=255).contains(value)) => {
            values.iter().map(|value| (value - 128) as i8).collect()
        }
        Data::Int16(values) if tensor.wide => tensor.value(values),
        Data::Float(values) => {
            if let Some(element) = values.iter().position(|value| value.is_nan()) {
                return Err(InputError::NotANumber { file: file.to_owned(), element });
            }
            host::quantise(values, tensor, rounding)
        }
        Data::Int8(_) | Data::Int16(_) | Data::Integers(_) => {
            let fits = match tensor {
                Tensor { wide: true, .. } => "int16 ('<i2') or float32 ('<f4')",
                Tensor { unsigned: true, .. } => "uint8 ('|u1') or float32 ('<f4')",
                _ => "int8 ('|i1') or float32 ('<f4')",
            };
            return Err(InputError::Type { file: file.to_owned(), found: array.dtype.clone(), fits });
        }
    };
    if let Some(element) = (0..values.len()).find(|&at| !tensor.wide && !tensor.takes(i16::from(values[at]))) {
        return Err(InputError::Level { file: file.to_owned(), element, value: values[element], range: tensor.range() });
    }
    if values.is_empty() {
        return Err(InputError::NoInference { file: file.to_owned() });
    }
    let nchw = tensor.image().filter(|_| graph.takes_nchw(position) && layout == inner(&graph.model_input_shape(position)));
    let one = |value: &[i8]| nchw.map_or(value.to_vec(), |image| tensor.value(&to_nhwc(&tensor.elements(value), image)));
    Ok(values.chunks(tensor.bytes()).map(one).collect())
}

/// Class labels: one integer per inference, each below `classes`.
///
/// # Errors
/// An array that is no list of integers, or a label that is no class.
pub fn labels(file: &str, array: &Array, classes: usize) -> Result<Vec<usize>, InputError> {
    let values: Vec<i64> = match &array.data {
        Data::Int8(values) => values.iter().map(|&value| i64::from(value)).collect(),
        Data::Int16(values) => values.iter().map(|&value| i64::from(value)).collect(),
        Data::Integers(values) => values.clone(),
        Data::Float(_) => return Err(InputError::Type { file: file.to_owned(), found: array.dtype.clone(), fits: "an integer type" }),
    };
    if array.shape.iter().filter(|&&size| size != 1).count() > 1 {
        return Err(InputError::LabelShape { file: file.to_owned(), found: array.shape.clone() });
    }
    let class = |(index, &label): (usize, &i64)| match usize::try_from(label) {
        Ok(class) if class < classes => Ok(class),
        _ => Err(InputError::Label { file: file.to_owned(), index, label, classes }),
    };
    values.iter().enumerate().map(class).collect()
}

#[cfg(test)]
mod tests;
