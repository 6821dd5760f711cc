//! The best combination: its accuracy measured, its cycles simulated, its design written and co-simulated.

use super::budget::budget;
use super::refine::{Refined, refine};
use super::{Args, Subject};
use crate::commands::context::Context;
use crate::commands::error::CommandError;
use crate::commands::quietly;
use fretwork::area::Area;
use fretwork::compress::recode::Treatment;
use fretwork::explore::{Candidate, Distance, Found, Place, Totals, ranked};
use fretwork::graph::Graph;
use fretwork::import::compressed::write;
use fretwork::plan::plan;
use fretwork::report::{duration, energy, inference_cycles};
use fretwork_hdl::Machine;
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// What was chosen.
#[derive(Serialize)]
pub struct Winner {
    options: String,
    treatments: Vec<String>,
    #[serde(flatten)]
    totals: Totals,
    /// Sum of the layers' errors.
    error: f64,
    /// Cycles of the simulator for the first input.
    simulated_cycles: u64,
    area: Option<Area>,
    /// How far its outputs are from the network's as it is.
    measured: Distance,
    /// Percentage points of accuracy lost, where classes are known.
    drop: Option<f64>,
    /// The design's folder.
    folder: Option<String>,
    /// Whether Verilog and simulator agree; `None` when it was not run.
    cosimulated: Option<bool>,
}

/// Combinations before the first one that is accurate enough which are looked at as well: errors are not quite additive.
const BEFORE: usize = 4;

impl Subject {
    fn chosen(&self, choice: &[usize]) -> Vec<Treatment> {
        choice.iter().map(|&treatment| self.treatments[treatment]).collect()
    }

    fn network(&self, choice: &[usize]) -> Result<Graph, CommandError> {
        self.measure.recoder().recode(&self.chosen(choice)).map_err(CommandError::Internal)
    }

    /// How far the outputs of a combination are from the network's as it is.
    pub fn distance(&self, choice: &[usize]) -> Result<Distance, CommandError> {
        Ok(self.measure.distance(&self.network(choice)?)?)
    }
}

/// The best combination, written and checked.
pub fn choose(args: &Args, subject: &Subject, all: &[Found], context: &Context) -> Result<Option<Winner>, CommandError> {
    let most = budget(&args.budget).2;
    let places = ranked(all, args.minimise, most.is_some());
    let at = |place: Place| &all[place.found].points[place.point];
    let chosen = match most {
        None => places.first().copied(),
        Some(most) => {
            accurate(&places, |place| Ok(subject.measure.drop(&subject.distance(&at(place).choice)?).is_some_and(|drop| drop <= most + 1e-9)))?
        }
    };
    let Some(place) = chosen else { return Ok(None) };
    let progress = context.progress("refining", None);
    let refined = if args.refine > 0 { refine(args, subject, all, &places, place)? } else { None };
    drop(progress);
    let Refined { found, point } = refined.unwrap_or_else(|| Refined { found: place.found, point: at(place).clone() });
    let found = &all[found];
    let candidate = subject.space.candidate(&found.options)?;
    let graph = subject.network(&point.choice)?;
    let measured = subject.distance(&point.choice)?;
    let simulated_cycles = simulated(&graph, candidate, subject)?;
    // Only the sparse engine's cycles depend on more than the estimate knows.
    if candidate.request.eie.is_none() && simulated_cycles != point.totals.cycles {
        let (options, estimated) = (&found.options, point.totals.cycles);
        return Err(CommandError::Internal(format!("'{options}' was estimated at {estimated} cycles, the simulator takes {simulated_cycles}")));
    }
    let mut winner = Winner {
        options: found.options.clone(),
        treatments: subject.chosen(&point.choice).iter().map(ToString::to_string).collect(),
        totals: point.totals,
        error: point.error,
        simulated_cycles,
        area: found.area,
        drop: subject.measure.drop(&measured),
        measured,
        folder: None,
        cosimulated: None,
    };
    if let Some(folder) = &args.output {
        winner.folder = Some(folder.display().to_string());
        winner.cosimulated = emit(args, &graph, &winner.options, folder, context)?;
    }
    Ok(Some(winner))
}

/// The first place that is accurate enough. Later ones have smaller errors, so that it is looked for by halving; a few before it are tried too.
fn accurate(places: &[Place], mut holds: impl FnMut(Place) -> Result<bool, CommandError>) -> Result<Option<Place>, CommandError> {
    let (mut first, mut end) = (0, places.len());
    while first < end {
        let middle = first + (end - first) / 2;
        if holds(places[middle])? {
            end = middle;
        } else {
            first = middle + 1;
        }
    }
    for &before in &places[first.saturating_sub(BEFORE)..first] {
        if holds(before)? {
            return Ok(Some(before));
        }
    }
    Ok(places.get(first).copied())
}

/// Cycles of the first input on the planned accelerator.
fn simulated(graph: &Graph, candidate: &Candidate, subject: &Subject) -> Result<u64, CommandError> {
    let program = plan(graph, &candidate.request)?;
    let machine = Machine::new(&program.design.accelerator, &program.images);
    let machine = machine.ok_or_else(|| CommandError::Internal("the step table does not decode".to_owned()))?;
    Ok(inference_cycles(&machine, &program.stream(&subject.measure.inputs()[0])))
}

/// Compiles the network as a user would, and co-simulates the design where Verilator is there.
fn emit(args: &Args, graph: &Graph, options: &str, folder: &Path, context: &Context) -> Result<Option<bool>, CommandError> {
    let temporary = tempfile::Builder::new().prefix("fretwork-").tempdir().map_err(CommandError::io(&std::env::temp_dir()))?;
    let model = temporary.path().join(format!("{}.safetensors", graph.name));
    std::fs::write(&model, write(graph)?.bytes).map_err(CommandError::io(&model))?;
    let [model, target] = [&model, folder].map(|path| path.display().to_string());
    let mut words = ["compile", &model, "-o", &target].map(str::to_owned).to_vec();
    words.extend(options.split_whitespace().map(str::to_owned));
    if let Some(board) = &args.board {
        words.extend(["--board".to_owned(), board.clone()]);
        words.extend(args.clock_mhz.iter().flat_map(|mhz| ["--clock-mhz".to_owned(), mhz.to_string()]));
    }
    quietly(&words)?;
    if args.no_cosim {
        return Ok(None);
    }
    let progress = context.progress("co-simulating", None);
    let result = quietly(&["cosim".to_owned(), target]);
    drop(progress);
    match result {
        Ok(()) => Ok(Some(true)),
        Err(CommandError::Cosim(fretwork_cosim::CosimError::ToolMissing { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Winner {
    /// For a terminal.
    pub fn text(&self, layers: &[&str]) -> String {
        let mut text = format!("\nbest: {}\n", if self.options.is_empty() { "the default accelerator" } else { &self.options });
        for (layer, treatment) in layers.iter().zip(&self.treatments) {
            let _ = writeln!(text, "  {treatment:9} {layer}");
        }
        let _ =
            writeln!(text, "  cycles    {} estimated, {} simulated, {}", self.totals.cycles, self.simulated_cycles, duration(self.totals.latency_us));
        let _ = writeln!(text, "  energy    {}", energy(self.totals.energy_pj));
        let _ = writeln!(text, "  storage   {:.1} KiB", self.totals.storage_bits as f64 / 8192.0);
        if let Some(Area { luts, lut_rams, flip_flops, dsp_blocks, block_rams, um2 }) = self.area {
            let _ = match um2 {
                0 => writeln!(
                    text,
                    "  area      {} LUTs, {flip_flops} flip-flops, {dsp_blocks} DSP blocks, {block_rams} block RAMs estimated",
                    luts + lut_rams
                ),
                _ => writeln!(text, "  area      {:.3} mm2 estimated", um2 as f64 * 1e-6),
            };
        }
        let Distance { relative_mse, kl, agreement, accuracy } = self.measured;
        let _ = write!(text, "  outputs   relative mse {relative_mse:.3e}, kl {kl:.3e}, {:.2} % of the classes unchanged", agreement * 100.0);
        if let (Some(accuracy), Some(drop)) = (accuracy, self.drop) {
            let _ = write!(text, "; accuracy {:.2} %, {drop:.2} points lost", accuracy * 100.0);
        }
        text.push('\n');
        if let Some(folder) = &self.folder {
            let cosimulated = if self.cosimulated == Some(true) { "Verilog and simulator agree" } else { "not co-simulated" };
            let _ = writeln!(text, "  folder    {folder}, {cosimulated}");
        }
        text
    }
}
