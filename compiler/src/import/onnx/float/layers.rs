//! From a file's nodes to layers: convolutions and matrix products with their weights at hand, batch normalisation merged into them.

use std::collections::HashMap;
use std::rc::Rc;

use super::{merge, norms};
use crate::import::ImportError;
use crate::import::onnx::choices::Choices;
use crate::import::onnx::constant::Constant;
use crate::import::onnx::lower::{Context, Lowered, Value, refuse};
use crate::import::onnx::model::{Model, Node};
use crate::import::onnx::{displacement, fold, weighted};

/// A convolution or matrix product with constant weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The node's name.
    pub name: String,
    /// The name of its output value.
    pub output: String,
    /// What that name was before functions were merged into the layer; its constants are named after it.
    pub(crate) origin: String,
    /// `[out][in / groups][kernel height][kernel width]` of a convolution, `[out][in]` of a matrix product.
    pub shape: Vec<usize>,
    /// The weights, batch normalisation merged into them.
    pub weights: Vec<f32>,
    /// One per output channel.
    pub bias: Vec<f32>,
    /// By what batch normalisation and other factors have multiplied the weights of each output channel.
    pub factors: Vec<f32>,
    /// What batch normalisation tells about the output.
    pub moments: Option<Moments>,
}

/// Mean and standard deviation of each channel of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Mean of each channel.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel.
    pub deviation: Vec<f32>,
}

impl Layer {
    /// A layer by itself, without biases: `shape` as in [`Layer::shape`], with as many weights.
    pub fn new(name: &str, shape: Vec<usize>, weights: Vec<f32>) -> Layer {
        let (name, rows) = (name.to_owned(), shape[0]);
        let (bias, factors) = (vec![0.0; rows], vec![1.0; rows]);
        Layer { output: name.clone(), origin: name.clone(), name, shape, weights, bias, factors, moments: None }
    }

    /// Output channels.
    pub fn rows(&self) -> usize {
        self.shape[0]
    }

    /// Weights per output channel.
    pub fn cols(&self) -> usize {
        self.weights.len() / self.shape[0].max(1)
    }

    /// Input channels of a filter; of a matrix product all inputs.
    pub fn inputs(&self) -> usize {
        self.shape[1]
    }

    /// Weights per input channel of a filter: positions of the kernel.
    pub fn taps(&self) -> usize {
        self.shape.iter().skip(2).product()
    }

    /// One more per-channel function behind it, `x * factor + offset`.
    pub(super) fn then(&mut self, factor: &[f32], offset: &[f32]) {
        let cols = self.cols();
        for (row, (factor, offset)) in factor.iter().zip(offset).enumerate() {
            self.weights[row * cols..][..cols].iter_mut().for_each(|weight| *weight *= factor);
            self.bias[row] = self.bias[row] * factor + offset;
            self.factors[row] *= factor;
            if let Some(moments) = &mut self.moments {
                moments.mean[row] = moments.mean[row] * factor + offset;
                moments.deviation[row] *= factor.abs();
            }
        }
    }
}

/// Nodes that compute, layers by the names of their outputs, and constants.
pub struct Parts {
    pub nodes: Vec<Node>,
    pub layers: HashMap<String, Layer>,
    pub constants: HashMap<String, Rc<Constant>>,
}

const FITS: &str = "float models (MatMul, Gemm and Conv with float32 weights); a quantised model is compiled as it is";

/// Takes a model's nodes apart.
pub fn parts(model: &Model) -> Result<Parts, ImportError> {
    let choices = Choices::default();
    let mut context = Context::new(model, "", &choices);
    let mut parts = Parts { nodes: Vec::new(), layers: HashMap::new(), constants: HashMap::new() };
    for (index, node) in model.nodes.iter().enumerate() {
        part(&mut context, node, &mut parts).map_err(|refusal| context.refused(index, refusal))?;
    }
    merge::merge(&mut parts, &model.outputs);
    norms::to_layers(&mut parts, &model.inputs);
    displacements(&mut parts);
    Ok(parts)
}

/// Convolutions that only displace channels have no weights to be quantised: they are no layers.
fn displacements(parts: &mut Parts) {
    for node in &mut parts.nodes {
        let Some(layer) = parts.layers.get(node.output()) else { continue };
        let offsets = displacement::offsets(node, &layer.shape, layer.weights.iter().copied());
        if offsets.is_none() || layer.bias.iter().any(|bias| *bias != 0.0) {
            continue;
        }
        node.inputs.truncate(2);
        parts.constants.insert(node.inputs[1].clone(), Rc::new(Constant::real(layer.shape.clone(), layer.weights.clone())));
        parts.layers.remove(node.output());
    }
}

fn part(context: &mut Context, node: &Node, parts: &mut Parts) -> Lowered<()> {
    let quantises = ["Quant", "Linear", "Trunc", "MultiThreshold", "Integer", "QGemm"];
    if quantises.iter().any(|part| node.op.contains(part)) {
        return refuse("it is quantised already", FITS);
    }
    let mut constant = true;
    for name in node.inputs.iter().filter(|name| !name.is_empty()) {
        match known(context, parts, name) {
            Some(found) => drop(parts.constants.insert(name.clone(), found?)),
            None => constant = false,
        }
    }
    if constant {
        let made = fold::fold(context, node)?;
        context.define(node.output(), Value::Constant(made.clone()));
        parts.constants.insert(node.output().to_owned(), made);
        return Ok(());
    }
    let made = match layer(node, parts)? {
        Some((node, layer)) => {
            parts.layers.insert(layer.output.clone(), layer);
            node
        }
        None => node.clone(),
    };
    parts.nodes.push(made);
    Ok(())
}

/// The constant of a name, if it is one.
fn known(context: &mut Context, parts: &Parts, name: &str) -> Option<Lowered<Rc<Constant>>> {
    if !parts.constants.contains_key(name) && !context.model.constants.contains_key(name) {
        return None;
    }
    Some(context.value(name).and_then(|value| match value {
        Value::Constant(constant) => Ok(constant),
        Value::Signal(_) => refuse(format!("{name:?} is no constant"), FITS),
    }))
}

/// The layer that a node is, and the node with weights of its own: matrix products become Gemm with weights `[out][in]`.
fn layer(node: &Node, parts: &Parts) -> Lowered<Option<(Node, Layer)>> {
    let constant = |position: usize| node.inputs.get(position).and_then(|name| parts.constants.get(name));
    let (Some(weights), true) = (constant(1), node.domain.is_empty() || node.domain == "ai.onnx") else {
        return Ok(None);
    };
    let (alpha, beta) = (node.float("alpha", 1.0), node.float("beta", 1.0));
    let matrix = match &node.op[..] {
        "Conv" if weights.shape.len() == 4 && !weights.values.is_empty() => (**weights).clone(),
        "Conv" => return refuse(format!("its weights have shape {:?}", weights.shape), "two-dimensional convolutions"),
        "MatMul" => weighted::rows(weights, false)?,
        "Gemm" if node.int("transA", 0) == 0 => weighted::rows(weights, node.int("transB", 0) != 0)?,
        "Gemm" => return refuse("its input is transposed", "Gemm with transA 0"),
        _ => return Ok(None),
    };
    let (shape, mut weights) = (matrix.shape.clone(), matrix.floats());
    let rows = shape[0];
    if weights.is_empty() || weights.iter().any(|weight| !weight.is_finite()) {
        return refuse("its weights are empty, or not finite", FITS);
    }
    weights.iter_mut().for_each(|weight| *weight *= alpha);
    let bias: Vec<f32> = match constant(2) {
        None => vec![0.0; rows],
        Some(bias) if bias.values.len() == rows || bias.values.len() == 1 => {
            (0..rows).map(|row| bias.values[row % bias.values.len()] as f32 * beta).collect()
        }
        Some(bias) => return refuse(format!("its bias has shape {:?}", bias.shape), "one bias per output channel"),
    };
    if node.inputs.len() > 2 && constant(2).is_none() && !node.inputs[2].is_empty() {
        return refuse("its bias is computed", "constant biases");
    }
    let name = |part: &str| format!("{}/{part}", node.output());
    let inputs = vec![node.inputs[0].clone(), name("weights"), name("bias")];
    let own = match &node.op[..] {
        "Conv" => node.reading(inputs),
        _ => Node::plain("Gemm", inputs, node.output()).with_int("transB", 1).instead_of(node),
    };
    let (name, output, factors) = (node.name.clone(), node.output().to_owned(), vec![1.0; rows]);
    Ok(Some((own, Layer { name, origin: output.clone(), output, shape, weights, bias, factors, moments: None })))
}
