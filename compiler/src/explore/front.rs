//! All combinations of treatments that nothing beats, by dynamic programming over the layers: partial combinations that leave the clock in the same
//! position and are worse in everything than another one cannot become better than it.

use super::error::ExploreError;
use super::estimator::{Estimator, Totals};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What a combination must not exceed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// From the first input word to the last output word, us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_us: Option<f64>,
    /// Of one inference, pJ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub energy_pj: Option<f64>,
    /// Bits of all weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_bits: Option<f64>,
    /// Sum of the layers' errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
}

impl Budget {
    /// Whether costs are within it.
    pub fn holds(&self, totals: &Totals, error: f64) -> bool {
        let pairs = [
            (self.latency_us, totals.latency_us),
            (self.energy_pj, totals.energy_pj),
            (self.storage_bits, totals.storage_bits as f64),
            (self.error, error),
        ];
        pairs.iter().all(|(most, value)| most.is_none_or(|most| *value <= most))
    }
}

/// A combination that no other one beats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The treatment of every layer, by index.
    pub choice: Vec<usize>,
    /// Its costs.
    #[serde(flatten)]
    pub totals: Totals,
    /// Sum of the layers' errors.
    pub error: f64,
}

/// The combinations that nothing beats.
#[derive(Clone, Debug, PartialEq)]
pub struct Front {
    /// In the order of their latency.
    pub points: Vec<Point>,
    /// Whether they are all there are. Where they are too many on the way, of those that hardly differ one is kept.
    pub exact: bool,
}

/// Partial combinations that are kept per layer at the most.
const MOST: usize = 5_000;

/// A partial combination.
#[derive(Clone, Copy, Debug)]
struct Label {
    position: u32,
    cycles: u64,
    dynamic_pj: f64,
    storage_bits: u64,
    error: f64,
    /// The label that it continues, of the layer before, and its own treatment.
    from: u32,
    treatment: u16,
}

impl Label {
    /// What combinations compete in; in storage only where it is limited.
    fn costs(&self, budget: &Budget) -> [f64; 4] {
        let storage = if budget.storage_bits.is_some() { self.storage_bits as f64 } else { 0.0 };
        [self.cycles as f64, self.dynamic_pj, self.error, storage]
    }
}

/// Searches all combinations. `errors` has one entry per layer and treatment, infinite for what is not to be used.
///
/// # Errors
/// An accelerator whose time is no table (weights over a bus).
pub fn front(estimator: &Estimator, errors: &[Vec<f64>], budget: &Budget) -> Result<Front, ExploreError> {
    let Some(transitions) = estimator.transitions() else {
        return Err(ExploreError::Choice("layers add up only where weights are on the chip: leave out --weights axi".to_owned()));
    };
    let layers = errors.len();
    let (position, only) = transitions.start();
    let start = Label { position, cycles: 0, dynamic_pj: 0.0, storage_bits: 0, error: 0.0, from: 0, treatment: 0 };
    let wait = transitions.wait(start.position) + 1;
    let (mut all, mut exact): (Vec<Vec<Label>>, bool) = (vec![vec![start]], only);
    for (layer, own) in errors.iter().enumerate() {
        let mut labels = Vec::new();
        for (from, label) in all[layer].iter().enumerate() {
            for (treatment, error) in own.iter().enumerate().filter(|(_, error)| error.is_finite()) {
                let Some(next) = transitions.next(layer, label.position, treatment) else { continue };
                let (dynamic_pj, storage_bits) = estimator.sums(layer, treatment);
                let label = Label {
                    position: if layer + 1 == layers { 0 } else { next.position },
                    cycles: label.cycles + next.cycles,
                    dynamic_pj: label.dynamic_pj + dynamic_pj,
                    storage_bits: label.storage_bits + storage_bits,
                    error: label.error + error,
                    from: from as u32,
                    treatment: treatment as u16,
                };
                // Costs only grow.
                if budget.holds(&estimator.totals_of(label.cycles.saturating_sub(wait), label.dynamic_pj, label.storage_bits), label.error) {
                    labels.push(label);
                }
            }
        }
        let (kept, all_of_them) = undominated(labels, budget);
        exact &= all_of_them;
        all.push(kept);
    }
    let point = |label: &Label| {
        let choice = trace(&all, label);
        let totals = estimator.totals(&choice)?;
        Ok(Point { choice, totals, error: label.error })
    };
    let mut points = all[layers].iter().map(point).collect::<Result<Vec<Point>, ExploreError>>()?;
    points.retain(|point| budget.holds(&point.totals, point.error));
    points.sort_by(|a, b| a.totals.cycles.cmp(&b.totals.cycles).then(a.error.total_cmp(&b.error)));
    Ok(Front { points, exact })
}

/// The treatments that led to a label of the last layer.
fn trace(all: &[Vec<Label>], last: &Label) -> Vec<usize> {
    let mut choice = Vec::new();
    let mut label = *last;
    for labels in all.iter().rev().skip(1) {
        choice.push(usize::from(label.treatment));
        label = labels[label.from as usize];
    }
    choice.reverse();
    choice
}

/// Whether costs are nowhere above others.
pub(super) fn beats(costs: &[f64], others: &[f64]) -> bool {
    costs.iter().zip(others).all(|(own, other)| own <= other)
}

/// The order of costs: of the first ones that differ.
pub(super) fn in_order<const N: usize>(a: &[f64; N], b: &[f64; N]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Those that no other one of the same position beats, and whether these are all.
fn undominated(mut labels: Vec<Label>, budget: &Budget) -> (Vec<Label>, bool) {
    labels.sort_by(|a, b| a.position.cmp(&b.position).then(in_order(&a.costs(budget), &b.costs(budget))));
    let mut kept: Vec<Label> = Vec::new();
    let mut first = 0;
    for label in labels {
        if kept.get(first).is_some_and(|kept| kept.position != label.position) {
            first = kept.len();
        }
        // Later ones beat more.
        let costs = label.costs(budget);
        let beaten = kept[first..].iter().rev().any(|other| beats(&other.costs(budget), &costs));
        if !beaten {
            kept.push(label);
        }
    }
    if kept.len() <= MOST {
        return (kept, true);
    }
    // Evenly over the order of cycles.
    let count = kept.len();
    (kept.into_iter().enumerate().filter(|(index, _)| index * MOST / count != (index + 1) * MOST / count).map(|(_, label)| label).collect(), false)
}
