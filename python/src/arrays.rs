//! NumPy arrays as the library's, and the other way round.

use fretwork::graph::{Graph, Tensor, to_nchw};
use fretwork::inputs::{Array, Data, Inference, inner};
use numpy::{Element, PyArray1, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::error::InputError;

/// Arrays by the names that messages give them: one array, or a list, a tuple or a dictionary with one for each of the names.
pub fn arrays(names: &[String], value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Array)>> {
    let named = |(name, value): (String, Bound<'_, PyAny>)| Ok((name.clone(), array(&name, &value)?));
    if let Ok(by_name) = value.cast::<PyDict>() {
        if let Some(stranger) = by_name.keys().iter().find(|key| !names.iter().any(|name| key.eq(name).unwrap_or(false))) {
            return Err(InputError::new_err(format!("there is no input '{}'; the network takes '{}'", stranger.str()?, names.join("', '"))));
        }
        let given = names.iter().filter_map(|name| Some(by_name.get_item(name).transpose()?.map(|value| (format!("inputs['{name}']"), value))));
        return given.map(|one| named(one?)).collect();
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        return value.try_iter()?.enumerate().map(|(index, value)| named((format!("inputs[{index}]"), value?))).collect();
    }
    Ok(vec![named(("inputs".to_owned(), value.clone()))?])
}

/// An array of any type that the library takes; its values are copied.
pub fn array(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Array> {
    let array = value.py().import("numpy")?.call_method1("asarray", (value,))?;
    let untyped = array.cast::<PyUntypedArray>()?;
    let (shape, dtype) = (untyped.shape().to_vec(), untyped.dtype().getattr("str")?.extract::<String>()?);
    let integers = |values: Option<Vec<i64>>| values.map(Data::Integers);
    let data = match &dtype[..] {
        "|i1" => values::<i8>(&array)?.map(Data::Int8),
        "<i2" => values::<i16>(&array)?.map(Data::Int16),
        "<f4" => values::<f32>(&array)?.map(Data::Float),
        "|u1" => integers(wide(values::<u8>(&array)?)),
        "|b1" => integers(wide(values::<bool>(&array)?)),
        "<u2" => integers(wide(values::<u16>(&array)?)),
        "<u4" => integers(wide(values::<u32>(&array)?)),
        "<i4" => integers(wide(values::<i32>(&array)?)),
        "<i8" => integers(values::<i64>(&array)?),
        "<u8" => integers(values::<u64>(&array)?.map(|all| all.into_iter().map(|value| i64::try_from(value).unwrap_or(i64::MAX)).collect())),
        _ => None,
    };
    match data {
        Some(data) => Ok(Array { shape, dtype, data }),
        None => {
            let fits = "supported are int8 ('|i1'), int16 ('<i2'), float32 ('<f4') and, for labels, integers";
            Err(InputError::new_err(format!("{name}: the array's type is '{dtype}'; {fits}")))
        }
    }
}

/// The values in C order, if they are of this type.
fn values<T: Element + Copy>(array: &Bound<'_, PyAny>) -> PyResult<Option<Vec<T>>> {
    let Ok(array) = array.cast::<PyArrayDyn<T>>() else { return Ok(None) };
    let array = array.try_readonly().map_err(|error| InputError::new_err(error.to_string()))?;
    Ok(Some(array.as_array().iter().copied().collect()))
}

fn wide<T: Into<i64>>(values: Option<Vec<T>>) -> Option<Vec<i64>> {
    values.map(|values| values.into_iter().map(T::into).collect())
}

/// A NumPy array of a shape that has as many elements.
pub fn shaped<'py, T: Element>(py: Python<'py>, shape: &[usize], values: Vec<T>) -> PyResult<Bound<'py, PyAny>> {
    Ok(PyArray1::from_vec(py, values).reshape(shape)?.into_any())
}

/// NumPy's name of a tensor's element type.
pub fn dtype(tensor: &Tensor) -> &'static str {
    match tensor {
        Tensor { wide: true, .. } => "int16",
        Tensor { unsigned: true, .. } => "uint8",
        _ => "int8",
    }
}

/// A tensor's values in several inferences: integers as the model has them, the number of inferences first.
pub fn tensors<'py>(py: Python<'py>, tensor: &Tensor, shape: &[usize], values: &[Vec<i8>]) -> PyResult<Bound<'py, PyAny>> {
    let shape: Vec<usize> = std::iter::once(values.len()).chain(inner(shape).iter().copied()).collect();
    let bytes = || values.iter().flatten().copied();
    match tensor {
        Tensor { wide: true, .. } => shaped(py, &shape, tensor.elements(&bytes().collect::<Vec<_>>())),
        Tensor { unsigned: true, .. } => shaped(py, &shape, bytes().map(|byte| byte as u8 ^ 0x80).collect()),
        _ => shaped(py, &shape, bytes().collect::<Vec<_>>()),
    }
}

/// All outputs of several inferences, channels last.
pub fn outputs<'py>(py: Python<'py>, graph: &Graph, inferences: &[Vec<Vec<i8>>]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let output = |(index, id): (usize, &usize)| {
        let (tensor, values) = (&graph.tensors[*id], inferences.iter().map(|outputs| outputs[index].clone()).collect::<Vec<_>>());
        tensors(py, tensor, &tensor.shape, &values)
    };
    graph.outputs.iter().enumerate().map(output).collect()
}

/// All inputs of several inferences, as the model takes them.
pub fn inputs<'py>(py: Python<'py>, graph: &Graph, inferences: &[Inference]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let input = |(index, id): (usize, &usize)| {
        let tensor = &graph.tensors[*id];
        let nchw = tensor.image().filter(|_| graph.takes_nchw(index));
        let value = |value: &Vec<i8>| nchw.map_or(value.clone(), |image| tensor.value(&to_nchw(&tensor.elements(value), image)));
        let values: Vec<Vec<i8>> = inferences.iter().map(|inputs| value(&inputs[index])).collect();
        tensors(py, tensor, &graph.model_input_shape(index), &values)
    };
    graph.inputs.iter().enumerate().map(input).collect()
}
