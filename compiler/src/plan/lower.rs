//! Nodes to layers. Reshapes, foldable padding and concatenations become views; what is left is work for a core.

use super::channels::Displaced;
use super::error::PlanError;
use super::layers::{Buffer, InputLayout, Layer, LayerWork, Lowered, OutputLayout, Placed, PlacedId};
use super::pack::{First, Packing};
use crate::graph::{Graph, Node, Op, Output, TensorId};
use fretwork_hdl::{Accelerator, Window};
use std::collections::HashMap;

/// How a graph tensor is seen in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub placed: PlacedId,
    /// All elements as one vector, in the order of the placed tensor's pixels and channels.
    pub flat: bool,
    /// The whole of a graph input that has no other reader: the host may lay it out as it likes.
    pub sole_input: bool,
}

/// Padding that became part of its readers' windows.
#[derive(Clone, Copy, Debug)]
struct Folded {
    source: TensorId,
    /// Rows above and columns to the left.
    before: [isize; 2],
    value: i8,
}

pub(super) struct Lowerer<'a> {
    pub graph: &'a Graph,
    pub accelerator: &'a Accelerator,
    pub lowered: Lowered,
    pub views: HashMap<TensorId, View>,
    /// Readers of every tensor, graph outputs included.
    pub uses: Vec<usize>,
    /// Padding that the readers fold into their windows.
    folded: HashMap<TensorId, Folded>,
    /// Displacements that the readers fold into their kernels.
    pub displaced: HashMap<TensorId, Displaced>,
}

/// Lowers the graph for an accelerator of the given shape.
pub fn lower(graph: &Graph, accelerator: &Accelerator) -> Result<Lowered, PlanError> {
    let mut uses = vec![0; graph.tensors.len()];
    graph.nodes.iter().flat_map(|node| &node.inputs).chain(&graph.outputs).for_each(|&t| uses[t] += 1);
    let mut lowerer =
        Lowerer { graph, accelerator, lowered: Lowered::default(), views: HashMap::new(), uses, folded: HashMap::new(), displaced: HashMap::new() };
    graph.inputs.iter().for_each(|&input| lowerer.input(input));
    for node in &graph.nodes {
        lowerer.node(node)?;
    }
    for &tensor in &graph.outputs {
        let placed = lowerer.view(&graph.tensors[tensor].name, tensor)?.placed;
        lowerer.lowered.outputs.push(OutputLayout { placed, tensor });
    }
    lowerer.align_additions();
    Ok(lowerer.lowered)
}

impl Lowerer<'_> {
    /// Rows, columns and channels of a tensor; what has no rows and columns is one pixel.
    pub fn image(&self, tensor: TensorId) -> [usize; 3] {
        let tensor = &self.graph.tensors[tensor];
        match tensor.shape[..] {
            [1, h, w, c] => [h, w, c],
            [1, w, c] => [1, w, c],
            _ => [1, 1, tensor.len()],
        }
    }

    fn input(&mut self, tensor: TensorId) {
        let [h, w, c] = self.image(tensor);
        let placed = self.place_dense(tensor);
        let elements = (0..(h * w * c) as i32).collect();
        self.lowered.inputs.push(InputLayout { placed, tensor, elements });
        let sole_input = self.uses[tensor] == 1;
        self.views.insert(tensor, View { placed, flat: false, sole_input });
    }

    /// A new tensor in a buffer of its own.
    pub fn place(&mut self, tensor: TensorId, image: [usize; 2], map: Vec<usize>, words: usize) -> PlacedId {
        let buffer = self.lowered.buffers.len();
        self.lowered.buffers.push(Buffer { pixels: image[0] * image[1], words, base: 0 });
        let wide = self.graph.tensors[tensor].wide;
        self.lowered.tensors.push(Placed { tensor, image, map, wide, packed: false, words, buffer, offset: 0, pitch: 1 });
        self.lowered.tensors.len() - 1
    }

    /// A tensor that a core computes densely: channel `c` in byte `c`, or in bytes `2c` and `2c + 1`, unless its reader wants another order.
    pub fn place_dense(&mut self, tensor: TensorId) -> PlacedId {
        let [h, w, c] = self.image(tensor);
        let (map, words) = self.dense(c, self.graph.tensors[tensor].width());
        let (map, words) = self.beside(tensor).unwrap_or((self.order(tensor).unwrap_or(map), words));
        self.place(tensor, [h, w], map, words)
    }

    /// Map and words of a pixel of so many channels; words of accumulators become whole words, whatever the width.
    pub fn dense(&self, channels: usize, width: usize) -> (Vec<usize>, usize) {
        ((0..channels * width).collect(), channels.div_ceil(self.accelerator.lanes) * width)
    }

    /// A tensor whose channels lie as another one's do (the lanes do not move channels).
    pub fn place_like(&mut self, tensor: TensorId, image: [usize; 2], like: PlacedId) -> PlacedId {
        let Placed { map, words, .. } = self.lowered.tensors[like].clone();
        self.place(tensor, image, map, words)
    }

    pub fn view(&self, reader: &str, tensor: TensorId) -> Result<View, PlanError> {
        self.views
            .get(&tensor)
            .copied()
            .ok_or_else(|| PlanError::unsupported(reader, "it reads a tensor that is never computed", "a graph in execution order"))
    }

    /// The view of a tensor that is read pixel by pixel.
    pub fn pixels(&self, node: &str, tensor: TensorId) -> Result<PlacedId, PlanError> {
        let view = self.view(node, tensor)?;
        if view.flat {
            let why = "it reads a flattened image pixel by pixel";
            return Err(PlanError::unsupported(node, why, "a fully connected layer after the reshape"));
        }
        Ok(view.placed)
    }

    pub fn finish(&mut self, node: &Node, work: LayerWork, inputs: Vec<PlacedId>, output: PlacedId, operations: usize) {
        let name = node.name.clone();
        self.lowered.layers.push(Layer { name, work, inputs, output, binary: false, shift: false, operations: operations as u64 });
        self.views.insert(node.output, View { placed: output, flat: false, sole_input: false });
    }

    fn node(&mut self, node: &Node) -> Result<(), PlanError> {
        match &node.op {
            Op::Conv { window, groups, weights, output } => self.conv(node, window, *groups, weights, output),
            Op::Depthwise { window, weights, output } => {
                let (source, window, _) = self.unfold(node.inputs[0], window);
                self.depthwise(node, source, window, weights.clone(), output)
            }
            Op::FullyConnected { weights, output } => self.fully_connected(node, weights, output),
            Op::MulConstant { factors, output } => self.mul_constant(node, factors, output),
            Op::Add { inputs, output } => self.add(node, *inputs, output),
            Op::AveragePool { window, clamp } => {
                let (window, clamp) = (hardware_window(window), *clamp);
                self.windowed(node, window, LayerWork::Average { window, clamp })
            }
            Op::MaxPool { window, clamp } => {
                let (window, clamp) = (hardware_window(window), *clamp);
                self.windowed(node, window, LayerWork::Max { window, clamp, outside: i8::MIN })
            }
            Op::Mean { scale } => {
                let placed = self.pixels(&node.name, node.inputs[0])?;
                let window = Window { kernel: self.lowered.tensors[placed].image, ..Window::POINT };
                self.windowed(node, window, LayerWork::Mean { scale: *scale })
            }
            Op::Table { table } => self.windowed(node, Window::POINT, LayerWork::Table { table: table.clone() }),
            Op::Pad { padding, value } => self.pad(node, *padding, *value),
            Op::Concat => self.concat(node),
            Op::Interleave { axis } => self.interleave(node, *axis),
            Op::Select { channels } => self.select(node, channels),
            Op::Displace { offsets } => self.displace(node, offsets),
            Op::Reshape => self.reshape(node),
        }
    }

    /// The tensor behind folded padding, the window over it, and what lies outside.
    fn unfold(&self, tensor: TensorId, window: &crate::graph::Window) -> (TensorId, Window, i8) {
        let mut window = hardware_window(window);
        let Some(&Folded { source, before: [top, left], value }) = self.folded.get(&tensor) else {
            return (tensor, window, self.graph.tensors[tensor].zero_point as i8);
        };
        window.origin[0] -= top;
        window.origin[1] -= left;
        (source, window, value)
    }

    fn conv(&mut self, node: &Node, window: &crate::graph::Window, groups: usize, weights: &[i8], output: &Output) -> Result<(), PlanError> {
        let padded = node.inputs[0];
        let [h, w, out_channels] = self.image(node.output);
        let operations = h * w * weights.len();
        let mut weights = dense(weights, window.kernel[0] * window.kernel[1], out_channels, groups);
        if let Some(displaced) = self.displaced.get(&padded) {
            let (window, weights, source) = (displaced.window(window), displaced.weights(&weights), displaced.source);
            let outside = self.graph.tensors[source].zero_point as i8;
            let input = self.pixels(&node.name, source)?;
            let placed = self.place_dense(node.output);
            self.finish(node, LayerWork::Conv { window, weights, outside, output: output.clone() }, vec![input], placed, operations);
            return Ok(());
        }
        let (source, mut window, outside) = self.unfold(padded, window);
        let view = self.view(&node.name, source)?;
        let input = self.pixels(&node.name, source)?;
        let (channels, wide) = (self.lowered.tensors[input].channels(), self.lowered.tensors[input].wide);
        // What fills the array's rows is of no use to the sparse engine, which alone takes 16 bits.
        if view.sole_input && !wide && (padded == source || self.uses[padded] == 1) {
            let image = self.lowered.tensors[input].image;
            let first = First { image, channels, out: [h, w], out_channels, window };
            let packing = first.best(&weights, self.accelerator);
            if packing != Packing::None {
                weights = first.weights(packing, &weights);
                window = self.repack(input, &first, packing);
            }
        }
        let placed = self.place_dense(node.output);
        self.finish(node, LayerWork::Conv { window, weights, outside, output: output.clone() }, vec![input], placed, operations);
        Ok(())
    }

    /// Changes how the host lays out an input, and returns the window over the new layout.
    fn repack(&mut self, input: PlacedId, first: &First, packing: Packing) -> Window {
        let (image, channels, window) = first.packed(packing);
        let elements = first.elements(packing);
        self.relayout_input(input, image, channels, elements);
        window
    }

    pub(super) fn relayout_input(&mut self, input: PlacedId, image: [usize; 2], channels: usize, elements: Vec<i32>) {
        let (map, words) = self.dense(channels, self.lowered.tensors[input].width());
        let placed = &mut self.lowered.tensors[input];
        (placed.image, placed.map, placed.words) = (image, map, words);
        self.lowered.buffers[placed.buffer] = Buffer { pixels: image[0] * image[1], words, base: 0 };
        if let Some(layout) = self.lowered.inputs.iter_mut().find(|layout| layout.placed == input) {
            layout.elements = elements;
        }
    }

    /// Makes one pixel of a graph input's elements, when nobody else reads it otherwise.
    fn flatten_input(&mut self, view: View) {
        let elements = self.lowered.inputs.iter().find(|l| l.placed == view.placed).map_or(0, |l| l.elements.len());
        self.relayout_input(view.placed, [1, 1], elements, (0..elements as i32).collect());
    }

    fn fully_connected(&mut self, node: &Node, weights: &[i8], output: &Output) -> Result<(), PlanError> {
        let view = self.view(&node.name, node.inputs[0])?;
        if view.sole_input {
            self.flatten_input(view);
        }
        let placed = &self.lowered.tensors[view.placed];
        let channels = placed.channels();
        let [h, w, out_channels] = self.image(node.output);
        let reduction = weights.len() / out_channels;
        let kernel = if !view.flat && reduction == channels && h * w == placed.image[0] * placed.image[1] { [1, 1] } else { placed.image };
        if kernel[0] * kernel[1] * channels != reduction {
            let why = format!("{reduction} weights per output, but the input has {channels} channels in {:?} pixels", placed.image);
            return Err(PlanError::unsupported(&node.name, why, "an input with as many elements as the layer has weights per output"));
        }
        let window = Window { kernel, ..Window::POINT };
        let out = self.place_dense(node.output);
        let outside = self.graph.tensors[node.inputs[0]].zero_point as i8;
        let work = LayerWork::Conv { window, weights: weights.to_vec(), outside, output: output.clone() };
        self.finish(node, work, vec![view.placed], out, h * w * weights.len());
        Ok(())
    }

    pub fn depthwise(&mut self, node: &Node, source: TensorId, window: Window, weights: Vec<i8>, output: &Output) -> Result<(), PlanError> {
        let input = self.pixels(&node.name, source)?;
        let [h, w, _] = self.image(node.output);
        let placed = self.place_like(node.output, [h, w], input);
        let operations = h * w * weights.len();
        self.finish(node, LayerWork::Depthwise { window, weights, output: output.clone() }, vec![input], placed, operations);
        Ok(())
    }

    /// Lane work with one operand per tap.
    fn windowed(&mut self, node: &Node, window: Window, work: LayerWork) -> Result<(), PlanError> {
        let input = self.pixels(&node.name, node.inputs[0])?;
        let [h, w, c] = self.image(node.output);
        // A mean without kept dimensions is a vector, and so is anything of one pixel.
        let image = if c == self.lowered.tensors[input].map.len() { [h, w] } else { [1, 1] };
        let placed = self.place_like(node.output, image, input);
        let operations = image[0] * image[1] * self.lowered.tensors[input].map.len() * window.kernel[0] * window.kernel[1];
        self.finish(node, work, vec![input], placed, operations);
        Ok(())
    }

    /// Windows that pad by themselves do so with the zero point; another value can only be folded where they do not.
    fn pad(&mut self, node: &Node, padding: crate::graph::Padding, value: i8) -> Result<(), PlanError> {
        let is_zero = i32::from(value) == self.graph.tensors[node.output].zero_point;
        let readers = self.graph.nodes.iter().filter(|n| n.inputs.contains(&node.output));
        let foldable = readers.clone().all(|n| match &n.op {
            Op::Conv { window, .. } => is_zero || window.padding == crate::graph::Padding::default(),
            Op::Depthwise { .. } => is_zero,
            _ => false,
        });
        let inner = self.folded.get(&node.inputs[0]).copied();
        let foldable = foldable && inner.is_none_or(|inner| inner.value == value);
        let origin = [padding.top as isize, padding.left as isize];
        if foldable && readers.count() == self.uses[node.output] {
            let Folded { source, before, .. } = inner.unwrap_or(Folded { source: node.inputs[0], before: [0, 0], value });
            let before = [origin[0] + before[0], origin[1] + before[1]];
            self.folded.insert(node.output, Folded { source, before, value });
            return Ok(());
        }
        let window = Window { origin: [-origin[0], -origin[1]], ..Window::POINT };
        self.windowed(node, window, LayerWork::Max { window, clamp: [i8::MIN, i8::MAX], outside: value })
    }
}

/// Weights `[out][taps][in / groups]` as `[out][taps][in]`, with zeros between the groups.
fn dense(weights: &[i8], taps: usize, outputs: usize, groups: usize) -> Vec<i8> {
    if groups == 1 {
        return weights.to_vec();
    }
    let own = weights.len() / taps / outputs;
    let mut dense = vec![0; weights.len() * groups];
    for (row, weights) in weights.chunks_exact(own).enumerate() {
        let group = row / taps / (outputs / groups);
        dense[(row * groups + group) * own..][..own].copy_from_slice(weights);
    }
    dense
}

/// The graph's window as the hardware sees it: padding is a negative origin.
pub(super) fn hardware_window(window: &crate::graph::Window) -> Window {
    let origin = [-(window.padding.top as isize), -(window.padding.left as isize)];
    Window { kernel: window.kernel, stride: window.stride, dilation: window.dilation, origin }
}
