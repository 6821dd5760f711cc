//! `fretwork quantise`: float ONNX model -> integer model in one file.

use super::context::Context;
use super::error::CommandError;
use fretwork::driver::quantise::{INFERENCES, QuantiseArgs};
use fretwork::driver::save::save;
use fretwork::import::compressed::write;
use fretwork::import::onnx::float::{Array, Network};
use fretwork::inputs;
use std::path::{Path, PathBuf};

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
/// Passes of --reduce, before anything is quantised and without training; each takes
/// layers=NAME+NAME to choose layers, which --layer then calls by their new names (of two layers
/// in place of NAME, the first is NAME/first), and correct-bias=yes or no, if its biases are not to
/// be treated as --correct-bias says:
///
///   slimming:keep=0.8               this part of all channels is left, by scale of the batch
///                                   normalisation (Liu 2017); where there is none, by size of
///                                   the filters (Li 2017)
///   merge-neurons:keep=0.8          this part of each layer's channels, like ones merged
///                                   (Srinivas 2015)
///   coreset:keep=0.8                the same, by weighted k-means (after Dubey 2018)
///   low-rank:energy=0.8             two small layers for one, k x 1 and 1 x k for k x k
///                                   (Jaderberg 2014, Tai 2016); or macs=0.5 of the network's
///                                   operations, or rank=16
///   tetris:tile=16x16,density=0.5   channels change places, and this part of each layer's tiles
///                                   (rows x cols of the array) is left, the others 0 (Ji 2018)
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
    #[command(flatten)]
    options: QuantiseArgs,
    /// Calibration inputs from FILE.npy, FILE.npz or FILE.npz:KEY, in the model's own shape; once per input of the network.
    #[arg(long, value_name = "FILE", help_heading = "Calibration")]
    input: Vec<String>,
    /// Number of calibration inferences: the first of the file's [default: 256, or all if there are fewer].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000), help_heading = "Calibration")]
    inputs: Option<u32>,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    args.options.check(!args.input.is_empty())?;
    let network = read(&args.model)?;
    let inferences = args.inferences(&network)?;
    let progress = context.progress("quantising", None);
    let name = args.output.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let made = args.options.quantise(network, &inferences, name)?;
    let written = write(&made.quantised.graph)?;
    save(&args.output, &written.bytes)?;
    drop(progress);
    let summary = made.summary(Some(args.output.display().to_string()), inferences.len(), written.bytes.len());
    if args.json { context.print_json(&summary) } else { context.say(&summary.text()) }
}

/// Reads the float model.
fn read(path: &Path) -> Result<Network, CommandError> {
    let name = path.file_stem().map_or_else(|| "model".to_owned(), |stem| stem.to_string_lossy().into_owned());
    Ok(fretwork::import::load_float(path, &name)?)
}

impl Args {
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
