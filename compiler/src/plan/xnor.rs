//! Steps of the binary core.

use super::binary::planes;
use super::error::PlanError;
use super::layers::Layer;
use super::steps::{Builder, multiplied};
use fretwork_hdl::xnor::{correction, weight_bits};
use fretwork_hdl::{BitPlanes, Epilogue, Kind, Region, Step, Window, Work, Xnor, core};

impl Builder<'_> {
    /// The layer as one step of the binary core. `epilogue` has the biases of a sum of products of stored activations.
    pub(super) fn xnor(
        &mut self,
        layer: &Layer,
        window: Window,
        weights: &[i8],
        outside: i8,
        mut epilogue: Epilogue,
        reach: &[Option<[i64; 2]>],
    ) -> Result<(), PlanError> {
        let (input, output) = (&self.lowered.tensors[layer.inputs[0]], &self.lowered.tensors[layer.output]);
        let planes = planes(self.tensor(layer.inputs[0]), input.packed);
        let (in_channels, out_channels) = (input.channels(), output.channels());
        let pad_value = match planes {
            BitPlanes::Bipolar | BitPlanes::Packed { bipolar: true } if outside == 0 => None,
            BitPlanes::Packed { .. } => Some(if outside > 0 { -1 } else { 0 }),
            BitPlanes::Bipolar | BitPlanes::Bytes { .. } => Some(outside),
        };
        let work = Xnor { window, planes, pad_value, out_channels, in_channels, weight_bits: weight_bits(weights), weights: weights.to_vec() };
        for channel in 0..out_channels {
            let bias = i64::from(epilogue.channels[channel].bias) + correction(&work, channel);
            let fits = i32::try_from(bias);
            let sum = || PlanError::unsupported(&layer.name, format!("the constant of channel {channel} is {bias}"), "fewer inputs per output");
            epilogue.channels[channel].bias = fits.map_err(|_| sum())?;
        }
        let epilogue = multiplied(layer, epilogue, reach)?;
        let step = Step {
            name: layer.name.clone(),
            work: Work::Xnor(work),
            input: self.region(layer.inputs[0]),
            output: self.region(layer.output),
            epilogue: Some(epilogue),
        };
        if let Some(core) = core(Kind::Xnor) {
            core.fits(&step, self.accelerator).map_err(|misfit| PlanError::Layer { layer: layer.name.clone(), misfit })?;
        }
        let cover = self.whole(layer.output);
        self.placed.push(step, Kind::Xnor, layer.operations, cover);
        Ok(())
    }

    /// Words of accumulators that fill the tensor's words.
    pub(super) fn accumulator_words(&self, region: &Region, placed: usize) -> usize {
        let tensor = &self.lowered.tensors[placed];
        if tensor.packed { tensor.channels().div_ceil(self.accelerator.lanes) } else { region.words / tensor.width() }
    }
}
