//! Passes that change the structure of a float network before it is quantised: fewer channels, smaller layers, tiles of zeros. What they share:
//! how a pass is named and where it applies, what it did to each layer, and the groups of channels that it may choose from.

mod correct;
mod groups;
mod size;

use std::collections::HashSet;

use serde::Serialize;

use super::{coreset, low_rank, merge_neurons, slimming, tetris};
use crate::import::ImportError;
use crate::import::onnx::float::{Array, Channels, ClassId, Network};

pub use correct::Kept;
pub use groups::{Group, Places, groups};
pub use size::{LayerSizes, Size, pixels, shapes};

/// A pass and its options.
#[derive(Clone, Debug, PartialEq)]
pub enum Pass {
    /// Two smaller layers in place of one.
    LowRank(low_rank::Options),
    /// Channels with small batch-norm scales, or small filters, removed.
    Slimming(Part),
    /// Neurons or filters that are nearly alike merged.
    MergeNeurons(Part),
    /// Few weighted filters in place of many.
    Coreset(Part),
    /// Channels in another order, tiles of small weights zeroed.
    Tetris(tetris::Options),
}

/// How much of what stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Part of the channels that is kept, above 0 up to 1.
    pub keep: f64,
    /// Names of the layers whose output channels are chosen from; all if there are none.
    pub layers: Vec<String>,
}

impl Part {
    /// How many of `count` channels are kept; at least one.
    pub fn of(&self, count: usize) -> usize {
        ((count as f64 * self.keep).round() as usize).clamp(1, count.max(1))
    }
}

/// A pass cannot be applied.
#[derive(Debug, thiserror::Error)]
pub enum ReduceError {
    /// No layer has that name.
    #[error("{pass} names layer {name:?}, must be one of the network's layers: {known}")]
    Unknown {
        /// The pass.
        pass: &'static str,
        /// The name that was given.
        name: String,
        /// Names that there are.
        known: String,
    },
    /// A layer that was asked for cannot be reduced.
    #[error("{pass} cannot reduce layer {layer:?}: {reason}; what fits: {fits}")]
    Layer {
        /// The pass.
        pass: &'static str,
        /// The layer's name.
        layer: String,
        /// Why not.
        reason: String,
        /// What would fit.
        fits: &'static str,
    },
    /// No layer allows what was asked for.
    #[error("{pass}: {reason}; what fits: {fits}")]
    Network {
        /// The pass.
        pass: &'static str,
        /// Why not.
        reason: String,
        /// What would fit.
        fits: String,
    },
    /// The network cannot be followed.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// What a pass says about a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The layer's name; none for the whole network.
    pub layer: Option<String>,
    /// What there is to say.
    pub text: String,
}

impl Note {
    /// Of a layer.
    pub fn layer(name: &str, text: impl Into<String>) -> Note {
        Note { layer: Some(name.to_owned()), text: text.into() }
    }

    /// Of the network.
    pub fn network(text: impl Into<String>) -> Note {
        Note { layer: None, text: text.into() }
    }
}

/// A pass's network, and what is to be said about it.
#[derive(Clone)]
pub struct Outcome {
    /// The reduced network.
    pub network: Network,
    /// Which of its channels were there before.
    pub kept: Kept,
    /// What a reader of the sizes would not see.
    pub notes: Vec<Note>,
}

/// What a pass did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Name of the pass.
    pub pass: &'static str,
    /// Layer by layer, layers of either network.
    pub layers: Vec<LayerSizes>,
    /// All layers before.
    pub before: Size,
    /// All layers after.
    pub after: Size,
    /// What the sizes do not tell.
    pub notes: Vec<Note>,
}

impl Pass {
    /// The pass's name.
    pub fn name(&self) -> &'static str {
        match self {
            Pass::LowRank(_) => low_rank::NAME,
            Pass::Slimming(_) => slimming::NAME,
            Pass::MergeNeurons(_) => merge_neurons::NAME,
            Pass::Coreset(_) => coreset::NAME,
            Pass::Tetris(_) => tetris::NAME,
        }
    }
}

/// Applies a pass. With calibration inferences, biases make up for what it changes in the mean of each channel.
///
/// # Errors
/// Layers that are named and cannot be reduced, targets that cannot be reached, operators that are not supported.
pub fn reduce(network: &Network, pass: &Pass, inputs: Option<&[Vec<Array>]>) -> Result<(Network, Report), ReduceError> {
    let Outcome { network: mut reduced, kept, notes } = match pass {
        Pass::LowRank(options) => low_rank::reduce(network, options)?,
        Pass::Slimming(part) => slimming::reduce(network, part)?,
        Pass::MergeNeurons(part) => merge_neurons::reduce(network, part)?,
        Pass::Coreset(part) => coreset::reduce(network, part)?,
        Pass::Tetris(options) => tetris::reduce(network, options)?,
    };
    if let Some(inputs) = inputs {
        correct::correct(network, &mut reduced, &kept, inputs)?;
    }
    let layers = size::compare(network, &reduced)?;
    let [before, after] = [|layer: &LayerSizes| layer.before, |layer: &LayerSizes| layer.after];
    let sum = |one: fn(&LayerSizes) -> Option<Size>| layers.iter().filter_map(one).fold(Size::default(), Size::plus);
    let (before, after) = (sum(before), sum(after));
    Ok((reduced, Report { pass: pass.name(), layers, before, after, notes }))
}

/// Which layers a pass applies to.
///
/// # Errors
/// Names that no layer has.
pub fn chosen(network: &Network, pass: &'static str, names: &[String]) -> Result<Vec<bool>, ReduceError> {
    let known: Vec<&str> = network.layers().iter().map(|layer| &layer.name[..]).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&&name[..])) {
        return Err(ReduceError::Unknown { pass, name: name.clone(), known: known.join(", ") });
    }
    Ok(known.iter().map(|name| names.is_empty() || names.iter().any(|own| own == name)).collect())
}

/// Groups that the chosen layers make and within which channels can stand in for each other, and what is to be said about the other layers.
///
/// # Errors
/// Names that no layer has, and named layers whose channels have to stay or differ.
pub fn candidates(network: &Network, channels: &Channels, pass: &'static str, names: &[String]) -> Result<(Vec<Group>, Vec<Note>), ReduceError> {
    let chosen = chosen(network, pass, names)?;
    let differs = |layer: usize| channels.outputs(layer).iter().find_map(|class| channels.class(*class).differs.as_deref());
    let mut notes = Vec::new();
    for (number, layer) in network.layers().iter().enumerate().filter(|(number, _)| chosen[*number]) {
        let Some(reason) = channels.stays(number).or_else(|| differs(number)) else { continue };
        if !names.is_empty() {
            let fits = "layers whose channels may go, behind which all channels are treated alike";
            return Err(ReduceError::Layer { pass, layer: layer.name.clone(), reason: reason.to_owned(), fits });
        }
        notes.push(Note::layer(&layer.name, format!("stays: {reason}")));
    }
    let alike = |group: &Group| group.classes.iter().all(|class| channels.class(*class).differs.is_none());
    let groups = groups(channels).into_iter().filter(|group| group.is_chosen(&chosen) && alike(group)).collect();
    Ok((groups, notes))
}

impl Outcome {
    /// The network with only these rows of each layer, in that order.
    ///
    /// # Errors
    /// Rows that do not go together.
    pub fn of(network: &Network, channels: &Channels, rows: &[Vec<usize>], notes: Vec<Note>) -> Result<Outcome, ReduceError> {
        let kept = rows.iter().map(|rows| rows.iter().copied().map(Some).collect()).collect();
        Ok(Outcome { network: network.select(channels, rows)?, kept, notes })
    }

    /// The network without some classes of channels.
    ///
    /// # Errors
    /// Classes of which a part has to stay.
    pub fn without(network: &Network, channels: &Channels, removed: &HashSet<ClassId>, notes: Vec<Note>) -> Result<Outcome, ReduceError> {
        let rows = |classes: &[ClassId]| (0..classes.len()).filter(|row| !removed.contains(&classes[*row])).collect();
        let rows: Vec<Vec<usize>> = (0..channels.layers()).map(|layer| rows(channels.outputs(layer))).collect();
        Outcome::of(network, channels, &rows, notes)
    }
}
