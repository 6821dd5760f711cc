//! The network, cut into segments: each ends with the steps of a layer whose weights may be treated; what lies between two layers belongs to the
//! later one, what follows the last layer to the last. One [`Variant`] of a segment per treatment.

use super::capacity::capacity;
use super::error::ExploreError;
use crate::compress::layers::Layer;
use crate::compress::recode::{Recoder, Treatment};
use crate::inputs::Inference;
use crate::plan::{Program, Request, StreamRequest, plan};
use crate::report::dynamic_pj;
use fretwork_hdl::{Accelerator, Config, Images, Kind, Machine, core};
use fretwork_sim::energy::Technology;
use fretwork_sim::stalls::Stalls;
use rayon::prelude::*;

/// A step as a variant of a segment has it.
#[derive(Clone, Debug)]
pub struct StepCost {
    /// The layer's name.
    pub name: String,
    /// The step-table entry.
    pub config: Config,
    /// Cycles from its launch to its last write, where activations have a say: the mean over the inputs.
    pub took: Option<u64>,
    /// Energy beside clock and static power, pJ: the mean over the inputs.
    pub dynamic_pj: f64,
    /// Multiply-accumulates or lane operations.
    pub operations: u64,
    /// Bits of weights, codes and lists.
    pub storage_bits: u64,
}

/// What a treatment makes of a segment: its steps in order.
pub type Variant = Vec<StepCost>;

/// A treatable layer and what leads to it.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The layer.
    pub layer: Layer,
    /// One per treatment; or why there is none.
    pub variants: Vec<Result<Variant, String>>,
}

/// The program of a network of which some layers are treated.
struct Planned {
    program: Program,
    treatment: usize,
    /// The segments that it has something to say of.
    segments: Vec<usize>,
}

/// Plans the network once per treatment, and where that fails once per treatment and layer; the accelerator that runs all of it.
pub fn segments(
    recoder: &Recoder,
    request: &Request,
    treatments: &[Treatment],
    inputs: &[Inference],
    technology: &Technology,
) -> Result<(Vec<Segment>, Accelerator), ExploreError> {
    let (graph, layers) = (recoder.graph(), recoder.layers());
    if layers.is_empty() {
        return Err(ExploreError::Choice("the network has no convolution and no fully connected layer".to_owned()));
    }
    // What follows from the weights as they are holds for all variants.
    let kept = plan(graph, &Request { trim: false, ..request.clone() })?;
    let request = Request { stream: StreamRequest::exactly(&kept.design.accelerator.stream), trim: false, ..request.clone() };
    let missing = Err("it was not planned".to_owned());
    let empty = |layer: &Layer| Segment { layer: layer.clone(), variants: vec![missing.clone(); treatments.len()] };
    let mut all: Vec<Segment> = layers.iter().map(empty).collect();
    let planned = programs(recoder, &request, treatments, &mut all);
    let accelerators: Vec<&Accelerator> = planned.iter().map(|planned| &planned.program).chain([&kept]).map(|p| &p.design.accelerator).collect();
    let Some(capacity) = capacity(&accelerators) else {
        return Err(ExploreError::Internal("treated networks have accelerators that differ in more than memories".to_owned()));
    };
    let costs = |planned: &Planned| cut(costs(&planned.program, inputs, &capacity, technology)?, layers);
    let costs: Vec<Result<Vec<Variant>, String>> = planned.par_iter().map(costs).collect();
    for (planned, costs) in planned.iter().zip(costs) {
        let costs = costs.map_err(ExploreError::Internal)?;
        planned.segments.iter().for_each(|&segment| all[segment].variants[planned.treatment] = Ok(costs[segment].clone()));
    }
    Ok((all, capacity))
}

/// The programs of all treatments; where there is none, the segment learns why.
fn programs(recoder: &Recoder, request: &Request, treatments: &[Treatment], all: &mut [Segment]) -> Vec<Planned> {
    let treat = |segments: &[usize], treatment: usize| {
        let program = treated(recoder, request, segments, treatments[treatment])?;
        Ok::<Planned, String>(Planned { program, treatment, segments: segments.to_vec() })
    };
    let everywhere: Vec<usize> = (0..recoder.layers().len()).collect();
    let together: Vec<Result<Planned, String>> = (0..treatments.len()).into_par_iter().map(|treatment| treat(&everywhere, treatment)).collect();
    let mut planned = Vec::new();
    for (treatment, together) in together.into_iter().enumerate() {
        let Err(_) = together.map(|together| planned.push(together)) else { continue };
        for (segment, own) in all.iter_mut().enumerate() {
            match treat(&[segment], treatment) {
                Ok(alone) => planned.push(alone),
                Err(why) => own.variants[treatment] = Err(why),
            }
        }
    }
    planned
}

/// The program of the network with the layers of some segments treated.
fn treated(recoder: &Recoder, request: &Request, segments: &[usize], treatment: Treatment) -> Result<Program, String> {
    let mut recoded = recoder.graph().clone();
    segments.iter().try_for_each(|&segment| recoder.treat(&mut recoded, segment, treatment))?;
    plan(&recoded, request).map_err(|error| error.to_string())
}

/// Every step of a program on an accelerator that has at least its memories.
fn costs(program: &Program, inputs: &[Inference], capacity: &Accelerator, technology: &Technology) -> Result<Vec<StepCost>, String> {
    let machine = Machine::new(&program.design.accelerator, &program.images).ok_or("the step table does not decode")?;
    let streams: Vec<Vec<u8>> = inputs.iter().map(|tensors| program.stream(tensors)).collect();
    let run = machine.run_counted(&streams, Stalls::NONE, true);
    let dynamic_pj = dynamic_pj(&program.design, &machine, &run, capacity, technology);
    let count = machine.configs().len();
    let step = |(index, config): (usize, &Config)| {
        let took = || run.timings.iter().skip(index).step_by(count).map(|timing| timing.end - timing.start);
        let info = &program.design.steps[index];
        StepCost {
            name: info.name.clone(),
            config: config.clone(),
            took: (config.kind == Kind::Eie).then(|| (took().sum::<u64>() as f64 / inputs.len() as f64).round() as u64),
            dynamic_pj: dynamic_pj[index],
            operations: info.operations.saturating_sub(info.skipped_operations),
            storage_bits: storage_bits(program, index),
        }
    };
    Ok(machine.configs().iter().enumerate().map(step).collect())
}

/// Bits that a step's weights take.
fn storage_bits(program: &Program, index: usize) -> u64 {
    let mut images = Images::default();
    if let Some(core) = core(program.design.steps[index].kind) {
        core.encode(&program.steps[index], &program.design.accelerator, &mut images);
    }
    images.weight_bits()
}

/// Cuts the steps behind every layer's last one.
fn cut(steps: Vec<StepCost>, layers: &[Layer]) -> Result<Vec<Variant>, String> {
    let mut rest = steps.into_iter().peekable();
    let mut variants: Vec<Variant> = Vec::new();
    for layer in layers {
        let mut own: Variant = Vec::new();
        while let Some(step) = rest.next_if(|step| step.name == layer.name || own.last().is_none_or(|last| last.name != layer.name)) {
            own.push(step);
        }
        if own.last().is_none_or(|last| last.name != layer.name) {
            return Err(format!("the program has no step of layer '{}'", layer.name));
        }
        variants.push(own);
    }
    if let Some(last) = variants.last_mut() {
        last.extend(rest);
    }
    Ok(variants)
}
