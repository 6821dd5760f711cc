//! One variant on its accelerator: every input's class and cycles, energy of a few inferences, and the check against the kernels.

use super::bound::{Reason, reason};
use crate::area::{Area, Family, estimate};
use crate::graph::Graph;
use crate::inputs::Inference;
use crate::plan::Program;
use crate::report::{EnergyOptions, Report, Size, activity, latency_cycles};
use crate::verify::{Disagreement, kernels};
use fretwork_hdl::{Kind, Machine, costs};
use fretwork_sim::energy::Technology;
use fretwork_sim::stalls::Stalls;
use serde::Serialize;

/// Inferences that are compared with the kernels, and of which energy is counted.
const CHECKED: usize = 2;
/// Inferences that are computed at a time.
const TOGETHER: usize = 64;

/// What is measured with.
pub struct Options<'a> {
    /// Energy figures.
    pub technology: &'a Technology,
    /// Clock, MHz.
    pub clock_mhz: f64,
    /// Weigh operations by the toggles of their operands.
    pub toggles: bool,
    /// Family that area is estimated for.
    pub family: Family,
}

/// A variant's hardware columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the documentation of the comparison describes every key")]
pub struct Measured {
    pub rows: usize,
    pub cols: usize,
    pub lanes: usize,
    pub cores: Vec<Kind>,
    pub latency_cycles: f64,
    pub latency_us: f64,
    pub energy_pj: f64,
    pub energy_delay_pj_us: f64,
    pub utilisation: f64,
    pub memory_kib: f64,
    pub area: Area,
    pub reason: Reason,
    pub kernels_differing: usize,
    pub verilog_differing: Option<usize>,
    #[serde(skip)]
    pub disagreement: Option<Disagreement>,
}

/// The first of the largest values.
pub fn class(values: &[i16]) -> usize {
    (0..values.len()).rev().max_by_key(|&index| values[index]).unwrap_or(0)
}

/// Runs `inferences` (one or more) and returns the columns, and every inference's class by the first output.
///
/// # Errors
/// What is a bug in this program: a step table that does not decode, an energy report that contradicts itself.
pub fn measure(graph: &Graph, program: &Program, inferences: &[Inference], options: &Options<'_>) -> Result<(Measured, Vec<usize>), String> {
    let design = &program.design;
    let machine = Machine::new(&design.accelerator, &program.images).ok_or("the step table does not decode")?;
    let streams: Vec<Vec<u8>> = inferences.iter().map(|tensors| program.stream(tensors)).collect();
    let (classes, cycles) = run(graph, program, &machine, &streams);
    let checked = &streams[..streams.len().min(CHECKED)];
    let recording = machine.run(checked, Stalls::NONE, true).recording;
    let comparison = kernels(graph, program, &inferences[..checked.len()], &recording, Stalls::NONE);
    let size = Size::of(&design.accelerator, options.technology)?;
    let reports = checked.iter().map(|stream| report(program, &machine, stream, options, size)).collect::<Result<Vec<_>, _>>()?;
    let energy_pj = reports.iter().filter_map(|report| Some(report.energy.as_ref()?.energy_pj)).sum::<f64>() / reports.len() as f64;
    let (a, latency_us) = (&design.accelerator, cycles / options.clock_mhz);
    let floor: u64 = reports[0].totals.floor_cycles;
    let measured = Measured {
        rows: a.rows,
        cols: a.cols,
        lanes: a.lanes,
        cores: cores(&reports[0]),
        latency_cycles: cycles,
        latency_us,
        energy_pj,
        energy_delay_pj_us: energy_pj * latency_us,
        utilisation: floor as f64 / reports[0].totals.latency_cycles.max(1) as f64,
        memory_kib: costs(a).map(|cost| cost.memory_bits()).sum::<usize>() as f64 / 8192.0,
        area: estimate(a, options.family).total,
        reason: reason(&reports[0]),
        kernels_differing: comparison.differing(),
        verilog_differing: None,
        disagreement: comparison.first,
    };
    Ok((measured, classes))
}

/// Classes of all inferences, and their mean cycles. The first inference may wait for the sparse engine to be loaded, so it comes twice and the
/// first time does not count.
fn run(graph: &Graph, program: &Program, machine: &Machine, streams: &[Vec<u8>]) -> (Vec<usize>, f64) {
    let first_output = &graph.tensors[graph.outputs[0]];
    let (mut classes, mut cycles) = (Vec::new(), 0);
    for chunk in streams.chunks(TOGETHER) {
        let mut warmed = vec![chunk[0].clone()];
        warmed.extend_from_slice(chunk);
        let run = machine.run(&warmed, Stalls::NONE, false);
        cycles += run.timings.chunks(program.steps.len()).skip(1).map(latency_cycles).sum::<u64>();
        let outputs = run.recording.outputs.iter().skip(1);
        classes.extend(outputs.map(|output| program.tensors(output).first().map_or(0, |logits| class(&first_output.elements(logits)))));
    }
    (classes, cycles as f64 / streams.len() as f64)
}

fn report(program: &Program, machine: &Machine, stream: &[u8], options: &Options<'_>, size: Size) -> Result<Report, String> {
    let (design, streams) = (&program.design, [stream.to_vec(), stream.to_vec()]);
    let run = machine.run_counted(&streams, Stalls::NONE, true);
    let activity = options.toggles.then(|| activity(machine, &run, &design.accelerator));
    let energy = EnergyOptions { technology: options.technology, clock_mhz: options.clock_mhz, size, activity };
    Report::new(design, machine, &run).with_energy(design, machine, &run, &energy).map_err(|error| error.to_string())
}

/// Cores that have steps, those with most cycles first.
fn cores(report: &Report) -> Vec<Kind> {
    let of = |kind: Kind| report.steps.iter().filter(|step| step.unit == kind).map(|step| step.cycles).sum::<u64>();
    let mut cores: Vec<(u64, Kind)> = [Kind::Systolic, Kind::Lane, Kind::Eie, Kind::Xnor, Kind::Shift].map(|kind| (of(kind), kind)).to_vec();
    cores.retain(|(cycles, _)| *cycles > 0);
    cores.sort_by_key(|(cycles, _)| std::cmp::Reverse(*cycles));
    cores.into_iter().map(|(_, kind)| kind).collect()
}

#[cfg(test)]
mod tests {
    use super::class;

    #[test]
    fn equal_values_go_to_the_first_class() {
        assert_eq!(class(&[-5, 7, 7, 3]), 1);
        assert_eq!(class(&[-128, -128]), 0);
    }
}
