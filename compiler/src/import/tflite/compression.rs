//! Constants that TensorFlow Lite Micro's tools have compressed: decoded while the file is read, so that nothing behind knows of them.
//!
//! There are two formats. The older one is a metadata entry, itself a FlatBuffer, which names tensors, their index width and the buffer of
//! their values; tables are one per scale. The newer one is a custom operator, which turns pairs of a coded constant and its description
//! into the constants that the next operator reads. The description begins with sixteen bytes: kind, version, two that are reserved, and for
//! look-up tables (kind 0) their version, axis (high half) and index width, values per table, and nine that are reserved; the tables follow.

use std::borrow::Cow;

use flatbuffers::{VerifierOptions, root_with_opts};

use super::lookup::{Goal, MAX_DECODED, Tables};
use super::model::{Operator, Tensor};
use super::schema;
use crate::import::ImportError;

/// Name of the metadata entry.
const METADATA: &str = "COMPRESSION_METADATA";
/// Name of the custom operator.
pub const OPERATOR: &str = "TFLM_DECODE";

const FITS: &str = "constants coded with look-up tables, indices of 1 to 7 bits";

fn refused(tensor: &Tensor, reason: impl std::fmt::Display) -> ImportError {
    ImportError::Model { reason: format!("constant {:?} is compressed and cannot be decoded: {reason}", tensor.name), fits: FITS }
}

fn damaged(reason: impl Into<String>) -> ImportError {
    ImportError::Damaged { reason: reason.into() }
}

/// The bytes of a buffer.
fn buffer<'a>(root: &schema::Model<'a>, index: usize) -> Option<&'a [u8]> {
    let buffers = root.buffers().filter(|buffers| index < buffers.len())?;
    buffers.get(index).data().map(|data| data.bytes())
}

/// Puts a decoded constant in place, if there is room for it.
fn put(tensor: &mut Tensor, bytes: Vec<u8>) {
    tensor.data = Some(Cow::Owned(bytes)).filter(|bytes: &Cow<[u8]>| !bytes.is_empty());
}

/// Counts decoded bytes before they are decoded.
fn claim(tensor: &Tensor, decoded: &mut usize) -> Result<(), ImportError> {
    let size = Goal { kind: tensor.kind, shape: &tensor.shape }.size().map_err(|reason| refused(tensor, reason))?;
    *decoded = decoded.saturating_add(size.0.saturating_mul(size.1));
    if *decoded <= MAX_DECODED { Ok(()) } else { Err(refused(tensor, "with it there are more than 128 MiB of constants")) }
}

/// Decodes the tensors that the metadata entry names.
pub fn from_metadata<'a>(root: &schema::Model<'a>, tensors: &mut [Tensor<'a>]) -> Result<(), ImportError> {
    let Some(entry) = root.metadata().and_then(|entries| entries.iter().find(|entry| entry.name() == Some(METADATA))) else {
        return Ok(());
    };
    let bytes = buffer(root, entry.buffer() as usize).ok_or_else(|| damaged(format!("{METADATA} has no content")))?;
    let options = VerifierOptions { max_apparent_size: bytes.len().saturating_mul(4) + (1 << 20), ..VerifierOptions::default() };
    let content = root_with_opts::<schema::Compression>(&options, bytes).map_err(|_| damaged(format!("{METADATA} cannot be read")))?;
    if content.schema_version() != 1 {
        let reason = format!("version {} of {METADATA}", content.schema_version());
        return Err(ImportError::Model { reason, fits: "version 1" });
    }
    let subgraph = content.subgraphs().and_then(|subgraphs| subgraphs.iter().next());
    let mut decoded = 0;
    for entry in subgraph.and_then(|subgraph| subgraph.lut_tensors()).into_iter().flatten() {
        let index = usize::try_from(entry.tensor()).ok().filter(|index| *index < tensors.len());
        let tensor = &mut tensors[index.ok_or_else(|| damaged(format!("{METADATA} names tensor {}", entry.tensor())))?];
        let Some(Cow::Borrowed(indices)) = tensor.data else {
            return Err(refused(tensor, "it has no data, or is named twice"));
        };
        claim(tensor, &mut decoded)?;
        let values = buffer(root, entry.value_buffer() as usize).ok_or_else(|| refused(tensor, "it has no values"))?;
        let goal = Goal { kind: tensor.kind, shape: &tensor.shape };
        let tables = by_scales(tensor);
        let decode = || {
            let stride = values.len() / goal.tables(tables)? / goal.size()?.1;
            if goal.tables(tables)? != tensor.scales.len().max(1) {
                return Err(format!("it has {} scales along axis {} of {:?}", tensor.scales.len(), tensor.axis, tensor.shape));
            }
            goal.decode(indices, usize::from(entry.index_bitwidth()), values, stride, tables)
        };
        let bytes = decode().map_err(|reason| refused(tensor, reason))?;
        put(tensor, bytes);
    }
    Ok(())
}

/// One table per scale.
fn by_scales(tensor: &Tensor) -> Tables {
    if tensor.scales.len() > 1 { Tables::Along(usize::try_from(tensor.axis).unwrap_or(usize::MAX)) } else { Tables::One }
}

/// Computes what the decoding operators among `operators` compute.
pub fn from_operators<'a>(operators: &[Operator<'a>], tensors: &mut [Tensor<'a>]) -> Result<(), ImportError> {
    let mut decoded = 0;
    for operator in operators.iter().filter(|operator| operator.decodes) {
        if operator.inputs.len() != 2 * operator.outputs.len() {
            return Err(damaged(format!("{OPERATOR} has {} inputs for {} outputs", operator.inputs.len(), operator.outputs.len())));
        }
        for (pair, output) in operator.inputs.chunks_exact(2).zip(&operator.outputs) {
            let data = |input: Option<usize>| match input.map(|input| &tensors[input].data) {
                Some(Some(Cow::Borrowed(bytes))) => Some(*bytes),
                _ => None,
            };
            let (coded, description) = (data(pair[0]), data(pair[1]));
            let tensor = &mut tensors[*output];
            let (Some(coded), Some(description)) = (coded, description) else {
                return Err(refused(tensor, "what it is decoded from is no constant of the file"));
            };
            if tensor.data.is_some() {
                return Err(refused(tensor, "it is decoded twice, or has data of its own"));
            }
            claim(tensor, &mut decoded)?;
            let bytes = described(tensor, coded, description).map_err(|reason| refused(tensor, reason))?;
            put(tensor, bytes);
        }
    }
    Ok(())
}

/// Decodes one constant by its description.
fn described(tensor: &Tensor, coded: &[u8], description: &[u8]) -> Result<Vec<u8>, String> {
    let Some((&[kind, version, _, _, lookup_version, parameters, stride, ..], values)) = description.split_first_chunk::<16>() else {
        return Err(format!("its description has {} bytes, must have 16 at least", description.len()));
    };
    match (kind, version, lookup_version) {
        (0, 1, 1) => {}
        (0, ..) => return Err(format!("its description has the versions {version} and {lookup_version}, must be 1 and 1")),
        (1, ..) => return Err("it is coded with Huffman tables (kind 1)".to_owned()),
        (2, ..) => return Err("it is coded as pruned (kind 2)".to_owned()),
        (kind, ..) => return Err(format!("its coding is of kind {kind}")),
    }
    let goal = Goal { kind: tensor.kind, shape: &tensor.shape };
    let stride = usize::from(stride);
    let fits = |tables: Tables| goal.tables(tables).ok().map(|count| count * stride) == Some(values.len() / goal.size().map_or(1, |size| size.1));
    let axis = usize::from(parameters >> 4);
    let stated = if axis == 15 { Tables::One } else { Tables::Along(axis) };
    // Earlier tools left the axis at 0 and meant one table per scale.
    let tables = if axis == 0 && !fits(stated) && fits(by_scales(tensor)) { by_scales(tensor) } else { stated };
    goal.decode(coded, usize::from(parameters & 15), values, stride, tables)
}
