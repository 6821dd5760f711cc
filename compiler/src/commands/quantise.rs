//! `fretwork quantise`: float ONNX model -> integer model in one file.

mod forms;
mod reduce;
mod summary;
mod values;

use super::compress::save;
use super::context::Context;
use super::error::CommandError;
use forms::FormArgs;
use fretwork::compress::quantise::{Form, Options, Ranges, WeightRange, quantise};
use fretwork::compress::reduce::Pass;
use fretwork::import::compressed::write;
use fretwork::import::onnx::float::{Array, Network};
use fretwork::inputs;
use std::path::{Path, PathBuf};
use summary::{Setting, Summary};
use values::{own_bits, percent, range};

const EXAMPLES: &str = "\
Examples:
  fretwork quantise net.onnx --input images.npy -o net8.safetensors
  fretwork quantise net.onnx --input images.npy --weight-bits 4 --layer /fc2/Gemm=8 --ranges mse --correct-bias -o net4.safetensors
  fretwork quantise net.onnx --input images.npy --weights binary --activation-bits 1 -o binary.safetensors
  fretwork quantise net.onnx --input images.npy --reduce slimming:keep=0.8 --reduce low-rank:energy=0.8,layers=fc1+fc2 -o less.safetensors
  fretwork quantise net.onnx --input images.npy --weights inq --inq-steps 0.3,0.6,0.8,1 --correct-bias -o powers.safetensors
  fretwork quantise net.onnx --ranges batch-norm --input-range 0,1 --correct-bias -o free.safetensors

The file is a model like any other: fretwork compile net8.safetensors -o net8";

/// Quantise a trained float model (ONNX) to integers of few bits, without training.
///
/// Weights get one scale per output channel and zero point 0, activations one scale and zero point
/// per tensor; batch normalisation is merged first. Prints layer by layer the bits and the error.
/// Forms of weights:
///
///   uniform   evenly spaced integers of --weight-bits (Krishnamoorthi 2018)
///   binary    the signs, for networks trained with binary weights (BinaryConnect,
///             Courbariaux 2015)
///   xnor-net  the signs times the mean magnitude of each channel (Rastegari 2016)
///   twn       -1, 0 and 1 (Li 2016)
///   ttq       -b, 0 and a, best of several thresholds* (Zhu 2017)
///   inq       powers of two and 0, the largest first* (Zhou 2017)
///   apot      sums of powers of two (Li 2020)
///   admm      0 and +-1, or 0 and +-1, 2, 4, by alternating directions* (Leng 2018)
///   pwlq      fine steps for small, coarse ones for large weights (Fang 2020)
///   lcq       a codebook with levels where the weights are (Yamamoto 2021)
///   kmeans    a codebook of 2^weight-bits integers per layer, one of them 0 (Han 2016)
///   slq       the same, clusters fixed group by group* (Xu 2018)
///   pq        a codebook of 2^weight-bits vectors of weights of adjacent output channels
///             (Gong 2014)
///   syq       -1 and 1, or -1, 0 and 1 with --weight-bits 2, and a scale per layer, kernel
///             row or kernel position (Faraone 2018)
///
/// Forms with * choose for the least error of the layer's output on the calibration inputs;
/// where the papers train the weights that are not yet quantised, these re-fit them by least
/// squares. Without calibration inputs they look at the weights alone.
///
/// Passes of --reduce, each with layers=NAME+NAME to choose layers; nothing is trained afterwards, --layer
/// takes the names of the reduced network (of two layers in place of NAME, the first is NAME/first):
///
///   slimming:keep=0.8               this part of all channels, by batch-norm scale (Liu 2017) or, where
///                                   there is none, by size of the filters (Li 2017)
///   merge-neurons:keep=0.8          this part of each layer's channels, like ones merged (Srinivas 2015)
///   coreset:keep=0.8                the same, by weighted k-means (after Dubey 2018)
///   low-rank:energy=0.8             two small layers for one, k x 1 and 1 x k of k x k (Jaderberg 2014, Tai
///                                   2016); or macs=0.5 of the network's operations, or rank=16
///   tetris:tile=16x16,density=0.5   channels reordered, and this part of the tiles (rows x cols of the
///                                   array) of each layer kept (Ji 2018)
///
/// With --activation-bits 1, activations that only binary layers read become -1 or 1, with a
/// threshold per channel from the calibration.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, verbatim_doc_comment)]
pub struct Args {
    /// Float model file (.onnx).
    model: PathBuf,
    /// File to write; it appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Change the structure first: slimming, merge-neurons, coreset, low-rank or tetris with its options, see above; passes in the order given.
    #[arg(long, value_name = "PASS[:KEY=VALUE,...]", value_parser = reduce::pass)]
    reduce: Vec<Pass>,
    #[command(flatten)]
    form: FormArgs,
    /// Bits of activations between layers, 1 to 8; inputs and outputs of the network keep 8.
    #[arg(long, value_name = "B", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=8))]
    activation_bits: u32,
    /// Bits of one layer's weights, 1 (binary) to 8, and after a slash of its output; may be given for several layers.
    #[arg(long, value_name = "NAME=W[/A]", value_parser = own_bits)]
    layer: Vec<(String, u32, Option<u32>)>,
    /// How the range of weights is found.
    #[arg(long, value_enum, default_value = "mse")]
    weight_ranges: WeightRanges,
    /// One scale for all weights of a layer instead of one per output channel.
    #[arg(long)]
    per_tensor: bool,
    /// Correct biases for what quantisation changes in the mean of each channel (Nagel 2019); with calibration inputs also for what --reduce changes.
    #[arg(long)]
    correct_bias: bool,
    /// How the range of activations is found.
    #[arg(long, value_enum, default_value = "minmax", help_heading = "Calibration")]
    ranges: RangesOption,
    /// Percentage of values within a range, with --ranges percentile.
    #[arg(long, value_name = "P", default_value_t = 99.99, value_parser = percent, help_heading = "Calibration")]
    percentile: f64,
    /// Calibration inputs from FILE.npy, FILE.npz or FILE.npz:KEY, in the model's own shape; once per input of the network.
    #[arg(long, value_name = "FILE", help_heading = "Calibration")]
    input: Vec<String>,
    /// Number of calibration inferences: the first of the file's [default: 256, or all if there are fewer].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000), help_heading = "Calibration")]
    inputs: Option<u32>,
    /// Smallest and largest input value, with --ranges batch-norm.
    #[arg(long, value_name = "LOW,HIGH", value_parser = range, allow_hyphen_values = true, help_heading = "Calibration")]
    input_range: Option<[f32; 2]>,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
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

/// Calibration inferences when nothing is said.
const INFERENCES: usize = 256;

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    args.check()?;
    let network = read(&args.model)?;
    let inferences = args.inferences(&network)?;
    let corrected = args.correct_bias && !inferences.is_empty();
    let (network, reports) = reduce::all(network, &args.reduce, corrected.then_some(&inferences[..]))?;
    let options = args.options(&network)?;
    let progress = context.progress("quantising", None);
    let mut quantised = quantise(&network, &inferences, &options)?;
    quantised.graph.name = args.output.file_stem().map_or_else(|| network.name().to_owned(), |stem| stem.to_string_lossy().into_owned());
    let written = write(&quantised.graph)?;
    save(&args.output, &written.bytes)?;
    drop(progress);
    let setting = Setting { network: network.name().to_owned(), file: args.output.display().to_string(), calibration_inputs: inferences.len() };
    let summary = Summary::new(setting, reports, quantised, written.bytes.len());
    if args.json { context.print_json(&summary) } else { context.say(&summary.text()) }
}

/// Reads the float model.
fn read(path: &Path) -> Result<Network, CommandError> {
    let name = path.file_stem().map_or_else(|| "model".to_owned(), |stem| stem.to_string_lossy().into_owned());
    Ok(fretwork::import::load_float(path, &name)?)
}

impl Args {
    /// Options that do not go together are mistakes.
    fn check(&self) -> Result<(), CommandError> {
        self.form.check()?;
        let free = self.ranges == RangesOption::BatchNorm;
        let faults = [
            (self.input.is_empty() && !free, "--input is missing: calibration inputs, or --ranges batch-norm, which needs none"),
            (!self.input.is_empty() && free, "--input is not for --ranges batch-norm, which needs no inputs"),
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

    fn options(&self, network: &Network) -> Result<Options, CommandError> {
        let names: Vec<&str> = network.layers().iter().map(|layer| &layer.name[..]).collect();
        if let Some((name, ..)) = self.layer.iter().find(|(name, ..)| !names.contains(&&name[..])) {
            let message = format!("parameter 'layer' names {name:?}, must be one of the network's layers: {}", names.join(", "));
            return Err(CommandError::Usage(message));
        }
        let last = names.len() - 1;
        let own = |name: &str| self.layer.iter().rev().find(|(own, ..)| own == name);
        let form = |(index, name): (usize, &&str)| match own(name) {
            Some((_, 1, _)) => self.form.binary(),
            Some((_, bits, _)) => Form::Uniform { bits: *bits },
            None if index == 0 || index == last => self.form.ends(),
            None => self.form.others(),
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
            weight_range: match self.weight_ranges {
                WeightRanges::MinMax => WeightRange::MinMax,
                WeightRanges::Mse => WeightRange::Mse,
            },
            per_tensor: self.per_tensor,
            correct_bias: self.correct_bias,
            inq_steps: self.form.inq_steps.clone(),
        })
    }

    fn inferences(&self, network: &Network) -> Result<Vec<Vec<Array>>, CommandError> {
        if self.input.is_empty() {
            return Ok(Vec::new());
        }
        let arrays = self.input.iter().map(|file| Ok((file.clone(), inputs::load(file)?))).collect::<Result<Vec<_>, CommandError>>()?;
        let borders = network.inputs();
        let all = inputs::reals(&borders, &arrays)?;
        let count = self.inputs.map_or(INFERENCES.min(all.len()), |count| count as usize);
        if count > all.len() {
            let message = format!("parameter 'inputs' is {count}, must be in 1..={}, as {} holds {0} inferences", all.len(), self.input[0]);
            return Err(CommandError::Usage(message));
        }
        Ok(all.into_iter().take(count).map(|inference| network.arrays(inference)).collect())
    }
}
