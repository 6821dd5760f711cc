//! Programs of one fully connected layer on the sparse engine.

use fretwork_hdl::eie::Eie;
use fretwork_hdl::shell::encode::{load, store};
use fretwork_hdl::{Accelerator, Channel, Epilogue, Images, Kind, Machine, Region, Sparse, Step, Window, Work, core};
use fretwork_sim::requantise::{Rounding, Scale};

/// A layer; activations, in and out, have 8 or with `wide` 16 bits.
#[derive(Clone, Debug)]
pub struct Layer {
    pub eie: Eie,
    pub lanes: usize,
    pub rows: usize,
    pub columns: usize,
    pub wide: bool,
    pub zero_point: i8,
    pub shift: i8,
    /// `[row][column]`.
    pub weights: Vec<i16>,
}

impl Layer {
    /// Load, the layer, store. `None` when the layer does not fit.
    pub fn machine(&self) -> Option<Machine> {
        let mut accelerator = Accelerator::with_shape(self.lanes, self.lanes, self.lanes);
        let [inputs, outputs] = [self.columns, self.rows].map(|count| count * if self.wide { 2 } else { 1 } / self.lanes);
        (accelerator.activation_words, accelerator.param_words, accelerator.steps) = (inputs + outputs, self.rows.div_ceil(self.lanes), 3);
        accelerator.eie = Some(self.eie.clone());
        let region = |base, words| Region { base, stride: words, height: 1, width: 1, words };
        let (input, output) = (region(0, inputs), region(inputs, outputs));
        let layer = self.step(input, output);
        let core = core(Kind::Eie)?;
        core.fits(&layer, &accelerator).ok()?;
        let mut images = Images::default();
        let layer = core.encode(&layer, &accelerator, &mut images);
        let plain = |work, region| Step { name: "stream".into(), work, input: region, output: region, epilogue: None };
        let mut last = store(&plain(Work::Store, output));
        last.last = true;
        [load(&plain(Work::Load, input)), layer, last].iter().for_each(|config| images.push_step(config));
        Machine::new(&accelerator, &images)
    }

    fn step(&self, input: Region, output: Region) -> Step {
        let (out_channels, in_channels, wide, pad_value) = (self.rows, self.columns, self.wide, self.zero_point);
        let sparse = Sparse { window: Window::POINT, pad_value, out_channels, in_channels, wide, weights: self.weights.clone() };
        let channels = vec![Channel { bias: 0, scale: self.scale() }; self.rows];
        let clamp = if wide { [i16::MIN, i16::MAX] } else { [i8::MIN.into(), i8::MAX.into()] };
        let epilogue = Epilogue { wide, ..Epilogue::scaled(channels, Rounding::Double, 0, clamp) };
        Step { name: "layer".into(), work: Work::Sparse(sparse), input, output, epilogue: Some(epilogue) }
    }

    /// The scale of every output.
    pub fn scale(&self) -> Scale {
        Scale { multiplier: 1 << 30, shift: self.shift }
    }
}
