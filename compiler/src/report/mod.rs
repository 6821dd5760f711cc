//! What a network costs on its accelerator, step by step. Every figure is a count of the simulator ([`Timing`], [`Config`], the recorded
//! writes), a sum of such counts, or a ratio of two sums; nothing is estimated here.
//!
//! # JSON
//!
//! [`Report`] serialised. Keys carry their unit; cycle 0 is the first clock edge after reset.
//!
//! ```text
//! network, fretwork_version                     text
//! rows, cols, lanes                             shape of the accelerator
//! steps[]
//!   name, unit                                  layer; load | store | systolic | lane | eie
//!   start_cycle, end_cycle, cycles              launch, last write or output word, and their difference
//!   operations                                  multiply-accumulates or lane operations that the network asks for, padding not counted
//!   macs                                        the same, where they are multiply-accumulates; else 0
//!   skipped_operations                          operations whose weights lie in tiles of zeros, which the array leaves out
//!   weight_tiles, skipped_tiles                 weight tiles that the array works through, once per pixel tile, and those that it leaves out
//!   floor_cycles                                (operations - skipped_operations) / (rows * cols) on the array, operations / lanes on the lanes,
//!                                               entries / pes on the sparse engine, rounded up; else null
//!   utilisation                                 the same over cycles: (operations - skipped_operations) / (rows * cols * cycles) and so on; else null
//!   busy_cycles                                 cycles in which a word was read or moved on a stream
//!   read_words, read_bytes                      activation words that the gather delivered, padding words included
//!   write_words, write_bytes                    activation memory writes; bytes count the banks written
//!   weight_words, weight_bytes                  weights read; on the sparse engine entries, of which each has a zero run and a code
//!   bus_bytes                                   bytes of its weights on the bus to a memory outside; only where there is one
//!   stalled_cycles                              { config, weights, input, output, pipeline }; config lies before the start
//!   engine                                      sparse engine only, else null
//!     broadcasts, entries, padding_entries      activations sent to the elements; entries read by all of them; those that only carry a run
//!     load_balance, useful                      entries / (pes * (cycles + 1)), with and without padding
//!     queue_full_cycles, starved_cycles         cycles in which a broadcast waited for a queue, in which there was nothing to broadcast
//!     drain_cycles                              cycles from a vector's last broadcast to its last accumulator read
//!     elements[]                                { busy, padding (of busy), empty (columns without entries), waiting (for pointers), starved }_cycles,
//!                                               mean_queued and most_queued activations, the one at work included
//! totals
//!   latency_cycles                              first input word to last output word of one inference
//!   start_up_cycles                             from reset to the first launch
//!   load_cycles                                 from reset until the sparse engine is loaded from its coded image, once; null without one
//!   operations, macs, floor_cycles              sums over the steps, which run one after the other
//!   weight_tiles, skipped_tiles                 sums
//!   array_operations, array_floor_cycles        the systolic array's part without skipped_operations, and its cycles were the array always full
//!   array_utilisation                           array_operations / (rows * cols * latency_cycles)
//!   read_bytes, write_bytes, weight_bytes       sums
//!   weight_stream                               the systolic core's: { word_bytes, interval_cycles (from one word to the next), bytes_per_cycle,
//!                                               streamed_bytes, stalled_cycles (in which its steps waited for a weight tile) }; where weights come over a bus also bus_bits,
//!                                               bus_bytes and latency_cycles, the fewest and the most from a burst's acceptance to its first beat
//!   latency_parts[]                             { cause, cycles, share }: busy, launch (one cycle between steps) and the stalls; sums to the latency
//! host_steps[]                                  what the host does before and after, as text
//! energy                                        of one inference, when a technology was named; else null
//!   technology, conditions, error_band          what the figures hold for, and how well
//!   clock_mhz, latency_us                       the clock, and totals.latency_cycles at it
//!   energy_pj, power_mw                         of the inference, and over the latency
//!   parts[]                                     { part, energy_pj }: of parts of the accelerator, their clock and their static power; they sum to
//!                                               the whole
//!   steps[]                                     { name, energy_pj, parts[] }, in the order of the report's steps; they sum to the whole too
//! ```
//!
//! [`Timing`]: fretwork_hdl::Timing
//! [`Config`]: fretwork_hdl::Config

mod activity;
mod energy;
mod energy_table;
mod engine;
pub mod html;
mod table;
mod unit;
mod weights;

pub use activity::activity;
pub use energy::{EnergyOptions, EnergyReport, GATE_UM2, Idle, PartEnergy, Size, StepEnergy, Unbalanced, dynamic_pj, logic};
pub use energy_table::{duration, energy};
pub use engine::{ElementReport, EngineReport};
pub use weights::{BusReport, WeightStreamReport};

use fretwork_hdl::design::{Design, StepInfo};
use fretwork_hdl::shell::machine::{Machine, Run};
use fretwork_hdl::{Accelerator, Config, Executed, Kind, Stalled, Timing};
use fretwork_sim::stalls::Stalls;
use serde::Serialize;
use weights::weight_stream;

/// The whole report.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the module's documentation describes every key")]
pub struct Report {
    pub network: String,
    pub fretwork_version: String,
    pub rows: usize,
    pub cols: usize,
    pub lanes: usize,
    pub steps: Vec<StepReport>,
    pub totals: Totals,
    pub host_steps: Vec<String>,
    pub energy: Option<EnergyReport>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the module's documentation describes every key")]
pub struct StepReport {
    pub name: String,
    pub unit: Kind,
    pub start_cycle: u64,
    pub end_cycle: u64,
    pub cycles: u64,
    pub operations: u64,
    pub macs: u64,
    pub skipped_operations: u64,
    pub weight_tiles: u64,
    pub skipped_tiles: u64,
    pub floor_cycles: Option<u64>,
    pub utilisation: Option<f64>,
    pub busy_cycles: u64,
    pub read_words: u64,
    pub read_bytes: u64,
    pub write_words: u64,
    pub write_bytes: u64,
    pub weight_words: u64,
    pub weight_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bus_bytes: Option<u64>,
    pub stalled_cycles: Stalled,
    pub engine: Option<EngineReport>,
}

/// All steps together.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the module's documentation describes every key")]
pub struct Totals {
    pub latency_cycles: u64,
    pub start_up_cycles: u64,
    pub load_cycles: Option<u64>,
    pub operations: u64,
    pub macs: u64,
    pub floor_cycles: u64,
    pub weight_tiles: u64,
    pub skipped_tiles: u64,
    pub array_operations: u64,
    pub array_floor_cycles: u64,
    pub array_utilisation: f64,
    pub read_bytes: u64,
    pub write_bytes: u64,
    pub weight_bytes: u64,
    pub weight_stream: WeightStreamReport,
    pub latency_parts: Vec<Part>,
}

/// What one cause has of the latency.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the module's documentation describes every key")]
pub struct Part {
    pub cause: &'static str,
    pub cycles: u64,
    pub share: f64,
}

/// Cycles from the first input word to the last output word of an inference; `timings` are the inference's steps. Both words' cycles
/// count; the first word is on offer when the load is launched, and waits for the launch's cycle.
pub fn latency_cycles(timings: &[Timing]) -> u64 {
    match (timings.first(), timings.last()) {
        (Some(first), Some(last)) => last.end - first.start,
        _ => 0,
    }
}

/// The first inference waits for the sparse engine to be loaded: how many have to run to see what one takes.
pub fn inferences_to_settle(machine: &Machine) -> usize {
    if machine.load_cycles().is_some() { 2 } else { 1 }
}

/// [`latency_cycles`] of an inference with `input` as its input stream, all memories loaded.
pub fn inference_cycles(machine: &Machine, input: &[u8]) -> u64 {
    let timings = machine.timings(&vec![input.to_vec(); inferences_to_settle(machine)], Stalls::NONE);
    latency_cycles(&timings[timings.len() - machine.configs().len()..])
}

/// The lane operation that multiplies and accumulates.
const MAC: u8 = 0;

impl Report {
    /// The report of a run's last inference. `run` was recorded with its writes and with the sparse engine's counts, on `machine`.
    pub fn new(design: &Design, machine: &Machine, run: &Run) -> Report {
        let a = &design.accelerator;
        let timings = &run.timings[run.timings.len().saturating_sub(design.steps.len())..];
        let executed = executed(design, machine, run, 0);
        let mut steps: Vec<StepReport> = design.steps.iter().zip(&executed).map(|(info, executed)| step(info, executed, a)).collect();
        // What the first step waits for its configuration lies before the inference.
        if let Some(first) = steps.first_mut() {
            first.stalled_cycles.config = 0;
        }
        let start_up_cycles = run.timings.first().map_or(0, |first| first.stalled.config);
        let totals = Totals { start_up_cycles, load_cycles: machine.load_cycles(), ..totals(&steps, latency_cycles(timings), a) };
        Report {
            network: design.name.clone(),
            fretwork_version: design.version.clone(),
            rows: a.rows,
            cols: a.cols,
            lanes: a.lanes,
            steps,
            totals,
            host_steps: design.host_steps.clone(),
            energy: None,
        }
    }
}

/// What the steps of an inference of a run did: of the last one, or of so many before it.
fn executed<'a>(design: &Design, machine: &'a Machine, run: &'a Run, before_last: usize) -> Vec<Executed<'a>> {
    let earlier = run.timings.len().saturating_sub(design.steps.len() * (before_last + 1));
    let step = |(index, info): (usize, &StepInfo)| {
        let (config, timing, record) = (&machine.configs()[index], &run.timings[earlier + index], &run.recording.steps[earlier + index]);
        let reads = match info.kind {
            Kind::Load => 0,
            Kind::Store | Kind::Systolic | Kind::Lane | Kind::Xnor | Kind::Shift => timing.busy,
            Kind::Eie => config.levels.iter().map(|level| u64::from(level.last) + 1).product(),
        };
        let bank_writes = record.writes.iter().map(|write| u64::from(write.mask.count_ones())).sum();
        let (operations, writes) = (info.operations.saturating_sub(info.skipped_operations), record.writes.len() as u64);
        Executed { config, timing, operations, reads, writes, bank_writes, engine: run.engine[earlier + index].as_ref() }
    };
    design.steps.iter().enumerate().map(step).collect()
}

fn step(info: &StepInfo, executed: &Executed<'_>, a: &Accelerator) -> StepReport {
    let &Executed { config, timing, reads, writes, bank_writes, engine, .. } = executed;
    let cycles = timing.end - timing.start;
    let capacity = unit::capacity(info.kind, a);
    let weight_bits = capacity.map_or(0, |capacity| capacity.weight_bits);
    let [weight_tiles, skipped_tiles] = if info.kind == Kind::Systolic { tiles(config, a) } else { [0; 2] };
    let bus = a.stream.source.axi().filter(|_| info.kind == Kind::Systolic);
    let multiplies = match info.kind {
        Kind::Load | Kind::Store => false,
        Kind::Systolic => true,
        Kind::Lane => config.lane_op == MAC,
        Kind::Eie | Kind::Xnor | Kind::Shift => true,
    };
    let mut report = StepReport {
        name: info.name.clone(),
        unit: info.kind,
        start_cycle: timing.start,
        end_cycle: timing.end,
        cycles,
        operations: info.operations,
        macs: if multiplies { info.operations } else { 0 },
        skipped_operations: info.skipped_operations,
        weight_tiles,
        skipped_tiles,
        floor_cycles: None,
        utilisation: None,
        busy_cycles: timing.busy,
        read_words: reads,
        read_bytes: reads * a.lanes as u64,
        write_words: writes,
        write_bytes: bank_writes * (a.lanes / a.banks()) as u64,
        weight_words: timing.weight_words,
        weight_bytes: (timing.weight_words * weight_bits).div_ceil(8),
        bus_bytes: bus.map(|axi| axi.bytes(config, a.weight_word_bytes())),
        stalled_cycles: timing.stalled,
        engine: engine.map(EngineReport::new),
    };
    let work = unit::work(&report);
    report.floor_cycles = capacity.map(|capacity| work.div_ceil(capacity.operations));
    report.utilisation = capacity.map(|capacity| ratio(work, capacity.operations * cycles));
    report
}

/// Weight tiles that a step on the array works through, and those that it leaves out.
fn tiles(config: &Config, a: &Accelerator) -> [u64; 2] {
    let passes = u64::from(config.passes);
    let kept = u64::from(config.weight_words) / a.rows as u64 * passes;
    let all = config.levels[2..6].iter().map(|level| u64::from(level.last) + 1).product::<u64>() * passes;
    [kept, all - kept]
}

fn totals(steps: &[StepReport], latency_cycles: u64, a: &Accelerator) -> Totals {
    let sum = |count: fn(&StepReport) -> u64| steps.iter().map(count).sum::<u64>();
    let on_array = steps.iter().filter(|step| step.unit == Kind::Systolic);
    let array_operations = on_array.map(|step| step.operations.saturating_sub(step.skipped_operations)).sum();
    let array = (a.rows * a.cols) as u64;
    let causes = [
        ("busy", sum(|step| step.busy_cycles)),
        ("pipeline", sum(|step| step.stalled_cycles.pipeline)),
        ("weights", sum(|step| step.stalled_cycles.weights)),
        ("config", sum(|step| step.stalled_cycles.config)),
        ("input", sum(|step| step.stalled_cycles.input)),
        ("output", sum(|step| step.stalled_cycles.output)),
        ("launch", steps.len().saturating_sub(1) as u64),
    ];
    let part = |(cause, cycles)| Part { cause, cycles, share: ratio(cycles, latency_cycles) };
    Totals {
        latency_cycles,
        start_up_cycles: 0,
        load_cycles: None,
        operations: sum(|step| step.operations),
        macs: sum(|step| step.macs),
        floor_cycles: sum(|step| step.floor_cycles.unwrap_or(0)),
        weight_tiles: sum(|step| step.weight_tiles),
        skipped_tiles: sum(|step| step.skipped_tiles),
        array_operations,
        array_floor_cycles: array_operations.div_ceil(array),
        array_utilisation: ratio(array_operations, array * latency_cycles),
        read_bytes: sum(|step| step.read_bytes),
        write_bytes: sum(|step| step.write_bytes),
        weight_bytes: sum(|step| step.weight_bytes),
        weight_stream: weight_stream(steps, a),
        latency_parts: causes.map(part).to_vec(),
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
