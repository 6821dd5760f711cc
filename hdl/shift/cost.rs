//! Size and energy events of the shift core: memory, no multiplier.

use super::ShiftCore;
use crate::accelerator::Accelerator;
use crate::cost::{Tree, address_bits, reads};
use crate::shell::blocks::tile_output;
use crate::{Block, Cost, Count, Executed, Memory};
use fretwork_sim::energy::Event;

/// The weight memory and the tables, decoders, shifters and adders.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let Some(core) = &accelerator.shift else { return Cost::default() };
    let weights = Memory::rom("shift weights", 1, core.weight_words, core.word_bytes() * 8);
    let memories = vec![weights, Memory::rom("shift tables", 1, core.tables, core.table_bytes() * 8)];
    Cost { memories, blocks: vec![columns(core, accelerator.lanes), tile_output(accelerator.lanes, core.cols)], ..Cost::default() }
}

fn columns(core: &ShiftCore, lanes: usize) -> Block {
    let tree = Tree::adders(core.simd, 16, core.stages);
    let units = core.cols * core.simd;
    let address = address_bits(core.weight_words).max(1);
    let control = address_bits(lanes / core.simd).max(1) + address + 5 * (core.stages + 3);
    let registers = control + 16 * core.simd + units * (5 * core.terms + 16) + core.cols * (tree.registers + 32);
    Block::new(
        "fw_shift",
        [
            ("one", 1),
            ("registers", registers),
            ("chunk_muxes", 8 * (lanes - core.simd)),
            ("decode_muxes", units * 5 * core.terms * ((1 << core.code_bits) - 1)),
            ("shifters", units * core.terms),
            ("term_adders", units * (core.terms - 1) * 16),
            ("tree_adders", core.cols * (tree.adder_bits + 32)),
        ],
    )
}

/// Three levels of multiplexers and an adder for every term, a tree of adders over a column's units; codes become terms by a choice among the
/// table's entries.
pub fn events(step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
    let Some(core) = &accelerator.shift else { return Vec::new() };
    let (cycles, cost) = (step.timing.busy, cost(accelerator));
    let (columns, units) = (core.cols as u64, (core.cols * core.simd) as u64);
    let choice = core.terms * 5 * ((1 << core.code_bits) - 1);
    let mut events = vec![
        Count::new("shift columns", Event::Logic { bits: choice + core.terms * (3 * 16 + 2 * 16) }, cycles * units),
        Count::new("shift columns", Event::Add { bits: 16 * core.terms }, cycles * units),
        Count::new("shift columns", Event::Register { bits: 16 + core.terms * 5 }, cycles * units),
        Count::new("shift columns", Event::Add { bits: 20 }, cycles * units),
        Count::new("shift columns", Event::Add { bits: 32 }, cycles * columns),
        Count::new("shift columns", Event::Register { bits: 32 }, cycles * columns),
    ];
    events.extend(reads(&cost, "shift weights", "shift weights", step.timing.weight_words));
    events.extend(reads(&cost, "shift tables", "shift weights", 1));
    events
}
