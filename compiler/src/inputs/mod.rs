//! What inferences are given: random values from a seed, or arrays from `.npy` and `.npz` files. Models are read elsewhere.

mod error;
mod file;
mod npy;

pub use error::InputError;
pub use file::{MAX_FILE_BYTES, load};
pub use npy::{Array, Data, parse};

use crate::graph::{Graph, Tensor, host};
use fretwork_sim::stalls::splitmix;

/// The input tensors of one inference as bytes, in the graph's order.
pub type Inference = Vec<Vec<i8>>;

/// `count` inferences whose values depend on the seed alone; every value of the input's type is as likely as any other.
pub fn random(graph: &Graph, count: usize, seed: u64) -> Vec<Inference> {
    let tensor = |inference: usize, input: usize, len: usize| {
        let stream = splitmix(splitmix(seed ^ (inference as u64) << 20) ^ input as u64);
        (0..len).map(|i| splitmix(stream.wrapping_add(i as u64)) as i8).collect()
    };
    let inputs = |inference| graph.inputs.iter().enumerate().map(|(i, &id)| tensor(inference, i, graph.tensors[id].bytes())).collect();
    (0..count).map(inputs).collect()
}

/// Inferences from one array per graph input. An array holds int8 or int16 as the network takes it, or float32, which is quantised as the host
/// does it; its shape is the tensor's, with the number of inferences for the leading 1 or without a leading axis.
///
/// # Errors
/// An array whose shape, type or number of inferences does not fit.
pub fn from_arrays(graph: &Graph, arrays: &[(String, Array)]) -> Result<Vec<Inference>, InputError> {
    if arrays.len() != graph.inputs.len() {
        let names = graph.inputs.iter().map(|&id| format!("'{}'", graph.tensors[id].name)).collect::<Vec<_>>().join(", ");
        return Err(InputError::Arrays { given: arrays.len(), needed: graph.inputs.len(), names });
    }
    let mut inferences: Vec<Inference> = Vec::new();
    for (index, (&id, (file, array))) in graph.inputs.iter().zip(arrays).enumerate() {
        let tensors = split(&graph.tensors[id], file, array)?;
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

/// One tensor per inference.
fn split(tensor: &Tensor, file: &str, array: &Array) -> Result<Vec<Vec<i8>>, InputError> {
    let inner = match tensor.shape[..] {
        [1, ref inner @ ..] if !inner.is_empty() => inner,
        ref all => all,
    };
    let fits = array.shape == inner || array.shape.get(1..).is_some_and(|rest| rest == inner);
    if !fits {
        let (found, name, shape) = (array.shape.clone(), tensor.name.clone(), tensor.shape.clone());
        return Err(InputError::Shape { file: file.to_owned(), found, name, shape, inner: inner.to_vec() });
    }
    let values = match &array.data {
        Data::Int8(values) if !tensor.wide => values.clone(),
        Data::Int16(values) if tensor.wide => tensor.value(values),
        Data::Float(values) => {
            if let Some(element) = values.iter().position(|value| value.is_nan()) {
                return Err(InputError::NotANumber { file: file.to_owned(), element });
            }
            host::quantise(values, tensor)
        }
        Data::Int8(_) | Data::Int16(_) | Data::Integers(_) => {
            let fits = if tensor.wide { "int16 ('<i2') or float32 ('<f4')" } else { "int8 ('|i1') or float32 ('<f4')" };
            return Err(InputError::Type { file: file.to_owned(), found: array.dtype.clone(), fits });
        }
    };
    if values.is_empty() {
        return Err(InputError::NoInference { file: file.to_owned() });
    }
    Ok(values.chunks(tensor.bytes()).map(<[i8]>::to_vec).collect())
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
