//! What an emitted design says about itself: `design.json`.

use crate::accelerator::Accelerator;
use crate::config::Kind;
use serde::{Deserialize, Serialize};

/// A tensor at the border of the hardware, and how the host lays it into stream words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Port {
    /// The model's name for the tensor.
    pub name: String,
    /// Shape in the model.
    pub shape: Vec<usize>,
    /// `real = scale * (integer - zero_point)`.
    pub scale: f32,
    /// See `scale`.
    pub zero_point: i32,
    /// Elements are int16 instead of int8; a tensor then is given as bytes, the low byte of each element first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wide: bool,
    /// Stream words per inference.
    pub words: usize,
    /// For every byte of the stream, the index of the tensor's byte (for int8: its element) that lies there, or -1: for inputs the byte is then
    /// `fill`, for outputs it is to be ignored.
    pub elements: Vec<i32>,
    /// Value of input bytes that hold nothing of the tensor.
    pub fill: i8,
}

impl Port {
    /// Lays a tensor's bytes into stream bytes.
    pub fn pack(&self, tensor: &[i8]) -> Vec<u8> {
        self.elements.iter().map(|&e| if e < 0 { self.fill as u8 } else { tensor[e as usize] as u8 }).collect()
    }

    /// Takes a tensor's bytes out of stream bytes.
    pub fn unpack(&self, stream: &[u8]) -> Vec<i8> {
        let mut tensor = vec![0; self.shape.iter().product::<usize>() * if self.wide { 2 } else { 1 }];
        for (&element, &byte) in self.elements.iter().zip(stream) {
            if element >= 0 {
                tensor[element as usize] = byte as i8;
            }
        }
        tensor
    }
}

/// One step, for people and reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepInfo {
    /// The layer's name.
    pub name: String,
    /// Executing unit.
    pub kind: Kind,
    /// Multiply-accumulates (or lane operations) that the layer needs, padding not counted.
    pub operations: u64,
    /// Of these, those whose weights lie in tiles of zeros that the array leaves out.
    #[serde(default)]
    pub skipped_operations: u64,
}

/// The design as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Name of the network.
    pub name: String,
    /// Version of fretwork that wrote the folder.
    pub version: String,
    /// Hardware parameters, as in `top.sv`.
    pub accelerator: Accelerator,
    /// Who was asked to execute convolutions and matrix products: `auto`, `systolic` or `eie`.
    #[serde(default)]
    pub core: String,
    /// Steps in order.
    pub steps: Vec<StepInfo>,
    /// Input tensors, in stream order.
    pub inputs: Vec<Port>,
    /// Output tensors, in stream order.
    pub outputs: Vec<Port>,
    /// What the host does before and after, as text.
    pub host_steps: Vec<String>,
}

impl Design {
    /// Names of the steps.
    pub fn step_names(&self) -> Vec<String> {
        self.steps.iter().map(|step| step.name.clone()).collect()
    }

    /// Words on the input stream per inference.
    pub fn input_words(&self) -> usize {
        self.inputs.iter().map(|port| port.words).sum()
    }

    /// Words on the output stream per inference.
    pub fn output_words(&self) -> usize {
        self.outputs.iter().map(|port| port.words).sum()
    }
}
