//! Other output channels in other orders: what reads them, and what is named or counted by channel, changes with them.

use std::collections::{HashMap, VecDeque};

use super::channels::{Channels, ClassId};
use super::layers::{Layer, Moments};
use super::network::Network;
use super::ties::Ties;
use super::walk::Walk;
use crate::import::ImportError;
use crate::import::onnx::constant::Constant;

impl Network {
    /// The network with the output channels `rows[layer]` of each layer, in that order. Rows may be left out, class by class, or change places.
    ///
    /// # Errors
    /// Rows that are not there, or whose classes would lie in different orders where a sum adds them: the node's name.
    pub fn select(&self, channels: &Channels, rows: &[Vec<usize>]) -> Result<Network, ImportError> {
        let classes = |layer: usize| -> Option<Vec<ClassId>> { rows[layer].iter().map(|row| channels.outputs(layer).get(*row).copied()).collect() };
        let Some(kept) = (0..channels.layers()).map(classes).collect::<Option<Vec<_>>>() else {
            return Err(ImportError::Model { reason: "a pass selects channels that are not there".to_owned(), fits: "channels of the network" });
        };
        let mut network = self.clone();
        let most = kept.iter().flatten().copied().max().unwrap_or(0);
        let mut ties = Ties::new(most + 1);
        let mut walk = Walk::new(&mut network, &mut ties, &kept);
        for index in 0..self.len() {
            let fitted = match self.layer(index) {
                Some(layer) => fit_layer(&mut walk, channels, index, &self.layers()[layer], &rows[layer]),
                None => fit_node(&mut walk, channels, index),
            };
            if fitted.is_none() {
                return Err(self.misfit(index));
            }
            walk.step(index)?;
            if (0..=most).any(|class| walk.ties.find(class) != class) {
                return Err(self.misfit(index));
            }
        }
        Ok(network)
    }

    fn misfit(&self, index: usize) -> ImportError {
        let reason = "channels that it takes together would lie in different orders".to_owned();
        let fits = "passes that keep the channels of this layer's inputs (options that name other layers)";
        ImportError::Operator { op: self.operator(index).to_owned(), node: self.output(index).to_owned(), index, reason, fits }
    }
}

/// Where the classes of `new` were in `old`; of several places of a class the first comes first.
fn moved(old: &[ClassId], new: &[ClassId]) -> Option<Vec<usize>> {
    let mut places: HashMap<ClassId, VecDeque<usize>> = HashMap::new();
    old.iter().enumerate().for_each(|(place, class)| places.entry(*class).or_default().push_back(place));
    new.iter().map(|class| places.get_mut(class)?.pop_front()).collect()
}

/// Where the channels that node `index` reads were before.
fn read(walk: &Walk, channels: &Channels, operand: &str) -> Option<Vec<usize>> {
    let (new, (old, _)) = (walk.along(operand)?, channels.values.get(operand)?);
    moved(&old.labels, &new.labels)
}

/// Gives a layer its rows, and the columns that its operand still has.
fn fit_layer(walk: &mut Walk, channels: &Channels, index: usize, layer: &Layer, rows: &[usize]) -> Option<()> {
    let operand = walk.network.operands(index).first().map(|name| (*name).to_owned())?;
    let number = walk.network.layer(index)?;
    let known = channels.values.get(&operand).is_some_and(|(along, _)| along.labels.len() == layer.inputs());
    let columns: Vec<usize> = if walk.network.groups(index) == 1 && known { read(walk, channels, &operand)? } else { (0..layer.inputs()).collect() };
    let (cols, taps) = (layer.cols(), layer.taps());
    let weights = |row: &usize| {
        let filter = &layer.weights[row * cols..][..cols];
        columns.iter().flat_map(|column| filter[column * taps..][..taps].iter().copied()).collect::<Vec<f32>>()
    };
    let pick = |list: &[f32]| rows.iter().map(|row| list[*row]).collect::<Vec<f32>>();
    let mut shape = layer.shape.clone();
    (shape[0], shape[1]) = (rows.len(), columns.len());
    let moments = layer.moments.as_ref().map(|moments| Moments { mean: pick(&moments.mean), deviation: pick(&moments.deviation) });
    let (bias, factors, weights) = (pick(&layer.bias), pick(&layer.factors), rows.iter().flat_map(weights).collect());
    walk.network.layers_mut()[number] = Layer { shape, weights, bias, factors, moments, ..layer.clone() };
    if walk.network.groups(index) > 1 && layer.inputs() == 1 {
        let groups = walk.along(&operand)?.labels.len();
        walk.network.set_groups(index, groups);
    }
    Some(())
}

/// Takes the numbers of the channels that are left from constants with a number for each, and gives reshapes their new shape.
fn fit_node(walk: &mut Walk, channels: &Channels, index: usize) -> Option<()> {
    let Some(operand) = walk.network.operands(index).first().map(|name| (*name).to_owned()) else { return Some(()) };
    let output = walk.network.output(index).to_owned();
    match walk.network.operator(index) {
        "Reshape" => {
            let Some((old, shape)) = channels.values.get(&output) else { return Some(()) };
            let elements: usize = walk.shape(&operand).iter().product();
            let others: usize = shape.iter().enumerate().filter(|(axis, _)| *axis != old.axis).map(|(_, size)| size).product();
            if elements != others * old.labels.len() {
                let mut shape: Vec<i64> = shape.iter().map(|size| *size as i64).collect();
                shape[old.axis] = (elements / others.max(1)) as i64;
                walk.network.set_constant(index, 1, Constant::whole(shape));
            }
        }
        operator @ ("Add" | "Sub" | "Mul" | "Div" | "BatchNormalization") => {
            let normalises = operator == "BatchNormalization";
            let Some((old, shape)) = channels.values.get(&operand) else { return Some(()) };
            let places = read(walk, channels, &operand)?;
            for (position, constant) in walk.network.constants_of(index) {
                let lead = if normalises { old.axis } else { shape.len().saturating_sub(constant.shape.len()) };
                let axis = old.axis.checked_sub(lead).filter(|axis| constant.shape.get(*axis) == Some(&old.labels.len()));
                if let Some(axis) = axis.filter(|_| old.labels.len() > 1) {
                    let taken = constant.taking(axis, &places);
                    walk.network.set_constant(index, position, taken);
                }
            }
        }
        _ => {}
    }
    Some(())
}
