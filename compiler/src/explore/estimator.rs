//! Cycles, energy and storage of any combination of treatments, in all and layer by layer.

use super::error::ExploreError;
use super::segments::{Segment, StepCost, segments};
use super::transitions::{Transitions, walk};
use crate::area::{Area, Family, estimate};
use crate::compress::recode::{Recoder, Treatment};
use crate::graph::Graph;
use crate::inputs::Inference;
use crate::plan::{Program, Request, plan};
use crate::report::{EnergyOptions, Idle, Size};
use fretwork_hdl::{Accelerator, Clock, Kind};
use fretwork_sim::energy::Technology;
use fretwork_sim::stalls::Stalls;
use serde::{Deserialize, Serialize};

/// What is estimated with.
pub struct Options<'a> {
    /// Energy figures.
    pub technology: &'a Technology,
    /// Clock, MHz.
    pub clock_mhz: f64,
    /// Inferences whose mean counts where time or energy depends on activations: one or more, of the sparse engine only.
    pub inputs: &'a [Inference],
}

/// Costs of a network on an accelerator, layer by layer and treatment by treatment.
pub struct Estimator {
    recoder: Recoder,
    request: Request,
    treatments: Vec<Treatment>,
    segments: Vec<Segment>,
    accelerator: Accelerator,
    /// `None` where weights come over a bus: then time is walked through anew for every estimate.
    transitions: Option<Transitions>,
    /// `[segment][treatment]`: dynamic energy in pJ, bits of storage.
    sums: Vec<Vec<(f64, u64)>>,
    settles: usize,
    clock_mhz: f64,
    /// Clock and static power of a cycle, pJ.
    idle_pj: f64,
    family: Family,
}

/// A network's costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// From the first input word to the last output word.
    pub cycles: u64,
    /// The same in us.
    pub latency_us: f64,
    /// Of one inference, pJ.
    pub energy_pj: f64,
    /// Bits of all weights.
    pub storage_bits: u64,
}

/// The same, layer by layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// In all.
    #[serde(flatten)]
    pub totals: Totals,
    /// Of an accelerator on which every choice can run.
    pub area: Area,
    /// The layers that may be treated, each with what leads to it; they sum to the totals.
    pub layers: Vec<LayerEstimate>,
}

/// A layer's costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerEstimate {
    /// The layer's name.
    pub name: String,
    /// What is done to its weights.
    pub treatment: String,
    /// To the launch of the next one.
    pub cycles: u64,
    /// Clock and static power of these cycles included.
    pub energy_pj: f64,
    /// Bits of its weights.
    pub storage_bits: u64,
    /// Its steps.
    pub steps: Vec<StepEstimate>,
}

/// A step's costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepEstimate {
    /// The name of the layer that it is of.
    pub name: String,
    /// Who executes it.
    pub unit: Kind,
    /// Cycle of its launch, from the first step's.
    pub start_cycle: u64,
    /// Cycle of its last write.
    pub end_cycle: u64,
    /// Multiply-accumulates or lane operations.
    pub operations: u64,
    /// Without clock and static power.
    pub dynamic_pj: f64,
}

impl Estimator {
    /// Plans the network once per treatment. A treatment that a layer cannot take is none of its choices.
    ///
    /// # Errors
    /// A network that does not fit the accelerator as it is; a technology whose area is not known.
    pub fn new(recoder: &Recoder, request: &Request, treatments: &[Treatment], options: &Options<'_>) -> Result<Estimator, ExploreError> {
        let technology = options.technology;
        let (segments, accelerator) = segments(recoder, request, treatments, options.inputs, technology)?;
        let size = Size::of(&accelerator, technology).map_err(ExploreError::Choice)?;
        let energy = EnergyOptions { technology, clock_mhz: options.clock_mhz, size, activity: None };
        let settles = if accelerator.eie.is_some() { 2 } else { 1 };
        let sum = |steps: &[StepCost]| (steps.iter().map(|step| step.dynamic_pj).sum(), steps.iter().map(|step| step.storage_bits).sum());
        let of = |segment: &Segment| segment.variants.iter().map(|variant| variant.as_ref().map_or((f64::INFINITY, 0), |steps| sum(steps))).collect();
        Ok(Estimator {
            recoder: recoder.clone(),
            request: request.clone(),
            treatments: treatments.to_vec(),
            transitions: Transitions::new(&segments, &accelerator, settles),
            sums: segments.iter().map(of).collect(),
            settles,
            clock_mhz: options.clock_mhz,
            idle_pj: Idle::new(&accelerator, &energy).pj(1),
            family: Family::of(technology).map_err(ExploreError::Choice)?,
            segments,
            accelerator,
        })
    }

    /// The layers that may be treated, in order.
    pub fn layers(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().map(|segment| &segment.layer.name[..])
    }

    /// What may be done to them.
    pub fn treatments(&self) -> &[Treatment] {
        &self.treatments
    }

    /// Why a layer cannot take a treatment, by index; `None` when it can.
    pub fn refusal(&self, layer: usize, treatment: usize) -> Option<&str> {
        self.segments[layer].variants[treatment].as_ref().err().map(String::as_str)
    }

    /// An accelerator on which every choice can run: the hardware whose energy is counted.
    pub fn accelerator(&self) -> &Accelerator {
        &self.accelerator
    }

    /// Positions of the clock between layers; 0 where they are not tabulated.
    pub fn positions(&self) -> usize {
        self.transitions.as_ref().map_or(0, Transitions::positions)
    }

    /// Time as a table, where it can be one.
    pub(super) fn transitions(&self) -> Option<&Transitions> {
        self.transitions.as_ref()
    }

    /// Dynamic energy in pJ and storage in bits of a treated layer.
    pub(super) fn sums(&self, layer: usize, treatment: usize) -> (f64, u64) {
        self.sums[layer][treatment]
    }

    /// Totals from cycles, dynamic energy and storage.
    pub(super) fn totals_of(&self, cycles: u64, dynamic_pj: f64, storage_bits: u64) -> Totals {
        let energy_pj = dynamic_pj + self.idle_pj * cycles as f64;
        Totals { cycles, latency_us: cycles as f64 / self.clock_mhz, energy_pj, storage_bits }
    }

    /// One treatment for all layers, by index; layers that cannot take it keep their weights, where that is a choice.
    pub fn uniform(&self, treatment: usize) -> Vec<usize> {
        let keep = self.treatments.iter().position(|treatment| *treatment == Treatment::Keep);
        let of = |layer: usize| match self.refusal(layer, treatment) {
            None => treatment,
            Some(_) => keep.unwrap_or(treatment),
        };
        (0..self.segments.len()).map(of).collect()
    }

    /// What is wrong with a choice.
    fn refused(&self, choice: &[usize]) -> ExploreError {
        if choice.len() != self.segments.len() {
            return ExploreError::Choice(format!("the choice has {} entries, the network has {} layers to treat", choice.len(), self.segments.len()));
        }
        for (layer, &treatment) in choice.iter().enumerate() {
            if treatment >= self.treatments.len() {
                let most = self.treatments.len().saturating_sub(1);
                return ExploreError::Choice(format!("the choice of layer {layer} is {treatment}, must be in 0..={most}"));
            }
            if let Some(why) = self.refusal(layer, treatment) {
                let (name, treatment) = (&self.segments[layer].layer.name, self.treatments[treatment]);
                return ExploreError::Choice(format!("layer '{name}' cannot become {treatment}: {why}"));
            }
        }
        ExploreError::Internal("a choice of treatments that exist has no time".to_owned())
    }

    /// Costs of the network with a treatment for each layer, by index.
    ///
    /// # Errors
    /// A layer that cannot take its treatment; a choice with too few or too many entries.
    pub fn totals(&self, choice: &[usize]) -> Result<Totals, ExploreError> {
        if choice.len() != self.segments.len() {
            return Err(self.refused(choice));
        }
        let cycles = match &self.transitions {
            Some(transitions) => transitions.cycles(choice),
            None => self.walk(choice).and_then(|timings| Some(timings.last()?.1 - timings.first()?.0)),
        };
        let cycles = cycles.ok_or_else(|| self.refused(choice))?;
        let own = self.sums.iter().zip(choice).map(|(sums, treatment)| sums[*treatment]);
        let (dynamic_pj, storage_bits) = own.fold((0.0, 0), |(pj, bits), (own_pj, own_bits)| (pj + own_pj, bits + own_bits));
        Ok(self.totals_of(cycles, dynamic_pj, storage_bits))
    }

    /// Starts and ends of all steps of a settled inference, counted from reset.
    fn walk(&self, choice: &[usize]) -> Option<Vec<(u64, u64)>> {
        let mut clock = Clock::new(&self.accelerator, Stalls::NONE);
        let mut timings = Vec::new();
        for _ in 0..self.settles {
            timings.clear();
            for (segment, treatment) in self.segments.iter().zip(choice) {
                let steps = segment.variants.get(*treatment)?.as_ref().ok()?;
                let own = walk(steps, &self.accelerator, &mut clock)?;
                timings.extend(own.iter().map(|timing| (timing.start, timing.end)));
            }
        }
        Some(timings)
    }

    /// The same, layer by layer.
    ///
    /// # Errors
    /// Those of [`Estimator::totals`].
    pub fn estimate(&self, choice: &[usize]) -> Result<Estimate, ExploreError> {
        let totals = self.totals(choice)?;
        let timings = self.walk(choice).ok_or_else(|| self.refused(choice))?;
        let first = timings.first().map_or(0, |timing| timing.0);
        let mut timings = timings.into_iter().map(|(start, end)| (start - first, end - first)).peekable();
        let mut layers = Vec::new();
        for (layer, &treatment) in choice.iter().enumerate() {
            let segment = &self.segments[layer];
            let steps = segment.variants[treatment].as_ref().map_err(|why| ExploreError::Internal(why.clone()))?;
            let step = |(cost, (start_cycle, end_cycle)): (&StepCost, (u64, u64))| {
                let &StepCost { operations, dynamic_pj, .. } = cost;
                StepEstimate { name: cost.name.clone(), unit: cost.config.kind, start_cycle, end_cycle, operations, dynamic_pj }
            };
            let steps: Vec<StepEstimate> = steps.iter().zip(timings.by_ref()).map(step).collect();
            let from = steps.first().map_or(0, |step| step.start_cycle);
            let cycles = timings.peek().map_or(totals.cycles, |next| next.0) - from;
            let (dynamic_pj, storage_bits) = self.sums[layer][treatment];
            let (name, treatment) = (segment.layer.name.clone(), self.treatments[treatment].to_string());
            layers.push(LayerEstimate { name, treatment, cycles, energy_pj: dynamic_pj + self.idle_pj * cycles as f64, storage_bits, steps });
        }
        Ok(Estimate { totals, area: estimate(&self.accelerator, self.family).total, layers })
    }

    /// Cycles of a treated layer behind reset, computed anew from its step-table entries.
    pub fn layer_cycles(&self, layer: usize, treatment: usize) -> Option<u64> {
        let mut clock = Clock::new(&self.accelerator, Stalls::NONE);
        walk(self.segments[layer].variants[treatment].as_ref().ok()?, &self.accelerator, &mut clock)?;
        Some(clock.free)
    }

    /// The network with a treatment for each layer.
    ///
    /// # Errors
    /// A layer that cannot take its treatment.
    pub fn network(&self, choice: &[usize]) -> Result<Graph, ExploreError> {
        self.totals(choice)?;
        let treatments: Vec<Treatment> = choice.iter().map(|treatment| self.treatments[*treatment]).collect();
        self.recoder.recode(&treatments).map_err(ExploreError::Choice)
    }

    /// The same, planned: on an accelerator no larger than it needs.
    ///
    /// # Errors
    /// Those of [`Estimator::network`].
    pub fn program(&self, choice: &[usize]) -> Result<(Graph, Program), ExploreError> {
        let graph = self.network(choice)?;
        let program = plan(&graph, &self.request)?;
        Ok((graph, program))
    }
}
