//! Post-training quantisation: a float network, inputs to calibrate with, and what is wanted of each layer; out comes an integer graph.
//!
//! Activations are quantised per tensor, where the hardware stores them; weights per output channel (or per layer), with zero point 0 and
//! without the lowest integer. No weight is trained. Sources: R. Krishnamoorthi, *Quantizing deep convolutional networks for efficient
//! inference*, 2018; M. Nagel et al., *Data-Free Quantization Through Weight Equalization and Bias Correction*, ICCV 2019 (ranges from batch
//! normalisation, bias correction); R. Banner et al., *Post training 4-bit quantization*, NeurIPS 2019 (bits per layer).

mod activations;
mod correct;
mod data_free;
mod lower;
mod moments;
mod observe;
mod ranges;
mod sites;
mod weights;

use serde::Serialize;

use crate::graph::Graph;
use crate::import::ImportError;
use crate::import::onnx::float::{Array, Network};

pub use weights::{Form, Integers, Style, WeightRange, integers, uniform};

/// How the range of an activation is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ranges {
    /// From the smallest to the largest value of the calibration inputs.
    MinMax,
    /// Without the given percentage of outermost values at either end.
    Percentile(f64),
    /// The range with the least mean square error.
    Mse,
    /// From means and deviations that batch normalisation holds; no inputs are needed.
    BatchNorm {
        /// Smallest and largest value of the network's inputs.
        inputs: [f32; 2],
    },
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// One per layer.
    pub forms: Vec<Form>,
    /// Bits of each layer's output, 1 to 8; with 1 it is -1 or 1, where only binary layers read it.
    pub activations: Vec<u32>,
    /// Bits of the other activations (sums, averages, functions), 2 to 8.
    pub other_activations: u32,
    /// How ranges of activations are found.
    pub ranges: Ranges,
    /// How ranges of weights are found.
    pub weight_range: WeightRange,
    /// One scale for all weights of a layer.
    pub per_tensor: bool,
    /// Whether biases make up for what quantisation changes in the mean of each channel.
    pub correct_bias: bool,
    /// Shares of the weights of [`Form::Inq`] that are quantised after each step, ascending up to 1.
    pub inq_steps: Vec<f64>,
}

/// What became of a layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerReport {
    /// The layer's name.
    pub name: String,
    /// Number of weights.
    pub weights: usize,
    /// Codes of the weights: one per weight, or per vector of weights.
    pub codes: usize,
    /// Bits of a code.
    pub weight_bits: u32,
    /// Different integers among the weights, 0 included; of vectors, different vectors.
    pub distinct: usize,
    /// The form of the weights.
    pub form: &'static str,
    /// Signal to noise of the weights in decibels.
    pub weight_sqnr_db: f64,
    /// Bits of the layer's output activation.
    pub activation_bits: u32,
    /// Root mean square of the change in that activation, relative to its own; earlier layers' included. `None` without calibration inputs.
    pub relative_rms: Option<f64>,
}

/// A quantised network.
#[derive(Clone, Debug)]
pub struct Quantised {
    /// In integers.
    pub graph: Graph,
    /// Layer by layer.
    pub layers: Vec<LayerReport>,
    /// Relative root mean square of the change in the network's outputs. `None` without calibration inputs.
    pub output_relative_rms: Option<f64>,
}

/// Quantises a network. `inputs` are calibration inferences, one array per input each; ranges from batch normalisation need none.
///
/// # Errors
/// Operators that cannot be quantised or that the hardware does not have: the node's name, the reason, and what would fit.
pub fn quantise(network: &Network, inputs: &[Vec<Array>], options: &Options) -> Result<Quantised, ImportError> {
    let places = sites::find(network, options);
    let statistics = match options.ranges {
        Ranges::BatchNorm { inputs } => data_free::statistics(network, &places, inputs)?,
        Ranges::MinMax | Ranges::Percentile(_) | Ranges::Mse => observe::statistics(network, &places, inputs, options.ranges)?,
    };
    let quantisers = activations::quantisers(&places, &statistics, options);
    let curvatures = moments::curvatures(network, inputs, options)?;
    let integers = weights::all(network, options, &curvatures);
    let mut approximate = network.clone();
    for (layer, integers) in approximate.layers_mut().iter_mut().zip(&integers) {
        layer.weights = integers.real();
    }
    let changes = match options.ranges {
        Ranges::BatchNorm { .. } => {
            if options.correct_bias {
                data_free::correct(network, &mut approximate, &statistics);
            }
            None
        }
        Ranges::MinMax | Ranges::Percentile(_) | Ranges::Mse => Some(correct::correct(network, &mut approximate, &quantisers, inputs, options)?),
    };
    let graph = lower::lower(&approximate, &quantisers, &integers)?;
    let layers = lower::reports(network, &integers, &places, options, changes.as_ref());
    Ok(Quantised { graph, layers, output_relative_rms: changes.map(|changes| changes.outputs) })
}
