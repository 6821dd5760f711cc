//! `fretwork compress`: model -> a smaller model in one file.

use super::context::Context;
use super::error::CommandError;
use super::stimulus::Stimulus;
use fretwork::driver::compress::{CompressArgs, RANDOM_INPUTS};
use fretwork::driver::save::save;
use fretwork::import::compressed::write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork compress net.tflite --method deep-compression --input digits.npy -o small.safetensors
  fretwork compress net.tflite --method obs --density 0.2 --layer conv1=0.6 -o pruned.safetensors
  fretwork compress net.tflite --method kmeans --bits 4 --init density -o shared.safetensors
  fretwork compress net.tflite --method huffman -o stored.safetensors

The file is a model like any other: fretwork compile small.safetensors -o small";

/// Compress a model by pruning, weight sharing and Huffman coding into one file.
///
/// Weights stay 8-bit integers; pruning makes some of them zero, sharing leaves few different
/// ones. Prints layer by layer what is left, what it takes, and how much it changed the layer's
/// output for the calibration inputs. Methods:
///
///   prune             the smallest weights become zero (Han 2015)
///   obd               those whose square times the input's energy is least (LeCun 1989)
///   obs               those that the others, which are updated, make up for best
///                     (Hassibi 1992, Dong 2017)
///   kmeans            at most 2^bits - 1 different weights per layer (Han 2016)
///   deep-compression  prune, then kmeans (Han 2016)
///   huffman           the weights as they are
///
/// Whatever the method, the file holds Huffman-coded weights where that is shorter.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, verbatim_doc_comment)]
pub struct Args {
    /// Model file.
    model: PathBuf,
    /// File to write; it appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    options: CompressArgs,
    /// Calibration inputs from FILE.npy, FILE.npz or FILE.npz:KEY, once per input of the network [default: random inputs].
    ///
    /// Types and shapes are those of `fretwork simulate --input`.
    #[arg(long, value_name = "FILE", help_heading = "Calibration")]
    input: Vec<String>,
    /// Number of calibration inferences [default: the file's; without a file 16].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000), help_heading = "Calibration")]
    inputs: Option<u32>,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    args.options.check()?;
    let original = fretwork::import::load(&args.model)?;
    let count = args.inputs.or(args.input.is_empty().then_some(RANDOM_INPUTS));
    let stimulus = Stimulus { inputs: count, input: args.input.clone(), seed: args.options.seed, stalls: 0.0 };
    let inferences = stimulus.inferences(&original, RANDOM_INPUTS as usize)?;
    let progress = context.progress("compressing", None);
    let mut compressed = args.options.compress(&original, &inferences)?;
    compressed.name = args.output.file_stem().map_or_else(|| original.name.clone(), |stem| stem.to_string_lossy().into_owned());
    let written = write(&compressed)?;
    save(&args.output, &written.bytes)?;
    let file = Some(args.output.display().to_string());
    let summary = args.options.summary(file, &original, &compressed, &written, &inferences, args.input.is_empty());
    drop(progress);
    if args.json { context.print_json(&summary) } else { context.say(&summary.text()) }
}
