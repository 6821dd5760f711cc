//! The layers that compression works on: each one's weights as a matrix of output channels by inputs, whatever the operation stores.

use fretwork_sim::requantise::{Rounding, Scale};

use crate::graph::fixed_point::quantise_multiplier;
use crate::graph::{Graph, Node, Op, Output};

/// One layer's weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Index into [`Graph::nodes`].
    pub node: usize,
    /// The node's name.
    pub name: String,
    /// Output channels.
    pub rows: usize,
    /// Weights per output channel.
    pub cols: usize,
    /// `[row][column]`.
    pub weights: Vec<i8>,
    /// Real value of a weight of 1, one per row; 1 where thresholds follow.
    pub steps: Vec<f64>,
}

impl Layer {
    /// A weight's real value.
    pub fn real(&self, index: usize) -> f64 {
        f64::from(self.weights[index]) * self.steps[index / self.cols]
    }
}

/// The weights that a node stores, in its own order.
pub fn stored(op: &Op) -> Option<(&[i8], &Output)> {
    match op {
        Op::Conv { weights, output, .. } | Op::Depthwise { weights, output, .. } | Op::FullyConnected { weights, output } => Some((weights, output)),
        Op::Add { .. }
        | Op::MulConstant { .. }
        | Op::AveragePool { .. }
        | Op::MaxPool { .. }
        | Op::Mean { .. }
        | Op::Pad { .. }
        | Op::Concat
        | Op::Interleave { .. }
        | Op::Select { .. }
        | Op::Displace { .. }
        | Op::Reshape
        | Op::Table { .. } => None,
    }
}

/// The weights that a node stores, to be changed.
fn stored_mut(op: &mut Op) -> Option<(&mut Vec<i8>, &mut Output)> {
    match op {
        Op::Conv { weights, output, .. } | Op::Depthwise { weights, output, .. } | Op::FullyConnected { weights, output } => Some((weights, output)),
        _ => None,
    }
}

/// The convolutions and fully connected layers in order; with `depthwise`, the depthwise convolutions as well.
pub fn layers(graph: &Graph, depthwise: bool) -> Vec<Layer> {
    let wanted = |node: &Node| depthwise || !matches!(node.op, Op::Depthwise { .. });
    let nodes = graph.nodes.iter().enumerate().filter(|(_, node)| wanted(node));
    nodes.filter_map(|(index, node)| layer(graph, index, node)).collect()
}

fn layer(graph: &Graph, index: usize, node: &Node) -> Option<Layer> {
    let (weights, output) = stored(&node.op)?;
    let rows = graph.tensors[node.output].channels();
    let cols = weights.len() / rows;
    let weights = if matches!(node.op, Op::Depthwise { .. }) { transposed(weights, cols, rows) } else { weights.to_vec() };
    let factor = f64::from(graph.tensors[node.output].scale) / f64::from(graph.tensors[node.inputs[0]].scale);
    // Behind thresholds weights have no real value; their proportions in a channel are all that matters.
    let scale = |row: usize| output.scales.get(if output.scales.len() == 1 { 0 } else { row });
    let step = |row: usize| scale(row).map_or(1.0, |scale| real(*scale, output.rounding) * factor);
    Some(Layer { node: index, name: node.name.clone(), rows, cols, weights, steps: (0..rows).map(step).collect() })
}

/// The graph with the layers' weights in place of its own.
pub fn with_weights(graph: &Graph, layers: &[Layer]) -> Graph {
    let mut graph = graph.clone();
    for layer in layers {
        let node = &mut graph.nodes[layer.node];
        let depthwise = matches!(node.op, Op::Depthwise { .. });
        if let Some((weights, _)) = stored_mut(&mut node.op) {
            *weights = if depthwise { transposed(&layer.weights, layer.rows, layer.cols) } else { layer.weights.clone() };
        }
    }
    graph
}

/// Gives a node other weights, `[row][column]`, each row's in units of which `ratios` of the present ones make one; scales and biases follow.
///
/// # Errors
/// What its scales say against it: there are none behind thresholds, or one would be too large.
pub fn rescale(graph: &mut Graph, node: usize, rows: &[i8], ratios: &[f64]) -> Result<(), String> {
    let channels = ratios.len();
    let op = &mut graph.nodes[node].op;
    let depthwise = matches!(op, Op::Depthwise { .. });
    let Some((weights, output)) = stored_mut(op) else { return Err("it has no weights".to_owned()) };
    if output.scales.is_empty() {
        return Err("thresholds follow it, which hold for its weights as they are".to_owned());
    }
    let scale = |(row, ratio): (usize, &f64)| {
        let scale = output.scales[if output.scales.len() == 1 { 0 } else { row }];
        let factor = real(scale, output.rounding) * ratio;
        quantise_multiplier(factor).ok_or_else(|| format!("channel {row} would have the scale {factor}"))
    };
    output.scales = ratios.iter().enumerate().map(scale).collect::<Result<_, _>>()?;
    output.rounding = Rounding::Double;
    output.bias.iter_mut().zip(ratios).for_each(|(bias, ratio)| *bias = (f64::from(*bias) / ratio).round() as i32);
    *weights = if depthwise { transposed(rows, channels, rows.len() / channels) } else { rows.to_vec() };
    Ok(())
}

/// Adds to the biases of a node's channels.
pub fn add_bias(graph: &mut Graph, node: usize, difference: &[i32]) {
    if let Some((_, output)) = stored_mut(&mut graph.nodes[node].op) {
        output.bias.resize(difference.len(), 0);
        output.bias.iter_mut().zip(difference).for_each(|(bias, difference)| *bias = bias.saturating_add(*difference));
    }
}

/// `[row][column]` of `rows` rows as `[column][row]`.
fn transposed(weights: &[i8], rows: usize, cols: usize) -> Vec<i8> {
    (0..cols).flat_map(|col| (0..rows).map(move |row| weights[row * cols + col])).collect()
}

/// The factor that a scale stands for.
fn real(scale: Scale, rounding: Rounding) -> f64 {
    let multiplier = f64::from(scale.multiplier);
    match rounding {
        Rounding::Double => multiplier * 2f64.powi(i32::from(scale.shift) - 31),
        Rounding::Single | Rounding::NearestEven | Rounding::Float => multiplier * 2f64.powi(-i32::from(scale.shift)),
    }
}
