//! Follows channels through a network: every layer's output channels get labels, and the network runs on the labels. What moves values moves
//! labels; what adds values ties theirs together.

use std::collections::HashMap;

use ndarray::{Axis, IxDyn};

use super::network::{Array, Network, Role};
use super::ties::Ties;
use crate::import::ImportError;

/// Label of the channels of the network's inputs, and of what no longer has channels.
pub const NONE: usize = 0;

/// The axis of a value along which channels lie, and the label of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Along {
    /// The axis.
    pub axis: usize,
    /// Labels in order.
    pub labels: Vec<usize>,
}

/// The labels of a value, if they lie along one axis; where any would do, along the one that channels usually have.
pub fn along(value: &Array) -> Option<Along> {
    let usual = if value.ndim() == 4 { 1 } else { value.ndim().checked_sub(1)? };
    let one = |lane: ndarray::ArrayViewD<f32>| {
        let first = *lane.first()?;
        lane.iter().all(|label| *label == first).then_some(first as usize)
    };
    let on = |axis: usize| value.axis_iter(Axis(axis)).map(one).collect::<Option<Vec<usize>>>().map(|labels| Along { axis, labels });
    std::iter::once(usual).chain(0..value.ndim()).find_map(on)
}

/// The network, and the labels of the values so far.
pub struct Walk<'a> {
    pub network: &'a mut Network,
    pub ties: &'a mut Ties,
    /// Labels of each layer's output channels.
    pub rows: &'a [Vec<usize>],
    values: HashMap<String, Array>,
}

impl<'a> Walk<'a> {
    /// At the network's inputs.
    pub fn new(network: &'a mut Network, ties: &'a mut Ties, rows: &'a [Vec<usize>]) -> Walk<'a> {
        let values = network.inputs().into_iter().map(|(name, shape)| (name, Array::zeros(IxDyn(&shape)))).collect();
        Walk { network, ties, rows, values }
    }

    /// The labels of a value.
    pub fn along(&self, name: &str) -> Option<Along> {
        self.values.get(name).and_then(along)
    }

    /// Shape of a value.
    pub fn shape(&self, name: &str) -> &[usize] {
        self.values.get(name).map_or(&[], |value| value.shape())
    }

    /// Labels what node `index` computes.
    ///
    /// # Errors
    /// Operators that are not supported, and shapes that do not fit.
    pub fn step(&mut self, index: usize) -> Result<(), ImportError> {
        // Of a layer or function only the shape is of use.
        let mut value = self.network.evaluate(index, &self.values)?;
        let role = self.network.role(index);
        let operator = self.network.operator(index).to_owned();
        let operands: Vec<String> = self.network.operands(index).into_iter().map(str::to_owned).collect();
        match role {
            Role::Shape => {}
            Role::Layer => self.layer(index, &mut value),
            Role::Host => {
                operands.iter().for_each(|operand| self.stay(operand, "the host reads it"));
                value.fill(NONE as f32);
            }
            Role::Move if ["Split", "Slice", "Gather", "Conv"].contains(&&operator[..]) => {
                let Some(operand) = operands.first() else { return Ok(()) };
                self.stay(operand, &format!("{operator} {:?} takes its channels by their numbers", self.network.output(index)));
                if let Some(labels) = self.values.get(operand).filter(|labels| labels.shape() == value.shape()) {
                    // A displacement moves zeros in.
                    value.clone_from(labels);
                }
            }
            Role::Move if operator != "Pad" => {
                let image = ["MaxPool", "Resize", "Upsample", "DepthToSpace"].contains(&&operator[..]);
                if image && operands.first().and_then(|operand| self.along(operand)).is_some_and(|along| along.axis != 1) {
                    self.stay(&operands[0], &format!("{operator} {:?} moves it along another axis than its channels'", self.network.output(index)));
                }
            }
            Role::Concat => {}
            Role::Move | Role::Limit | Role::Function => self.function(index, &operator, &operands, &mut value),
        }
        let output = self.network.output(index).to_owned();
        let lost = role != Role::Shape && along(&value).is_none();
        self.values.insert(output.clone(), value);
        if lost {
            self.stay(&output, &format!("in {output:?} its channels lie along no single axis"));
        }
        Ok(())
    }

    /// Says why all channels of a value stay.
    pub fn stay(&mut self, name: &str, reason: &str) {
        let labels: Vec<usize> = self.values.get(name).map_or_else(Vec::new, |value| match along(value) {
            Some(along) => along.labels,
            None => value.iter().map(|label| *label as usize).collect(),
        });
        self.ties.stay(&labels, reason);
    }

    fn layer(&mut self, index: usize, value: &mut Array) {
        let Some(layer) = self.network.layer(index) else { return };
        let operand = self.network.operands(index).first().map_or_else(String::new, |name| (*name).to_owned());
        let rows = &self.rows[layer];
        let shape = self.network.layers()[layer].shape.clone();
        let name = self.network.layers()[layer].name.clone();
        let axis = if shape.len() == 4 { 1 } else { value.ndim() - 1 };
        match self.along(&operand) {
            Some(read) if read.axis == axis => match self.network.groups(index) {
                1 => {}
                groups if shape[1] == 1 && groups == read.labels.len() => {
                    let each = (rows.len() / groups).max(1);
                    rows.iter().enumerate().for_each(|(row, label)| self.ties.unite(*label, read.labels[(row / each).min(groups - 1)]));
                    self.ties.mark(rows, |class| class.scales = false);
                }
                groups => {
                    let reason = format!("layer {name:?} computes {groups} groups of channels");
                    self.ties.stay(&read.labels, &reason);
                    self.ties.stay(rows, &reason);
                }
            },
            _ => self.stay(&operand, &format!("layer {name:?} reads it along another axis than its channels'")),
        }
        fill(value, axis, rows);
    }

    /// A function of each value, of two values, or of a window of each channel.
    fn function(&mut self, index: usize, operator: &str, operands: &[String], value: &mut Array) {
        let name = self.network.output(index).to_owned();
        let known: Vec<Option<Along>> = operands.iter().map(|operand| self.along(operand)).collect();
        // Axes are counted from the end where shapes are broadcast, and from the start where the last axes go (ReduceMean).
        let lift = |operand: &String, along: &Along| along.axis + value.ndim().saturating_sub(self.shape(operand).len());
        let axes: Vec<Option<usize>> = operands.iter().zip(&known).map(|(operand, along)| along.as_ref().map(|along| lift(operand, along))).collect();
        match (operator, &known[..]) {
            ("Relu" | "LeakyRelu" | "AveragePool" | "GlobalAveragePool" | "ReduceMean", [Some(_)]) => {}
            ("Clip" | "Sigmoid" | "Tanh" | "Sign" | "Pad", [Some(along)]) => self.ties.mark(&along.labels, |class| class.scales = false),
            ("Add" | "Sub" | "Mul" | "Div" | "BatchNormalization", [Some(along)]) => {
                let each = self.network.constant_sizes(index).iter().any(|size| *size > 1);
                let scales = operator == "Mul" && !each;
                self.ties.mark(&along.labels, |class| {
                    class.scales &= scales;
                    let differs = || Some(format!("{operator} {name:?} has a number of its own for each channel"));
                    class.differs = class.differs.take().or_else(|| differs().filter(|_| each));
                });
            }
            ("Add" | "Sub" | "Mul" | "Div", [Some(a), Some(b)]) if a.labels.len() == b.labels.len() && axes[0] == axes[1] => {
                a.labels.iter().zip(&b.labels).for_each(|(a, b)| self.ties.unite(*a, *b));
                self.ties.mark(&a.labels, |class| class.scales &= matches!(operator, "Add" | "Sub"));
            }
            _ => {
                operands.iter().for_each(|operand| self.stay(operand, &format!("{operator} {name:?} reads it")));
                value.fill(NONE as f32);
                return;
            }
        }
        match (&known[0], axes[0]) {
            (Some(along), Some(axis)) if value.shape().get(axis) == Some(&along.labels.len()) => fill(value, axis, &along.labels),
            _ => {
                operands.iter().for_each(|operand| self.stay(operand, &format!("{operator} {name:?} spreads it")));
                value.fill(NONE as f32);
            }
        }
    }
}

/// Labels along an axis, which has as many places.
fn fill(value: &mut Array, axis: usize, labels: &[usize]) {
    value.axis_iter_mut(Axis(axis)).zip(labels).for_each(|(mut lane, label)| lane.fill(*label as f32));
}
