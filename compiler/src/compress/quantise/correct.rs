//! The quantised network beside the float one, node by node: what changes, and biases that make up for changes of the mean.
//!
//! Source: M. Nagel et al., *Data-Free Quantization Through Weight Equalization and Bias Correction*, ICCV 2019, appendix D (empirical bias
//! correction): layers are corrected in order, each with its quantised predecessors.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Options;
use super::activations::Activation;
use super::observe::channel_axis;
use crate::import::ImportError;
use crate::import::onnx::float::{Array, Network, Role};

/// Most inferences that are compared; of more, evenly spaced ones are taken.
const INFERENCES: usize = 128;

/// Values of one inference, as they are and quantised.
struct Pair {
    float: HashMap<String, Array>,
    quantised: HashMap<String, Array>,
}

/// Relative root mean square of changes.
pub struct Changes {
    /// In each layer's output, limits behind it included.
    pub layers: Vec<f64>,
    /// In the network's outputs, all together.
    pub outputs: f64,
}

/// Corrects the biases of `approximate`, whose weights are quantised already, if that is wanted or activations are binary; measures what is left.
pub fn correct(
    network: &Network,
    approximate: &mut Network,
    activations: &HashMap<String, Activation>,
    inputs: &[Vec<Array>],
    options: &Options,
) -> Result<Changes, ImportError> {
    let corrects = options.correct_bias || activations.values().any(|activation| matches!(activation, Activation::Binary { .. }));
    let stride = inputs.len().div_ceil(INFERENCES).max(1);
    let mut pairs: Vec<Pair> = inputs.iter().step_by(stride).map(|arrays| Pair::new(network, arrays, activations)).collect();
    let mut changes = vec![0.0; network.layers().len()];
    let mut outputs = [0.0; 2];
    let mut layer_of: HashMap<String, usize> = HashMap::new();
    for node in 0..network.len() {
        let name = network.output(node);
        let current: &Network = approximate;
        pairs.par_iter_mut().try_for_each(|pair| pair.compute(network, current, node))?;
        let source = match network.role(node) {
            Role::Layer => network.layer(node),
            Role::Limit => network.operands(node).first().and_then(|operand| layer_of.get(*operand).copied()),
            _ => None,
        };
        if let (Some(layer), true) = (network.layer(node), corrects) {
            let difference = mean_difference(&pairs, name);
            for (bias, difference) in approximate.layers_mut()[layer].bias.iter_mut().zip(&difference) {
                *bias -= difference;
            }
            pairs.par_iter_mut().for_each(|pair| pair.shift(name, &difference));
        }
        if let Some(activation) = activations.get(name) {
            pairs.par_iter_mut().for_each(|pair| pair.quantised.get_mut(name).into_iter().for_each(|value| activation.apply(value)));
        }
        if let Some(layer) = source {
            layer_of.insert(name.to_owned(), layer);
            changes[layer] = relative(squares(&pairs, name));
        }
        if network.outputs().iter().any(|output| output == name) {
            let own = squares(&pairs, name);
            outputs = [outputs[0] + own[0], outputs[1] + own[1]];
        }
        forget(network, node, &mut pairs);
    }
    Ok(Changes { layers: changes, outputs: relative(outputs) })
}

impl Pair {
    fn new(network: &Network, arrays: &[Array], activations: &HashMap<String, Activation>) -> Pair {
        let float: HashMap<String, Array> = network.inputs().into_iter().map(|(name, _)| name).zip(arrays.iter().cloned()).collect();
        let mut quantised = float.clone();
        for (name, value) in &mut quantised {
            activations.get(name).into_iter().for_each(|activation| activation.apply(value));
        }
        Pair { float, quantised }
    }

    fn compute(&mut self, network: &Network, approximate: &Network, node: usize) -> Result<(), ImportError> {
        let name = network.output(node).to_owned();
        self.float.insert(name.clone(), network.evaluate(node, &self.float)?);
        self.quantised.insert(name, approximate.evaluate(node, &self.quantised)?);
        Ok(())
    }

    /// Takes off each channel what it is too large.
    fn shift(&mut self, name: &str, difference: &[f32]) {
        let Some(value) = self.quantised.get_mut(name) else { return };
        let axis = channel_axis(value);
        value.axis_iter_mut(axis).zip(difference).for_each(|(mut lane, difference)| lane -= *difference);
    }
}

/// By how much each channel is too large on average.
fn mean_difference(pairs: &[Pair], name: &str) -> Vec<f32> {
    let one = |pair: &Pair| -> Vec<f64> {
        let (Some(float), Some(quantised)) = (pair.float.get(name), pair.quantised.get(name)) else { return Vec::new() };
        let difference = quantised - float;
        let mean = |lane: ndarray::ArrayViewD<f32>| lane.iter().map(|x| f64::from(*x)).sum::<f64>() / lane.len().max(1) as f64;
        difference.axis_iter(channel_axis(&difference)).map(mean).collect()
    };
    let all: Vec<Vec<f64>> = pairs.par_iter().map(one).collect();
    let channels = all.first().map_or(0, Vec::len);
    (0..channels).map(|channel| (all.iter().map(|own| own[channel]).sum::<f64>() / all.len() as f64) as f32).collect()
}

/// Sums of squares of the change and of the value.
fn squares(pairs: &[Pair], name: &str) -> [f64; 2] {
    let one = |pair: &Pair| -> [f64; 2] {
        let (Some(float), Some(quantised)) = (pair.float.get(name), pair.quantised.get(name)) else { return [0.0; 2] };
        let terms = float.iter().zip(quantised).map(|(float, quantised)| [f64::from(quantised - float).powi(2), f64::from(*float).powi(2)]);
        terms.fold([0.0; 2], |sum, term| [sum[0] + term[0], sum[1] + term[1]])
    };
    let all: Vec<[f64; 2]> = pairs.par_iter().map(one).collect();
    all.iter().fold([0.0; 2], |sum, own| [sum[0] + own[0], sum[1] + own[1]])
}

fn relative([change, value]: [f64; 2]) -> f64 {
    if change == 0.0 { 0.0 } else { (change / value.max(f64::MIN_POSITIVE)).sqrt() }
}

/// Drops values that no later node reads.
fn forget(network: &Network, node: usize, pairs: &mut [Pair]) {
    let read_later = |name: &str| (node + 1..network.len()).any(|later| network.operands(later).contains(&name));
    let done: Vec<String> = network.operands(node).into_iter().filter(|name| !read_later(name)).map(str::to_owned).collect();
    for pair in pairs {
        for name in &done {
            pair.float.remove(name);
            pair.quantised.remove(name);
        }
    }
}
