//! From nodes to a graph: what the readers of single operators share.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::choices::Choices;
use super::constant::{Constant, MAX_ELEMENTS};
use super::model::{Model, Node};
use super::selection::List;
use super::signal::Signal;
use super::{borders, operators};
use crate::graph::{self, Graph, HostStep, Op, TensorId};
use crate::import::ImportError;

/// Most elements of constants and activations that are held.
const MAX_HELD: usize = 1 << 27;

/// Why an operator is not supported and what would be.
#[derive(Debug)]
pub struct Refusal {
    pub reason: String,
    pub fits: &'static str,
}

/// The result of reading one operator.
pub type Lowered<T> = Result<T, Refusal>;

/// Refuses an operator.
pub fn refuse<T>(reason: impl Into<String>, fits: &'static str) -> Lowered<T> {
    Err(Refusal { reason: reason.into(), fits })
}

/// What a name stands for.
#[derive(Clone)]
pub enum Value {
    Constant(Rc<Constant>),
    Signal(Signal),
}

/// The graph so far.
pub struct Context<'a> {
    pub model: &'a Model,
    choices: &'a Choices,
    pub graph: Graph,
    /// Integer inputs whose scale nothing has told yet.
    pub open: HashSet<TensorId>,
    values: HashMap<String, Value>,
    names: HashSet<String>,
    held: usize,
}

/// The graph of a model.
pub fn lower(model: &Model, name: &str, choices: &Choices) -> Result<Graph, ImportError> {
    let mut context = Context::new(model, name, choices);
    let whole = |refusal: Refusal| ImportError::Model { reason: refusal.reason, fits: refusal.fits };
    borders::inputs(&mut context).map_err(whole)?;
    for (index, node) in model.nodes.iter().enumerate() {
        let value = operators::read(&mut context, node).and_then(|value| context.chosen(node.output(), value));
        let value = value.map_err(|refusal| context.refused(index, refusal))?;
        let output = node.outputs.first().cloned().unwrap_or_default();
        if context.values.insert(output.clone(), value).is_some() {
            let twice = Refusal { reason: format!("{output:?} is computed twice"), fits: "every value computed once" };
            return Err(context.refused(index, twice));
        }
    }
    borders::outputs(&mut context)?;
    Ok(context.graph)
}

impl<'a> Context<'a> {
    /// Nothing read yet.
    pub fn new(model: &'a Model, name: &str, choices: &'a Choices) -> Context<'a> {
        let (tensors, nodes, inputs, outputs, host) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let graph = Graph { name: name.to_owned(), tensors, nodes, inputs, outputs, host };
        Context { model, choices, graph, open: HashSet::new(), values: HashMap::new(), names: HashSet::new(), held: 0 }
    }

    /// The value as a pass has chosen to quantise it.
    pub fn chosen(&mut self, name: &str, value: Value) -> Lowered<Value> {
        match (value, self.choices.quantisers.get(name)) {
            (Value::Signal(signal), Some(quantiser)) => self.quantise(&signal, quantiser, name).map(Value::Signal),
            (value, _) => Ok(value),
        }
    }

    /// Names the operator that was refused, and the shapes of its inputs.
    pub fn refused(&self, index: usize, Refusal { reason, fits }: Refusal) -> ImportError {
        let node = &self.model.nodes[index];
        let shape = |name: &String| match (self.values.get(name), self.model.constants.get(name)) {
            (Some(Value::Signal(signal)), _) => Some(format!("{:?}", signal.shape)),
            (Some(Value::Constant(constant)), _) => Some(format!("{:?}", constant.shape)),
            (None, Some(tensor)) => Some(format!("{:?}", tensor.dims)),
            (None, None) => None,
        };
        let shapes: Vec<String> = node.inputs.iter().filter_map(shape).filter(|shape| shape != "[]").collect();
        let reason = if shapes.is_empty() { reason } else { format!("{reason} (inputs {})", shapes.join(", ")) };
        let op = if node.domain.is_empty() { node.op.clone() } else { format!("{}.{}", node.domain, node.op) };
        ImportError::Operator { op, node: node.name.clone(), index: node.position, reason, fits }
    }

    /// What `name` stands for; constants of the file are decoded when they are first asked for.
    pub fn value(&mut self, name: &str) -> Lowered<Value> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        if let Some(constant) = self.choices.constants.get(name) {
            return Ok(Value::Constant(constant.clone()));
        }
        let Some(tensor) = self.model.constants.get(name) else {
            return refuse(format!("it reads {name:?}, which nothing before it computes"), "nodes in the order of computation");
        };
        let value = Value::Constant(Rc::new(Constant::decode(tensor)?));
        if let Value::Constant(constant) = &value {
            self.hold(constant.values.len())?;
        }
        self.values.insert(name.to_owned(), value.clone());
        Ok(value)
    }

    /// Names a value.
    pub fn define(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), value);
    }

    /// Counts elements, so that a small file cannot become a huge graph.
    pub fn hold(&mut self, elements: usize) -> Lowered<()> {
        self.held = self.held.saturating_add(elements);
        if self.held <= MAX_HELD { Ok(()) } else { refuse("the model's constants and activations are too large", "up to 128 Mi elements") }
    }

    /// Input number `position` of a node, if it is there.
    pub fn optional(&mut self, node: &Node, position: usize) -> Lowered<Option<Value>> {
        match node.inputs.get(position) {
            Some(name) if !name.is_empty() => self.value(name).map(Some),
            _ => Ok(None),
        }
    }

    /// Input number `position` of a node.
    pub fn input(&mut self, node: &Node, position: usize) -> Lowered<Value> {
        match self.optional(node, position)? {
            Some(value) => Ok(value),
            None => refuse(format!("input {position} is absent"), "operators with all their inputs"),
        }
    }

    /// An input that has to be computed.
    pub fn signal(&mut self, node: &Node, position: usize) -> Lowered<Signal> {
        match self.input(node, position)? {
            Value::Signal(signal) => Ok(signal),
            Value::Constant(_) => refuse(format!("input {position} is a constant"), "activations there"),
        }
    }

    /// An input that has to be constant.
    pub fn constant(&mut self, node: &Node, position: usize) -> Lowered<Rc<Constant>> {
        match self.input(node, position)? {
            Value::Constant(constant) => Ok(constant),
            Value::Signal(_) => refuse(format!("input {position} is not constant"), "constant weights, scales, biases, shapes and limits"),
        }
    }

    /// A constant input that may be absent.
    pub fn optional_constant(&mut self, node: &Node, position: usize) -> Lowered<Option<Rc<Constant>>> {
        match self.optional(node, position)? {
            Some(Value::Constant(constant)) => Ok(Some(constant)),
            Some(Value::Signal(_)) => refuse(format!("input {position} is not constant"), "constant biases, shapes, indices and limits"),
            None => Ok(None),
        }
    }

    /// Shape and whole numbers of a constant input that may be absent.
    pub fn list(&mut self, node: &Node, position: usize) -> Lowered<Option<List>> {
        Ok(self.optional_constant(node, position)?.map(|constant| (constant.shape.clone(), constant.ints())))
    }

    /// A constant input of one finite number.
    pub fn scalar(&mut self, node: &Node, position: usize) -> Lowered<f32> {
        let constant = self.constant(node, position)?;
        match constant.scalar().filter(|value| value.is_finite()) {
            Some(value) => Ok(value),
            None => refuse(format!("input {position} has {} values", constant.values.len()), "one finite number there"),
        }
    }

    /// A new tensor; its name is made unique.
    pub fn tensor(&mut self, mut tensor: graph::Tensor) -> Lowered<TensorId> {
        let count = tensor.shape.iter().try_fold(1usize, |count, size| count.checked_mul(*size)).filter(|count| *count <= MAX_ELEMENTS);
        self.hold(count.unwrap_or(usize::MAX))?;
        let id = self.graph.tensors.len();
        if !self.names.insert(tensor.name.clone()) {
            tensor.name = format!("{}#{id}", tensor.name);
            self.names.insert(tensor.name.clone());
        }
        self.graph.tensors.push(tensor);
        Ok(id)
    }

    /// A new node and its output.
    pub fn node(&mut self, op: Op, inputs: Vec<TensorId>, tensor: graph::Tensor) -> Lowered<TensorId> {
        let output = self.tensor(tensor)?;
        let name = self.graph.tensors[output].name.clone();
        self.graph.nodes.push(graph::Node { name, op, inputs, output });
        Ok(output)
    }

    /// A step of the host.
    pub fn host(&mut self, step: HostStep) {
        self.graph.host.push(step);
    }
}
