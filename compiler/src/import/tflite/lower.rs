//! From operators to nodes: what the readers of single operators share.

use super::model::{Model, Operator};
use super::names::{self, Code};
use super::tails::{self, Tails};
use super::tensors::MOST_AXES;
use super::{channels, convolution, elementwise, spatial};
use crate::graph::{self, Graph, Node, Op, TensorId};
use crate::import::ImportError;

/// Why an operator is not supported and what would be.
pub struct Refusal {
    pub reason: String,
    pub fits: &'static str,
}

/// What is done with int16.
const WIDE: &str = "int16 activations in CONV_2D, FULLY_CONNECTED, RESHAPE, SQUEEZE and EXPAND_DIMS; QUANTIZE of a float32 input, SOFTMAX and \
    DEQUANTIZE at an output; int8 activations elsewhere";

/// The result of reading one operator.
pub type Lowered<T> = Result<T, Refusal>;

/// Refuses an operator.
pub fn refuse<T>(reason: impl Into<String>, fits: &'static str) -> Lowered<T> {
    Err(Refusal { reason: reason.into(), fits })
}

/// What an operator becomes: the operation and the tensors (of the model) that it reads.
pub struct Step {
    pub op: Op,
    pub inputs: Vec<usize>,
}

/// The graph so far.
pub struct Context<'a> {
    pub model: &'a Model<'a>,
    graph: Graph,
    ids: Vec<Option<TensorId>>,
    pub constant_bytes: usize,
}

/// The graph of a model.
pub fn lower(model: &Model, name: &str) -> Result<Graph, ImportError> {
    let tails = tails::find(model)?;
    let graph =
        Graph { name: name.to_owned(), tensors: Vec::new(), nodes: Vec::new(), inputs: Vec::new(), outputs: Vec::new(), host: tails.host.clone() };
    let mut context = Context { model, graph, ids: vec![None; model.tensors.len()], constant_bytes: 0 };
    context.inputs(&tails)?;
    for (index, operator) in model.operators.iter().enumerate() {
        if !tails.on_host[index] && !operator.decodes {
            context.operator(operator).map_err(|refusal| refused(model, index, refusal))?;
        }
    }
    context.outputs(&tails)?;
    Ok(context.graph)
}

/// Names the operator that was refused.
pub fn refused(model: &Model, index: usize, Refusal { reason, fits }: Refusal) -> ImportError {
    let operator = &model.operators[index];
    let node = operator.outputs.first().map_or_else(String::new, |output| model.tensors[*output].name.clone());
    ImportError::Operator { op: operator.name.clone(), node, index, reason, fits }
}

impl<'a> Context<'a> {
    fn inputs(&mut self, tails: &Tails) -> Result<(), ImportError> {
        for input in &tails.inputs {
            let tensor = self.activation(*input).map_err(|r| ImportError::Model { reason: r.reason, fits: r.fits })?;
            let id = self.define(*input, tensor);
            self.graph.inputs.push(id);
        }
        Ok(())
    }

    fn outputs(&mut self, tails: &Tails) -> Result<(), ImportError> {
        for output in &tails.outputs {
            let Some(id) = self.ids[*output] else {
                let reason = format!("nothing computes output {:?}", self.model.tensors[*output].name);
                return Err(ImportError::Model { reason, fits: "outputs that an operator computes" });
            };
            self.graph.outputs.push(id);
        }
        Ok(())
    }

    fn operator(&mut self, operator: &Operator<'a>) -> Lowered<()> {
        let Some(code) = Code::find(operator.code) else {
            return refuse("this operator is not known to the importer", names::SUPPORTED);
        };
        let splits = matches!(code, Code::Split | Code::SplitV);
        if operator.outputs.len() != 1 && !splits {
            return refuse(format!("it has {} outputs", operator.outputs.len()), "operators with one output");
        }
        (0..operator.outputs.len()).try_for_each(|part| self.output(code, operator, part))
    }

    /// The node of an operator's output number `part`.
    fn output(&mut self, code: Code, operator: &Operator<'a>, part: usize) -> Lowered<()> {
        let output = operator.outputs[part];
        if self.ids[output].is_some() {
            return refuse("its output is computed twice, or an input", "operators with an output of their own");
        }
        let (target, _) = self.divided(output, if code.divides_channels() { MOST_AXES } else { 4 })?;
        self.one_width(code, operator, &target)?;
        let step = self.step(code, operator, part, &target)?;
        let mut inputs = Vec::new();
        for input in step.inputs {
            let Some(id) = self.ids[input] else {
                let reason = format!("it reads {:?}, which nothing before it computes", self.model.tensors[input].name);
                return refuse(reason, "operators in the order of computation");
            };
            inputs.push(id);
        }
        let name = target.name.clone();
        let output = self.define(output, target);
        self.graph.nodes.push(Node { name, op: step.op, inputs, output });
        Ok(())
    }

    /// Operators that take int16, and then on both sides.
    fn one_width(&self, code: Code, operator: &Operator, target: &graph::Tensor) -> Lowered<()> {
        let wide = |index: &&usize| self.model.tensors[**index].kind == names::INT16;
        let source = operator.inputs.iter().flatten().find(wide).copied();
        if source.is_none() && !target.wide {
            return Ok(());
        }
        let named = |index: usize| format!("tensor {:?} is int16", self.model.tensors[index].name);
        let reason = source.map_or_else(|| format!("tensor {:?} is int16", target.name), named);
        let first = operator.inputs.first().copied().flatten();
        match code {
            Code::Conv2d | Code::FullyConnected | Code::Reshape | Code::Squeeze | Code::ExpandDims => {
                let both = target.wide && first.is_some_and(|first| self.model.tensors[first].kind == names::INT16);
                if both { Ok(()) } else { refuse(reason, "input and output of one type, int8 or int16") }
            }
            // Refused for where they stand.
            Code::Softmax | Code::Dequantize => Ok(()),
            _ => refuse(reason, WIDE),
        }
    }

    fn step(&mut self, code: Code, operator: &Operator<'a>, part: usize, target: &graph::Tensor) -> Lowered<Step> {
        match code {
            Code::Conv2d => convolution::conv(self, operator, target),
            Code::DepthwiseConv2d => convolution::depthwise(self, operator, target),
            Code::FullyConnected => convolution::fully_connected(self, operator, target),
            Code::Add => elementwise::add(self, operator, target),
            Code::Mul => elementwise::mul(self, operator, target),
            Code::Relu => elementwise::relu(self, operator, target),
            Code::Relu6 => elementwise::relu6(self, operator, target),
            Code::Quantize => elementwise::requantise(self, operator, target),
            Code::Logistic => elementwise::logistic(self, operator, target),
            Code::Tanh => elementwise::tanh(self, operator, target),
            Code::AveragePool2d | Code::MaxPool2d => spatial::pool(self, operator, target, code == Code::MaxPool2d),
            Code::Mean => spatial::mean(self, operator, target),
            Code::Pad => spatial::pad(self, operator),
            Code::Concatenation => spatial::concatenation(self, operator, target),
            Code::Reshape | Code::Squeeze | Code::ExpandDims => Ok(Step { op: Op::Reshape, inputs: vec![self.input(operator, 0)?] }),
            Code::Split | Code::SplitV | Code::Slice | Code::StridedSlice | Code::Gather => channels::select(self, operator, code, part),
            Code::Transpose => channels::transpose(self, operator),
            Code::Softmax => refuse("it stands inside the network", "SOFTMAX at an output, computed by the host"),
            Code::Dequantize => refuse("it stands inside the network", "DEQUANTIZE at an output"),
        }
    }

    fn define(&mut self, index: usize, tensor: graph::Tensor) -> TensorId {
        let id = self.graph.tensors.len();
        self.graph.tensors.push(tensor);
        self.ids[index] = Some(id);
        id
    }
}
