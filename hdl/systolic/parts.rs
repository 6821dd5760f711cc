//! How the simulator divides a step's output tiles: those that read the same inputs are one matrix product, so that weight tiles which are left
//! out cost the simulator next to nothing. Where that would mean gathering the same inputs again and again, there is one product of all, with
//! zeros in place of what is left out.

use super::tiles::Tiles;
use crate::accelerator::Accelerator;
use std::collections::{BTreeSet, HashMap};

/// Products with one input that take about as long as gathering it.
const GATHER: usize = 16;
/// Outputs whose products with an input are one instruction's.
const TOGETHER: usize = 16;

/// Output tiles that are computed together.
pub struct Part {
    /// Numbers of the weight tiles whose inputs are read, ascending.
    pub tiles: Vec<u32>,
    /// The output tiles.
    pub outputs: Vec<usize>,
    /// For every output tile and every entry of `tiles` the weight tile's place in the stream, if it is there.
    pub weights: Vec<Option<u32>>,
}

/// Divides the output tiles.
pub fn parts(tiles: &Tiles, accelerator: &Accelerator) -> Vec<Part> {
    let mut starts = Vec::new();
    let mut next = 0;
    for own in &tiles.outputs {
        starts.push(next);
        next += own.len() as u32;
    }
    let mut alike: HashMap<&[u32], usize> = HashMap::new();
    let mut groups: Vec<(&[u32], Vec<usize>)> = Vec::new();
    for (output, own) in tiles.outputs.iter().enumerate() {
        let group = *alike.entry(own).or_insert(groups.len());
        if group == groups.len() {
            groups.push((own, Vec::new()));
        }
        groups[group].1.push(output);
    }
    let work = |inputs: usize, outputs: usize| inputs * ((outputs * accelerator.cols).next_multiple_of(TOGETHER) + GATHER);
    let any: Vec<u32>;
    if groups.len() > 1 {
        any = tiles.outputs.iter().flatten().copied().collect::<BTreeSet<u32>>().into_iter().collect();
        let apart: usize = groups.iter().map(|(own, outputs)| work(own.len(), outputs.len())).sum();
        if apart >= work(any.len(), tiles.outputs.len()) {
            groups = vec![(&any, (0..tiles.outputs.len()).collect())];
        }
    }
    let part = |(inputs, outputs): &(&[u32], Vec<usize>)| {
        let place = |output: usize, tile: &u32| tiles.outputs[output].binary_search(tile).ok().map(|at| starts[output] + at as u32);
        let weights = outputs.iter().flat_map(|&output| inputs.iter().map(move |tile| place(output, tile))).collect();
        Part { tiles: inputs.to_vec(), outputs: outputs.clone(), weights }
    };
    groups.iter().map(part).collect()
}
