//! Estimates per second on one thread: a layer's cycles computed anew from its step-table entries, and a whole network of which one layer's
//! treatment changed.

use crate::compress::recode::{Recoder, Treatment};
use crate::explore::{Estimator, ExploreError, Options};
use crate::graph::Graph;
use crate::inputs;
use crate::plan::Request;
use fretwork_sim::energy::Technology;
use fretwork_sim::stalls::splitmix;
use serde::Serialize;
use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

/// Estimates of one network on one accelerator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimates {
    /// The network.
    pub network: String,
    /// Layers that may be treated.
    pub layers: usize,
    /// Treatments.
    pub treatments: usize,
    /// Positions of the clock between layers.
    pub positions: usize,
    /// Preparing all that follows: planning once per treatment, s.
    pub prepare_s: f64,
    /// Cycles of a layer and what leads to it, computed anew.
    pub layer_estimates_per_s: f64,
    /// Cycles, energy and storage of the network, one layer's treatment changed from one to the next.
    pub network_estimates_per_s: f64,
}

/// Layers and networks that are estimated per repetition.
const ESTIMATES: u64 = 200_000;
/// Repetitions, of which the fastest counts.
const REPETITIONS: usize = 5;

/// Measures.
///
/// # Errors
/// A network that does not fit the accelerator.
pub fn estimates(graph: &Graph, request: &Request, treatments: &[Treatment], technology: &Technology) -> Result<Estimates, ExploreError> {
    let inputs = inputs::random(graph, 1, 0);
    let started = Instant::now();
    let options = Options { technology, clock_mhz: technology.clock_mhz, inputs: &inputs };
    let estimator = Estimator::new(&Recoder::new(graph), request, treatments, &options)?;
    let prepare_s = started.elapsed().as_secs_f64();
    let layers = estimator.layers().count();
    let possible = |layer: usize| (0..treatments.len()).filter(|&treatment| estimator.refusal(layer, treatment).is_none()).collect();
    let possible: Vec<Vec<usize>> = (0..layers).map(possible).collect();
    let pick = |seed: u64| {
        let layer = splitmix(seed) as usize % layers;
        (layer, possible[layer][splitmix(!seed) as usize % possible[layer].len()])
    };
    let pairs: Vec<(usize, usize)> = (0..4096).map(pick).collect();
    let anew = |at: u64| {
        let (layer, treatment) = pairs[at as usize % pairs.len()];
        estimator.layer_cycles(layer, treatment).unwrap_or(0)
    };
    let mut choice: Vec<usize> = possible.iter().map(|possible| possible[0]).collect();
    let changed = |at: u64| {
        let (layer, treatment) = pairs[at as usize % pairs.len()];
        choice[layer] = treatment;
        estimator.totals(&choice).map_or(0, |totals| totals.cycles)
    };
    Ok(Estimates {
        network: graph.name.clone(),
        layers,
        treatments: treatments.len(),
        positions: estimator.positions(),
        prepare_s,
        layer_estimates_per_s: rate(anew),
        network_estimates_per_s: rate(changed),
    })
}

/// Calls per second, the fastest of several repetitions.
fn rate(mut estimate: impl FnMut(u64) -> u64) -> f64 {
    let mut repetition = || {
        let started = Instant::now();
        black_box((0..ESTIMATES).map(|at| estimate(black_box(at))).fold(0u64, u64::wrapping_add));
        ESTIMATES as f64 / started.elapsed().as_secs_f64()
    };
    (0..REPETITIONS).map(|_| repetition()).fold(0.0, f64::max)
}

/// The rows as a table for a terminal.
pub fn table(rows: &[Estimates]) -> String {
    let mut text = String::from("network              layers  treatments  positions  prepared in s  layers/s, anew  networks/s, one layer changed\n");
    for row in rows {
        let Estimates { network, layers, treatments, positions, prepare_s, .. } = row;
        let (layer, all) = (row.layer_estimates_per_s, row.network_estimates_per_s);
        let _ = writeln!(text, "{network:20} {layers:6}  {treatments:10}  {positions:9}  {prepare_s:13.2}  {layer:14.3e}  {all:29.3e}");
    }
    text
}
