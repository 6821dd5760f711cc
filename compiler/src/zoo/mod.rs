//! The nine networks of the survey's table 4 as integer graphs: the shapes of their papers, random weights from a seed, scales that fit. They serve
//! to count and to time; nobody trained them. One file per network or family cites its paper; `builder`, `layers` and `calibrate` are what
//! they are written with. The survey: Gao, Cao, Duan, *Lightweighting Methods for Neural Network Models: A Review*, Computer Science 2024, 51(6A).

mod alexnet;
mod as_resnet;
mod builder;
mod calibrate;
mod googlenet;
mod layers;
mod mobilenet;
mod networks;
mod random;
mod report;
mod shiftnet;
mod shufflenet;
mod sums;
mod text;
mod vgg;

pub use builder::Figures;
pub use networks::NETWORKS;
pub use report::{Counted, Timed};
pub use text::table;

use crate::graph::{Graph, TensorId};
use builder::Builder;

/// Most weights of a network: what a model file may hold.
const MAX_WEIGHTS: u64 = 1 << 28;
/// Largest image.
const MAX_SIZE: usize = 512;

/// A network of the survey's table.
pub struct Network {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its name in the literature.
    pub title: &'static str,
    /// Where its shapes are from.
    pub source: &'static str,
    /// The survey's row.
    pub survey: Survey,
    /// Why its figures are not the survey's.
    pub differences: &'static [&'static str],
    /// What of the paper's network is left out: it has no weights.
    pub omissions: &'static [&'static str],
    /// Rows and columns of the image.
    pub size: usize,
    /// Least size for which every layer has an output.
    pub least_size: usize,
    /// The width that the survey's row means.
    pub width: f64,
    describe: fn(&mut Builder) -> TensorId,
}

/// Figures of the survey.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Survey {
    /// Parameters in millions.
    pub parameters_millions: f64,
    /// Multiply-accumulates in millions.
    pub macs_millions: f64,
    /// Accuracy on ImageNet.
    pub top1_percent: f64,
}

/// What may be different about a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Rows and columns of the image, the network's own when not given.
    pub size: Option<usize>,
    /// Scale factor of the channels as the paper means it, that of the survey's row when not given.
    pub width: Option<f64>,
    /// Outputs.
    pub classes: usize,
    /// Seed of weights, offsets and the image that scales are chosen with.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options { size: None, width: None, classes: 1000, seed: 0 }
    }
}

/// Why a network cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ZooError {
    /// No such network.
    #[error("there is no network '{name}'; there are {}", NETWORKS.map(|network| network.name).join(", "))]
    Unknown {
        /// The name.
        name: String,
    },
    /// A size out of range.
    #[error("parameter 'size' is {size}, must be in {least}..={MAX_SIZE} for {network}")]
    Size {
        /// The network.
        network: &'static str,
        /// The size.
        size: usize,
        /// Its least size.
        least: usize,
    },
    /// A width out of range.
    #[error("parameter 'width' is {0}, must be above 0 and at most 8")]
    Width(f64),
    /// Classes out of range.
    #[error("parameter 'classes' is {0}, must be in 1..=65536")]
    Classes(usize),
    /// Too many weights.
    #[error("{network} would have {parameters} parameters; up to {MAX_WEIGHTS}: smaller images, fewer classes or a smaller width")]
    Weights {
        /// The network.
        network: &'static str,
        /// Its parameters.
        parameters: u64,
    },
}

/// The network of that name.
///
/// # Errors
/// The names that there are.
pub fn find(name: &str) -> Result<&'static Network, ZooError> {
    NETWORKS.iter().find(|network| network.name == name).ok_or_else(|| ZooError::Unknown { name: name.to_owned() })
}

impl Network {
    /// Parameters and multiply-accumulates.
    ///
    /// # Errors
    /// An option out of range.
    pub fn count(&self, options: &Options) -> Result<Figures, ZooError> {
        self.run(options, true).map(|(_, figures)| figures)
    }

    /// The graph, with one input of int8 `[1, size, size, 3]` and one output of int8 `[1, classes]`.
    ///
    /// # Errors
    /// An option out of range, or more weights than a model file holds.
    pub fn build(&self, options: &Options) -> Result<Graph, ZooError> {
        let parameters = self.count(options)?.parameters;
        if parameters > MAX_WEIGHTS {
            return Err(ZooError::Weights { network: self.name, parameters });
        }
        self.run(options, false).map(|(graph, _)| graph)
    }

    fn run(&self, options: &Options, counting: bool) -> Result<(Graph, Figures), ZooError> {
        let (size, width) = (options.size.unwrap_or(self.size), options.width.unwrap_or(self.width));
        if !(self.least_size..=MAX_SIZE).contains(&size) {
            return Err(ZooError::Size { network: self.name, size, least: self.least_size });
        }
        if !(width > 0.0 && width <= 8.0) {
            return Err(ZooError::Width(width));
        }
        if !(1..=1 << 16).contains(&options.classes) {
            return Err(ZooError::Classes(options.classes));
        }
        let mut builder = Builder::new(self.name, size, width, options.classes, options.seed, counting);
        let output = (self.describe)(&mut builder);
        Ok(builder.finish(output))
    }
}
