//! From words and lanes to the tensors and elements that lie there.

use crate::graph::Graph;
use crate::plan::Program;
use fretwork_hdl::Kind;
use fretwork_hdl::design::Port;

/// The tensor's name, and the element where the byte holds one.
pub type Place = (String, Option<usize>);

/// What lies in a lane of a step's write.
pub fn written(graph: &Graph, program: &Program, step: usize, write: usize, addr: u32, lane: usize) -> Option<Place> {
    let lanes = program.design.accelerator.lanes;
    let placement = program.placements.get(step)?;
    let name = graph.tensors[placement.tensor].name.clone();
    if program.design.steps[step].kind == Kind::Load {
        let element = program.design.inputs.get(step).and_then(|port| element(port, write * lanes + lane));
        return Some((name, element));
    }
    let region = &placement.region;
    let element = || {
        let word = (addr as usize).checked_sub(region.base)?;
        let (pixel, byte) = (word / region.stride, word % region.stride * lanes + lane);
        let per_byte = if placement.packed { 8 } else { 1 };
        let (at, _) = placement.map.iter().find(|(_, stored)| *stored / per_byte == byte)?;
        let value_byte = (placement.first_row * region.width + pixel) * placement.pixel_bytes + at;
        (pixel < region.pixels()).then_some(value_byte / placement.width)
    };
    Some((name, element()))
}

/// The element whose value has its byte there.
fn element(port: &Port, byte: usize) -> Option<usize> {
    let at = usize::try_from(*port.elements.get(byte)?).ok()?;
    Some(if port.wide { at / 2 } else { at })
}

/// What lies in a byte of the output stream, and the step that stores it.
pub fn sent(graph: &Graph, program: &Program, byte: usize) -> Option<(usize, Place)> {
    let lanes = program.design.accelerator.lanes;
    let stores = program.design.steps.iter().enumerate().filter(|(_, step)| step.kind == Kind::Store);
    let mut first = 0;
    for ((step, _), port) in stores.zip(&program.design.outputs) {
        let bytes = port.words * lanes;
        if byte < first + bytes {
            let name = graph.tensors[program.placements[step].tensor].name.clone();
            return Some((step, (name, element(port, byte - first))));
        }
        first += bytes;
    }
    None
}
