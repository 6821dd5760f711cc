//! Options of `fretwork compress`, and the network that they make.

pub mod summary;

use super::error::CommandError;
use crate::compress::kmeans::{self, Init, Sharing};
use crate::compress::layers::layers;
use crate::compress::prune::{self, Scope, Target};
use crate::compress::statistics::compare;
use crate::compress::{bias, obd, obs};
use crate::graph::Graph;
use crate::import::compressed::Written;
use crate::inputs::Inference;
use summary::{Setting, Summary};

/// Random inputs to calibrate with when none are given.
pub const RANDOM_INPUTS: u32 = 16;

/// How a model is compressed.
#[derive(clap::Args, Clone, Debug)]
pub struct CompressArgs {
    /// How to compress.
    #[arg(long, value_enum)]
    method: Method,
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
    /// Seed of random inputs and of random clusters.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
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

impl CompressArgs {
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
    ///
    /// # Errors
    /// Such an option.
    pub fn check(&self) -> Result<(), CommandError> {
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

    /// How many weights go, and where.
    ///
    /// # Errors
    /// A layer that the network does not have.
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

    /// The compressed network. `inferences` calibrate it.
    ///
    /// # Errors
    /// Options that do not fit the method or the network.
    pub fn compress(&self, original: &Graph, inferences: &[Inference]) -> Result<Graph, CommandError> {
        self.check()?;
        let compressed = self.by_method(original, &self.target(original)?, inferences);
        Ok(if self.correct_bias { bias::correct(original, &compressed, inferences) } else { compressed })
    }

    /// What was done; `file` is where it was written, `random` says whether the inferences are random.
    pub fn summary(
        &self,
        file: Option<String>,
        original: &Graph,
        compressed: &Graph,
        written: &Written,
        inferences: &[Inference],
        random: bool,
    ) -> Summary {
        let (network, method) = (original.name.clone(), self.method_name());
        let setting = Setting { network, method, file, calibration_inputs: inferences.len(), calibration_random: random };
        Summary::new(setting, compare(original, compressed, inferences), written)
    }

    fn by_method(&self, graph: &Graph, target: &Target, inferences: &[Inference]) -> Graph {
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
            (Method::DeepCompression, None | Some(PruneBy::Magnitude)) => crate::compress::deep_compression::compress(graph, target, &sharing),
            (Method::DeepCompression, Some(PruneBy::Obd)) => kmeans::share(&obd::prune(graph, target, inferences), &sharing),
            (Method::DeepCompression, Some(PruneBy::Obs)) => kmeans::share(&obs::prune(graph, target, inferences), &sharing),
            (Method::Huffman, _) => graph.clone(),
        }
    }
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
