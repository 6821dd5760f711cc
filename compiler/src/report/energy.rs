//! The energy of one inference, part by part and step by step: counted events, times what a technology says of them.

use super::{Report, executed};
use crate::area::{Area, Family, estimate};
use fretwork_hdl::design::Design;
use fretwork_hdl::shell::machine::{Machine, Run};
use fretwork_hdl::{Accelerator, Count, Executed, core, costs, shell};
use fretwork_sim::energy::{Event, Technology};
use serde::Serialize;

/// Energy of one inference. Parts of steps sum to the steps, parts and steps to the whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the documentation of the report describes every key")]
pub struct EnergyReport {
    pub technology: String,
    pub conditions: String,
    pub error_band: String,
    pub clock_mhz: f64,
    pub latency_us: f64,
    pub energy_pj: f64,
    pub power_mw: f64,
    pub parts: Vec<PartEnergy>,
    pub steps: Vec<StepEnergy>,
}

/// What one part of the accelerator takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the documentation of the report describes every key")]
pub struct PartEnergy {
    pub part: &'static str,
    pub energy_pj: f64,
}

/// One step of the inference, in the order of the report's steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the documentation of the report describes every key")]
pub struct StepEnergy {
    pub name: String,
    pub energy_pj: f64,
    pub parts: Vec<PartEnergy>,
}

/// How much there is whose clock runs and which leaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Flip-flops.
    pub flip_flops: f64,
    /// Gate equivalents of all logic, flip-flops included.
    pub gates: f64,
}

/// Area of a NAND of two inputs, um2: sg13g2_nand2_1 of IHP's open cell library.
pub const GATE_UM2: f64 = 7.2576;

impl Size {
    /// What an accelerator has, by the area estimated for the technology's family. Gates are counted in sg13g2 whatever the technology: they are
    /// the same logic.
    ///
    /// # Errors
    /// A technology whose family is not known.
    pub fn of(accelerator: &Accelerator, technology: &Technology) -> Result<Size, String> {
        let family = Family::of(technology)?;
        let logic = |family: Family| estimate(accelerator, family).parts.iter().map(|part| part.logic).sum::<Area>();
        Ok(Size { flip_flops: logic(family).flip_flops as f64, gates: logic(Family::Sg13g2).um2 as f64 / GATE_UM2 })
    }
}

/// What an energy report is made for.
pub struct EnergyOptions<'a> {
    /// Figures.
    pub technology: &'a Technology,
    /// Clock, MHz.
    pub clock_mhz: f64,
    /// Of the accelerator.
    pub size: Size,
    /// Toggles of every step's operands as a share of those of random ones; none: all random.
    pub activity: Option<Vec<f64>>,
}

/// A report that contradicts itself: a bug in this program.
#[derive(Debug, thiserror::Error)]
#[error("the energy report contradicts itself: {0}")]
pub struct Unbalanced(String);

/// Least energy of an inference beside that of the cheapest multiply-accumulates that it could be made of, and most.
const BOUNDS: [f64; 2] = [1.0, 100.0];

impl Report {
    /// Adds the energy of the same run's last inference.
    ///
    /// # Errors
    /// [`Unbalanced`] when parts do not sum to the whole, or when the whole lies outside what the operations can take.
    pub fn with_energy(self, design: &Design, machine: &Machine, run: &Run, options: &EnergyOptions<'_>) -> Result<Report, Unbalanced> {
        let executed = executed(design, machine, run, 0);
        // A step lasts to the next one's launch.
        let last = self.totals.latency_cycles + self.steps.first().map_or(0, |step| step.start_cycle);
        let ends = self.steps.iter().skip(1).map(|step| step.start_cycle).chain([last]);
        let idle = Idle::new(&design.accelerator, options);
        let mut steps = Vec::new();
        for (index, ((step, executed), end)) in self.steps.iter().zip(&executed).zip(ends).enumerate() {
            let counts = events(executed, &design.accelerator);
            let activity = options.activity.as_ref().map_or(1.0, |activity| activity[index]);
            let mut parts = idle.parts(end - step.start_cycle);
            counts.iter().for_each(|count| add(&mut parts, count.part, energy_pj(count, options.technology, activity)));
            steps.push(StepEnergy { name: step.name.clone(), energy_pj: sum(&parts), parts });
        }
        let energy = EnergyReport::new(steps, self.totals.latency_cycles, options);
        energy.check(&self, options)?;
        Ok(Report { energy: Some(energy), ..self })
    }
}

/// Events of the shell and of the step's core.
fn events(executed: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
    let mut counts = shell::cost::events(executed, accelerator);
    counts.extend(core(executed.config.kind).map_or(Vec::new(), |core| core.events(executed, accelerator)));
    counts
}

/// What every step takes beside clock and static power, pJ: the mean of a run's inferences. Events are those of `accelerator`, which may have
/// larger memories than the design; operands are random.
pub fn dynamic_pj(design: &Design, machine: &Machine, run: &Run, accelerator: &Accelerator, technology: &Technology) -> Vec<f64> {
    let inferences = run.timings.len() / design.steps.len();
    let mut sums = vec![0.0; design.steps.len()];
    for before_last in 0..inferences {
        let executed = executed(design, machine, run, before_last);
        let pj = |executed: &Executed<'_>| events(executed, accelerator).iter().map(|count| energy_pj(count, technology, 1.0)).sum::<f64>();
        sums.iter_mut().zip(&executed).for_each(|(sum, executed)| *sum += pj(executed) / inferences as f64);
    }
    sums
}

/// Energy of the logic of a run's last inference by part, pJ: all events but accesses to memories and to what lies outside, without clock and
/// leakage. Operands are random, or weighed with `activity`, a share for every step.
pub fn logic(design: &Design, machine: &Machine, run: &Run, technology: &Technology, activity: Option<&[f64]>) -> Vec<PartEnergy> {
    let mut parts = Vec::new();
    for (index, executed) in executed(design, machine, run, 0).iter().enumerate() {
        let activity = activity.and_then(|activity| activity.get(index)).copied().unwrap_or(1.0);
        let counts = events(executed, &design.accelerator);
        let is_logic = |count: &&Count| !matches!(count.event, Event::Read { .. } | Event::Write { .. } | Event::Outside { .. });
        counts.iter().filter(is_logic).for_each(|count| add(&mut parts, count.part, energy_pj(count, technology, activity)));
    }
    parts
}

/// Products, sums and gates of cores go with the toggles of their operands.
fn energy_pj(count: &Count, technology: &Technology, activity: f64) -> f64 {
    let weight = match count.event {
        Event::Multiply { .. } | Event::Add { .. } | Event::Logic { .. } => activity,
        Event::Register { .. } | Event::Read { .. } | Event::Write { .. } | Event::Stream { .. } | Event::Outside { .. } => 1.0,
    };
    technology.pj(count) * weight
}

/// What a cycle takes in which nothing happens.
pub struct Idle<'a> {
    options: &'a EnergyOptions<'a>,
    static_mw: f64,
}

impl<'a> Idle<'a> {
    /// Of an accelerator.
    pub fn new(accelerator: &Accelerator, options: &'a EnergyOptions<'a>) -> Idle<'a> {
        let bits: usize = costs(accelerator).map(|cost| cost.memory_bits()).sum();
        Idle { options, static_mw: options.technology.static_mw(options.size.gates, bits as f64 / 8192.0) }
    }

    /// Clock and static power of so many cycles, pJ.
    pub fn pj(&self, cycles: u64) -> f64 {
        sum(&self.parts(cycles))
    }

    fn parts(&self, cycles: u64) -> Vec<PartEnergy> {
        // mW times ns are pJ.
        let static_pj = self.static_mw * cycles as f64 * 1000.0 / self.options.clock_mhz;
        let clock_pj = self.options.technology.clock_pj(self.options.size.flip_flops, cycles);
        vec![PartEnergy { part: "clock", energy_pj: clock_pj }, PartEnergy { part: "static", energy_pj: static_pj }]
    }
}

fn add(parts: &mut Vec<PartEnergy>, part: &'static str, energy_pj: f64) {
    match parts.iter_mut().find(|known| known.part == part) {
        Some(known) => known.energy_pj += energy_pj,
        None => parts.push(PartEnergy { part, energy_pj }),
    }
}

fn sum(parts: &[PartEnergy]) -> f64 {
    parts.iter().map(|part| part.energy_pj).sum()
}

impl EnergyReport {
    fn new(steps: Vec<StepEnergy>, latency_cycles: u64, options: &EnergyOptions<'_>) -> EnergyReport {
        let mut parts = Vec::new();
        steps.iter().flat_map(|step| &step.parts).for_each(|part| add(&mut parts, part.part, part.energy_pj));
        parts.retain(|part| part.energy_pj > 0.0);
        parts.sort_by(|a, b| b.energy_pj.total_cmp(&a.energy_pj));
        let (latency_us, energy_pj) = (latency_cycles as f64 / options.clock_mhz, sum(&parts));
        let technology = options.technology;
        EnergyReport {
            technology: technology.name.clone(),
            conditions: format!("{}, {} V", technology.title, technology.supply_v),
            error_band: technology.error_band.clone(),
            clock_mhz: options.clock_mhz,
            latency_us,
            energy_pj,
            // pJ in a us are uW.
            power_mw: if latency_us > 0.0 { energy_pj / latency_us * 1e-3 } else { 0.0 },
            parts,
            steps,
        }
    }

    /// Sums, and the bounds: no less than the cheapest multiply-accumulates take; without clock, static power and memory outside no more than a hundred
    /// times what the operations and the bytes moved take.
    fn check(&self, report: &Report, options: &EnergyOptions<'_>) -> Result<(), Unbalanced> {
        let steps: f64 = self.steps.iter().map(|step| step.energy_pj).sum();
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        if !close(steps, self.energy_pj) || self.steps.iter().any(|step| !close(sum(&step.parts), step.energy_pj)) {
            return Err(Unbalanced(format!("steps of {steps} pJ, parts of {} pJ", self.energy_pj)));
        }
        let activity = |index: usize| options.activity.as_ref().map_or(1.0, |activity| activity[index]);
        let least: f64 = report.steps.iter().enumerate().map(|(index, step)| least_pj(step, options.technology) * activity(index).min(1.0)).sum();
        let word = options.technology.event_pj(&Event::Read { words: 1 << 16, bits: 64 }) / 8.0;
        let moved = report.totals.read_bytes + report.totals.write_bytes + report.totals.weight_bytes;
        let operation = options.technology.event_pj(&Event::Multiply { a_bits: 16, b_bits: 16 });
        let most = BOUNDS[1] * (report.totals.operations as f64 * operation + moved as f64 * word);
        let dynamic: f64 =
            self.parts.iter().filter(|part| !["clock", "static", "outside memory"].contains(&part.part)).map(|part| part.energy_pj).sum();
        if self.energy_pj < BOUNDS[0] * least || dynamic > most || !self.energy_pj.is_finite() {
            return Err(Unbalanced(format!("{} pJ, {dynamic} of them dynamic; at least {least}, at most {most}", self.energy_pj)));
        }
        Ok(())
    }
}

/// What a step's multiply-accumulates take at the least: one bit of a sum each, as binary ones do.
fn least_pj(step: &super::StepReport, technology: &Technology) -> f64 {
    let macs = match &step.engine {
        // What was pruned away takes nothing.
        Some(engine) => engine.entries.saturating_sub(engine.padding_entries),
        None => step.macs.saturating_sub(step.skipped_operations),
    };
    technology.event_pj(&Event::Add { bits: 1 }) * macs as f64
}
