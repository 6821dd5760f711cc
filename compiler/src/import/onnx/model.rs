//! A file as plain lists: nodes with their attributes, constants by name, inputs and outputs.

use std::collections::{HashMap, HashSet};

use prost::Message;

use super::constant::Kind;
use super::{schema, wire};
use crate::import::ImportError;

/// Most inputs or outputs of a network.
const MAX_BORDER: usize = 64;

/// A network.
#[derive(Clone)]
pub struct Model {
    pub nodes: Vec<Node>,
    pub constants: HashMap<String, schema::Tensor>,
    pub inputs: Vec<Border>,
    pub outputs: Vec<String>,
    pub versions: HashMap<String, i64>,
}

/// An input of the network; a size that is not fixed is `None`.
#[derive(Clone)]
pub struct Border {
    pub name: String,
    pub kind: Option<Kind>,
    pub shape: Vec<Option<usize>>,
}

/// One operator. A Split is one node for each of its outputs.
#[derive(Clone)]
pub struct Node {
    pub op: String,
    pub domain: String,
    pub name: String,
    /// Its place in the file.
    pub position: usize,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    /// Of a Split the number of the output and how many there are.
    pub part: [usize; 2],
    attributes: HashMap<String, schema::Attribute>,
}

impl Node {
    /// A node of the standard domain without attributes.
    pub fn plain(op: &str, inputs: Vec<String>, output: &str) -> Node {
        let (op, name, outputs) = (op.to_owned(), output.to_owned(), vec![output.to_owned()]);
        Node { op, domain: String::new(), name, position: 0, inputs, outputs, part: [0, 1], attributes: HashMap::new() }
    }

    /// In the place and with the name of another one.
    pub fn instead_of(self, other: &Node) -> Node {
        Node { name: other.name.clone(), position: other.position, ..self }
    }

    /// With other inputs.
    pub fn reading(&self, inputs: Vec<String>) -> Node {
        Node { inputs, ..self.clone() }
    }

    /// With a whole number as attribute.
    pub fn with_int(mut self, name: &str, value: i64) -> Node {
        self.attributes.insert(name.to_owned(), schema::Attribute { i: Some(value), ..schema::Attribute::default() });
        self
    }

    /// With a list of whole numbers as attribute.
    pub fn with_ints(mut self, name: &str, ints: Vec<i64>) -> Node {
        self.attributes.insert(name.to_owned(), schema::Attribute { ints, ..schema::Attribute::default() });
        self
    }

    /// Without an attribute.
    pub fn without(mut self, name: &str) -> Node {
        self.attributes.remove(name);
        self
    }

    /// With a text as attribute.
    #[cfg(test)]
    pub fn with_text(mut self, name: &str, value: &str) -> Node {
        self.attributes.insert(name.to_owned(), schema::Attribute { s: Some(value.into()), ..schema::Attribute::default() });
        self
    }

    /// The first output, which is the only one that is read.
    pub fn output(&self) -> &str {
        self.outputs.first().map_or("", String::as_str)
    }

    /// A whole number; `default` where it is absent.
    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attributes.get(name).and_then(|attribute| attribute.i).unwrap_or(default)
    }

    /// A real number; `default` where it is absent.
    pub fn float(&self, name: &str, default: f32) -> f32 {
        self.attributes.get(name).and_then(|attribute| attribute.f).unwrap_or(default)
    }

    /// A list of whole numbers, if it is there.
    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attributes.get(name).map(|attribute| &attribute.ints[..])
    }

    /// A list of real numbers, if it is there.
    pub fn floats(&self, name: &str) -> Option<&[f32]> {
        self.attributes.get(name).map(|attribute| &attribute.floats[..])
    }

    /// A text; `default` where it is absent.
    pub fn text(&self, name: &str, default: &str) -> String {
        let bytes = self.attributes.get(name).and_then(|attribute| attribute.s.as_deref());
        bytes.map_or_else(|| default.to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// A tensor, if it is there.
    pub fn tensor(&self, name: &str) -> Option<&schema::Tensor> {
        self.attributes.get(name).and_then(|attribute| attribute.t.as_ref())
    }

    /// Whether the attribute is there.
    pub fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }
}

fn damaged(reason: impl Into<String>) -> ImportError {
    ImportError::Damaged { reason: reason.into() }
}

fn unsupported(reason: String, fits: &'static str) -> ImportError {
    ImportError::Model { reason, fits }
}

/// Takes the bytes apart.
pub fn read(bytes: &[u8]) -> Result<Model, ImportError> {
    if !wire::is_small(bytes) {
        return Err(unsupported("it has more than a million parts".to_owned(), "models with up to a million nodes, attributes, names and constants"));
    }
    let file = schema::Model::decode(bytes).map_err(|error| damaged(format!("it is no ONNX model: {error}")))?;
    let graph = file.graph.ok_or_else(|| damaged("it holds no graph"))?;
    if let Some(function) = file.functions.first() {
        let reason = format!("it defines functions of its own ({:?})", function.name.clone().unwrap_or_default());
        return Err(unsupported(reason, "models of plain operators (functions inlined)"));
    }
    let versions = file.opset_import.into_iter().map(|set| (set.domain.unwrap_or_default(), set.version.unwrap_or(1))).collect();
    let constants: HashMap<String, schema::Tensor> = graph.initializer.into_iter().map(|t| (t.name.clone().unwrap_or_default(), t)).collect();
    let outputs: Vec<String> = graph.output.into_iter().map(|output| output.name.unwrap_or_default()).collect();
    let nodes = parted(graph.node.into_iter().enumerate().map(|(position, table)| node(position, table)).collect(), &outputs);
    let computed = graph.input.into_iter().filter(|input| !constants.contains_key(input.name.as_deref().unwrap_or_default()));
    let inputs = computed.map(border).collect::<Result<Vec<_>, _>>()?;
    for (what, count) in [("inputs", inputs.len()), ("outputs", outputs.len())] {
        if !(1..=MAX_BORDER).contains(&count) {
            return Err(unsupported(format!("it has {count} {what}"), "1 to 64 inputs and 1 to 64 outputs"));
        }
    }
    Ok(Model { nodes, constants, inputs, outputs, versions })
}

/// The nodes with one Split for every part that something reads.
fn parted(nodes: Vec<Node>, outputs: &[String]) -> Vec<Node> {
    let read: HashSet<String> = nodes.iter().flat_map(|node| node.inputs.iter()).chain(outputs).filter(|name| !name.is_empty()).cloned().collect();
    let parts = |node: Node| {
        if node.op != "Split" || node.outputs.len() < 2 {
            return vec![node];
        }
        let count = node.outputs.len();
        let part = |(part, output): (usize, &String)| Node { outputs: vec![output.clone()], part: [part, count], ..node.clone() };
        node.outputs.iter().enumerate().filter(|(_, output)| read.contains(*output)).map(part).collect()
    };
    nodes.into_iter().flat_map(parts).collect()
}

fn node(position: usize, node: schema::Node) -> Node {
    let attributes = node.attribute.into_iter().map(|a| (a.name.clone().unwrap_or_default(), a)).collect();
    let (op, domain) = (node.op_type.unwrap_or_default(), node.domain.unwrap_or_default());
    let fallback = node.output.first().cloned().unwrap_or_default();
    let name = node.name.filter(|name| !name.is_empty()).unwrap_or(fallback);
    Node { op, domain, name, position, inputs: node.input, outputs: node.output, part: [0, 1], attributes }
}

fn border(input: schema::ValueInfo) -> Result<Border, ImportError> {
    let name = input.name.unwrap_or_default();
    let tensor = input.kind.and_then(|kind| kind.tensor);
    let Some(shape) = tensor.as_ref().and_then(|tensor| tensor.shape.as_ref()) else {
        return Err(unsupported(format!("input {name:?} has no shape"), "inputs with a fixed shape (the batch may be left open)"));
    };
    let size = |dim: &schema::Dimension| dim.value.and_then(|value| usize::try_from(value).ok()).filter(|size| *size > 0);
    let shape = shape.dim.iter().map(size).collect();
    Ok(Border { name, kind: tensor.and_then(|tensor| tensor.element).and_then(Kind::find), shape })
}
