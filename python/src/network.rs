//! Networks in integers: what they consist of, their values by the reference kernels, and the ways on to programs and smaller networks.

use fretwork::driver::compile::{PlanArgs, plan};
use fretwork::driver::compress::{CompressArgs, RANDOM_INPUTS};
use fretwork::driver::error::CommandError;
use fretwork::driver::save::save;
use fretwork::driver::stimulus::Stimulus;
use fretwork::driver::target::model;
use fretwork::emit::Source;
use fretwork::graph::{self, Graph, Node, Op, evaluate};
use fretwork::import::compressed::{Written, write};
use fretwork::inputs::{self, Inference};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use std::sync::Arc;

use super::error::compute;
use super::estimate::{Estimator, Wanted, estimator};
use super::program::Program;
use super::{arguments, arrays, json};

/// A network of integer operations.
#[pyclass(frozen, module = "fretwork")]
pub struct Network {
    pub graph: Arc<Graph>,
    /// Its file: what it was read from, or what it would be written to.
    pub source: Arc<Source>,
}

/// An input or output of a network.
#[pyclass(frozen, get_all, module = "fretwork")]
pub struct Tensor {
    name: String,
    shape: Vec<usize>,
    dtype: &'static str,
    scale: f32,
    zero_point: i32,
}

/// An operation of a network.
#[pyclass(frozen, module = "fretwork")]
pub struct Layer {
    graph: Arc<Graph>,
    node: usize,
}

/// Reads a model file: TensorFlow Lite, ONNX, or a compressed network (safetensors).
#[pyfunction]
pub fn load(py: Python<'_>, path: PathBuf) -> PyResult<Network> {
    let (graph, source) = compute(py, || model(&path))?;
    Ok(Network { graph: Arc::new(graph), source: Arc::new(source) })
}

impl Network {
    /// A network that was made here, as the file that it would be written to.
    pub fn made(graph: Graph) -> Result<(Network, Written), CommandError> {
        let written = write(&graph)?;
        let source = Source { name: format!("{}.safetensors", graph.name), bytes: written.bytes.clone() };
        Ok((Network { graph: Arc::new(graph), source: Arc::new(source) }, written))
    }
}

/// Inferences from what Python gives as inputs.
pub fn inferences(py: Python<'_>, graph: &Graph, inputs: &Bound<'_, PyAny>) -> PyResult<Vec<Inference>> {
    let names: Vec<String> = graph.inputs.iter().map(|id| graph.tensors[*id].name.clone()).collect();
    let arrays = arrays::arrays(&names, inputs)?;
    compute(py, || Ok(inputs::from_arrays(graph, &arrays)?))
}

#[pymethods]
impl Network {
    /// The network's name.
    #[getter]
    fn name(&self) -> &str {
        &self.graph.name
    }

    /// What the model takes.
    #[getter]
    fn inputs(&self) -> Vec<Tensor> {
        let shapes = (0..self.graph.inputs.len()).map(|input| self.graph.model_input_shape(input));
        self.graph.inputs.iter().zip(shapes).map(|(id, shape)| tensor(&self.graph.tensors[*id], shape)).collect()
    }

    /// What the hardware hands over: logits, channels last. What the host makes of them is in `Program.design['host_steps']`.
    #[getter]
    fn outputs(&self) -> Vec<Tensor> {
        let tensors = self.graph.outputs.iter().map(|id| &self.graph.tensors[*id]);
        tensors.map(|output| tensor(output, output.shape.clone())).collect()
    }

    /// The operations in the order in which they are computed.
    #[getter]
    fn layers(&self) -> Vec<Layer> {
        (0..self.graph.nodes.len()).map(|node| Layer { graph: self.graph.clone(), node }).collect()
    }

    /// Random inputs as `fretwork simulate --inputs COUNT --seed SEED` has them: an array for each input, the number of inferences first.
    #[pyo3(signature = (count = 1, seed = 0))]
    fn random_inputs<'py>(&self, py: Python<'py>, count: u64, seed: u64) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let stimulus: Stimulus = arguments::options(None, &[("inputs", count.to_string()), ("seed", seed.to_string())])?;
        arrays::inputs(py, &self.graph, &compute(py, || stimulus.inferences(&self.graph, 1))?)
    }

    /// The outputs by the reference kernels: an array of integers for each, the number of inferences first.
    ///
    /// Inputs are int8, uint8 or int16 as the network takes them, or float32, which is quantised as the host does it; with the number of inferences for the
    /// leading 1, or without a leading axis.
    fn evaluate<'py>(&self, py: Python<'py>, inputs: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let (inferences, graph) = (inferences(py, &self.graph, inputs)?, &self.graph);
        let outputs = |inference: &Inference| -> Vec<Vec<i8>> {
            let mut tensors = evaluate(graph, inference);
            graph.outputs.iter().map(|id| std::mem::take(&mut tensors[*id])).collect()
        };
        let outputs = compute(py, || Ok(inferences.iter().map(outputs).collect::<Vec<_>>()))?;
        arrays::outputs(py, graph, &outputs)
    }

    /// Plans the network on an accelerator, or for a board. The keywords are the options of `fretwork compile`: `rows=8`, `shift_cols=16`, `board="ulx3s-85f"`.
    #[pyo3(signature = (**options))]
    fn plan(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Program> {
        let args: PlanArgs = arguments::options(options, &[])?;
        let (target, board) = compute(py, || plan(((*self.graph).clone(), (*self.source).clone()), &args))?;
        Ok(Program { target: Arc::new(target), board })
    }

    /// Costs of every combination of treatments of the layers on an accelerator: `keep`, `w4` (bits), `twn`, `apot4`, `d0.1` (density) and others, see
    /// `fretwork explore --help`. The keywords are the accelerator's, as in `plan`. Biases are corrected for the inputs, on which errors are measured too; without
    /// inputs random ones are taken.
    #[pyo3(signature = (treatments, inputs = None, labels = None, technology = "45nm", clock_mhz = None, **options))]
    #[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn estimator<'py>(
        &self,
        py: Python<'py>,
        treatments: Vec<String>,
        inputs: Option<&Bound<'py, PyAny>>,
        labels: Option<&Bound<'py, PyAny>>,
        technology: &str,
        clock_mhz: Option<f64>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Estimator> {
        estimator(py, &self.graph, Wanted { treatments, inputs, labels, technology, clock_mhz, options })
    }

    /// A compressed network and what was done, as `fretwork compress --json` says it; the keywords are its options. Without inputs random ones calibrate.
    #[pyo3(signature = (method, inputs = None, **options))]
    fn compress<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        inputs: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<(Network, Bound<'py, PyAny>)> {
        let args: CompressArgs = arguments::options(options, &[("method", method.to_owned())])?;
        let given = inputs.map(|inputs| inferences(py, &self.graph, inputs)).transpose()?;
        let (network, summary) = compute(py, || {
            let random = given.is_none();
            let inferences = given.unwrap_or_else(|| inputs::random(&self.graph, RANDOM_INPUTS as usize, args.seed));
            let compressed = args.compress(&self.graph, &inferences)?;
            let (network, written) = Network::made(compressed)?;
            let summary = args.summary(None, &self.graph, &network.graph, &written, &inferences, random);
            Ok((network, summary))
        })?;
        Ok((network, json::object(py, &summary)?))
    }

    /// Writes the network as a compressed file (safetensors), which `load` and the command line read.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        compute(py, || save(&path, &write(&self.graph)?.bytes))
    }

    fn __str__(&self) -> String {
        self.graph.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<fretwork.Network '{}', {} layers>", self.graph.name, self.graph.nodes.len())
    }
}

fn tensor(tensor: &graph::Tensor, shape: Vec<usize>) -> Tensor {
    Tensor { name: tensor.name.clone(), shape, dtype: arrays::dtype(tensor), scale: tensor.scale, zero_point: tensor.zero_point }
}

impl Layer {
    fn node(&self) -> &Node {
        &self.graph.nodes[self.node]
    }

    fn shape(&self, tensor: usize) -> Vec<usize> {
        self.graph.tensors[tensor].shape.clone()
    }
}

#[pymethods]
impl Layer {
    /// The layer's name.
    #[getter]
    fn name(&self) -> &str {
        &self.node().name
    }

    /// What it computes: conv, depthwise, fully_connected, add, ...
    #[getter]
    fn operation(&self) -> &'static str {
        self.node().op.name()
    }

    /// Shapes of the activations that it reads.
    #[getter]
    fn input_shapes(&self) -> Vec<Vec<usize>> {
        self.node().inputs.iter().map(|id| self.shape(*id)).collect()
    }

    /// Shape of the activation that it writes.
    #[getter]
    fn output_shape(&self) -> Vec<usize> {
        self.shape(self.node().output)
    }

    /// Weights in int8, None where there are none: `[out, height, width, in / groups]` of a convolution, `[height, width, channels]` of a depthwise one, `[out, in]` of a fully connected layer.
    #[getter]
    fn weights<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (weights, shape) = match &self.node().op {
            Op::Conv { window: graph::Window { kernel: [height, width], .. }, weights, .. } => {
                let rows = self.graph.tensors[self.node().output].channels();
                (weights, vec![rows, *height, *width, weights.len() / (rows * height * width).max(1)])
            }
            Op::Depthwise { window: graph::Window { kernel: [height, width], .. }, weights, .. } => {
                (weights, vec![*height, *width, weights.len() / (height * width).max(1)])
            }
            Op::FullyConnected { weights, .. } => {
                let rows = self.graph.tensors[self.node().output].channels();
                (weights, vec![rows, weights.len() / rows.max(1)])
            }
            _ => return Ok(None),
        };
        arrays::shaped(py, &shape, weights.clone()).map(Some)
    }

    /// One int32 for each output channel; None where there is none.
    #[getter]
    fn bias<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match &self.node().op {
            Op::Conv { output, .. } | Op::Depthwise { output, .. } | Op::FullyConnected { output, .. } if !output.bias.is_empty() => {
                arrays::shaped(py, &[output.bias.len()], output.bias.clone()).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn __repr__(&self) -> String {
        format!("<fretwork.Layer '{}', {}>", self.name(), self.operation())
    }
}

#[pymethods]
impl Tensor {
    fn __repr__(&self) -> String {
        format!("<fretwork.Tensor '{}', {} {:?}>", self.name, self.dtype, self.shape)
    }
}
