//! Structural size of the binary core: memory, no multiplier.

use super::XnorCore;
use crate::accelerator::Accelerator;
use crate::cost::{Tree, address_bits};
use crate::shell::cost::tile_output;
use crate::{Block, Cost, Memory};

/// The weight memory, gates and popcounts.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let Some(core) = &accelerator.xnor else { return Cost::default() };
    let memories = vec![Memory::rom("binary weights", 1, core.weight_words, core.word_bytes() * 8)];
    Cost { memories, blocks: vec![columns(core, accelerator.lanes), tile_output(accelerator.lanes, core.cols)], ..Cost::default() }
}

/// The columns, and one more popcount for the channels that count as halves.
fn columns(core: &XnorCore, lanes: usize) -> Block {
    let tree = Tree::popcount(core.simd, core.stages);
    let (word, chunks) = (lanes * 8, lanes * 8 / core.simd);
    let address = address_bits(core.weight_words).max(1);
    let control = 13 + address_bits(chunks).max(1) + address + 10 * core.stages;
    Block::new(
        "fw_xnor",
        [
            ("one", 1),
            ("registers", control + 2 * core.simd + (core.cols + 1) * tree.registers + 32 * core.cols),
            ("word_bits", word),
            ("chunk_muxes", 2 * (word - core.simd)),
            ("gates", core.cols * core.simd),
            ("tree_adders", (core.cols + 1) * tree.adder_bits),
            ("cols", core.cols),
        ],
    )
}
