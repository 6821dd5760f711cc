//! Which convolutions go to the sparse engine, and how tall ones are cut into steps that fit its accumulators.

use super::error::PlanError;
use super::layers::Layer;
use super::steps::{Builder, Cover, multiplied};
use fretwork_hdl::eie::Eie;
use fretwork_hdl::systolic::{self, Tiles};
use fretwork_hdl::{Accelerator, Channel, Conv, Epilogue, Kind, Region, Sparse, Step, Work, core};
use std::fmt;

/// Cycles per vector beyond its broadcasts: filling, draining and reading out a word.
const VECTOR_OVERHEAD: usize = 12;

/// Who executes convolutions and matrix products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoreChoice {
    /// The one with fewer cycles, by an estimate that the program's text shows.
    #[default]
    Auto,
    /// The systolic array.
    Systolic,
    /// The sparse engine, wherever the layer fits it.
    Eie,
    /// The binary core, wherever the weights are -1 and 1 or have as few bits as it takes.
    Xnor,
    /// The shift core, wherever the weights are sums of few powers of two.
    Shift,
}

impl CoreChoice {
    /// The choice's name on the command line and in `design.json`.
    pub fn name(self) -> &'static str {
        match self {
            CoreChoice::Auto => "auto",
            CoreChoice::Systolic => "systolic",
            CoreChoice::Eie => "eie",
            CoreChoice::Xnor => "xnor",
            CoreChoice::Shift => "shift",
        }
    }

    /// The inverse of [`CoreChoice::name`].
    pub fn from_name(name: &str) -> Option<CoreChoice> {
        <CoreChoice as clap::ValueEnum>::value_variants().iter().copied().find(|choice| choice.name() == name)
    }
}

/// Estimated cycles of a layer on the array and another core, and what was decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The layer's name.
    pub layer: String,
    /// Where it runs.
    pub kind: Kind,
    /// Cycles on the array, or why the layer's weights do not fit it.
    pub systolic_cycles: Result<u64, String>,
    /// The other core.
    pub other: Kind,
    /// Cycles on the other core, or why the layer does not fit it.
    pub other_cycles: Result<u64, String>,
    /// Share of activations assumed to differ from their zero point, where cycles depend on it.
    pub activation_density: Option<f64>,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let name = |kind: Kind| core(kind).map_or("shell", |core| core.name());
        let (kind, other) = (name(self.kind), name(self.other));
        write!(f, "choice {kind}: '{}' ", self.layer)?;
        match &self.systolic_cycles {
            Ok(cycles) => write!(f, "takes about {cycles} cycles on systolic, ")?,
            Err(misfit) => write!(f, "does not fit systolic: {misfit}; ")?,
        }
        match (&self.other_cycles, &self.systolic_cycles) {
            (Ok(cycles), Ok(_)) => write!(f, "{cycles} on {other}")?,
            (Ok(cycles), Err(_)) => write!(f, "it takes about {cycles} cycles on {other}")?,
            (Err(misfit), _) => return write!(f, "and does not fit {other}: {misfit}"),
        }
        match self.activation_density {
            Some(density) => write!(f, " when {:.0} % of its activations are not zero", density * 100.0),
            None => Ok(()),
        }
    }
}

impl Builder<'_> {
    /// Puts the layer on the sparse engine when it is to go there; otherwise says so.
    ///
    /// # Errors
    /// A layer with 16-bit activations that cannot go there: no other core takes it.
    pub(super) fn sparse(
        &mut self,
        layer: &Layer,
        conv: &Conv,
        biases: &[i32],
        epilogue: &Epilogue,
        reach: &[Option<[i64; 2]>],
    ) -> Result<bool, PlanError> {
        let wide = [layer.inputs[0], layer.output].iter().any(|&placed| self.lowered.tensors[placed].wide);
        // The engine subtracts what lies outside from every activation.
        let takes = matches!(self.choice, CoreChoice::Auto | CoreChoice::Eie) && conv.pad_value == self.zero_point(layer.inputs[0]);
        let Some(eie) = self.accelerator.eie.clone().filter(|_| takes) else {
            return if wide { Err(self.homeless(layer)) } else { Ok(false) };
        };
        let mut steps = self.row_batches(layer, conv, biases, epilogue, &eie);
        let rows = self.batch_words(&eie) * self.accelerator.lanes;
        for (step, reach) in steps.iter_mut().zip(reach.chunks(rows)) {
            step.epilogue = step.epilogue.take().map(|epilogue| multiplied(layer, epilogue, reach)).transpose()?;
        }
        let Some(engine) = core(Kind::Eie) else { return Ok(false) };
        let misfit = steps.iter().find_map(|step| engine.fits(step, self.accelerator).err());
        if wide {
            return match misfit {
                Some(misfit) => Err(PlanError::Layer { layer: layer.name.clone(), misfit }),
                None => {
                    self.push_sparse(layer, conv, &eie, steps);
                    Ok(true)
                }
            };
        }
        let activation_density = self.activation_density(layer);
        let out = self.region(layer.output);
        let holds = systolic::holds(conv, self.accelerator).map_err(|misfit| misfit.to_string());
        let systolic_cycles = holds.map(|()| systolic_estimate(Tiles::of(conv, self.accelerator).count(), out.pixels(), self.accelerator));
        let eie_cycles = match misfit {
            Some(misfit) => Err(misfit.to_string()),
            None => Ok(steps.iter().map(|step| eie_estimate(step, &eie, activation_density)).sum()),
        };
        let faster = |&cycles: &u64| self.choice == CoreChoice::Eie || systolic_cycles.as_ref().map_or(true, |&array| cycles < array);
        let wins = eie_cycles.as_ref().is_ok_and(faster);
        self.placed.choices.push(Choice {
            layer: layer.name.clone(),
            kind: if wins { Kind::Eie } else { Kind::Systolic },
            systolic_cycles,
            other: Kind::Eie,
            other_cycles: eie_cycles,
            activation_density: Some(activation_density),
        });
        if wins {
            self.push_sparse(layer, conv, &eie, steps);
        }
        Ok(wins)
    }

    /// Why a layer with 16-bit activations finds no core.
    fn homeless(&self, layer: &Layer) -> PlanError {
        let (why, remedy) = match self.accelerator.eie {
            None => ("its activations have 16 bits and there is no sparse engine", "a sparse engine (--pes), or int8 activations"),
            Some(_) => ("its activations have 16 bits, which the systolic array does not take", "--core auto or eie, or int8 activations"),
        };
        PlanError::unsupported(&layer.name, why, remedy)
    }

    fn push_sparse(&mut self, layer: &Layer, conv: &Conv, eie: &Eie, steps: Vec<Step>) {
        let channels = conv.out_channels as u64;
        let batch_bytes = self.batch_words(eie) * self.accelerator.lanes * self.lowered.tensors[layer.output].width();
        for (index, step) in steps.into_iter().enumerate() {
            let rows = if let Work::Sparse(sparse) = &step.work { sparse.out_channels as u64 } else { 0 };
            let bytes = step.output.words * self.accelerator.lanes;
            let cover = Cover { placed: layer.output, first_row: 0, first_byte: index * batch_bytes, bytes };
            self.placed.push(step, Kind::Eie, layer.operations * rows / channels, cover);
        }
    }

    /// A rectifier's zeros are its output's zero point: about half of such activations are taken to be zero.
    fn activation_density(&self, layer: &Layer) -> f64 {
        let input = layer.inputs[0];
        let mut rectified = self.lowered.layers.iter().filter(|l| self.lowered.tensors[l.output].buffer == self.lowered.tensors[input].buffer);
        if rectified.any(|l| l.clamps_at_zero(self.zero_point(l.output))) { 0.5 } else { 1.0 }
    }

    /// Words of accumulators that one step fills.
    fn batch_words(&self, eie: &Eie) -> usize {
        (eie.rows() / self.accelerator.lanes).max(1)
    }

    fn row_batches(&self, layer: &Layer, conv: &Conv, biases: &[i32], epilogue: &Epilogue, eie: &Eie) -> Vec<Step> {
        let lanes = self.accelerator.lanes;
        let (input, out) = (self.region(layer.inputs[0]), self.region(layer.output));
        let reduction = conv.window.kernel[0] * conv.window.kernel[1] * conv.in_channels;
        let (batch, width) = (self.batch_words(eie), self.lowered.tensors[layer.output].width());
        let all = out.words / width;
        (0..all.div_ceil(batch))
            .map(|index| {
                let words = batch.min(all - index * batch);
                let first = index * batch * lanes;
                let rows = (words * lanes).min(conv.out_channels - first);
                let weights = &conv.weights[first * reduction..(first + rows) * reduction];
                let sparse = Sparse {
                    window: conv.window,
                    pad_value: conv.pad_value,
                    out_channels: rows,
                    in_channels: conv.in_channels,
                    wide: self.lowered.tensors[layer.inputs[0]].wide,
                    weights: weights.iter().map(|&w| i16::from(w)).collect(),
                };
                let mut epilogue = epilogue.clone();
                epilogue.channels = epilogue.channels[first..first + words * lanes].to_vec();
                epilogue.stairs = epilogue.stairs.get(first..first + words * lanes).map(<[_]>::to_vec).unwrap_or_default();
                for (row, channel) in epilogue.channels.iter_mut().enumerate().take(rows) {
                    // The engine subtracts the zero point itself.
                    *channel = Channel { bias: biases.get(first + row).copied().unwrap_or(0), ..*channel };
                }
                Step {
                    name: layer.name.clone(),
                    work: Work::Sparse(sparse),
                    input,
                    output: Region { base: out.base + index * batch * width, words: words * width, ..out },
                    epilogue: Some(epilogue),
                }
            })
            .collect()
    }
}

/// Cycles of the array: as many as a tile has pixels, or as its rows take to load, for every tile that is not left out.
pub(super) fn systolic_estimate(tiles: usize, pixels: usize, accelerator: &Accelerator) -> u64 {
    let Accelerator { rows, cols, .. } = *accelerator;
    (tiles * pixels.max(rows * accelerator.stream.pace(cols)) + rows + cols) as u64
}

/// Broadcasts bound the engine from below, the fullest element from above; an empty column costs an element one cycle.
fn eie_estimate(step: &Step, eie: &Eie, activation_density: f64) -> u64 {
    let Work::Sparse(sparse) = &step.work else { return 0 };
    let reduction = sparse.reduction();
    let fullest = (0..eie.pes).map(|element| {
        let column = |column: usize| {
            let rows = (element..sparse.out_channels).step_by(eie.pes);
            rows.filter(|row| sparse.weights[row * reduction + column] != 0).count().max(1)
        };
        (0..reduction).map(column).sum::<usize>()
    });
    let columns = fullest.max().unwrap_or(reduction) as f64 * activation_density;
    step.output.pixels() as u64 * (columns as u64 + (step.output.words + VECTOR_OVERHEAD) as u64)
}
