//! Sums over the blocks, multipliers and memories of every part.

use super::weights::{Module, Weights, weights};
use super::{Area, AreaReport, Family, PartArea, memories, multipliers};
use fretwork_hdl::{Accelerator, Block, CORES, Cost, shell};
use std::collections::BTreeMap;

/// Estimated area of an accelerator, by part.
pub fn estimate(accelerator: &Accelerator, family: Family) -> AreaReport {
    let offsets = |name| if name == "eie" { multipliers::sparse_offsets(accelerator, family) } else { Area::default() };
    let there = |cost: &Cost| !cost.blocks.is_empty();
    let cores = CORES.iter().map(|core| (core.name(), core.cost(accelerator)));
    let parts: Vec<PartArea> = cores
        .chain([("shell", shell::cost::cost(accelerator))])
        .filter(|(_, cost)| there(cost))
        .map(|(name, cost)| PartArea {
            name,
            logic: logic(&cost.blocks, family, weights(family)) + multipliers::area(&cost.multipliers, family) + offsets(name),
            memories: cost.memories.iter().map(|memory| memories::area(memory, family)).sum(),
        })
        .collect();
    let total = parts.iter().map(|part| part.logic + part.memories).sum();
    AreaReport { family, parts, total }
}

/// What the fitted weights say about blocks; multipliers and memories not included.
pub fn logic(blocks: &[Block], family: Family, weights: &Weights) -> Area {
    blocks.iter().map(|block| of_block(block, family, weights)).sum()
}

fn of_block(block: &Block, family: Family, weights: &Weights) -> Area {
    let module = weights.get(block.module).unwrap_or_else(|| panic!("{} has no weights for {}", family.name(), block.module));
    let sum = |of: fn(&Module) -> &BTreeMap<String, f64>| {
        let one: f64 = block.features.iter().map(|(name, count)| of(module).get(*name).copied().unwrap_or(0.0) * *count as f64).sum();
        (one * block.instances as f64).round() as u64
    };
    Area {
        luts: sum(|module| &module.luts),
        lut_rams: sum(|module| &module.lut_rams),
        flip_flops: sum(|module| &module.flip_flops),
        um2: sum(|module| &module.um2),
        ..Area::default()
    }
}

/// The blocks of a module and, with `whole`, of the modules in it: what its synthesis has in it. One instance of a module that is there several
/// times.
pub fn blocks_below(accelerator: &Accelerator, module: &str, whole: bool) -> Vec<Block> {
    let cores = CORES.iter().map(|core| (format!("fw_{}", core.name()), core.cost(accelerator).blocks));
    let parts: Vec<(String, Vec<Block>)> = cores.chain([("fw_accelerator".to_owned(), shell::cost::cost(accelerator).blocks)]).collect();
    let everything = || parts.iter().flat_map(|(_, blocks)| blocks.clone());
    let inside = |module: &str| -> Vec<Block> {
        match module {
            "fw_accelerator" => everything().collect(),
            "fw_epilogue" => everything().filter(|block| ["fw_epilogue", "fw_requant", "fw_threshold"].contains(&block.module)).collect(),
            core => parts.iter().filter(|(name, _)| name == core).flat_map(|(_, blocks)| blocks.clone()).collect(),
        }
    };
    if whole {
        return inside(module);
    }
    everything().find(|block| block.module == module).map(|block| Block { instances: 1, ..block }).into_iter().collect()
}
