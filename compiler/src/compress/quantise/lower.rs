//! From choices to a graph, and to a report.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::activations::Activation;
use super::correct::Changes;
use super::sites::Sites;
use super::weights::{Integers, sqnr_db};
use super::{LayerReport, Options};
use crate::graph::Graph;
use crate::import::ImportError;
use crate::import::onnx::choices::Choices;
use crate::import::onnx::constant::{Constant, Kind, Steps};
use crate::import::onnx::float::{Layer, Network};

/// The graph of a network whose layers have the given integers as weights.
pub fn lower(network: &Network, activations: &HashMap<String, Activation>, integers: &[Integers]) -> Result<Graph, ImportError> {
    let mut choices = Choices::default();
    for (name, activation) in activations {
        choices.quantisers.insert(name.clone(), activation.quantiser());
    }
    for node in 0..network.len() {
        let Some(index) = network.layer(node) else { continue };
        let layer = &network.layers()[index];
        choices.constants.insert(format!("{}/weights", layer.origin), Rc::new(weights(layer, &integers[index])));
        choices.constants.insert(format!("{}/bias", layer.origin), Rc::new(Constant::real(vec![layer.rows()], layer.bias.clone())));
    }
    network.quantised(choices)
}

/// Weights with their integers; what 1 stands for is the same along a row.
fn weights(layer: &Layer, integers: &Integers) -> Constant {
    let cols = layer.cols();
    let scales = (0..layer.weights.len()).map(|index| integers.scales[index / cols]).collect();
    let steps = Steps { integers: integers.values.iter().map(|value| i32::from(*value)).collect(), scales, linear: false };
    let values = integers.real().into_iter().map(f64::from).collect();
    Constant { kind: Kind::Float, shape: layer.shape.clone(), values, steps: Some(steps) }
}

/// What became of each layer.
pub fn reports(network: &Network, integers: &[Integers], sites: &Sites, options: &Options, changes: Option<&Changes>) -> Vec<LayerReport> {
    let one = |(index, layer): (usize, &Layer)| {
        let form = options.forms[index];
        let vectors: Vec<Vec<i8>> = integers[index].vectors(form.outputs_per_code()).collect();
        LayerReport {
            name: layer.name.clone(),
            weights: layer.weights.len(),
            codes: vectors.len(),
            weight_bits: form.bits(),
            distinct: vectors.iter().collect::<HashSet<_>>().len(),
            form: form.name(),
            weight_sqnr_db: sqnr_db(layer, &integers[index]),
            activation_bits: sites.sites.iter().find(|site| site.layer == Some(index)).map_or(8, |site| site.bits),
            relative_rms: changes.map(|changes| changes.layers[index]),
        }
    };
    network.layers().iter().enumerate().map(one).collect()
}
