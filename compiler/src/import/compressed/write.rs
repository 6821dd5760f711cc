//! From a graph to the file's bytes.

use std::collections::HashMap;

use fretwork_sim::requantise::Rounding;
use safetensors::tensor::{Dtype, SafeTensorError, TensorView, serialize};

use super::document::{BIPOLAR, Document, HostEntry, NodeEntry, OpEntry, Range, Real, ScaleEntry, VERSION, WindowEntry, scale_entry};
use super::output::{self, Place};
use super::weights::{self, Form, to_bytes};
use super::{KEY, MAX_ACTIVATION, MAX_WEIGHTS, read};
use crate::graph::{Axis, CheckError, Graph, HostRounding, HostStep, Levels, Node, Op, Output, Padding, Tensor, Window};

/// Why a graph cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The graph breaks an invariant.
    #[error("the network is not consistent: {0}")]
    Check(#[from] CheckError),
    /// A size beyond what the file can hold.
    #[error("the network cannot be stored: {0}")]
    Size(&'static str),
    /// The container refuses.
    #[error("the network cannot be stored: {0}")]
    Container(#[from] SafeTensorError),
    /// The bytes do not lead back to the graph.
    #[error("this is a bug in fretwork: the stored network is not the same when it is read again")]
    Different,
}

/// The file and what its layers take.
#[derive(Clone, Debug)]
pub struct Written {
    /// The file's content.
    pub bytes: Vec<u8>,
    /// Layers with weights, in order.
    pub layers: Vec<LayerBytes>,
}

/// What one layer takes in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerBytes {
    /// Index of the node.
    pub node: usize,
    /// How its weights are stored.
    pub form: Form,
    /// Bytes of weights, with form and code tables.
    pub weight_bytes: usize,
    /// Bytes of biases, multipliers and shifts.
    pub output_bytes: usize,
}

/// Stores a graph, and reads it again to be sure.
///
/// # Errors
/// A graph that is not consistent or too large for the file.
pub fn write(graph: &Graph) -> Result<Written, WriteError> {
    graph.check()?;
    if graph.tensors.iter().any(|tensor| tensor.len() > MAX_ACTIVATION) {
        return Err(WriteError::Size("an activation has more than 2^26 values"));
    }
    let mut parts = Parts { tensors: Vec::new(), layers: Vec::new(), weights: 0 };
    let nodes = graph.nodes.iter().enumerate().map(|(index, node)| parts.node(graph, index, node)).collect::<Result<_, _>>()?;
    if parts.weights > MAX_WEIGHTS {
        return Err(WriteError::Size("there are more than 2^28 weights"));
    }
    let tensors = graph.tensors.iter().map(|tensor| {
        let shape = tensor.shape.iter().map(|size| number(*size)).collect::<Result<_, _>>()?;
        Ok((tensor.name.clone(), shape, Real(tensor.scale), tensor.zero_point as i16))
    });
    let having = |has: fn(&Tensor) -> bool| {
        let indices: Vec<usize> = graph.tensors.iter().enumerate().filter(|(_, tensor)| has(tensor)).map(|(index, _)| index).collect();
        numbers(&indices)
    };
    let mut levels = Vec::new();
    for (index, tensor) in graph.tensors.iter().enumerate() {
        let [low, high] = match tensor.levels {
            Levels::All => continue,
            Levels::Range(range) => range,
            Levels::Bipolar => BIPOLAR,
        };
        levels.push((number(index)?, low, high));
    }
    let document = Document {
        version: VERSION,
        name: graph.name.clone(),
        tensors: tensors.collect::<Result<_, WriteError>>()?,
        nodes,
        inputs: numbers(&graph.inputs)?,
        outputs: numbers(&graph.outputs)?,
        wide: having(|tensor| tensor.wide)?,
        unsigned: having(|tensor| tensor.unsigned)?,
        levels,
        host: graph.host.iter().map(host_entry).collect::<Result<_, _>>()?,
    };
    let text = serde_json::to_string(&document).map_err(|_| WriteError::Different)?;
    let metadata = HashMap::from([(KEY.to_owned(), text)]);
    let views = parts.tensors.iter().map(|(name, kind, bytes)| Ok((name, TensorView::new(*kind, vec![bytes.len() / width(*kind)], bytes)?)));
    let bytes = serialize(views.collect::<Result<Vec<_>, SafeTensorError>>()?, Some(metadata))?;
    match read(&bytes) {
        Ok(same) if same == *graph => Ok(Written { bytes, layers: parts.layers }),
        _ => Err(WriteError::Different),
    }
}

fn width(kind: Dtype) -> usize {
    match kind {
        Dtype::I32 => 4,
        Dtype::I16 => 2,
        _ => 1,
    }
}

/// The file's tensors so far.
struct Parts {
    tensors: Vec<(String, Dtype, Vec<u8>)>,
    layers: Vec<LayerBytes>,
    weights: usize,
}

impl Parts {
    fn node(&mut self, graph: &Graph, index: usize, node: &Node) -> Result<NodeEntry, WriteError> {
        let op = match &node.op {
            Op::Conv { window, groups, weights, output } => {
                self.layer(graph, index, node, weights, output);
                OpEntry::Conv { window: window_entry(window)?, groups: number(*groups)?, range: range(output) }
            }
            Op::Depthwise { window, weights, output } => {
                self.layer(graph, index, node, weights, output);
                OpEntry::Depthwise { window: window_entry(window)?, range: range(output) }
            }
            Op::FullyConnected { weights, output } => {
                self.layer(graph, index, node, weights, output);
                OpEntry::FullyConnected(range(output))
            }
            Op::Add { inputs, output } => OpEntry::Add { inputs: inputs.map(scale_entry), scales: scale_entries(output), range: range(output) },
            Op::MulConstant { factors, output } => {
                self.tensors.push((format!("{index}.f"), Dtype::I16, factors.iter().flat_map(|factor| factor.to_le_bytes()).collect()));
                OpEntry::MulConstant { scales: scale_entries(output), range: range(output) }
            }
            Op::AveragePool { window, clamp } => OpEntry::AveragePool { window: window_entry(window)?, range: clamped(*clamp) },
            Op::MaxPool { window, clamp } => OpEntry::MaxPool { window: window_entry(window)?, range: clamped(*clamp) },
            Op::Mean { scale } => OpEntry::Mean { scale: scale_entry(*scale) },
            Op::Pad { padding, value } => {
                let is_zero_point = i32::from(*value) == graph.tensors[node.output].zero_point;
                OpEntry::Pad { padding: padding_entry(padding)?, value: (!is_zero_point).then_some(*value) }
            }
            Op::Concat => OpEntry::Concat,
            Op::Select { channels } => OpEntry::Select(numbers(channels)?),
            Op::Displace { offsets } => OpEntry::Displace(offsets.clone()),
            Op::Interleave { axis: Axis::Rows } => OpEntry::InterleaveRows,
            Op::Interleave { axis: Axis::Columns } => OpEntry::InterleaveColumns,
            Op::Reshape => OpEntry::Reshape,
            Op::Table { table } => {
                self.tensors.push((format!("{index}.t"), Dtype::I8, table.iter().map(|entry| *entry as u8).collect()));
                OpEntry::Table
            }
        };
        let name = (node.name != graph.tensors[node.output].name).then(|| node.name.clone());
        Ok(NodeEntry { name, op, inputs: numbers(&node.inputs)?, output: number(node.output)? })
    }

    fn layer(&mut self, graph: &Graph, index: usize, node: &Node, weights: &[i8], output: &Output) {
        let place = Place { input: &graph.tensors[node.inputs[0]], output: &graph.tensors[node.output] };
        let rows = if matches!(node.op, Op::Depthwise { .. }) { weights.len() / place.output.channels() } else { place.output.channels() };
        self.weights += weights.len();
        let (coded, form) = weights::encode(weights, rows);
        if !output.thresholds.is_empty() {
            let stairs =
                output.thresholds.iter().flat_map(|s| [i32::from(s.falling), s.steps.len() as i32].into_iter().chain(s.steps.iter().copied()));
            self.tensors.push((format!("{index}.h"), Dtype::I32, stairs.flat_map(i32::to_le_bytes).collect()));
        }
        let output = to_bytes(&output::encode(output, place));
        self.layers.push(LayerBytes { node: index, form, weight_bytes: coded.len(), output_bytes: output.len() });
        self.tensors.push((format!("{index}.w"), Dtype::U8, coded));
        self.tensors.push((format!("{index}.o"), Dtype::U8, output));
    }
}

fn range(output: &Output) -> Range {
    Range { rounding: output.rounding, clamp: output.clamp, thresholds: !output.thresholds.is_empty() }
}

/// Pools do not scale; the rounding that is left out stands for none.
fn clamped(clamp: [i8; 2]) -> Range {
    Range { rounding: Rounding::Double, clamp: clamp.map(i16::from), thresholds: false }
}

fn scale_entries(output: &Output) -> Vec<ScaleEntry> {
    output.scales.iter().map(|scale| scale_entry(*scale)).collect()
}

fn number(value: usize) -> Result<u32, WriteError> {
    u32::try_from(value).map_err(|_| WriteError::Size("a number has more than 32 bits"))
}

fn numbers(values: &[usize]) -> Result<Vec<u32>, WriteError> {
    values.iter().map(|value| number(*value)).collect()
}

fn small(value: usize) -> Result<u16, WriteError> {
    u16::try_from(value).map_err(|_| WriteError::Size("a window, stride, dilation or padding is above 65535"))
}

fn window_entry(window: &Window) -> Result<WindowEntry, WriteError> {
    let Window { kernel: [kh, kw], stride: [sh, sw], dilation: [dh, dw], padding } = *window;
    let [top, left, bottom, right] = padding_entry(&padding)?;
    Ok([small(kh)?, small(kw)?, small(sh)?, small(sw)?, small(dh)?, small(dw)?, top, left, bottom, right])
}

fn padding_entry(padding: &Padding) -> Result<[u16; 4], WriteError> {
    let Padding { top, left, bottom, right } = *padding;
    Ok([small(top)?, small(left)?, small(bottom)?, small(right)?])
}

fn host_entry(step: &HostStep) -> Result<HostEntry, WriteError> {
    Ok(match *step {
        HostStep::Quantise { input, rounding: HostRounding::HalfAway } => HostEntry::Quantise(number(input)?),
        HostStep::Quantise { input, rounding: HostRounding::HalfEven } => HostEntry::QuantiseEven(number(input)?),
        HostStep::FromNchw { input } => HostEntry::FromNchw(number(input)?),
        HostStep::ToNchw { output } => HostEntry::ToNchw(number(output)?),
        HostStep::Dequantise { output } => HostEntry::Dequantise(number(output)?),
        HostStep::Softmax { output, beta, scale, zero_point } => HostEntry::Softmax(number(output)?, Real(beta), Real(scale), zero_point),
        HostStep::FloatSoftmax { output } => HostEntry::FloatSoftmax(number(output)?),
        HostStep::ArgMax { output, last } => HostEntry::ArgMax(number(output)?, last),
        HostStep::Logistic { output, scale, zero_point } => HostEntry::Logistic(number(output)?, Real(scale), zero_point),
    })
}
