//! Inputs and back-pressure on the command line.

use super::error::CommandError;
use crate::graph::Graph;
use crate::inputs::{self, Inference};
use fretwork_sim::stalls::Stalls;

/// The classes of so many inferences from a file.
///
/// # Errors
/// A file that is no list of classes, or too short.
pub fn labels(file: &str, graph: &Graph, inferences: usize) -> Result<Vec<usize>, CommandError> {
    Ok(inputs::classes(graph, file, &inputs::load(file)?, inferences)?)
}

/// Where a run's inputs come from.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Inputs")]
pub struct Stimulus {
    /// Number of inferences; with --input, how many of the file's [default: the file's; without a file 1, for cosim 2].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub inputs: Option<u32>,
    /// Inputs from FILE.npy, FILE.npz or FILE.npz:KEY instead of random ones; once per input of the network, in its order.
    ///
    /// int8 or int16 as the network takes it, or float32, which is quantised with the input's scale and zero point. The shape is the input's
    /// with the number of inferences for the leading 1, or without a leading axis for one inference. Images of an ONNX model may have its layout
    /// (NCHW) or channels last; where both have the same sizes they are taken as NCHW.
    #[arg(long, value_name = "FILE")]
    pub input: Vec<String>,
    /// Seed of random inputs and stalls.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// Share of cycles in which the streams are stalled at random, 0 to 0.95.
    #[arg(long, value_name = "P", value_parser = probability, default_value_t = 0.0)]
    pub stalls: f64,
}

impl Stimulus {
    /// The inferences; `default` random ones when nothing was said.
    pub fn inferences(&self, graph: &Graph, default: usize) -> Result<Vec<Inference>, CommandError> {
        let count = self.inputs.map(|count| count as usize);
        if self.input.is_empty() {
            return Ok(inputs::random(graph, count.unwrap_or(default), self.seed));
        }
        let arrays = self.input.iter().map(|file| Ok((file.clone(), inputs::load(file)?))).collect::<Result<Vec<_>, CommandError>>()?;
        let mut all = inputs::from_arrays(graph, &arrays)?;
        let count = count.unwrap_or(all.len());
        if count > all.len() {
            let message = format!("parameter 'inputs' is {count}, must be in 1..={}, as {} holds {0} inferences", all.len(), self.input[0]);
            return Err(CommandError::Usage(message));
        }
        all.truncate(count);
        Ok(all)
    }

    /// The stalls that were asked for.
    pub fn stalls(&self) -> Stalls {
        if self.stalls > 0.0 { Stalls { seed: self.seed, probability: self.stalls } } else { Stalls::NONE }
    }
}

/// `1 input`, `20 inputs`.
pub fn inputs_text(count: usize) -> String {
    format!("{count} input{}", if count == 1 { "" } else { "s" })
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=0.95).contains(&value) => Ok(value),
        _ => Err(format!("parameter 'stalls' is {text}, must be in 0..=0.95")),
    }
}
