//! `fretwork compress`: model -> a smaller model in one file.

pub mod summary;

use super::context::Context;
use super::error::CommandError;
use super::stimulus::Stimulus;
use fretwork::compress::kmeans::{self, Init, Sharing};
use fretwork::compress::layers::layers;
use fretwork::compress::prune::{self, Scope, Target};
use fretwork::compress::statistics::compare;
use fretwork::compress::{bias, obd, obs};
use fretwork::graph::Graph;
use fretwork::import::compressed::write;
use fretwork::inputs::Inference;
use std::path::{Path, PathBuf};
use summary::{Setting, Summary};

const EXAMPLES: &str = "\
Examples:
  fretwork compress net.tflite --method deep-compression --input digits.npy -o small.safetensors
  fretwork compress net.tflite --method obs --density 0.2 --layer conv1=0.6 -o pruned.safetensors
  fretwork compress net.tflite --method kmeans --bits 4 --init density -o shared.safetensors
  fretwork compress net.tflite --method huffman -o stored.safetensors

The file is a model like any other: fretwork compile small.safetensors -o small";

/// Random inputs when no file is given.
const RANDOM_INPUTS: u32 = 16;

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
    /// How to compress.
    #[arg(long, value_enum)]
    method: Method,
    /// File to write; it appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Share of weights that stay, 0 to 1 [default: 0.1].
    #[arg(long, value_name = "D", value_parser = density)]
    density: Option<f64>,
    /// Whether all weights of the network compete, or those of each layer [default: global].
    #[arg(long, value_enum)]
    scope: Option<ScopeOption>,
    /// Density of one layer, in place of --density; may be given for several.
    #[arg(long, value_name = "NAME=D", value_parser = own_density)]
    layer: Vec<(String, f64)>,
    /// How deep-compression chooses the weights that go [default: magnitude].
    #[arg(long, value_enum)]
    prune_by: Option<PruneBy>,
    /// Bits of a weight code, 1 to 8: up to 2^bits - 1 different weights per layer, and zero [default: 5].
    #[arg(long, value_name = "B", value_parser = clap::value_parser!(u32).range(1..=8))]
    bits: Option<u32>,
    /// Where the clusters of shared weights start [default: linear].
    #[arg(long, value_enum)]
    init: Option<InitOption>,
    /// Prune and share the weights of depthwise convolutions as well.
    #[arg(long)]
    depthwise: bool,
    /// Correct the biases for what compression changes in the mean of each channel (Nagel 2019).
    #[arg(long)]
    correct_bias: bool,
    /// Calibration inputs from FILE.npy, FILE.npz or FILE.npz:KEY, once per input of the network [default: random inputs].
    ///
    /// Types and shapes are those of `fretwork simulate --input`.
    #[arg(long, value_name = "FILE", help_heading = "Calibration")]
    input: Vec<String>,
    /// Number of calibration inferences [default: the file's; without a file 16].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000), help_heading = "Calibration")]
    inputs: Option<u32>,
    /// Seed of random inputs and of random clusters.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Method {
    Prune,
    Obs,
    Obd,
    Kmeans,
    DeepCompression,
    Huffman,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ScopeOption {
    Global,
    Layer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PruneBy {
    Magnitude,
    Obd,
    Obs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum InitOption {
    Linear,
    Density,
    Random,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    args.check()?;
    let original = fretwork::import::load(&args.model)?;
    let target = args.target(&original)?;
    let count = args.inputs.or(args.input.is_empty().then_some(RANDOM_INPUTS));
    let stimulus = Stimulus { inputs: count, input: args.input.clone(), seed: args.seed, stalls: 0.0 };
    let inferences = stimulus.inferences(&original, RANDOM_INPUTS as usize)?;
    let progress = context.progress("compressing", None);
    let mut compressed = args.compress(&original, &target, &inferences);
    if args.correct_bias {
        compressed = bias::correct(&original, &compressed, &inferences);
    }
    compressed.name = args.output.file_stem().map_or_else(|| original.name.clone(), |stem| stem.to_string_lossy().into_owned());
    let written = write(&compressed)?;
    save(&args.output, &written.bytes)?;
    let statistics = compare(&original, &compressed, &inferences);
    drop(progress);
    let setting = Setting {
        network: original.name,
        method: args.method_name(),
        file: args.output.display().to_string(),
        calibration_inputs: inferences.len(),
        calibration_random: args.input.is_empty(),
    };
    let summary = Summary::new(setting, statistics, &written);
    if args.json { context.print_json(&summary) } else { context.say(&summary.text()) }
}

impl Args {
    fn prunes(&self) -> bool {
        match self.method {
            Method::Prune | Method::Obs | Method::Obd | Method::DeepCompression => true,
            Method::Kmeans | Method::Huffman => false,
        }
    }

    fn shares(&self) -> bool {
        matches!(self.method, Method::Kmeans | Method::DeepCompression)
    }

    /// Options that the method does not take are mistakes.
    fn check(&self) -> Result<(), CommandError> {
        let (prunes, shares, deep) = (self.prunes(), self.shares(), self.method == Method::DeepCompression);
        let surgery = self.method == Method::Obs || self.prune_by == Some(PruneBy::Obs);
        let options = [
            ("--density", self.density.is_some(), prunes),
            ("--scope", self.scope.is_some(), prunes),
            ("--layer", !self.layer.is_empty(), prunes),
            ("--prune-by", self.prune_by.is_some(), deep),
            ("--bits", self.bits.is_some(), shares),
            ("--init", self.init.is_some(), shares),
            ("--depthwise", self.depthwise, (prunes || shares) && !surgery),
            ("--correct-bias", self.correct_bias, prunes || shares),
        ];
        match options.iter().find(|(_, given, taken)| *given && !taken) {
            Some((option, ..)) => Err(CommandError::Usage(format!("{option} is not for the method '{}'", self.method_name()))),
            None => Ok(()),
        }
    }

    fn method_name(&self) -> String {
        let name = |value: &dyn Fn() -> Option<clap::builder::PossibleValue>| value().map_or_else(String::new, |value| value.get_name().to_owned());
        let method = name(&|| clap::ValueEnum::to_possible_value(&self.method));
        match self.prune_by.filter(|by| *by != PruneBy::Magnitude) {
            Some(by) => format!("{method} by {}", name(&|| clap::ValueEnum::to_possible_value(&by))),
            None => method,
        }
    }

    fn target(&self, graph: &Graph) -> Result<Target, CommandError> {
        let names: Vec<String> = layers(graph, self.depthwise).into_iter().map(|layer| layer.name).collect();
        if let Some((name, _)) = self.layer.iter().find(|(name, _)| !names.contains(name)) {
            let message = format!("parameter 'layer' names {name:?}, must be one of the layers that can be pruned: {}", names.join(", "));
            return Err(CommandError::Usage(message));
        }
        let scope = match self.scope {
            Some(ScopeOption::Layer) => Scope::Layer,
            Some(ScopeOption::Global) | None => Scope::Global,
        };
        Ok(Target { density: self.density.unwrap_or(0.1), scope, own: self.layer.clone(), depthwise: self.depthwise })
    }

    fn compress(&self, graph: &Graph, target: &Target, inferences: &[Inference]) -> Graph {
        let init = match self.init {
            Some(InitOption::Linear) | None => Init::Linear,
            Some(InitOption::Density) => Init::Density,
            Some(InitOption::Random) => Init::Random { seed: self.seed },
        };
        let sharing = Sharing { bits: self.bits.unwrap_or(5), init, depthwise: self.depthwise };
        match (self.method, self.prune_by) {
            (Method::Prune, _) => prune::prune(graph, target),
            (Method::Obd, _) => obd::prune(graph, target, inferences),
            (Method::Obs, _) => obs::prune(graph, target, inferences),
            (Method::Kmeans, _) => kmeans::share(graph, &sharing),
            (Method::DeepCompression, None | Some(PruneBy::Magnitude)) => fretwork::compress::deep_compression::compress(graph, target, &sharing),
            (Method::DeepCompression, Some(PruneBy::Obd)) => kmeans::share(&obd::prune(graph, target, inferences), &sharing),
            (Method::DeepCompression, Some(PruneBy::Obs)) => kmeans::share(&obs::prune(graph, target, inferences), &sharing),
            (Method::Huffman, _) => graph.clone(),
        }
    }
}

/// Writes beside the target and renames.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let write = || {
        let mut builder = tempfile::Builder::new();
        // As other files are made: the user's mask decides who may read it.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.prefix(".fretwork-").tempfile_in(parent)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.persist(path).map(drop).map_err(|error| error.error)
    };
    write().map_err(CommandError::io(path))
}

fn density(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err(format!("parameter 'density' is {text}, must be in 0..=1")),
    }
}

fn own_density(text: &str) -> Result<(String, f64), String> {
    match text.rsplit_once('=') {
        Some((name, share)) if !name.is_empty() => Ok((name.to_owned(), density(share)?)),
        _ => Err(format!("parameter 'layer' is {text}, must be NAME=DENSITY")),
    }
}
