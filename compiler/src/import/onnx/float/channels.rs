//! Which channels of which layers hang together, and which of them a pass may remove, merge or move.

use std::collections::HashMap;

use super::network::Network;
use super::ties::{Class, Ties};
use super::walk::{Along, NONE, Walk};
use crate::import::ImportError;

/// A class of channels: its number in [`Channels`].
pub type ClassId = usize;

/// Most output channels of all layers, so that their numbers are exact in f32.
const MAX_CHANNELS: usize = 1 << 24;

/// The classes of a network's channels. Channels that a sum adds are in one class, and so are a depthwise convolution's and those it reads.
#[derive(Clone, Debug)]
pub struct Channels {
    classes: Vec<Class>,
    /// Of each layer, the class of each output channel.
    outputs: Vec<Vec<ClassId>>,
    /// Of each layer, the class of each input channel of its filters, of a matrix product of each input; empty with more than one group.
    inputs: Vec<Vec<ClassId>>,
    /// Of values whose channels lie along one axis, the axis, the classes, and the shape.
    pub(super) values: HashMap<String, (Along, Vec<usize>)>,
}

impl Channels {
    /// Class of each output channel of a layer, in order.
    pub fn outputs(&self, layer: usize) -> &[ClassId] {
        &self.outputs[layer]
    }

    /// Class of each input channel of a layer's filters, of a matrix product of each input; none for layers with several groups.
    pub fn inputs(&self, layer: usize) -> &[ClassId] {
        &self.inputs[layer]
    }

    /// What may be done with a class.
    pub fn class(&self, class: ClassId) -> &Class {
        &self.classes[class]
    }

    /// Number of layers.
    pub fn layers(&self) -> usize {
        self.outputs.len()
    }

    /// Why no output channel of a layer can be removed or moved, if so.
    pub fn stays(&self, layer: usize) -> Option<&str> {
        let mut reasons = self.outputs[layer].iter().map(|class| self.classes[*class].stays.as_deref());
        let first = reasons.next()??;
        reasons.all(|reason| reason.is_some()).then_some(first)
    }

    /// Where each class occurs in a list of classes, first to last.
    pub fn places(list: &[ClassId]) -> HashMap<ClassId, Vec<usize>> {
        let mut places: HashMap<ClassId, Vec<usize>> = HashMap::new();
        list.iter().enumerate().for_each(|(place, class)| places.entry(*class).or_default().push(place));
        places
    }
}

impl Network {
    /// Finds the classes of all channels.
    ///
    /// # Errors
    /// Operators that are not supported, shapes that do not fit, and more than 16 Mi channels.
    pub fn channels(&self) -> Result<Channels, ImportError> {
        let total: usize = self.layers().iter().map(|layer| layer.rows()).sum();
        if total >= MAX_CHANNELS {
            return Err(ImportError::Model { reason: format!("its layers have {total} channels"), fits: "networks of up to 16 Mi channels" });
        }
        let mut next = NONE + 1..;
        let rows: Vec<Vec<usize>> = self.layers().iter().map(|layer| next.by_ref().take(layer.rows()).collect()).collect();
        let mut ties = Ties::new(total + 1);
        ties.stay(&[NONE], "it goes with an input of the network");
        let mut network = self.clone();
        let mut walk = Walk::new(&mut network, &mut ties, &rows);
        let mut inputs = vec![Vec::new(); self.layers().len()];
        for index in 0..self.len() {
            if let (Some(layer), Some(operand)) = (self.layer(index), self.operands(index).first())
                && self.groups(index) == 1
            {
                let unknown = || vec![NONE; self.layers()[layer].inputs()];
                inputs[layer] =
                    walk.along(operand).map(|along| along.labels).filter(|labels| labels.len() == unknown().len()).unwrap_or_else(unknown);
            }
            walk.step(index)?;
        }
        for output in self.outputs() {
            walk.stay(output, "it is an output of the network");
        }
        let names = self.inputs().into_iter().map(|(name, _)| name).chain((0..self.len()).map(|index| self.output(index).to_owned()));
        let mut values: HashMap<String, (Along, Vec<usize>)> =
            names.filter_map(|name| Some((name.clone(), (walk.along(&name)?, walk.shape(&name).to_vec())))).collect();
        values.values_mut().for_each(|(along, _)| along.labels.iter_mut().for_each(|label| *label = ties.find(*label)));
        let found = |lists: Vec<Vec<usize>>| lists.into_iter().map(|list| list.into_iter().map(|label| ties.find(label)).collect()).collect();
        let (outputs, inputs) = (found(rows), found(inputs));
        Ok(Channels { classes: ties.into_classes(), outputs, inputs, values })
    }
}
