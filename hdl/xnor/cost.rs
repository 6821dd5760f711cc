//! Size and energy events of the binary core: memory, no multiplier.

use super::XnorCore;
use crate::accelerator::Accelerator;
use crate::cost::{Tree, address_bits, reads};
use crate::shell::blocks::tile_output;
use crate::{Block, Cost, Count, Executed, Memory};
use fretwork_sim::energy::Event;

/// The weight memory, gates and popcounts.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let Some(core) = &accelerator.xnor else { return Cost::default() };
    let memories = vec![Memory::rom("binary weights", 1, core.weight_words, core.word_bytes() * 8)];
    Cost { memories, blocks: vec![columns(core, accelerator.lanes), tile_output(accelerator.lanes, core.cols)], ..Cost::default() }
}

/// The columns, and one more popcount for the channels that count as halves. With weights of several bits a gate is one of two, and the shift has a
/// bit more, as has its way through the popcount's registers.
fn columns(core: &XnorCore, lanes: usize) -> Block {
    let tree = Tree::popcount(core.simd, core.stages);
    let (word, chunks) = (lanes * 8, lanes * 8 / core.simd);
    let address = address_bits(core.weight_words).max(1);
    let several = core.weight_bits > 1;
    let weight_planes = if several { 5 + core.stages } else { 0 };
    let control = 13 + address_bits(chunks).max(1) + address + 10 * core.stages + weight_planes;
    let only = |count: usize| if several { count } else { 0 };
    Block::new(
        "fw_xnor",
        [
            ("one", 1),
            ("registers", control + 2 * core.simd + (core.cols + 1) * tree.registers + 32 * core.cols),
            ("word_bits", word),
            ("chunk_muxes", 2 * (word - core.simd)),
            ("gates", core.cols * core.simd),
            ("chosen_gates", only(core.cols * core.simd)),
            ("wide_shifts", only(core.cols)),
            ("tree_adders", (core.cols + 1) * tree.adder_bits),
            ("cols", core.cols),
        ],
    )
}

/// Gates and full adders: a popcount of n bits takes about n of them. An XNOR counts as two gates, the AND of weights of several bits as one. Weights are
/// read again for every pixel, not for every bit plane of the activations.
pub fn events(step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
    let Some(core) = &accelerator.xnor else { return Vec::new() };
    let (cycles, columns) = (step.timing.busy, core.cols as u64);
    let gates = if step.config.planes.weight_last > 0 { 1 } else { 2 };
    let mut events = vec![
        Count::new("binary columns", Event::Logic { bits: gates * core.simd }, cycles * columns),
        Count::new("binary columns", Event::Add { bits: core.simd }, cycles * columns),
        Count::new("binary columns", Event::Add { bits: 32 }, cycles * columns),
        Count::new("binary columns", Event::Register { bits: 32 + core.simd / 4 }, cycles * columns),
    ];
    events.extend(reads(&cost(accelerator), "binary weights", "binary weights", step.timing.weight_words));
    events
}
