//! Float weights to integers: one layer's, or a whole model's.

use fretwork::driver::error::CommandError;
use fretwork::driver::quantise::{QuantiseArgs, WeightArgs};
use fretwork::import::load_float;
use fretwork::import::onnx::float::Layer;
use fretwork::inputs::{self, Data};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;

use super::error::{InputError, compute};
use super::network::Network;
use super::{arguments, arrays, json};

/// One layer's float weights (float32, output channels first) as integers, and what 1 stands for in each output channel.
///
/// Methods and keywords are those of `fretwork quantise --weights METHOD`. Nothing is known of the layer's inputs, so that methods that weigh them
/// look at the weights alone.
#[pyfunction]
#[pyo3(signature = (weights, method, **options))]
pub fn compress<'py>(
    py: Python<'py>,
    weights: &Bound<'py, PyAny>,
    method: &str,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let args: WeightArgs = arguments::options(options, &[("weights", method.to_owned())])?;
    let array = arrays::array("weights", weights)?;
    let Data::Float(values) = array.data else {
        return Err(InputError::new_err(format!("weights: the array's type is '{}', must be float32 ('<f4')", array.dtype)));
    };
    if array.shape.len() < 2 || values.is_empty() {
        let fits = "it must be [out, in] of a matrix product or [out, in, height, width] of a convolution, with one weight or more";
        return Err(InputError::new_err(format!("weights: the array's shape is {:?}; {fits}", array.shape)));
    }
    if let Some(element) = values.iter().position(|value| !value.is_finite()) {
        return Err(InputError::new_err(format!("weights: element {element} is not a number")));
    }
    let layer = Layer::new("weights", array.shape, values);
    let integers = compute(py, || args.integers(&layer))?;
    let scales = arrays::shaped(py, &[layer.rows()], integers.scales)?;
    Ok((arrays::shaped(py, &layer.shape, integers.values)?, scales))
}

/// A float model (ONNX) in integers, and what was done layer by layer, as `fretwork quantise --json` says it; the keywords are its options.
///
/// `inputs` (float32) calibrate; all of them are used.
#[pyfunction]
#[pyo3(signature = (path, inputs = None, **options))]
pub fn quantise<'py>(
    py: Python<'py>,
    path: PathBuf,
    inputs: Option<&Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<(Network, Bound<'py, PyAny>)> {
    let args: QuantiseArgs = arguments::options(options, &[])?;
    let name = path.file_stem().map_or_else(|| "model".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let calibrated = inputs.is_some();
    let network = compute(py, || {
        args.check(calibrated)?;
        Ok(load_float(&path, &name)?)
    })?;
    let borders = network.inputs();
    let names: Vec<String> = borders.iter().map(|(name, _)| name.clone()).collect();
    let arrays = inputs.map(|inputs| arrays::arrays(&names, inputs)).transpose()?;
    let (network, summary) = compute(py, || {
        let reals = arrays.map_or(Ok(Vec::new()), |arrays| inputs::reals(&borders, &arrays)).map_err(CommandError::from)?;
        let inferences: Vec<_> = reals.into_iter().map(|inference| network.arrays(inference)).collect();
        let made = args.quantise(network, &inferences, None)?;
        let (network, written) = Network::made(made.quantised.graph.clone())?;
        Ok((network, made.summary(None, inferences.len(), written.bytes.len())))
    })?;
    Ok((network, json::object(py, &summary)?))
}
