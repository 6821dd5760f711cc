//! Options of `fretwork quantise`, and the network that they make.

pub mod forms;
pub mod reduce;
pub mod summary;
mod values;

use super::error::CommandError;
use crate::compress::curvature::Curvature;
use crate::compress::quantise::{Form, Integers, Options, Quantised, Ranges, Style, WeightRange, integers, quantise};
use crate::compress::reduce::Report;
use crate::import::onnx::float::{Array, Layer, Network};
use forms::FormArgs;
use summary::{Setting, Summary};
use values::{own_bits, percent, range};

/// Calibration inferences when nothing is said.
pub const INFERENCES: usize = 256;

/// How weights are quantised.
#[derive(clap::Args, Clone, Debug)]
pub struct WeightArgs {
    #[command(flatten)]
    form: FormArgs,
    /// How the range of weights is found.
    #[arg(long, value_enum, default_value = "mse")]
    weight_ranges: WeightRanges,
    /// One scale for all weights of a layer instead of one per output channel.
    #[arg(long)]
    per_tensor: bool,
}

/// How a float model is quantised.
#[derive(clap::Args, Clone, Debug)]
pub struct QuantiseArgs {
    /// Change the structure first: slimming, merge-neurons, coreset, low-rank or tetris with its options, see above; passes in the order given.
    #[arg(long, value_name = "PASS[:KEY=VALUE,...]", value_parser = reduce::step)]
    reduce: Vec<reduce::Step>,
    #[command(flatten)]
    weights: WeightArgs,
    /// Bits of the weights of the first and the last layer [default: 8; with uniform weights those of the others].
    #[arg(long, value_name = "B", value_parser = clap::value_parser!(u32).range(2..=8))]
    end_bits: Option<u32>,
    /// Bits of activations between layers, 1 to 8; inputs and outputs of the network keep 8.
    #[arg(long, value_name = "B", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=8))]
    activation_bits: u32,
    /// Bits of one layer's weights, 1 (binary) to 8, and after a slash of its output; may be given for several layers.
    #[arg(long, value_name = "NAME=W[/A]", value_parser = own_bits)]
    layer: Vec<(String, u32, Option<u32>)>,
    /// Correct biases for what quantisation and, with calibration inputs, --reduce change in the mean of each channel (Nagel 2019).
    #[arg(long)]
    correct_bias: bool,
    /// How the range of activations is found.
    #[arg(long, value_enum, default_value = "minmax", help_heading = "Calibration")]
    ranges: RangesOption,
    /// Percentage of values within a range, with --ranges percentile.
    #[arg(long, value_name = "P", default_value_t = 99.99, value_parser = percent, help_heading = "Calibration")]
    percentile: f64,
    /// Smallest and largest input value, with --ranges batch-norm.
    #[arg(long, value_name = "LOW,HIGH", value_parser = range, allow_hyphen_values = true, help_heading = "Calibration")]
    input_range: Option<[f32; 2]>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum WeightRanges {
    #[value(name = "minmax")]
    MinMax,
    Mse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum RangesOption {
    #[value(name = "minmax")]
    MinMax,
    Percentile,
    Mse,
    BatchNorm,
}

impl WeightArgs {
    fn range(&self) -> WeightRange {
        match self.weight_ranges {
            WeightRanges::MinMax => WeightRange::MinMax,
            WeightRanges::Mse => WeightRange::Mse,
        }
    }

    /// The integers of one layer's weights, `[row][column]` with a row for every output channel, whose inputs are not known; it is quantised as layers
    /// between the first and the last are.
    ///
    /// # Errors
    /// Options that do not go together.
    pub fn integers(&self, layer: &Layer) -> Result<Integers, CommandError> {
        self.form.check()?;
        let style = Style { range: self.range(), per_tensor: self.per_tensor, inq_steps: &self.form.inq_steps };
        Ok(integers(layer, self.form.others(), &style, &Curvature::Unknown))
    }
}

/// A quantised network, and what passes did before.
pub struct Made {
    /// The network.
    pub quantised: Quantised,
    /// The float network's name.
    network: String,
    reports: Vec<Report>,
}

impl Made {
    /// What was done with so many calibration inputs; `file` is where it was written, `bytes` what it takes there.
    pub fn summary(self, file: Option<String>, calibration_inputs: usize, bytes: usize) -> Summary {
        Summary::new(Setting { network: self.network, file, calibration_inputs }, self.reports, self.quantised, bytes)
    }
}

impl QuantiseArgs {
    /// The quantised network, by the name `name` or its own.
    ///
    /// # Errors
    /// Options that do not go together or do not fit the network, and what passes and quantisation refuse.
    pub fn quantise(&self, network: Network, inferences: &[Vec<Array>], name: Option<String>) -> Result<Made, CommandError> {
        self.check(!inferences.is_empty())?;
        let (network, reports) = reduce::all(network, &self.reduce, inferences, self.correct_bias)?;
        let mut quantised = quantise(&network, inferences, &self.options(&network)?)?;
        quantised.graph.name = name.unwrap_or_else(|| network.name().to_owned());
        Ok(Made { quantised, network: network.name().to_owned(), reports })
    }

    /// Options that do not go together are mistakes.
    ///
    /// # Errors
    /// Such an option; `calibrated` says whether there are calibration inputs.
    pub fn check(&self, calibrated: bool) -> Result<(), CommandError> {
        self.weights.form.check()?;
        self.weights.form.ends(self.end_bits)?;
        let free = self.ranges == RangesOption::BatchNorm;
        let faults = [
            (!calibrated && !free, "--input is missing: calibration inputs, or --ranges batch-norm, which needs none"),
            (calibrated && free, "--input is not for --ranges batch-norm, which needs no inputs"),
            (
                self.input_range.is_none() && free,
                "--input-range is missing: --ranges batch-norm has to know the smallest and the largest input value",
            ),
            (self.input_range.is_some() && !free, "--input-range is for --ranges batch-norm only"),
        ];
        match faults.iter().find(|(found, _)| *found) {
            Some((_, message)) => Err(CommandError::Usage((*message).to_owned())),
            None => Ok(()),
        }
    }

    /// What is wanted of each layer of the network.
    fn options(&self, network: &Network) -> Result<Options, CommandError> {
        let names: Vec<&str> = network.layers().iter().map(|layer| &layer.name[..]).collect();
        if let Some((name, ..)) = self.layer.iter().find(|(name, ..)| !names.contains(&&name[..])) {
            let message = format!("parameter 'layer' names {name:?}, must be one of the network's layers: {}", names.join(", "));
            return Err(CommandError::Usage(message));
        }
        let last = names.len() - 1;
        let own = |name: &str| self.layer.iter().rev().find(|(own, ..)| own == name);
        let ends = self.weights.form.ends(self.end_bits)?;
        let form = |(index, name): (usize, &&str)| match own(name) {
            Some((_, 1, _)) => self.weights.form.binary(),
            Some((_, bits, _)) => Form::Uniform { bits: *bits },
            None if index == 0 || index == last => ends,
            None => self.weights.form.others(),
        };
        Ok(Options {
            forms: names.iter().enumerate().map(form).collect(),
            activations: names.iter().map(|name| own(name).and_then(|(_, _, bits)| *bits).unwrap_or(self.activation_bits)).collect(),
            other_activations: if self.activation_bits == 1 { 8 } else { self.activation_bits },
            ranges: match self.ranges {
                RangesOption::MinMax => Ranges::MinMax,
                RangesOption::Percentile => Ranges::Percentile(self.percentile),
                RangesOption::Mse => Ranges::Mse,
                RangesOption::BatchNorm => Ranges::BatchNorm { inputs: self.input_range.unwrap_or([0.0, 1.0]) },
            },
            weight_range: self.weights.range(),
            per_tensor: self.weights.per_tensor,
            correct_bias: self.correct_bias,
            inq_steps: self.weights.form.inq_steps.clone(),
        })
    }
}
