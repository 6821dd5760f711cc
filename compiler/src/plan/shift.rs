//! Which layers go to the shift core, how wide its codes are, and the layers' steps.
//!
//! Codes are as wide as the layers on the core need: the one with the most distinct weights decides.

use super::error::PlanError;
use super::layers::{Layer, LayerWork, Lowered};
use super::sparse::{Choice, CoreChoice, systolic_estimate};
use super::steps::{Builder, multiplied};
use fretwork_hdl::shift::ShiftCore;
use fretwork_hdl::shift::codes::{MAX_CODES, code_bits, distinct};
use fretwork_hdl::systolic::{self, Tiles};
use fretwork_hdl::{Accelerator, Conv, Epilogue, Kind, Misfit, Shift, Step, Work, core};

/// Marks the layers of the shift core, and says for every layer that it might take what was decided.
pub fn assign(lowered: &mut Lowered, accelerator: &mut Accelerator, choice: CoreChoice) -> Vec<Choice> {
    let Some(mut core) = accelerator.shift.clone().filter(|_| matches!(choice, CoreChoice::Auto | CoreChoice::Shift)) else { return Vec::new() };
    let (mut choices, mut most) = (Vec::new(), 0);
    for index in 0..lowered.layers.len() {
        let layer = &lowered.layers[index];
        let LayerWork::Conv { window, weights, outside, .. } = &layer.work else { continue };
        if layer.binary {
            continue;
        }
        let conv = lowered.tensors[layer.inputs[0]].conv(&lowered.tensors[layer.output], *window, weights, *outside);
        let holds = systolic::holds(&conv, accelerator).map_err(|misfit| misfit.to_string());
        let systolic_cycles = holds.map(|()| systolic_cycles(layer, lowered, accelerator));
        let other_cycles = match takes(layer, weights, lowered, &core) {
            Ok(()) => Ok(cycles(layer, lowered, &core, accelerator.lanes)),
            Err(misfit) => Err(misfit.to_string()),
        };
        let faster = |&cycles: &u64| choice == CoreChoice::Shift || systolic_cycles.as_ref().map_or(true, |&array| cycles < array);
        let wins = other_cycles.as_ref().is_ok_and(faster);
        most = most.max(if wins { distinct(weights).len() } else { 0 });
        let kind = if wins { Kind::Shift } else { Kind::Systolic };
        choices.push(Choice { layer: layer.name.clone(), kind, systolic_cycles, other: Kind::Shift, other_cycles, activation_density: None });
        lowered.layers[index].shift = wins;
    }
    core.code_bits = code_bits(most);
    accelerator.shift = Some(core);
    choices
}

/// Whether the core can compute the layer with the widest codes.
fn takes(layer: &Layer, weights: &[i8], lowered: &Lowered, core: &ShiftCore) -> Result<(), Misfit> {
    if [layer.inputs[0], layer.output].iter().any(|&placed| lowered.tensors[placed].wide) {
        return Err(Misfit::new("its activations have 16 bits", "int8 activations"));
    }
    core.holds(weights, code_bits(MAX_CODES - 1))
}

/// About the cycles of a layer on the shift core.
fn cycles(layer: &Layer, lowered: &Lowered, core: &ShiftCore, lanes: usize) -> u64 {
    let LayerWork::Conv { window, .. } = &layer.work else { return u64::MAX };
    let (input, output) = (&lowered.tensors[layer.inputs[0]], &lowered.tensors[layer.output]);
    let bytes = input.map.iter().max().map_or(1, |position| position + 1);
    let chunks = input.words * (if input.words == 1 { bytes } else { lanes }).div_ceil(core.simd);
    let interval = (chunks * window.kernel[0] * window.kernel[1]).max(core.cols / lanes);
    (output.image[0] * output.image[1] * output.channels().div_ceil(core.cols) * interval) as u64
}

/// About the cycles of a layer on the array.
fn systolic_cycles(layer: &Layer, lowered: &Lowered, accelerator: &Accelerator) -> u64 {
    let LayerWork::Conv { window, weights, outside, .. } = &layer.work else { return 0 };
    let (input, output) = (&lowered.tensors[layer.inputs[0]], &lowered.tensors[layer.output]);
    let tiles = Tiles::of(&input.conv(output, *window, weights, *outside), accelerator);
    systolic_estimate(tiles.count(), output.image[0] * output.image[1], accelerator)
}

impl Builder<'_> {
    /// The layer as one step of the shift core.
    pub(super) fn shift(&mut self, layer: &Layer, conv: Conv, epilogue: Epilogue, reach: &[Option<[i64; 2]>]) -> Result<(), PlanError> {
        let Conv { window, pad_value, out_channels, in_channels, weights, .. } = conv;
        let step = Step {
            name: layer.name.clone(),
            work: Work::Shift(Shift { window, pad_value, out_channels, in_channels, weights }),
            input: self.region(layer.inputs[0]),
            output: self.region(layer.output),
            epilogue: Some(multiplied(layer, epilogue, reach)?),
        };
        if let Some(core) = core(Kind::Shift) {
            core.fits(&step, self.accelerator).map_err(|misfit| PlanError::Layer { layer: layer.name.clone(), misfit })?;
        }
        let cover = self.whole(layer.output);
        self.placed.push(step, Kind::Shift, layer.operations, cover);
        Ok(())
    }
}
