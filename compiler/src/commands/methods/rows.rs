//! The rows: which command lines make which form of network, and which cores execute it.

use fretwork::compress::layers::Layer;
use fretwork_hdl::shift::codes::{distinct, signed_digits};

/// Inputs to calibrate with.
pub const INPUTS: &[u8] = include_bytes!("networks/inputs.npy");

/// A small float network; made by `tests/onnx/methods.py`.
#[derive(Clone, Copy)]
pub enum Network {
    /// Two convolutions with batch normalisation, two fully connected layers.
    Plain,
    /// An inverted residual: 1x1, a filter per channel, 1x1, a sum.
    Separable,
    /// Grouped convolutions with a shuffle between them.
    Grouped,
    /// Half of the channels pass, the others are filtered, then all are shuffled.
    Split,
    /// Channels displaced between convolutions of one pixel.
    Shift,
    /// Channels displaced by parts of a pixel.
    ActiveShift,
    /// Branches that are concatenated, and a sum.
    Branches,
}

impl Network {
    /// The ONNX file.
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Network::Plain => include_bytes!("networks/plain.onnx"),
            Network::Separable => include_bytes!("networks/separable.onnx"),
            Network::Grouped => include_bytes!("networks/grouped.onnx"),
            Network::Split => include_bytes!("networks/split.onnx"),
            Network::Shift => include_bytes!("networks/shift.onnx"),
            Network::ActiveShift => include_bytes!("networks/active_shift.onnx"),
            Network::Branches => include_bytes!("networks/branches.onnx"),
        }
    }
}

/// What a row says of the weights of all layers but the first and the last.
pub enum Weights {
    /// Nothing.
    Any,
    /// At least this share of all is zero.
    Zeros(f64),
    /// -1 and 1.
    Signs,
    /// Two values of either sign, and 0.
    Ternary,
    /// Sums of at most so many powers of two.
    Terms(usize),
    /// At most so many values beside 0 in a layer.
    Distinct(usize),
}

impl Weights {
    /// Whether the layers' weights are so; else what is not.
    pub fn hold(&self, layers: &[Layer]) -> Result<(), String> {
        let all = || layers.iter().flat_map(|layer| layer.weights.iter().copied());
        let each = |holds: &dyn Fn(&Layer) -> bool| match layers.iter().find(|layer| !holds(layer)) {
            Some(layer) => Err(format!("the weights of {:?} are not of this form", layer.name)),
            None => Ok(()),
        };
        match self {
            Weights::Any => Ok(()),
            Weights::Zeros(share) => {
                let zeros = all().filter(|weight| *weight == 0).count() as f64 / all().count().max(1) as f64;
                if zeros >= *share { Ok(()) } else { Err(format!("{:.0} % of the weights are zero", zeros * 100.0)) }
            }
            Weights::Signs => each(&|layer| layer.weights.iter().all(|weight| weight.abs() == 1)),
            Weights::Ternary => each(&|layer| {
                let values = distinct(&layer.weights);
                values.iter().filter(|value| **value > 0).count() <= 1 && values.iter().filter(|value| **value < 0).count() <= 1
            }),
            Weights::Terms(terms) => each(&|layer| layer.weights.iter().all(|weight| signed_digits(*weight).len() <= *terms)),
            Weights::Distinct(most) => each(&|layer| distinct(&layer.weights).len() <= *most),
        }
    }
}

/// A method, or several that end in the same.
pub struct Row {
    /// F1 to F24.
    pub form: &'static str,
    /// The form in words.
    pub sees: &'static str,
    /// Methods and their sources.
    pub methods: &'static str,
    /// What is compressed.
    pub network: Network,
    /// Command lines, without files.
    pub passes: &'static [&'static str],
    /// Options of the accelerator.
    pub shape: &'static str,
    /// Cores that execute some step.
    pub cores: &'static [&'static str],
    /// What is true of the weights.
    pub weights: Weights,
    /// Test suite that goes deeper.
    pub test: &'static str,
}

/// Forms without a row, and why.
pub const UNMAPPED: [(&str, &str, &str); 4] = [
    ("F3", "pruning at run time", "the sequencer has no gate yet"),
    ("F4", "sparse in the frequency domain", "no pass and no transform yet"),
    ("F23", "recurrent", "matrix-vector products run (the LSTM's of `fretwork bench eie-table`), gates and state do not"),
    ("F24", "graph networks", "no importer reads them"),
];
