//! The networks' figures beside the survey's, and what they cost on an accelerator, for terminals and as JSON.
//!
//! # JSON
//!
//! ```text
//! network, title, source                        its name here and in the literature, its paper
//! size, width, classes, seed                    options that it was built with
//! parameters, macs                              trained numbers without batch normalisation; multiply-accumulates, padding included
//! survey                                        { parameters_millions, macs_millions, top1_percent }; null when an option changes the network
//! parameters_difference, macs_difference        relative to the survey's; null without it
//! differences[], omissions[]                    why figures differ; what was left out
//! timed                                         null unless it was simulated
//!   rows, cols, lanes                           shape of the accelerator
//!   steps                                       entries of its step table
//!   activation_kib, weight_bytes                activation memory; weights of the array and the lanes as they are stored
//!   latency_cycles                              first input word to last output word of one inference, every value computed
//!   macs_per_cycle                              macs / latency_cycles
//!   array_utilisation                           macs / (rows * cols * latency_cycles)
//! ```

use super::{Figures, Network, Options, Survey};
use crate::graph::Graph;
use crate::inputs;
use crate::plan::{PlanError, Program, Request, plan};
use crate::report::latency_cycles;
use fretwork_hdl::Machine;
use fretwork_sim::stalls::Stalls;
use serde::Serialize;

/// What a network has.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the module's documentation describes every key")]
pub struct Counted {
    pub network: &'static str,
    pub title: &'static str,
    pub source: &'static str,
    pub size: usize,
    pub width: f64,
    pub classes: usize,
    pub seed: u64,
    #[serde(flatten)]
    pub figures: Figures,
    pub survey: Option<Survey>,
    pub parameters_difference: Option<f64>,
    pub macs_difference: Option<f64>,
    pub differences: &'static [&'static str],
    pub omissions: &'static [&'static str],
    pub timed: Option<Timed>,
}

/// What it costs.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the module's documentation describes every key")]
pub struct Timed {
    pub rows: usize,
    pub cols: usize,
    pub lanes: usize,
    pub steps: usize,
    pub activation_kib: f64,
    pub weight_bytes: usize,
    pub latency_cycles: u64,
    pub macs_per_cycle: f64,
    pub array_utilisation: f64,
}

impl Counted {
    /// The network's figures with these options.
    pub fn new(network: &'static Network, options: &Options, figures: Figures) -> Counted {
        let Options { size, width, classes, seed } = *options;
        let (size, width) = (size.unwrap_or(network.size), width.unwrap_or(network.width));
        let own = size == network.size && width == network.width && classes == Options::default().classes;
        let survey = own.then_some(network.survey);
        let difference = |found: u64, millions: fn(Survey) -> f64| survey.map(|survey| found as f64 / (millions(survey) * 1e6) - 1.0);
        Counted {
            network: network.name,
            title: network.title,
            source: network.source,
            size,
            width,
            classes,
            seed,
            figures,
            survey,
            parameters_difference: difference(figures.parameters, |survey| survey.parameters_millions),
            macs_difference: difference(figures.macs, |survey| survey.macs_millions),
            differences: if own { network.differences } else { &[] },
            omissions: network.omissions,
            timed: None,
        }
    }

    /// Plans the network for the first request whose activation memory is large enough, and computes one inference of random values on it.
    ///
    /// # Errors
    /// What does not fit `request` or the last of the larger ones.
    pub fn time(&mut self, graph: &Graph, request: &Request, larger: &[Request]) -> Result<(), PlanError> {
        let program = roomy(graph, request, larger)?;
        let (a, images) = (&program.design.accelerator, &program.images);
        let Some(machine) = Machine::new(a, images) else { unreachable!("the planner's step table decodes") };
        let stream = program.stream(&inputs::random(graph, 1, self.seed)[0]);
        let latency_cycles = latency_cycles(&machine.run(&[stream], Stalls::NONE, false).timings);
        let macs_per_cycle = self.figures.macs as f64 / latency_cycles as f64;
        self.timed = Some(Timed {
            rows: a.rows,
            cols: a.cols,
            lanes: a.lanes,
            steps: program.steps.len(),
            activation_kib: (a.activation_words * a.lanes) as f64 / 1024.0,
            weight_bytes: images.weights.len() + images.lane_weights.len(),
            latency_cycles,
            macs_per_cycle,
            array_utilisation: macs_per_cycle / (a.rows * a.cols) as f64,
        });
        Ok(())
    }
}

/// The program for the first request whose activation memory is large enough.
fn roomy(graph: &Graph, request: &Request, larger: &[Request]) -> Result<Program, PlanError> {
    let full = |result: &Result<Program, PlanError>| matches!(result, Err(PlanError::Memory { memory: "activation memory", .. }));
    larger.iter().fold(plan(graph, request), |result, request| if full(&result) { plan(graph, request) } else { result })
}
