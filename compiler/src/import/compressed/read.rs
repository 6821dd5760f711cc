//! From the file's bytes to a graph. Every size is tested before it is used; what comes out has passed [`Graph::check`].

use safetensors::SafeTensors;
use safetensors::tensor::Dtype;

use super::document::{BIPOLAR, Document, NodeEntry, OpEntry, Range, Real, ScaleEntry, VERSION, host_step, padding, scale, window};
use super::output::{self, Place};
use super::{KEY, MAX_ACTIVATION, MAX_WEIGHTS, weights};
use crate::graph::{Axis, Graph, Levels, Node, Op, Output, Staircase, Tensor};
use crate::import::ImportError;

fn damaged(reason: impl Into<String>) -> ImportError {
    ImportError::Damaged { reason: reason.into() }
}

/// Reads a compressed file.
///
/// # Errors
/// A file that is damaged, of another version, or no file of this program.
pub fn read(bytes: &[u8]) -> Result<Graph, ImportError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(format!("no safetensors file: {error}")))?;
    let Some(text) = header.metadata().as_ref().and_then(|entries| entries.get(KEY)) else {
        let reason = format!("the safetensors file has no metadata entry {KEY:?}");
        return Err(ImportError::Model { reason, fits: "safetensors files that `fretwork compress` wrote" });
    };
    let file = SafeTensors::deserialize(bytes).map_err(|error| damaged(format!("no safetensors file: {error}")))?;
    let document: Document = serde_json::from_str(text).map_err(|error| damaged(format!("its graph cannot be read: {error}")))?;
    if document.version != VERSION {
        let reason = format!("version {} of the compressed file", document.version);
        return Err(ImportError::Model { reason, fits: "version 1" });
    }
    let mut tensors = document.tensors.into_iter().map(tensor).collect::<Result<Vec<_>, _>>()?;
    for index in &document.wide {
        let tensor = tensors.get_mut(*index as usize).ok_or_else(|| damaged(format!("there is no tensor {index} to have 16 bits")))?;
        tensor.wide = true;
    }
    for index in &document.unsigned {
        let tensor = tensors.get_mut(*index as usize).ok_or_else(|| damaged(format!("there is no tensor {index} to be unsigned")))?;
        tensor.unsigned = true;
    }
    for &(index, low, high) in &document.levels {
        let tensor = tensors.get_mut(index as usize).ok_or_else(|| damaged(format!("there is no tensor {index} to have levels")))?;
        tensor.levels = if [low, high] == BIPOLAR { Levels::Bipolar } else { Levels::Range([low, high]) };
    }
    let mut reader = Reader { file, tensors, weights: 0 };
    let nodes = document.nodes.into_iter().enumerate().map(|(index, node)| reader.node(index, node)).collect::<Result<_, _>>()?;
    let graph = Graph {
        name: document.name,
        tensors: reader.tensors,
        nodes,
        inputs: indices(&document.inputs),
        outputs: indices(&document.outputs),
        host: document.host.into_iter().map(host_step).collect(),
    };
    graph.check()?;
    Ok(graph)
}

fn indices(numbers: &[u32]) -> Vec<usize> {
    numbers.iter().map(|number| *number as usize).collect()
}

fn tensor((name, shape, Real(scale), zero_point): (String, Vec<u32>, Real, i16)) -> Result<Tensor, ImportError> {
    let shape = indices(&shape);
    match shape.iter().try_fold(1usize, |values, size| values.checked_mul(*size)) {
        Some(1..=MAX_ACTIVATION) => Ok(Tensor::int8(name, shape, scale, i32::from(zero_point))),
        _ => Err(damaged(format!("tensor {name:?} has shape {shape:?}"))),
    }
}

fn plain(scales: &[ScaleEntry], Range { rounding, clamp, .. }: Range) -> Output {
    Output { bias: Vec::new(), scales: scales.iter().map(|entry| scale(*entry)).collect(), rounding, clamp, thresholds: Vec::new() }
}

/// The clamp of a pool, which is int8.
fn narrow(index: usize, range: Range) -> Result<[i8; 2], ImportError> {
    let [low, high] = range.clamp.map(i8::try_from);
    low.and_then(|low| Ok([low, high?])).map_err(|_| damaged(format!("the clamp of node {index} leaves int8")))
}

/// What the nodes are read from.
struct Reader<'a> {
    file: SafeTensors<'a>,
    tensors: Vec<Tensor>,
    /// Weights so far.
    weights: usize,
}

impl<'a> Reader<'a> {
    fn node(&mut self, index: usize, entry: NodeEntry) -> Result<Node, ImportError> {
        let (inputs, output) = (indices(&entry.inputs), entry.output as usize);
        let missing = || damaged(format!("node {index} reads or writes a tensor that is not there"));
        let source = self.tensors.get(*inputs.first().ok_or_else(missing)?).ok_or_else(missing)?.clone();
        let target = self.tensors.get(output).ok_or_else(missing)?.clone();
        let op = match entry.op {
            OpEntry::Conv { window: entry, groups, range } => {
                let (window, groups) = (window(entry), groups as usize);
                let own = source.channels().checked_div(groups).ok_or_else(|| damaged(format!("node {index} has 0 groups")))?;
                let sizes = [target.channels(), window.kernel[0], window.kernel[1], own];
                let (weights, output) = self.layer(index, sizes, target.channels(), (&source, &target), range)?;
                Op::Conv { window, groups, weights, output }
            }
            OpEntry::Depthwise { window: entry, range } => {
                let window = window(entry);
                let sizes = [window.kernel[0], window.kernel[1], target.channels(), 1];
                let rows = window.kernel[0] * window.kernel[1];
                let (weights, output) = self.layer(index, sizes, rows, (&source, &target), range)?;
                Op::Depthwise { window, weights, output }
            }
            OpEntry::FullyConnected(range) => {
                let sizes = [target.channels(), source.len(), 1, 1];
                let (weights, output) = self.layer(index, sizes, target.channels(), (&source, &target), range)?;
                Op::FullyConnected { weights, output }
            }
            OpEntry::Add { inputs, scales, range } => Op::Add { inputs: inputs.map(scale), output: plain(&scales, range) },
            OpEntry::MulConstant { scales, range } => {
                let bytes = self.bytes(index, 'f', Dtype::I16)?;
                let factors = bytes.as_chunks::<2>().0.iter().map(|raw| i16::from_le_bytes(*raw)).collect();
                Op::MulConstant { factors, output: plain(&scales, range) }
            }
            OpEntry::AveragePool { window: entry, range } => Op::AveragePool { window: window(entry), clamp: narrow(index, range)? },
            OpEntry::MaxPool { window: entry, range } => Op::MaxPool { window: window(entry), clamp: narrow(index, range)? },
            OpEntry::Mean { scale: entry } => Op::Mean { scale: scale(entry) },
            OpEntry::Pad { padding: entry, value } => Op::Pad { padding: padding(entry), value: value.unwrap_or(target.zero_point as i8) },
            OpEntry::Concat => Op::Concat,
            OpEntry::Select(channels) => Op::Select { channels: indices(&channels) },
            OpEntry::Displace(offsets) => Op::Displace { offsets },
            OpEntry::InterleaveRows => Op::Interleave { axis: Axis::Rows },
            OpEntry::InterleaveColumns => Op::Interleave { axis: Axis::Columns },
            OpEntry::Reshape => Op::Reshape,
            OpEntry::Table => {
                let bytes = self.bytes(index, 't', Dtype::I8)?;
                let entries: [u8; 256] = bytes.try_into().map_err(|_| damaged(format!("the table of node {index} has not 256 entries")))?;
                Op::Table { table: Box::new(entries.map(|entry| entry as i8)) }
            }
        };
        Ok(Node { name: entry.name.unwrap_or(target.name), op, inputs, output })
    }

    /// The bytes of a node's tensor.
    fn bytes(&self, index: usize, part: char, kind: Dtype) -> Result<&'a [u8], ImportError> {
        let name = format!("{index}.{part}");
        let tensor = self.file.tensor(&name).map_err(|_| damaged(format!("tensor {name:?} is missing")))?;
        if tensor.dtype() == kind { Ok(tensor.data()) } else { Err(damaged(format!("tensor {name:?} is {:?}, not {kind:?}", tensor.dtype()))) }
    }

    /// Staircases as the document describes them.
    fn thresholds(&self, index: usize) -> Result<Vec<Staircase>, ImportError> {
        let bytes = self.bytes(index, 'h', Dtype::I32)?;
        let mut rest: &[i32] = &bytes.as_chunks::<4>().0.iter().map(|raw| i32::from_le_bytes(*raw)).collect::<Vec<_>>();
        let mut all = Vec::new();
        while let [falling, count, after @ ..] = rest {
            let count = usize::try_from(*count).ok().filter(|count| *count <= after.len());
            let count = count.ok_or_else(|| damaged(format!("the thresholds of node {index} end early")))?;
            all.push(Staircase { falling: *falling == 1, steps: after[..count].to_vec() });
            rest = &after[count..];
        }
        if all.is_empty() || !rest.is_empty() { Err(damaged(format!("the thresholds of node {index} end early"))) } else { Ok(all) }
    }

    /// Weights of the given sizes, and biases and scales.
    fn layer(
        &mut self,
        index: usize,
        sizes: [usize; 4],
        rows: usize,
        (input, target): (&Tensor, &Tensor),
        range: Range,
    ) -> Result<(Vec<i8>, Output), ImportError> {
        let (thresholds, output) = (range.thresholds, plain(&[], range));
        let count = sizes.iter().try_fold(1usize, |count, size| count.checked_mul(*size));
        self.weights = count.and_then(|count| self.weights.checked_add(count)).unwrap_or(usize::MAX);
        let Some(count) = count.filter(|_| self.weights <= MAX_WEIGHTS) else {
            return Err(damaged(format!("with node {index} there are more than {MAX_WEIGHTS} weights")));
        };
        let coded = self.bytes(index, 'w', Dtype::U8)?;
        let weights = weights::decode(coded, count, rows).map_err(|reason| damaged(format!("weights of node {index}: {reason}")))?;
        let place = Place { input, output: target };
        let epilogue = self.bytes(index, 'o', Dtype::U8)?;
        let Some((bias, scales)) = output::decode(epilogue, target.channels(), place) else {
            return Err(damaged(format!("biases and scales of node {index} end early or are none")));
        };
        let thresholds = if thresholds { self.thresholds(index)? } else { Vec::new() };
        let scales = if thresholds.is_empty() { scales } else { Vec::new() };
        Ok((weights, Output { bias, scales, thresholds, ..output }))
    }
}
