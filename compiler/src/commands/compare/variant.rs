//! One row of a comparison: the variant's model on its accelerator, with every input.

use super::Args;
use crate::commands::error::CommandError;
use crate::commands::shape::Shape;
use fretwork::compare::{Measured, Options, Row, Variant};
use fretwork::driver::comparison::{row as row_of, top1};
use fretwork::emit::{Source, emit};
use fretwork::graph::Graph;
use fretwork::import::onnx::float::Network;
use fretwork::import::{self, ImportError};
use fretwork::inputs::{self, Array, Inference, InputError};
use fretwork::plan::{Program, Request, plan};
use fretwork::verify::{Hardware, VerilogRun};
use fretwork_cosim::{BuildOptions, Model};
use fretwork_hdl::Machine;
use fretwork_sim::stalls::Stalls;
use std::fs;

/// Inferences that the Verilog computes.
const COSIMULATED: usize = 2;

/// Inputs and their classes.
pub struct Data {
    input: Option<(String, Array)>,
    labels: Option<(String, Vec<i64>)>,
}

impl Data {
    /// The first `count` of the inputs, all when it is none; there are as many labels.
    pub fn new(input: Option<(String, Array)>, labels: Option<(String, Array)>, count: Option<usize>) -> Result<Data, CommandError> {
        let Some((file, mut array)) = input else { return Ok(Data { input: None, labels: None }) };
        let all = array.shape.first().copied().unwrap_or(0);
        let count = count.unwrap_or(all);
        if count == 0 || count > all {
            return Err(CommandError::Usage(format!("parameter 'inputs' is {count}, must be in 1..={all}, as {file} holds {all} inferences")));
        }
        array.truncate(count);
        let labels = labels.map(|(file, labels)| -> Result<_, CommandError> {
            let classes = inputs::labels(&file, &labels, usize::MAX)?;
            if classes.len() < count {
                return Err(InputError::LabelCount { file, found: classes.len(), inferences: count }.into());
            }
            Ok((file, classes.into_iter().take(count).map(|class| class as i64).collect()))
        });
        Ok(Data { input: Some((file, array)), labels: labels.transpose()? })
    }

    /// Inferences.
    pub fn count(&self) -> usize {
        self.input.as_ref().map_or(1, |(_, array)| array.shape[0])
    }

    /// The array in the shape that an input takes, when it has as many elements; times the variant's factor.
    fn array(&self, variant: &Variant, shape: &[usize]) -> Option<(String, Array)> {
        let (file, array) = self.input.as_ref()?;
        let mut array = array.clone();
        if let Some(scale) = variant.input_scale {
            array.scale(scale);
        }
        let inner = if shape.len() > 1 { &shape[1..] } else { shape };
        if array.shape[1..].iter().product::<usize>() == inner.iter().product::<usize>() {
            array.shape = [&array.shape[..1], inner].concat();
        }
        Some((file.clone(), array))
    }

    /// Share of the classes that are right.
    fn top1(&self, classes: &[usize]) -> Option<f64> {
        self.labels.as_ref().map(|(_, labels)| top1(labels, classes))
    }
}

/// The row of a variant.
pub fn row(variant: &Variant, args: &Args, data: &Data, options: &Options<'_>) -> Result<Row, CommandError> {
    let named = |error| CommandError::Variant { name: variant.name.clone(), error: Box::new(error) };
    let row = measured(variant, args, data, options).map_err(named)?;
    Ok(Row { reference_bytes: variant.parameters.map_or(0, |parameters| 4 * parameters), ..row })
}

fn measured(variant: &Variant, args: &Args, data: &Data, options: &Options<'_>) -> Result<Row, CommandError> {
    let bytes = fs::read(&variant.model).map_err(CommandError::io(&variant.model))?;
    if variant.float {
        return float(variant, &bytes, data);
    }
    let graph = import::load(&variant.model)?;
    let request = request(variant, args)?;
    let program = plan(&graph, &request)?;
    let inferences = match data.array(variant, &graph.model_input_shape(0)) {
        Some(array) => inputs::from_arrays(&graph, &[array])?,
        None => inputs::random(&graph, 1, 0),
    };
    let labels = data.labels.as_ref().map(|(_, labels)| &labels[..]);
    row_of([&variant.name, &variant.method], (&graph, &program), &inferences, labels, options, |hardware| {
        if args.cosim && hardware.disagreement.is_none() {
            let name = variant.model.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned());
            verilog(&graph, &program, &Source { name, bytes }, &inferences[..inferences.len().min(COSIMULATED)], hardware)?;
        }
        Ok(())
    })
}

/// What is asked of the planner: the variant's own options, or the command's where there are none.
fn request(variant: &Variant, args: &Args) -> Result<Request, CommandError> {
    if variant.options.is_empty() {
        return args.shape.request();
    }
    Shape::parse(&variant.options)?.request()
}

/// Classes and size of a float network.
fn float(variant: &Variant, bytes: &[u8], data: &Data) -> Result<Row, CommandError> {
    let network = Network::read(bytes, &variant.name)?;
    let parameters: usize = network.layers().iter().map(|layer| layer.weights.len() + layer.bias.len()).sum();
    let borders = network.inputs();
    let array = borders.first().and_then(|(_, shape)| data.array(variant, shape));
    let top1 = match array {
        None => None,
        Some(array) => {
            let class = |inference: Vec<Vec<f32>>| -> Result<usize, ImportError> {
                let values = network.run(&network.arrays(inference))?;
                let output = network.outputs().first().and_then(|name| values.get(name));
                Ok(output.map_or(0, |output| largest(output.iter().copied())))
            };
            let classes = inputs::reals(&borders, &[array])?.into_iter().map(class).collect::<Result<Vec<_>, _>>()?;
            data.top1(&classes)
        }
    };
    Ok(Row::new(&variant.name, &variant.method, top1, 4 * parameters as u64, None))
}

/// The first of the largest values.
fn largest(values: impl Iterator<Item = f32>) -> usize {
    values.enumerate().fold((0, f32::NEG_INFINITY), |best, (index, value)| if value > best.1 { (index, value) } else { best }).0
}

/// Runs the emitted Verilog and notes how it differs.
fn verilog(graph: &Graph, program: &Program, source: &Source, inferences: &[Inference], hardware: &mut Measured) -> Result<(), CommandError> {
    let temporary = tempfile::Builder::new().prefix("fretwork-").tempdir().map_err(CommandError::io(&std::env::temp_dir()))?;
    let folder = temporary.path().join("design");
    emit(program, source, inferences, &folder)?;
    let model = Model::build(&folder, &BuildOptions::default())?;
    let machine = Machine::new(&program.design.accelerator, &program.images);
    let machine = machine.ok_or_else(|| CommandError::Internal("the step table does not decode".to_owned()))?;
    let streams: Vec<Vec<u8>> = inferences.iter().map(|tensors| program.stream(tensors)).collect();
    let expected = machine.run(&streams, Stalls::NONE, true).recording;
    let run = VerilogRun { streams: &streams, stalls: Stalls::NONE, trace: None, progress: &|_| {} };
    let comparison = Hardware { graph, program, model: &model, folder: &folder }.compare(expected, &run)?;
    (hardware.verilog_differing, hardware.disagreement) = (Some(comparison.differing()), comparison.first);
    Ok(())
}
