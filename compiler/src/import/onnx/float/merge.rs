//! Functions of one channel that stand behind a layer become part of its weights and biases.

use super::layers::{Layer, Moments, Parts};
use crate::import::onnx::constant::Constant;
use crate::import::onnx::model::Node;

/// Merges batch normalisation and arithmetic with constants into the layers in front, and factors of the network's input into those behind.
pub fn merge(parts: &mut Parts, outputs: &[String]) {
    let mut index = 0;
    while index < parts.nodes.len() {
        match follower(parts, outputs, index) {
            Some((next, PerChannel { factor, offset, moments })) => {
                let follower = parts.nodes.remove(next);
                let node = &mut parts.nodes[index];
                if let Some(mut layer) = parts.layers.remove(node.output()) {
                    layer.then(&factor, &offset);
                    layer.moments = moments.or(layer.moments);
                    layer.output = follower.output().to_owned();
                    node.outputs = vec![layer.output.clone()];
                    parts.layers.insert(layer.output.clone(), layer);
                }
            }
            None => index += 1,
        }
    }
    scale_inputs(parts, outputs);
}

/// Nodes that read a value.
fn readers<'a>(parts: &'a Parts, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    parts.nodes.iter().enumerate().filter(move |(_, node)| node.inputs.iter().any(|input| input == name)).map(|(index, _)| index)
}

/// `x * factor + offset` for each channel, and what it tells of its results.
pub struct PerChannel {
    pub factor: Vec<f32>,
    pub offset: Vec<f32>,
    pub moments: Option<Moments>,
}

impl PerChannel {
    fn plain(factor: Vec<f32>, offset: Vec<f32>) -> PerChannel {
        PerChannel { factor, offset, moments: None }
    }

    /// Whether all its numbers are finite.
    pub fn is_finite(&self) -> bool {
        self.factor.iter().chain(&self.offset).all(|value| value.is_finite())
    }
}

/// The only reader of the layer at `index`, as factors and offsets, if it is a function that merges.
fn follower(parts: &Parts, outputs: &[String], index: usize) -> Option<(usize, PerChannel)> {
    let layer = parts.layers.get(parts.nodes[index].output())?;
    let mut all = readers(parts, &layer.output);
    let (next, None, false) = (all.next()?, all.next(), outputs.contains(&layer.output)) else {
        return None;
    };
    let node = &parts.nodes[next];
    let rows = layer.rows();
    let first = node.inputs.first() == Some(&layer.output);
    let constant = |position: usize| node.inputs.get(position).and_then(|name| parts.constants.get(name));
    let values = || constant(usize::from(first)).and_then(|constant| per_channel(layer, constant));
    let (zero, one) = (vec![0.0; rows], vec![1.0; rows]);
    let found = match (&node.op[..], first) {
        ("Add", _) => PerChannel::plain(one, values()?),
        ("Sub", true) => PerChannel::plain(one, values()?.into_iter().map(|value| -value).collect()),
        ("Mul", _) => PerChannel::plain(values()?, zero),
        ("Div", true) => PerChannel::plain(values()?.into_iter().map(|value| 1.0 / value).collect(), zero),
        ("BatchNormalization", true) => normalisation(parts, node).filter(|found| found.factor.len() == rows)?,
        _ => return None,
    };
    (found.is_finite() && node.int("training_mode", 0) == 0).then_some((next, found))
}

/// Batch normalisation.
pub fn normalisation(parts: &Parts, node: &Node) -> Option<PerChannel> {
    let lists: Vec<Vec<f32>> = (1..5).map(|position| Some(parts.constants.get(node.inputs.get(position)?)?.floats())).collect::<Option<_>>()?;
    let [gamma, beta, mean, variance] = &lists[..] else { return None };
    if lists.iter().any(|list| list.len() != gamma.len()) {
        return None;
    }
    let factor: Vec<f32> = gamma.iter().zip(variance).map(|(gamma, v)| gamma / (v + node.float("epsilon", 1e-5)).sqrt()).collect();
    let offset = beta.iter().zip(mean).zip(&factor).map(|((beta, mean), factor)| beta - mean * factor).collect();
    let moments = Moments { mean: beta.clone(), deviation: gamma.iter().map(|gamma| gamma.abs()).collect() };
    Some(PerChannel { factor, offset, moments: Some(moments) })
}

/// A constant's values for each channel of a layer's output.
fn per_channel(layer: &Layer, constant: &Constant) -> Option<Vec<f32>> {
    let (values, rows) = (constant.floats(), layer.rows());
    if values.len() == 1 && constant.shape.len() <= layer.shape.len() {
        return Some(vec![values[0]; rows]);
    }
    // Channels are the third axis from the end of an image, the last one of a matrix product's result.
    let behind = layer.shape.len() - 2;
    let axis = constant.shape.len().checked_sub(1 + behind)?;
    let alone = constant.shape.iter().enumerate().all(|(own, size)| own == axis || *size == 1);
    (alone && constant.shape[axis] == rows && constant.shape.len() <= layer.shape.len().max(2)).then_some(values)
}

/// `x * factor` of a network's input that only layers read goes into their weights.
fn scale_inputs(parts: &mut Parts, outputs: &[String]) {
    let computed = |parts: &Parts, name: &str| parts.nodes.iter().any(|node| node.output() == name) || parts.constants.contains_key(name);
    let mut index = 0;
    while index < parts.nodes.len() {
        let node = parts.nodes[index].clone();
        let behind: Vec<usize> = readers(parts, node.output()).collect();
        let layers = !behind.is_empty() && behind.iter().all(|reader| parts.layers.contains_key(parts.nodes[*reader].output()));
        match factor_of(parts, &node) {
            Some(factor) if layers && !outputs.iter().any(|output| output == node.output()) && !computed(parts, &node.inputs[0]) => {
                for reader in behind {
                    let follower = &mut parts.nodes[reader];
                    follower.inputs[0] = node.inputs[0].clone();
                    if let Some(layer) = parts.layers.get_mut(follower.output()) {
                        layer.weights.iter_mut().chain(&mut layer.factors).for_each(|value| *value *= factor);
                    }
                }
                parts.nodes.remove(index);
            }
            _ => index += 1,
        }
    }
}

/// The positive factor by which a node multiplies its first input.
fn factor_of(parts: &Parts, node: &Node) -> Option<f32> {
    let constant = parts.constants.get(node.inputs.get(1)?)?.scalar()?;
    let factor = match &node.op[..] {
        "Mul" => constant,
        "Div" => 1.0 / constant,
        _ => return None,
    };
    (factor > 0.0 && factor.is_normal()).then_some(factor)
}
