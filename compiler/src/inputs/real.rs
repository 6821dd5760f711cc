//! Inputs of float networks: arrays of real numbers in the model's own shapes.

use super::{Array, Data, InputError};

/// One inference's values for one input.
pub type Reals = Vec<f32>;

/// Inferences from one array per input. An array has the input's shape, with the number of inferences for the batch or without a batch; its
/// numbers are taken as they are.
///
/// # Errors
/// An array whose shape or number of inferences does not fit, or which holds what is no finite number.
pub fn reals(inputs: &[(String, Vec<usize>)], arrays: &[(String, Array)]) -> Result<Vec<Vec<Reals>>, InputError> {
    if arrays.len() != inputs.len() {
        let names = inputs.iter().map(|(name, _)| format!("'{name}'")).collect::<Vec<_>>().join(", ");
        return Err(InputError::Arrays { given: arrays.len(), needed: inputs.len(), names });
    }
    let mut inferences: Vec<Vec<Reals>> = Vec::new();
    for (index, ((name, shape), (file, array))) in inputs.iter().zip(arrays).enumerate() {
        let parts = split(name, shape, file, array)?;
        if index == 0 {
            inferences = vec![Vec::new(); parts.len()];
        }
        if parts.len() != inferences.len() {
            return Err(InputError::Counts { file: file.clone(), found: parts.len(), expected: inferences.len() });
        }
        inferences.iter_mut().zip(parts).for_each(|(inference, part)| inference.push(part));
    }
    Ok(inferences)
}

fn split(name: &str, shape: &[usize], file: &str, array: &Array) -> Result<Vec<Reals>, InputError> {
    let inner = if shape.len() > 1 { &shape[1..] } else { shape };
    if array.shape != inner && array.shape.get(1..) != Some(inner) {
        let (found, name, fits) = (array.shape.clone(), name.to_owned(), vec![inner.to_vec()]);
        return Err(InputError::Shape { file: file.to_owned(), found, name, shape: shape.to_vec(), fits });
    }
    let values: Vec<f32> = match &array.data {
        Data::Int8(values) => values.iter().map(|value| f32::from(*value)).collect(),
        Data::Int16(values) => values.iter().map(|value| f32::from(*value)).collect(),
        Data::Integers(values) => values.iter().map(|value| *value as f32).collect(),
        Data::Float(values) => values.clone(),
    };
    if let Some(element) = values.iter().position(|value| !value.is_finite()) {
        return Err(InputError::NotANumber { file: file.to_owned(), element });
    }
    if values.is_empty() {
        return Err(InputError::NoInference { file: file.to_owned() });
    }
    Ok(values.chunks(inner.iter().product()).map(<[f32]>::to_vec).collect())
}
