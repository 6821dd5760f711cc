//! How large layers are: parameters and multiply-accumulates.

use std::collections::HashMap;

use ndarray::{ArrayD, IxDyn};
use serde::Serialize;

use crate::import::ImportError;
use crate::import::onnx::float::{Layer, Network};

/// The size of a layer, or of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Weights and biases.
    pub parameters: u64,
    /// Weights that are not 0.
    pub nonzero_weights: u64,
    /// Multiply-accumulates of one inference, those by 0 included.
    pub macs: u64,
}

impl Size {
    /// The sum.
    pub fn plus(self, other: Size) -> Size {
        Size {
            parameters: self.parameters + other.parameters,
            nonzero_weights: self.nonzero_weights + other.nonzero_weights,
            macs: self.macs + other.macs,
        }
    }
}

/// A layer before and after a pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerSizes {
    /// The layer's name.
    pub name: String,
    /// Before, if it was there.
    pub before: Option<Size>,
    /// After, if it is there.
    pub after: Option<Size>,
}

/// Shapes of all values by their names.
///
/// # Errors
/// Operators that are not supported, and shapes that do not fit.
pub fn shapes(network: &Network) -> Result<HashMap<String, Vec<usize>>, ImportError> {
    let zeros: Vec<ArrayD<f32>> = network.inputs().iter().map(|(_, shape)| ArrayD::zeros(IxDyn(shape))).collect();
    Ok(network.run(&zeros)?.into_iter().map(|(name, value)| (name, value.shape().to_vec())).collect())
}

/// How many sums one output channel of a layer has.
pub fn pixels(layer: &Layer, shapes: &HashMap<String, Vec<usize>>) -> usize {
    shapes.get(&layer.output).map_or(0, |shape| shape.iter().product::<usize>() / layer.rows().max(1))
}

/// Sizes of all layers, with their names.
fn sizes(network: &Network) -> Result<Vec<(&str, Size)>, ImportError> {
    let shapes = shapes(network)?;
    let one = |layer: &Layer| Size {
        parameters: (layer.weights.len() + layer.bias.len()) as u64,
        nonzero_weights: layer.weights.iter().filter(|weight| **weight != 0.0).count() as u64,
        macs: (layer.weights.len() * pixels(layer, &shapes)) as u64,
    };
    Ok(network.layers().iter().map(|layer| (&layer.name[..], one(layer))).collect())
}

/// The layers of both networks; those of the second in order, with the first's beside them.
pub fn compare(before: &Network, after: &Network) -> Result<Vec<LayerSizes>, ImportError> {
    let (mut old, new) = (sizes(before)?, sizes(after)?);
    let mut take = |name: &str| old.iter().position(|(own, _)| *own == name).map(|at| old.remove(at).1);
    let mut layers: Vec<LayerSizes> =
        new.into_iter().map(|(name, size)| LayerSizes { name: name.to_owned(), before: take(name), after: Some(size) }).collect();
    layers.extend(old.into_iter().map(|(name, size)| LayerSizes { name: name.to_owned(), before: Some(size), after: None }));
    Ok(layers)
}
