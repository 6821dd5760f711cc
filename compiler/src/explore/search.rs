//! The search over accelerators: for each of them the combinations of treatments that nothing beats, then the best of all.

use super::error::ExploreError;
use super::estimator::{Estimator, Options};
use super::front::{Budget, Point, beats, front, in_order};
use crate::area::{Area, Family, estimate};
use crate::board::{Board, fit};
use crate::compress::recode::{Recoder, Treatment};
use crate::inputs::Inference;
use crate::plan::{PlanError, Request};
use fretwork_sim::energy::Technology;
use serde::{Deserialize, Serialize};

/// An accelerator that may be taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What asks for it, as options of `fretwork compile`.
    pub options: String,
    /// What the planner is asked.
    pub request: Request,
}

/// Most resources of a design.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Look-up tables, those that are memory included.
    pub luts: Option<u64>,
    /// DSP blocks.
    pub dsp_blocks: Option<u64>,
    /// Block RAMs.
    pub block_rams: Option<u64>,
}

/// What all candidates are searched with.
pub struct Setting<'a> {
    /// The network.
    pub recoder: &'a Recoder,
    /// What may be done to the layers.
    pub treatments: &'a [Treatment],
    /// What it costs in accuracy, `[layer][treatment]`; infinite for what is not to be done.
    pub errors: &'a [Vec<f64>],
    /// What must not be exceeded.
    pub budget: Budget,
    /// The same of resources.
    pub limits: Limits,
    /// The board that the design has to fit.
    pub board: Option<&'a Board>,
    /// What area is counted in.
    pub family: Family,
    /// Energy figures.
    pub technology: &'a Technology,
    /// Clock, MHz.
    pub clock_mhz: f64,
    /// Inferences for what depends on activations.
    pub inputs: &'a [Inference],
}

/// What was found on an accelerator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The candidate's options.
    pub options: String,
    /// Area of the design with the least storage.
    pub area: Option<Area>,
    /// The combinations within the budget that nothing beats.
    pub points: Vec<Point>,
    /// Whether these are all.
    pub exact: bool,
    /// Why there are none.
    pub refused: Option<String>,
}

/// Searches one accelerator.
///
/// # Errors
/// A fault of this program. An accelerator on which the network does not fit is none: it has no points.
pub fn search(candidate: &Candidate, setting: &Setting<'_>) -> Result<Found, ExploreError> {
    let refused = |why: String| Found { options: candidate.options.clone(), area: None, points: Vec::new(), exact: true, refused: Some(why) };
    let options = Options { technology: setting.technology, clock_mhz: setting.clock_mhz, inputs: setting.inputs };
    let estimator = match Estimator::new(setting.recoder, &candidate.request, setting.treatments, &options) {
        Ok(estimator) => estimator,
        Err(ExploreError::Internal(reason)) => return Err(ExploreError::Internal(reason)),
        Err(error) => return Ok(refused(error.to_string())),
    };
    let found = front(&estimator, setting.errors, &setting.budget)?;
    if found.points.is_empty() {
        return Ok(refused("no combination is within the budget".to_owned()));
    }
    match fitting(&estimator, found.points, setting) {
        Err(why) => Ok(refused(why)),
        Ok((area, points)) => Ok(Found { options: candidate.options.clone(), area: Some(area), points, exact: found.exact, refused: None }),
    }
}

/// The area of the smallest design, and the points whose designs are within the limits; why there are none. Only memories for weights tell them
/// apart: when the largest fits, all do.
fn fitting(estimator: &Estimator, points: Vec<Point>, setting: &Setting<'_>) -> Result<(Area, Vec<Point>), String> {
    let over = |point: &Point| overrun(estimator, point, setting).map_err(|error| error.to_string());
    let by_storage = |point: &&Point| point.totals.storage_bits;
    let (Some(least), Some(most)) = (points.iter().min_by_key(by_storage), points.iter().max_by_key(by_storage)) else {
        return Ok((Area::default(), points));
    };
    let (area, overrun) = over(least)?;
    if let Some(overrun) = overrun {
        return Err(overrun);
    }
    if over(most)?.1.is_none() {
        return Ok((area, points));
    }
    let mut fitting = Vec::new();
    for point in points {
        if over(&point)?.1.is_none() {
            fitting.push(point);
        }
    }
    Ok((area, fitting))
}

/// The area of a point's design, and what there is too little of.
fn overrun(estimator: &Estimator, point: &Point, setting: &Setting<'_>) -> Result<(Area, Option<String>), PlanError> {
    let (_, mut program) = match estimator.program(&point.choice) {
        Ok(program) => program,
        Err(ExploreError::Plan(error)) => return Err(error),
        // Points are choices of this estimator.
        Err(error) => return Ok((Area::default(), Some(error.to_string()))),
    };
    let on_board = setting.board.and_then(|board| fit(&mut program, board, true).overruns().first().map(ToString::to_string));
    let area = estimate(&program.design.accelerator, setting.family).total;
    let Limits { luts, dsp_blocks, block_rams } = setting.limits;
    let limits = [
        ("look-up tables", area.luts + area.lut_rams, luts),
        ("DSP blocks", area.dsp_blocks, dsp_blocks),
        ("block RAMs", area.block_rams, block_rams),
    ];
    let over = limits.iter().find_map(|(what, used, limit)| {
        let limit = limit.filter(|limit| used > limit)?;
        Some(format!("{used} {what} estimated, the budget is {limit}"))
    });
    Ok((area, on_board.or(over)))
}

/// What is to be as small as it can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// The error.
    Error,
    /// The latency.
    #[default]
    Latency,
    /// The energy of an inference.
    Energy,
    /// Bits of the weights.
    Storage,
    /// Look-up tables.
    Luts,
}

/// A point of an accelerator's front, by both indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index into the list of what was found.
    pub found: usize,
    /// Index into its points.
    pub point: usize,
}

impl Objective {
    /// What is compared: the objective first, then what else decides.
    fn key(self, found: &Found, point: &Point) -> [f64; 5] {
        let luts = found.area.map_or(0.0, |area| (area.luts + area.lut_rams + area.um2) as f64);
        let Point { totals, error, .. } = point;
        let all = [*error, totals.latency_us, totals.energy_pj, totals.storage_bits as f64, luts];
        let mut order = [1, 2, 0, 4, 3];
        let at = order.iter().position(|other| *other == self as usize).unwrap_or(0);
        order[..=at].rotate_right(1);
        order.map(|index| all[index])
    }
}

/// The points of all accelerators that no other one beats in latency, energy, error and area (nor in storage, where that is to be small), the best
/// first; of points that cost the same, the first. With `error`, only those whose error is smaller than that of all before them: each is the best of
/// those with at most its error.
pub fn ranked(all: &[Found], objective: Objective, error: bool) -> Vec<Place> {
    let places = all.iter().enumerate().flat_map(|(found, own)| (0..own.points.len()).map(move |point| Place { found, point }));
    let key = |place: &Place| {
        let found = &all[place.found];
        objective.key(found, &found.points[place.point])
    };
    let mut keyed: Vec<([f64; 5], Place)> = places.map(|place| (key(&place), place)).collect();
    keyed.sort_by(|(a, _), (b, _)| in_order(a, b));
    let competes = if objective == Objective::Storage { 5 } else { 4 };
    let mut kept: Vec<([f64; 5], Place)> = Vec::new();
    let mut least = f64::INFINITY;
    for (key, place) in keyed {
        let own = all[place.found].points[place.point].error;
        let beaten = kept.iter().rev().any(|(other, _)| beats(&other[..competes], &key[..competes]));
        if !beaten && (!error || own < least) {
            kept.push((key, place));
        }
        least = least.min(own);
    }
    kept.into_iter().map(|(_, place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::super::estimator::Totals;
    use super::*;

    fn found(luts: u64, points: &[[f64; 3]]) -> Found {
        let point = |&[latency_us, energy_pj, error]: &[f64; 3]| Point {
            choice: Vec::new(),
            totals: Totals { cycles: latency_us as u64, latency_us, energy_pj, storage_bits: 8 },
            error,
        };
        let area = Some(Area { luts, ..Area::default() });
        Found { options: String::new(), area, points: points.iter().map(point).collect(), exact: true, refused: None }
    }

    #[test]
    fn what_nothing_beats_comes_in_order() {
        let all = [found(10, &[[1.0, 5.0, 0.3], [2.0, 4.0, 0.2]]), found(20, &[[1.0, 5.0, 0.3], [1.0, 6.0, 0.1]])];
        let indices =
            |objective, error| -> Vec<[usize; 2]> { ranked(&all, objective, error).iter().map(|place| [place.found, place.point]).collect() };
        assert_eq!(indices(Objective::Latency, false), [[0, 0], [1, 1], [0, 1]]);
        assert_eq!(indices(Objective::Energy, false), [[0, 1], [0, 0], [1, 1]]);
        assert_eq!(indices(Objective::Error, false), [[1, 1], [0, 1], [0, 0]]);
        // The third is slower than the second and no more accurate.
        assert_eq!(indices(Objective::Latency, true), [[0, 0], [1, 1]]);
        assert_eq!(indices(Objective::Luts, false), [[0, 0], [0, 1], [1, 1]]);
    }
}
