//! A float network: what passes see of it.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use ndarray::{Array2, ArrayD, IxDyn};

use super::execute;
use super::layers::{Layer, Parts, parts};
use crate::graph::Graph;
use crate::import::ImportError;
use crate::import::onnx::choices::Choices;
use crate::import::onnx::constant::{Constant, elements};
use crate::import::onnx::model::{self, Model, Node};
use crate::import::onnx::{finish, lower};

/// Real numbers in the model's own order (images channels first).
pub type Array = ArrayD<f32>;

/// What a node does with its inputs, as far as quantisation is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A convolution or matrix product with constant weights.
    Layer,
    /// Hands values on as they are, or the largest of several.
    Move,
    /// Joins values.
    Concat,
    /// Limits values (Relu, Clip): part of what quantises them.
    Limit,
    /// Computes a shape, not values.
    Shape,
    /// Left to the host.
    Host,
    /// Any other function.
    Function,
}

/// A network of real numbers. Batch normalisation and constants behind a layer are merged into it.
#[derive(Clone)]
pub struct Network {
    name: String,
    pub(super) model: Arc<Model>,
    /// As in the file, and as arrays.
    pub(super) constants: HashMap<String, (Constant, Array)>,
    /// Layers in the order of the nodes.
    pub(super) layers: Vec<Layer>,
    /// Index of each node's layer.
    pub(super) layer_of: Vec<Option<usize>>,
    /// Values that are shapes, or made of shapes.
    shapes: HashSet<String>,
}

impl Network {
    /// Reads an ONNX file.
    ///
    /// # Errors
    /// A file that is damaged, quantised already, or whose layers are not supported.
    pub fn read(bytes: &[u8], name: &str) -> Result<Network, ImportError> {
        let model = model::read(bytes)?;
        if let Some(input) = model.inputs.iter().find(|input| elements(input.shape.iter().map(|size| Some(size.unwrap_or(1)))).is_none()) {
            let reason = format!("input {:?} has too many elements", input.name);
            return Err(ImportError::Model { reason, fits: "inputs of up to 64 Mi elements" });
        }
        let Parts { nodes, mut layers, constants } = parts(&model)?;
        let found: Vec<Option<Layer>> = nodes.iter().map(|node| layers.remove(node.output())).collect();
        let mut count = 0..;
        let layer_of = found.iter().map(|layer| layer.as_ref().and_then(|_| count.next())).collect();
        let constants = constants.into_iter().map(|(name, constant)| (name, ((*constant).clone(), array(&constant)))).collect();
        let shapes = shapes(&nodes, &model);
        let model = Arc::new(Model { nodes, ..model });
        let network = Network { name: name.to_owned(), model, constants, layers: found.into_iter().flatten().collect(), layer_of, shapes };
        if network.layers.is_empty() {
            let reason = "it has no convolution and no matrix product with constant float weights".to_owned();
            return Err(ImportError::Model { reason, fits: "float networks with at least one of them" });
        }
        Ok(network)
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names and shapes of the inputs, as the model has them; the batch is 1.
    pub fn inputs(&self) -> Vec<(String, Vec<usize>)> {
        let shape = |sizes: &[Option<usize>]| sizes.iter().map(|size| size.unwrap_or(1)).collect();
        self.model.inputs.iter().map(|input| (input.name.clone(), shape(&input.shape))).collect()
    }

    /// One inference's values as arrays of the inputs' shapes, which they fill.
    pub fn arrays(&self, inference: Vec<Vec<f32>>) -> Vec<Array> {
        let one = |((_, shape), values): ((String, Vec<usize>), Vec<f32>)| ArrayD::from_shape_vec(IxDyn(&shape), values);
        self.inputs().into_iter().zip(inference).map(|pair| one(pair).unwrap_or_else(|_| ArrayD::zeros(IxDyn(&[0])))).collect()
    }

    /// Names of the outputs.
    pub fn outputs(&self) -> &[String] {
        &self.model.outputs
    }

    /// The layers in order.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The layers, to be changed.
    pub fn layers_mut(&mut self) -> &mut [Layer] {
        &mut self.layers
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.model.nodes.len()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.model.nodes.is_empty()
    }

    /// The layer that node `index` is.
    pub fn layer(&self, index: usize) -> Option<usize> {
        self.layer_of[index]
    }

    /// Name of what node `index` computes.
    pub fn output(&self, index: usize) -> &str {
        self.model.nodes[index].output()
    }

    /// Names of the computed values that node `index` reads.
    pub fn operands(&self, index: usize) -> Vec<&str> {
        let computed = |name: &&str| !name.is_empty() && !self.constants.contains_key(*name) && !self.shapes.contains(*name);
        let own = if self.layer_of[index].is_some() { 1 } else { usize::MAX };
        self.model.nodes[index].inputs.iter().take(own).map(String::as_str).filter(computed).collect()
    }

    /// The operator of node `index`.
    pub fn operator(&self, index: usize) -> &str {
        &self.model.nodes[index].op
    }

    /// What node `index` does.
    pub fn role(&self, index: usize) -> Role {
        match self.operator(index) {
            _ if self.layer_of[index].is_some() => Role::Layer,
            _ if self.shapes.contains(self.output(index)) => Role::Shape,
            "MaxPool" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Transpose" | "Identity" | "Dropout" | "Cast" | "Resize" | "Upsample"
            | "DepthToSpace" | "Split" | "Slice" | "Gather" => Role::Move,
            // Without weights to be quantised a convolution displaces channels.
            "Pad" | "Conv" => Role::Move,
            "Concat" => Role::Concat,
            "Relu" | "Clip" => Role::Limit,
            "Softmax" | "LogSoftmax" | "ArgMax" => Role::Host,
            _ => Role::Function,
        }
    }

    /// Lower and upper limit of node `index`, a Clip.
    pub fn limits(&self, index: usize) -> [f32; 2] {
        let node = &self.model.nodes[index];
        execute::limits(node, &|position| node.inputs.get(position).and_then(|name| self.constants.get(name).map(|(_, array)| array)))
    }

    /// Computes node `index` from the values so far.
    ///
    /// # Errors
    /// Operators that are not supported, and shapes that do not fit.
    pub fn evaluate(&self, index: usize, values: &HashMap<String, Array>) -> Result<Array, ImportError> {
        let node = &self.model.nodes[index];
        let layer = self.layer_of[index].map(|layer| &self.layers[layer]);
        let read = |position: usize| self.input(node, position, values);
        let value = execute::node(node, layer, &read).map_err(|refusal| self.refused(index, refusal.reason, refusal.fits))?;
        // Shapes are whole numbers, and so are their quotients.
        Ok(if self.shapes.contains(node.output()) { value.mapv(f32::trunc) } else { value })
    }

    /// What the weights of node `index`, a layer, are multiplied with: `[weight of a filter][output pixel]`, one matrix per group.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn patches(&self, index: usize, values: &HashMap<String, Array>) -> Result<Vec<Array2<f32>>, ImportError> {
        let node = &self.model.nodes[index];
        let (Some(layer), Some(x)) = (self.layer_of[index], self.input(node, 0, values)) else { return Ok(Vec::new()) };
        execute::patches(node, &self.layers[layer], x).map_err(|refusal| self.refused(index, refusal.reason, refusal.fits))
    }

    /// Input `position` of a node.
    fn input<'a>(&'a self, node: &Node, position: usize, values: &'a HashMap<String, Array>) -> Option<&'a Array> {
        node.inputs.get(position).and_then(|name| values.get(name).or_else(|| self.constants.get(name).map(|(_, array)| array)))
    }

    /// The refusal of node `index`.
    pub(crate) fn refused(&self, index: usize, reason: String, fits: &'static str) -> ImportError {
        let node = &self.model.nodes[index];
        ImportError::Operator { op: node.op.clone(), node: node.name.clone(), index: node.position, reason, fits }
    }

    /// All values of one inference by their names; inputs have the shapes of [`Network::inputs`].
    ///
    /// # Errors
    /// See [`Network::evaluate`].
    pub fn run(&self, inputs: &[Array]) -> Result<HashMap<String, Array>, ImportError> {
        let names = self.model.inputs.iter().map(|input| input.name.clone());
        let mut values: HashMap<String, Array> = names.zip(inputs.iter().cloned()).collect();
        for index in 0..self.len() {
            let value = self.evaluate(index, &values)?;
            values.insert(self.output(index).to_owned(), value);
        }
        Ok(values)
    }

    /// The graph in which activations and layers are quantised as `choices` has it.
    ///
    /// # Errors
    /// What the hardware's integers cannot express: the node's name, the reason, and what would fit.
    pub(crate) fn quantised(&self, mut choices: Choices) -> Result<Graph, ImportError> {
        for (name, (constant, _)) in &self.constants {
            choices.constants.entry(name.clone()).or_insert_with(|| Rc::new(constant.clone()));
        }
        finish(&self.model, lower::lower(&self.model, &self.name, &choices)?)
    }
}

/// The values that depend on shapes only.
fn shapes(nodes: &[Node], model: &Model) -> HashSet<String> {
    let mut shapes = HashSet::new();
    let values: HashSet<&str> = nodes.iter().map(Node::output).chain(model.inputs.iter().map(|input| &input.name[..])).collect();
    for node in nodes {
        let mut computed = node.inputs.iter().filter(|name| values.contains(&name[..])).peekable();
        if node.op == "Shape" || computed.peek().is_some() && computed.all(|name| shapes.contains(name)) {
            shapes.insert(node.output().to_owned());
        }
    }
    shapes
}

/// A constant as real numbers; whole numbers up to 2^24 are exact.
pub(super) fn array(constant: &Constant) -> Array {
    ArrayD::from_shape_vec(IxDyn(&constant.shape), constant.floats()).unwrap_or_else(|_| ArrayD::zeros(IxDyn(&[0])))
}
