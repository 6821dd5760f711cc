//! Structural size of the shift core: memory, no multiplier.

use super::ShiftCore;
use crate::accelerator::Accelerator;
use crate::cost::{Tree, address_bits};
use crate::shell::cost::tile_output;
use crate::{Block, Cost, Memory};

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
