//! Biases that make up for what a pass changes in the mean of each channel.
//!
//! Source: M. Nagel et al., *Data-Free Quantization Through Weight Equalization and Bias Correction*, ICCV 2019, appendix D (empirical bias
//! correction), here between a network and its reduced form: layers are corrected in order, each with its corrected predecessors.

use std::collections::HashMap;

use ndarray::{ArrayViewD, Axis};
use rayon::prelude::*;

use crate::import::ImportError;
use crate::import::onnx::float::{Array, Network};

/// Most inferences that are looked at; of more, evenly spaced ones are taken.
const INFERENCES: usize = 128;

/// Output channels of each layer before that are those of the layer of the same name after, in its order; `None` where a filter is new.
pub type Kept = Vec<Vec<Option<usize>>>;

/// Corrects the biases of layers of `after` that `before` has too.
pub fn correct(before: &Network, after: &mut Network, kept: &Kept, inputs: &[Vec<Array>]) -> Result<(), ImportError> {
    let mut wanted: Vec<Vec<f64>> = vec![Vec::new(); before.layers().len()];
    walk(&mut before.clone(), inputs, |_, layer, values| wanted[layer] = means(values))?;
    walk(after, inputs, |after, layer, values| {
        let Some(old) = before.layers().iter().position(|old| old.name == after.layers()[layer].name) else { return };
        let found = means(values);
        for (row, from) in kept[old].iter().enumerate() {
            let Some(wanted) = from.and_then(|from| wanted[old].get(from)) else { continue };
            let shift = (wanted - found[row]) as f32;
            after.layers_mut()[layer].bias[row] += shift;
            for value in values.iter_mut() {
                let axis = axis(value);
                value.index_axis_mut(axis, row).mapv_inplace(|x| x + shift);
            }
        }
    })
}

/// Runs all inferences node by node; `visit` may change a layer's biases and what it has computed.
fn walk(network: &mut Network, inputs: &[Vec<Array>], mut visit: impl FnMut(&mut Network, usize, &mut [Array])) -> Result<(), ImportError> {
    let names: Vec<String> = network.inputs().into_iter().map(|(name, _)| name).collect();
    let stride = inputs.len().div_ceil(INFERENCES).max(1);
    let mut runs: Vec<HashMap<String, Array>> =
        inputs.iter().step_by(stride).map(|arrays| names.iter().cloned().zip(arrays.iter().cloned()).collect()).collect();
    for node in 0..network.len() {
        let current = &*network;
        let mut values: Vec<Array> = runs.par_iter().map(|run| current.evaluate(node, run)).collect::<Result<_, _>>()?;
        if let Some(layer) = network.layer(node) {
            visit(network, layer, &mut values);
        }
        let read_later = |name: &str| (node + 1..network.len()).any(|later| network.operands(later).contains(&name));
        let done: Vec<&str> = network.operands(node).into_iter().filter(|name| !read_later(name)).collect();
        for (run, value) in runs.iter_mut().zip(values) {
            done.iter().for_each(|name| drop(run.remove(*name)));
            run.insert(network.output(node).to_owned(), value);
        }
    }
    Ok(())
}

/// The axis along which a layer's output channels lie.
fn axis(value: &Array) -> Axis {
    Axis(if value.ndim() == 4 { 1 } else { value.ndim().saturating_sub(1) })
}

/// Mean of each channel over all inferences.
fn means(values: &[Array]) -> Vec<f64> {
    let mean = |lane: ArrayViewD<f32>| lane.iter().map(|x| f64::from(*x)).sum::<f64>() / lane.len().max(1) as f64;
    let all: Vec<Vec<f64>> = values.iter().map(|value| value.axis_iter(axis(value)).map(mean).collect()).collect();
    (0..all.first().map_or(0, Vec::len)).map(|channel| all.iter().map(|own| own[channel]).sum::<f64>() / all.len() as f64).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::compress::reduce::Outcome;
    use crate::import::onnx::float::testing::{Builder, run};

    #[test]
    fn what_a_channel_gave_on_average_becomes_a_bias() {
        let network = Builder::new(&[1, 2])
            .layer("first", "x", &[2, 2], &[1.0, 0.0, 0.0, 1.0])
            .node("Relu", "relu", &["first"], &[])
            .layer("last", "relu", &[2, 2], &[1.0, 10.0, 2.0, 20.0])
            .read("last");
        let channels = network.channels().unwrap();
        let outcome = Outcome::without(&network, &channels, &HashSet::from([channels.outputs(0)[1]]), Vec::new()).unwrap();
        let mut reduced = outcome.network;
        let inputs: Vec<Vec<Array>> = [[1.0, 1.0], [5.0, 3.0]].iter().map(|x| vec![Array::from_shape_vec(vec![1, 2], x.to_vec()).unwrap()]).collect();
        correct(&network, &mut reduced, &outcome.kept, &inputs).unwrap();
        // The second channel is 2 on average.
        assert_eq!(reduced.layers()[1].bias, [20.0, 40.0]);
        assert_eq!(reduced.layers()[0].bias, [0.0]);
        assert_eq!(run(&reduced, &[3.0, 9.0]), [23.0, 46.0]);
    }
}
