//! The program: everything that simulation, emission and reports start from.

use super::layers::Lowered;
use super::sparse::{Choice, CoreChoice};
use super::{ports, steps};
use crate::graph::{Graph, HostStep, TensorId, element};
use fretwork_hdl::design::{Design, StepInfo};
use fretwork_hdl::{Accelerator, Images, Kind, Region, Step};
use std::fmt;

/// A planned network.
#[derive(Clone, Debug)]
pub struct Program {
    /// Names, parameters, ports.
    pub design: Design,
    /// The memories' contents.
    pub images: Images,
    /// The steps before encoding.
    pub steps: Vec<Step>,
    /// Choices between the array and the sparse engine or the shift core, where there were any.
    pub choices: Vec<Choice>,
    /// For every step, the graph tensor whose values it writes (loads and layers) or reads (stores).
    pub placements: Vec<Placement>,
}

/// Where a step's part of a tensor lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// The graph's tensor.
    pub tensor: TensorId,
    /// The step's region.
    pub region: Region,
    /// First row of the tensor's image that the region covers.
    pub first_row: usize,
    /// Bytes of a pixel of the tensor's value.
    pub pixel_bytes: usize,
    /// Byte within a pixel of the value and byte within a pixel of the region, for every byte that lies there.
    pub map: Vec<(usize, usize)>,
    /// Bytes of an element.
    pub width: usize,
    /// Elements are -1 and 1 and lie as bits: `map` holds bits within a pixel of the region.
    pub packed: bool,
}

pub(super) fn assemble(
    graph: &Graph,
    core: CoreChoice,
    lowered: Lowered,
    placed: steps::Placed,
    accelerator: Accelerator,
    images: Images,
) -> Program {
    let lanes = accelerator.lanes;
    let infos = placed.steps.iter().zip(&placed.kinds).zip(placed.operations.iter().zip(&placed.skipped));
    let info = |((step, &kind), (&operations, &skipped_operations)): ((&Step, _), _)| StepInfo {
        name: step.name.clone(),
        kind,
        operations,
        skipped_operations,
    };
    let infos = infos.map(info).collect();
    let placement = |(step, cover): (&Step, &steps::Cover)| {
        let tensor = &lowered.tensors[cover.placed];
        let here = |(at, &byte): (usize, &usize)| {
            let byte = byte.checked_sub(cover.first_byte).filter(|byte| *byte < cover.bytes)?;
            Some((at, byte))
        };
        let map: Vec<(usize, usize)> = tensor.map.iter().enumerate().filter_map(here).collect();
        let region = if step.work == fretwork_hdl::Work::Store { step.input } else { step.output };
        let (pixel_bytes, width, packed) = (tensor.map.len(), tensor.width(), tensor.packed);
        Placement { tensor: tensor.tensor, region, first_row: cover.first_row, pixel_bytes, map, width, packed }
    };
    let placements = placed.steps.iter().zip(&placed.covers).map(placement).collect();
    let design = Design {
        name: graph.name.clone(),
        version: env!("CARGO_PKG_VERSION").to_string(),
        inputs: ports::inputs(graph, &lowered, lanes),
        outputs: ports::outputs(graph, &lowered, lanes),
        host_steps: graph.host.iter().map(host_text).collect(),
        accelerator,
        core: core.name().to_string(),
        steps: infos,
    };
    Program { design, images, choices: placed.choices, steps: placed.steps, placements }
}

fn host_text(step: &HostStep) -> String {
    match step {
        HostStep::Quantise { input, .. } => format!("quantise input {input} from float32"),
        HostStep::FromNchw { input } => format!("transpose input {input} from NCHW to NHWC"),
        HostStep::ToNchw { output } => format!("transpose output {output} from NHWC to NCHW"),
        HostStep::Dequantise { output } => format!("dequantise output {output} to float32"),
        HostStep::FloatSoftmax { output } => format!("softmax of output {output} in floating point"),
        HostStep::ArgMax { output, last: false } => format!("index of the largest value of output {output}"),
        HostStep::ArgMax { output, last: true } => format!("index of the largest value of output {output}, the last of equals"),
        HostStep::Softmax { output, .. } => format!("softmax of output {output}"),
        HostStep::Logistic { output, .. } => format!("logistic of output {output}"),
    }
}

impl Program {
    /// The input stream of one inference: every input tensor laid into words.
    pub fn stream(&self, inputs: &[Vec<i8>]) -> Vec<u8> {
        self.design.inputs.iter().zip(inputs).flat_map(|(port, tensor)| port.pack(tensor)).collect()
    }

    /// The output tensors of one inference from its output stream.
    pub fn tensors(&self, stream: &[u8]) -> Vec<Vec<i8>> {
        let mut rest = stream;
        let take = |port: &fretwork_hdl::design::Port| {
            let (own, after) = rest.split_at((port.words * self.design.accelerator.lanes).min(rest.len()));
            rest = after;
            port.unpack(own)
        };
        self.design.outputs.iter().map(take).collect()
    }

    /// Compares what a step wrote with what the reference kernels computed. `tensors` holds every tensor of the graph.
    ///
    /// # Errors
    /// The first element that differs, or is missing.
    pub fn check_step(&self, step: usize, writes: &[fretwork_sim::record::Write], tensors: &[Vec<i8>]) -> Result<(), KernelMismatch> {
        let Placement { tensor, region, first_row, pixel_bytes, map, width, packed } = &self.placements[step];
        match self.design.steps[step].kind {
            Kind::Store => return Ok(()),
            Kind::Load => return self.check_load(step, writes, tensors),
            Kind::Systolic | Kind::Lane | Kind::Eie | Kind::Xnor | Kind::Shift => {}
        }
        let (lanes, banks) = (self.design.accelerator.lanes, self.design.accelerator.banks());
        let mut memory = vec![None; region.pixels() * region.stride * lanes];
        for write in writes {
            let word = (write.addr as usize).wrapping_sub(region.base);
            for lane in (0..lanes).filter(|lane| write.mask >> (lane * banks / lanes) & 1 == 1) {
                if let Some(byte) = memory.get_mut(word.wrapping_mul(lanes).wrapping_add(lane)) {
                    *byte = Some(write.data[lane] as i8);
                }
            }
        }
        for pixel in 0..region.pixels() {
            for bytes in map.chunks(*width) {
                let index = (first_row * region.width + pixel) * pixel_bytes + bytes[0].0;
                let expected = &tensors[*tensor][index..][..bytes.len()];
                let stored = |at: usize| {
                    if *packed {
                        return memory[pixel * region.stride * lanes + at / 8].map(|byte| if byte >> (at % 8) & 1 == 1 { 1 } else { -1 });
                    }
                    memory[pixel * region.stride * lanes + at]
                };
                let found: Option<Vec<i8>> = bytes.iter().map(|(_, at)| stored(*at)).collect();
                if found.as_deref() != Some(expected) {
                    let (expected, found) = (element(expected), found.map(|found| element(&found)));
                    return Err(KernelMismatch { step: self.design.steps[step].name.clone(), index: index / width, expected, found });
                }
            }
        }
        Ok(())
    }

    fn check_load(&self, step: usize, writes: &[fretwork_sim::record::Write], tensors: &[Vec<i8>]) -> Result<(), KernelMismatch> {
        let expected = self.design.inputs[step].pack(&tensors[self.placements[step].tensor]);
        let found: Vec<u8> = writes.iter().flat_map(|write| write.data.iter().copied()).collect();
        match expected.iter().zip(&found).position(|(a, b)| a != b) {
            None if expected.len() == found.len() => Ok(()),
            at => {
                let index = at.unwrap_or(expected.len().min(found.len()));
                let expected = i16::from(expected.get(index).copied().unwrap_or(0) as i8);
                let found = found.get(index).map(|&b| i16::from(b as i8));
                Err(KernelMismatch { step: self.design.steps[step].name.clone(), index, expected, found })
            }
        }
    }
}

/// The first element in which a step's writes differ from the reference kernels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelMismatch {
    /// The step's name.
    pub step: String,
    /// Element of the tensor (NHWC order); for a load, byte of the stream.
    pub index: usize,
    /// What the kernels computed.
    pub expected: i16,
    /// What was written, if anything.
    pub found: Option<i16>,
}

impl fmt::Display for KernelMismatch {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let KernelMismatch { step, index, expected, found } = self;
        write!(f, "step '{step}', element {index}: the kernels computed {expected}, ")?;
        match found {
            Some(found) => write!(f, "{found} was written"),
            None => write!(f, "nothing was written"),
        }
    }
}
