//! Validation of a graph's invariants. A graph that passes can be evaluated, planned and printed without further tests.

mod faults;
mod numbers;

pub use faults::{CheckError, GraphFault, NodeFault, TensorFault};

use super::{Axis, Graph, HostStep, Levels, Node, Op, Tensor, TensorId, Window};
use numbers::check_numbers;

impl Graph {
    /// Checks every invariant; the first broken one is returned.
    pub fn check(&self) -> Result<(), CheckError> {
        for tensor in &self.tensors {
            check_tensor(tensor).map_err(|fault| CheckError::Tensor { tensor: tensor.name.clone(), fault })?;
        }
        let mut computed = vec![false; self.tensors.len()];
        let border = |fault| CheckError::Graph { graph: self.name.clone(), fault };
        for id in &self.inputs {
            *computed.get_mut(*id).ok_or(border(GraphFault::NoTensor(*id)))? = true;
        }
        for node in &self.nodes {
            let faulty = |fault| CheckError::Node { node: node.name.clone(), op: node.op.name(), fault };
            self.check_order(node, &mut computed).map_err(faulty)?;
            self.check_node(node).map_err(faulty)?;
        }
        self.check_borders(&computed).map_err(border)
    }

    /// Every input computed, the output not yet.
    fn check_order(&self, node: &Node, computed: &mut [bool]) -> Result<(), NodeFault> {
        for id in &node.inputs {
            match computed.get(*id) {
                Some(true) => {}
                Some(false) => return Err(NodeFault::Order(*id)),
                None => return Err(NodeFault::NoTensor(*id)),
            }
        }
        match computed.get_mut(node.output) {
            Some(true) => Err(NodeFault::Twice(node.output)),
            Some(done) => {
                *done = true;
                Ok(())
            }
            None => Err(NodeFault::NoTensor(node.output)),
        }
    }

    fn check_borders(&self, computed: &[bool]) -> Result<(), GraphFault> {
        if self.inputs.is_empty() {
            return Err(GraphFault::Empty("inputs"));
        }
        if self.outputs.is_empty() {
            return Err(GraphFault::Empty("outputs"));
        }
        for id in &self.outputs {
            match computed.get(*id) {
                Some(true) => {}
                Some(false) => return Err(GraphFault::NotComputed(*id)),
                None => return Err(GraphFault::NoTensor(*id)),
            }
        }
        for (index, step) in self.host.iter().enumerate() {
            let Some(id) = step.border(self) else {
                return Err(GraphFault::HostStep(step.clone()));
            };
            let tensor = &self.tensors[id];
            if matches!(step, HostStep::Logistic { .. }) && tensor.wide {
                return Err(GraphFault::HostWidth(step.clone()));
            }
            let before = self.host[..index].iter().rfind(|other| step.output().is_some() && other.output() == step.output());
            if !step.follows(before) {
                return Err(GraphFault::HostOrder(step.clone()));
            }
            if matches!(step, HostStep::FromNchw { .. } | HostStep::ToNchw { .. }) && tensor.image().is_none() {
                return Err(GraphFault::HostImage(step.clone(), tensor.shape.clone()));
            }
        }
        Ok(())
    }

    fn check_node(&self, node: &Node) -> Result<(), NodeFault> {
        let expected = match node.op {
            Op::Add { .. } => 2,
            Op::Concat | Op::Interleave { .. } => node.inputs.len().max(1),
            _ => 1,
        };
        if node.inputs.len() != expected {
            return Err(NodeFault::InputCount { expected, found: node.inputs.len() });
        }
        let shape = self.output_shape(node)?;
        let target = &self.tensors[node.output];
        let fits = if matches!(node.op, Op::FullyConnected { .. } | Op::Mean { .. } | Op::Reshape) {
            shape.iter().product::<usize>() == target.len()
        } else {
            shape == target.shape
        };
        if !fits {
            return Err(NodeFault::OutputShape { expected: shape, found: target.shape.clone() });
        }
        self.check_width(node)?;
        self.check_meaning(node)?;
        check_numbers(&self.tensors[node.inputs[0]], &node.op, target)
    }

    /// Which operations there are for int16.
    fn check_width(&self, node: &Node) -> Result<(), NodeFault> {
        let any = matches!(node.op, Op::Conv { .. } | Op::FullyConnected { .. } | Op::Reshape);
        let wide = node.inputs.iter().chain([&node.output]).find(|id| self.tensors[**id].wide);
        wide.filter(|_| !any).map_or(Ok(()), |id| Err(NodeFault::Wide(*id)))
    }

    /// The shape that the operation computes (for a fully connected layer and a mean: its number of values).
    fn output_shape(&self, node: &Node) -> Result<Vec<usize>, NodeFault> {
        let input = &self.tensors[node.inputs[0]];
        let image = || input.image().ok_or_else(|| NodeFault::NotImage(input.shape.clone()));
        let channels = self.tensors[node.output].channels();
        match &node.op {
            Op::Conv { window, .. } => windowed(window, image()?, channels),
            Op::Depthwise { window, .. } | Op::AveragePool { window, .. } | Op::MaxPool { window, .. } => {
                windowed(window, image()?, input.channels())
            }
            Op::FullyConnected { .. } => Ok(vec![1, channels]),
            Op::Mean { .. } => image().map(|[_, _, channels]| vec![1, channels]),
            Op::Pad { padding: p, .. } => image().map(|[h, w, c]| vec![1, h + p.top + p.bottom, w + p.left + p.right, c]),
            Op::Concat => self.concat_shape(node),
            Op::Interleave { axis } => self.interleaved_shape(node, *axis),
            Op::Add { .. } => {
                let other = &self.tensors[node.inputs[1]].shape;
                let same = *other == input.shape;
                let mismatch = || NodeFault::OutputShape { expected: input.shape.clone(), found: other.clone() };
                if same { Ok(input.shape.clone()) } else { Err(mismatch()) }
            }
            Op::Select { channels } => Ok([&input.shape[..input.shape.len() - 1], &[channels.len()]].concat()),
            Op::Displace { .. } => image().map(|_| input.shape.clone()),
            Op::MulConstant { .. } | Op::Reshape | Op::Table { .. } => Ok(input.shape.clone()),
        }
    }

    fn concat_shape(&self, node: &Node) -> Result<Vec<usize>, NodeFault> {
        let mut shape = self.tensors[node.inputs[0]].shape.clone();
        let last = shape.len() - 1;
        for id in &node.inputs[1..] {
            let part = &self.tensors[*id].shape;
            if part.len() != shape.len() || part[..last] != shape[..last] {
                return Err(NodeFault::OutputShape { expected: shape, found: part.clone() });
            }
            shape[last] += part[last];
        }
        Ok(shape)
    }

    fn interleaved_shape(&self, node: &Node, axis: Axis) -> Result<Vec<usize>, NodeFault> {
        let first = &self.tensors[node.inputs[0]];
        let [height, width, channels] = first.image().ok_or_else(|| NodeFault::NotImage(first.shape.clone()))?;
        if let Some(other) = node.inputs.iter().map(|id| &self.tensors[*id].shape).find(|shape| **shape != first.shape) {
            return Err(NodeFault::OutputShape { expected: first.shape.clone(), found: other.clone() });
        }
        let times = |own: Axis| if own == axis { node.inputs.len() } else { 1 };
        Ok(vec![1, height * times(Axis::Rows), width * times(Axis::Columns), channels])
    }

    /// Operations that only move or compare values keep scale and zero point.
    fn check_meaning(&self, node: &Node) -> Result<(), NodeFault> {
        let moves = node.op.keeps_meaning();
        let meaning = |id: TensorId| {
            let Tensor { scale, zero_point, wide, unsigned, levels, .. } = self.tensors[id];
            (scale, zero_point, wide, unsigned, levels)
        };
        if matches!(node.op, Op::AveragePool { .. }) && self.tensors[node.output].levels == Levels::Bipolar {
            return Err(NodeFault::Levels(node.output));
        }
        let outside = match node.op {
            Op::Pad { value, .. } => Some(i16::from(value)),
            Op::Displace { .. } => Some(self.tensors[node.output].zero_point as i16),
            _ => None,
        };
        if outside.is_some_and(|value| !self.tensors[node.output].takes(value)) {
            return Err(NodeFault::Levels(node.output));
        }
        match node.inputs.iter().find(|id| moves && meaning(**id) != meaning(node.output)) {
            Some(id) => Err(NodeFault::Quantisation(*id)),
            None => Ok(()),
        }
    }
}

fn check_tensor(tensor: &Tensor) -> Result<(), TensorFault> {
    let shape = &tensor.shape;
    if !(1..=4).contains(&shape.len()) || shape[0] != 1 || shape.contains(&0) {
        return Err(TensorFault::Shape(shape.clone()));
    }
    if !tensor.scale.is_finite() || tensor.scale <= 0.0 {
        return Err(TensorFault::Scale(tensor.scale));
    }
    if !(-128..=127).contains(&tensor.zero_point) {
        return Err(TensorFault::ZeroPoint(tensor.zero_point));
    }
    if tensor.wide && tensor.zero_point != 0 {
        return Err(TensorFault::WideZeroPoint(tensor.zero_point));
    }
    let narrow = match tensor.levels {
        Levels::All => !tensor.unsigned || !tensor.wide,
        Levels::Range([low, high]) => low <= high && !tensor.wide,
        Levels::Bipolar => tensor.zero_point == 0 && !tensor.wide && !tensor.unsigned,
    };
    if !narrow {
        return Err(TensorFault::Levels);
    }
    Ok(())
}

/// The output shape of a window over an image.
fn windowed(window: &Window, [height, width, _]: [usize; 3], channels: usize) -> Result<Vec<usize>, NodeFault> {
    let Window { kernel, stride, dilation, .. } = window;
    let zero = [kernel, stride, dilation].iter().any(|pair| pair.contains(&0));
    match window.output([height, width]) {
        Some([rows, cols]) if !zero => Ok(vec![1, rows, cols, channels]),
        _ => Err(NodeFault::Window(Box::new(*window))),
    }
}
