//! A verified file as plain lists: tensors and operators with every index checked.

use std::borrow::Cow;

use flatbuffers::{VerifierOptions, root_with_opts};

use super::compression;
use super::names;
use super::schema::{self, Options};
use crate::import::ImportError;

/// Most inputs or outputs of a network.
const MAX_BORDER: usize = 64;

/// A network with its constants.
pub struct Model<'a> {
    pub tensors: Vec<Tensor<'a>>,
    pub operators: Vec<Operator<'a>>,
    pub inputs: Vec<usize>,
    pub outputs: Vec<usize>,
}

/// An activation or, with `data`, a constant.
pub struct Tensor<'a> {
    /// Unique and not empty.
    pub name: String,
    pub kind: i8,
    pub shape: Vec<i32>,
    pub signature: Vec<i32>,
    pub data: Option<Cow<'a, [u8]>>,
    pub scales: Vec<f32>,
    pub zero_points: Vec<i64>,
    pub axis: i32,
    /// Something about the tensor that is never supported.
    pub oddity: Option<&'static str>,
}

/// One step of the network. An input may be absent.
pub struct Operator<'a> {
    pub code: i32,
    pub name: String,
    /// It decodes constants, which has been done.
    pub decodes: bool,
    pub inputs: Vec<Option<usize>>,
    pub outputs: Vec<usize>,
    table: schema::Operator<'a>,
}

impl<'a> Operator<'a> {
    /// The operator's options if they are of this kind.
    pub fn options<T: Options<'a>>(&self) -> Option<T> {
        self.table.options()
    }
}

fn damaged(reason: impl Into<String>) -> ImportError {
    ImportError::Damaged { reason: reason.into() }
}

/// Verifies the bytes and unpacks them.
pub fn read(bytes: &[u8]) -> Result<Model<'_>, ImportError> {
    // Tables may share parts; the limit keeps a file from standing for far more than its own size.
    let options = VerifierOptions { max_apparent_size: bytes.len().saturating_mul(4) + (1 << 20), ..VerifierOptions::default() };
    let root = root_with_opts::<schema::Model>(&options, bytes).map_err(|error| damaged(first_line(&error.to_string())))?;
    if root.version() != 3 {
        let reason = format!("schema version {}", root.version());
        return Err(ImportError::Model { reason, fits: "schema version 3" });
    }
    let subgraphs = root.subgraphs().ok_or_else(|| damaged("there is no subgraph"))?;
    if subgraphs.len() != 1 {
        let reason = format!("{} subgraphs", subgraphs.len());
        return Err(ImportError::Model { reason, fits: "one subgraph (no control flow)" });
    }
    let subgraph = subgraphs.get(0);
    let mut tensors = read_tensors(&root, &subgraph)?;
    let operators = read_operators(&root, &subgraph, tensors.len())?;
    compression::from_metadata(&root, &mut tensors)?;
    compression::from_operators(&operators, &mut tensors)?;
    let inputs = border("inputs", subgraph.inputs(), tensors.len())?;
    let outputs = border("outputs", subgraph.outputs(), tensors.len())?;
    Ok(Model { tensors, operators, inputs, outputs })
}

/// The network's inputs or outputs: some, but not many, and none twice.
fn border(what: &str, list: Option<flatbuffers::Vector<i32>>, tensors: usize) -> Result<Vec<usize>, ImportError> {
    let found = list.map_or(0, |list| list.len());
    if !(1..=MAX_BORDER).contains(&found) {
        return Err(ImportError::Model { reason: format!("it has {found} {what}"), fits: "1 to 64 inputs and 1 to 64 outputs" });
    }
    let indices = indices(list, tensors)?;
    let twice = indices.iter().enumerate().find(|(at, index)| indices[..*at].contains(index));
    match twice {
        Some((_, index)) => Err(damaged(format!("tensor {index} stands twice among the {what}"))),
        None => Ok(indices),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}

fn read_tensors<'a>(root: &schema::Model<'a>, subgraph: &schema::SubGraph<'a>) -> Result<Vec<Tensor<'a>>, ImportError> {
    let mut taken = std::collections::HashSet::new();
    let list = subgraph.tensors().ok_or_else(|| damaged("there are no tensors"))?;
    list.iter().enumerate().map(|(index, table)| read_tensor(root, index, table, &mut taken)).collect()
}

fn read_tensor<'a>(
    root: &schema::Model<'a>,
    index: usize,
    table: schema::Tensor<'a>,
    taken: &mut std::collections::HashSet<String>,
) -> Result<Tensor<'a>, ImportError> {
    let mut name = table.name().unwrap_or_default().to_owned();
    if name.is_empty() || !taken.insert(name.clone()) {
        name = format!("{name}#{index}");
    }
    let buffers = root.buffers().ok_or_else(|| damaged("there are no buffers"))?;
    let buffer = table.buffer() as usize;
    if buffer >= buffers.len() {
        return Err(damaged(format!("tensor {name:?} names buffer {buffer}, there are {}", buffers.len())));
    }
    let data = buffers.get(buffer).data().map(|data| data.bytes()).filter(|data| !data.is_empty()).map(Cow::Borrowed);
    let quantization = table.quantization();
    let custom = quantization.is_some_and(|q| q.details_type() != 0);
    Ok(Tensor {
        name,
        kind: table.kind(),
        shape: list(table.shape()),
        signature: list(table.shape_signature()),
        data,
        scales: list(quantization.and_then(|q| q.scale())),
        zero_points: list(quantization.and_then(|q| q.zero_point())),
        axis: quantization.map_or(0, |q| q.quantized_dimension()),
        oddity: match () {
            () if table.is_variable() => Some("it is a variable"),
            () if table.sparsity().is_some() => Some("it is stored in sparse form"),
            () if custom => Some("its quantisation is not affine"),
            () => None,
        },
    })
}

fn read_operators<'a>(root: &schema::Model<'a>, subgraph: &schema::SubGraph<'a>, tensors: usize) -> Result<Vec<Operator<'a>>, ImportError> {
    let codes = root.operator_codes().ok_or_else(|| damaged("there are no operator codes"))?;
    let list = subgraph.operators().ok_or_else(|| damaged("there are no operators"))?;
    let read = |table: schema::Operator<'a>| {
        let opcode = table.opcode_index() as usize;
        if opcode >= codes.len() {
            return Err(damaged(format!("an operator names operator code {opcode}, there are {}", codes.len())));
        }
        let code = codes.get(opcode);
        let number = code.builtin_code().max(i32::from(code.deprecated_builtin_code()));
        let custom = code.custom_code().filter(|_| number == 32);
        let name = custom.map_or_else(|| names::operator(number), |custom| format!("CUSTOM {:?}", custom.chars().take(60).collect::<String>()));
        let decodes = custom == Some(compression::OPERATOR);
        let (inputs, outputs) = (optional_indices(table.inputs(), tensors)?, indices(table.outputs(), tensors)?);
        Ok(Operator { code: number, name, decodes, inputs, outputs, table })
    };
    list.iter().map(read).collect()
}

fn list<'a, T: flatbuffers::Follow<'a, Inner = T> + 'a>(vector: Option<flatbuffers::Vector<'a, T>>) -> Vec<T> {
    vector.map_or_else(Vec::new, |vector| vector.iter().collect())
}

/// Tensor indices, -1 standing for none.
fn optional_indices(vector: Option<flatbuffers::Vector<i32>>, tensors: usize) -> Result<Vec<Option<usize>>, ImportError> {
    let checked = |index: i32| match usize::try_from(index) {
        Ok(index) if index < tensors => Ok(Some(index)),
        Err(_) if index == -1 => Ok(None),
        _ => Err(damaged(format!("there is no tensor {index}, there are {tensors}"))),
    };
    list(vector).into_iter().map(checked).collect()
}

fn indices(vector: Option<flatbuffers::Vector<i32>>, tensors: usize) -> Result<Vec<usize>, ImportError> {
    let present = |index: Option<usize>| index.ok_or_else(|| damaged("a tensor that must be there is absent"));
    optional_indices(vector, tensors)?.into_iter().map(present).collect()
}
