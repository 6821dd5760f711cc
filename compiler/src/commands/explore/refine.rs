//! `--refine`: evolution from the combinations that were found, with the error of whole networks measured instead of added up.

use super::budget::budget;
use super::{Args, Subject};
use crate::commands::error::CommandError;
use fretwork::explore::{Distance, Estimator, Evolution, Found, Objective, Options, Place, Point, Totals, evolve};
use std::collections::HashMap;
use std::sync::Mutex;

/// Accelerators that take part, the best ones.
const ACCELERATORS: usize = 4;
/// Combinations of a generation.
const POPULATION: usize = 40;
/// What exceeding a budget by its own size costs, in units of what is to be small.
const PENALTY: f64 = 20.0;

/// A combination that evolution found, on an accelerator by its index in `all`.
pub struct Refined {
    pub found: usize,
    pub point: Point,
}

/// The accelerators and what their combinations cost.
struct Costs<'a> {
    args: &'a Args,
    subject: &'a Subject,
    accelerators: Vec<(usize, Estimator)>,
    /// Combinations of treatments that were measured: they are the same on all accelerators.
    measured: Mutex<HashMap<Vec<usize>, Option<Distance>>>,
    base: f64,
}

impl Costs<'_> {
    fn distance(&self, choice: &[usize]) -> Option<Distance> {
        let known = self.measured.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(choice).copied();
        known.unwrap_or_else(|| {
            let distance = self.subject.distance(choice).ok();
            self.measured.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(choice.to_vec(), distance);
            distance
        })
    }

    /// What is to be small, and by how much budgets are exceeded, as parts of them.
    fn value(&self, totals: &Totals, distance: &Distance, luts: u64) -> (f64, f64) {
        let (budget, _, drop) = budget(&self.args.budget);
        let error = self.args.proxy.of(distance);
        let value = match self.args.minimise {
            Objective::Error => error,
            Objective::Latency => totals.latency_us,
            Objective::Energy => totals.energy_pj,
            Objective::Storage => totals.storage_bits as f64,
            Objective::Luts => luts as f64,
        };
        let limits = [
            (budget.latency_us, totals.latency_us),
            (budget.energy_pj, totals.energy_pj),
            (budget.storage_bits, totals.storage_bits as f64),
            (budget.error, error),
            (drop, self.subject.measure.drop(distance).unwrap_or(0.0)),
        ];
        let excess = |(limit, value): &(Option<f64>, f64)| limit.map_or(0.0, |limit| (value - limit).max(0.0) / limit.max(1e-6));
        (value, limits.iter().map(excess).sum())
    }

    fn cost(&self, genes: &[usize], luts: &[u64]) -> Option<f64> {
        let (accelerator, choice) = (genes[0], &genes[1..]);
        let totals = self.accelerators[accelerator].1.totals(choice).ok()?;
        let (value, excess) = self.value(&totals, &self.distance(choice)?, luts[accelerator]);
        Some(value / self.base + PENALTY * excess)
    }
}

/// A better combination than the one at `chosen`; `None` when evolution finds none.
pub fn refine(args: &Args, subject: &Subject, all: &[Found], places: &[Place], chosen: Place) -> Result<Option<Refined>, CommandError> {
    let mut indices = vec![chosen.found];
    places.iter().for_each(|place| indices.extend((!indices.contains(&place.found)).then_some(place.found)));
    indices.truncate(ACCELERATORS);
    let clock_mhz = subject.space.clock_mhz(args, &subject.technology);
    let options = Options { technology: &subject.technology, clock_mhz, inputs: subject.measure.counted() };
    let estimator = |&index: &usize| {
        let candidate = subject.space.candidate(&all[index].options)?;
        Ok::<_, CommandError>((index, Estimator::new(subject.measure.recoder(), &candidate.request, &subject.treatments, &options)?))
    };
    let accelerators = indices.iter().map(estimator).collect::<Result<Vec<_>, _>>()?;
    let luts: Vec<u64> = indices.iter().map(|&index| all[index].area.map_or(0, |area| area.luts + area.lut_rams)).collect();
    let mut costs = Costs { args, subject, accelerators, measured: Mutex::default(), base: 1.0 };
    let start = &all[chosen.found].points[chosen.point];
    let genes = |accelerator: usize, choice: &[usize]| [&[accelerator][..], choice].concat();
    let first = genes(0, &start.choice);
    costs.base = costs.cost(&first, &luts).filter(|cost| *cost > 0.0).unwrap_or(1.0);
    let before = costs.cost(&first, &luts);
    let layers = start.choice.len();
    let possible = |layer: usize| (0..subject.treatments.len()).filter(|&t| costs.accelerators[0].1.refusal(layer, t).is_none()).collect();
    let values = std::iter::once((0..indices.len()).collect()).chain((0..layers).map(possible)).collect();
    let seeds = places.iter().filter_map(|place| {
        let accelerator = indices.iter().position(|index| *index == place.found)?;
        Some(genes(accelerator, &all[place.found].points[place.point].choice))
    });
    let seeds = std::iter::once(first.clone()).chain(seeds).take(POPULATION).collect();
    let evolution = Evolution { generations: args.refine, population: POPULATION, seed: args.stimulus.seed };
    let best = evolve(values, seeds, evolution, &|genes| costs.cost(genes, &luts)).map_err(CommandError::Internal)?;
    let Some(best) = best.filter(|best| costs.cost(best, &luts) < before) else { return Ok(None) };
    let (found, estimator) = &costs.accelerators[best[0]];
    let choice = best[1..].to_vec();
    let (totals, distance) = (estimator.totals(&choice)?, costs.distance(&choice).unwrap_or_default());
    let within = costs.value(&totals, &distance, 0).1 <= 0.0;
    Ok(within.then(|| Refined { found: *found, point: Point { error: args.proxy.of(&distance), choice, totals } }))
}
