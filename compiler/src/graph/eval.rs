//! Evaluation of a graph by the reference kernels: the software's answer, tensor by tensor.

use fretwork_sim::kernels::{self, Epilogue, Image};
use fretwork_sim::requantise::{Rounding, Scale};

use super::{Axis, Graph, Levels, Node, Op, Output, Padding, Tensor, Window};

/// Computes every tensor of `graph` for one inference; the result is indexed by `TensorId`.
///
/// The graph has passed [`Graph::check`] and `inputs` holds one value per graph input, in order. Values are bytes, see [`Tensor::value`].
pub fn evaluate(graph: &Graph, inputs: &[Vec<i8>]) -> Vec<Vec<i8>> {
    let mut values = vec![Vec::new(); graph.tensors.len()];
    for (id, input) in graph.inputs.iter().zip(inputs) {
        values[*id] = input.clone();
    }
    for node in &graph.nodes {
        values[node.output] = evaluate_node(graph, node, &values);
    }
    values
}

/// The output of `node`; `values` holds its inputs.
pub(crate) fn evaluate_node(graph: &Graph, node: &Node, values: &[Vec<i8>]) -> Vec<i8> {
    let (source, target) = (&graph.tensors[node.inputs[0]], &graph.tensors[node.output]);
    let (input, zero_point) = (&values[node.inputs[0]][..], source.zero_point);
    match &node.op {
        _ if source.wide || target.wide => wide(node, source, target, input),
        Op::Conv { window, groups, weights, output } => {
            kernels::conv(input, image(source), zero_point, &window.into(), *groups, weights, &epilogue(output, target))
        }
        Op::Depthwise { window, weights, output } => {
            kernels::depthwise(input, image(source), zero_point, &window.into(), weights, &epilogue(output, target))
        }
        Op::FullyConnected { weights, output } => kernels::fully_connected(input, zero_point, weights, &epilogue(output, target)),
        Op::Add { inputs, output } => {
            let other = node.inputs[1];
            let zero_points = [zero_point, graph.tensors[other].zero_point];
            kernels::add([input, &values[other]], zero_points, *inputs, &epilogue(output, target))
        }
        Op::MulConstant { factors, output } => kernels::mul_constant(input, zero_point, factors, &epilogue(output, target)),
        Op::AveragePool { window, clamp } => kernels::average_pool(input, image(source), &window.into(), *clamp),
        Op::MaxPool { window, clamp } => kernels::max_pool(input, image(source), &window.into(), *clamp),
        Op::Mean { scale } => kernels::mean(input, image(source), zero_point, &mean_epilogue(scale, target)),
        Op::Pad { padding, value } => {
            let [before, after] = sides(*padding);
            kernels::pad(input, image(source), *value, before, after)
        }
        Op::Concat => {
            let part = |id: &usize| (&values[*id][..], graph.tensors[*id].channels());
            kernels::concat(&node.inputs.iter().map(part).collect::<Vec<_>>())
        }
        Op::Interleave { axis } => {
            let Image { width, channels, .. } = image(source);
            let run = if *axis == Axis::Rows { width * channels } else { channels };
            kernels::concat(&node.inputs.iter().map(|id| (&values[*id][..], run)).collect::<Vec<_>>())
        }
        Op::Select { channels } => kernels::select(input, source.channels(), channels),
        Op::Displace { offsets } => kernels::displace(input, image(source), zero_point as i8, offsets),
        Op::Reshape => input.to_vec(),
        Op::Table { table } => kernels::table(input, table),
    }
}

/// The output of a node that reads or writes int16.
fn wide(node: &Node, source: &Tensor, target: &Tensor, input: &[i8]) -> Vec<i8> {
    let elements = source.elements(input);
    let output: Vec<i16> = match &node.op {
        Op::Conv { window, groups, weights, output } => {
            kernels::conv(&elements, image(source), source.zero_point, &window.into(), *groups, weights, &epilogue(output, target))
        }
        Op::FullyConnected { weights, output } => kernels::fully_connected(&elements, source.zero_point, weights, &epilogue(output, target)),
        Op::Reshape => elements,
        // `Graph::check` has refused these.
        Op::Depthwise { .. }
        | Op::Add { .. }
        | Op::MulConstant { .. }
        | Op::AveragePool { .. }
        | Op::MaxPool { .. }
        | Op::Mean { .. }
        | Op::Pad { .. }
        | Op::Concat
        | Op::Interleave { .. }
        | Op::Select { .. }
        | Op::Displace { .. }
        | Op::Table { .. } => Vec::new(),
    };
    target.value(&output)
}

fn image(tensor: &Tensor) -> Image {
    let [height, width, channels] = tensor.image().unwrap_or([1, 1, tensor.len()]);
    Image { height, width, channels }
}

fn epilogue<'a>(output: &'a Output, target: &Tensor) -> Epilogue<'a> {
    let Output { bias, scales, rounding, clamp, thresholds } = output;
    let bipolar = target.levels == Levels::Bipolar;
    Epilogue { bias, scales, rounding: *rounding, zero_point: target.zero_point, clamp: *clamp, thresholds, bipolar }
}

fn mean_epilogue<'a>(scale: &'a Scale, target: &Tensor) -> Epilogue<'a> {
    Epilogue::scaled(&[], std::slice::from_ref(scale), Rounding::Double, target.zero_point, [-128, 127])
}

/// `[before, after]`, each `[vertical, horizontal]`.
fn sides(Padding { top, left, bottom, right }: Padding) -> [[usize; 2]; 2] {
    [[top, left], [bottom, right]]
}

impl From<&Window> for kernels::Window {
    fn from(window: &Window) -> Self {
        let Window { kernel, stride, dilation, padding } = *window;
        let [before, after] = sides(padding);
        Self { kernel, stride, dilation, before, after }
    }
}
