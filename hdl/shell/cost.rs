//! Structural size of the shell.

use crate::accelerator::Accelerator;
use crate::config::WORDS;
use crate::cost::address_bits;
use crate::shell::tile_list::Move;
use crate::{Block, Cost, Memory, Multipliers};

/// One requantiser per lane; activation, parameter, threshold, step, tile list and counter memories.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let a = accelerator;
    let mut memories = vec![
        Memory::ram("activations", a.banks(), a.activation_words, a.lanes / a.banks() * 8),
        Memory::rom("epilogue parameters", 1, a.param_words, a.lanes * 72),
        Memory::ram("step table", 1, a.steps * WORDS, 32),
        Memory::ram("step counters", 2, a.steps, 32),
    ];
    if a.tile_words > 0 {
        memories.push(Memory::rom("tile list", 1, a.tile_words, Move::BYTES * 8));
    }
    if a.threshold_bits > 0 {
        memories.push(Memory::rom("thresholds", 1, a.threshold_words, a.lanes * a.threshold_steps() * 32));
    }
    Cost { multipliers: vec![Multipliers { count: a.lanes, a_bits: 32, b_bits: 32 }], memories, blocks: blocks(a) }
}

fn blocks(a: &Accelerator) -> Vec<Block> {
    let lanes = a.lanes;
    let only = |on: bool, count: usize| if on { count } else { 0 };
    let (wide, stepped) = (a.act_bits() == 16, a.threshold_bits > 0);
    let requantiser = [("one", 1), ("affine", only(a.affine, 1)), ("wide", only(wide, 1))];
    let epilogue = [
        ("registers", 32 * lanes + only(wide, 9)),
        ("wide_lanes", only(wide, lanes)),
        ("stepped_lanes", only(stepped, lanes)),
        ("wide_stepped_lanes", only(wide && stepped, lanes)),
    ];
    let mut blocks = vec![Block::many("fw_requant", lanes, requantiser), Block::new("fw_epilogue", epilogue), rest(a)];
    if stepped {
        blocks.push(Block::many("fw_threshold", lanes, [("one", 1), ("steps", a.threshold_steps()), ("bits", a.threshold_bits)]));
    }
    blocks
}

/// Sequencer, control, address generators, flags, streams and what joins the cores. Of the registers, a core's own are those of the step table's
/// fields that only it looks at. The output queue's storage is flip-flops where there is no memory made of look-up tables.
fn rest(a: &Accelerator) -> Block {
    let lanes = a.lanes;
    let only = |on: bool, count: usize| if on { count } else { 0 };
    let listed = a.tile_words > 0;
    let (eie, xnor, shift) = (a.eie.is_some(), a.xnor.is_some(), a.shift.is_some());
    let packed = xnor && a.threshold_bits > 0;
    let delays = 144 + only(a.banks() > 1, 9 * a.banks()) + only(packed, 36);
    let words = 16 * lanes + only(packed, 8 * lanes) + 2 * address_bits(a.slices());
    let fields = only(listed, 6 + address_bits(a.tile_words).max(1)) + only(eie, 37) + only(xnor, 66) + only(shift, 56);
    Block::new(
        "fw_accelerator",
        [
            ("one", 1),
            ("registers", 2188 + words + fields + only(a.threshold_bits > 0, 18)),
            ("delay_registers", delays),
            ("lanes", lanes),
            ("core_lanes", lanes * (usize::from(eie) + usize::from(xnor) + usize::from(shift))),
            ("packed_lanes", only(packed, lanes)),
            ("listed", only(listed, 1)),
            ("queue_bits", 8 * (8 * lanes + 1)),
        ],
    )
}

/// `fw_tile_output` of a core of so many columns.
pub(crate) fn tile_output(lanes: usize, cols: usize) -> Block {
    let (groups, parts) = ((cols / lanes).max(1), (lanes / cols).max(1));
    Block::new(
        "fw_tile_output",
        [
            ("one", 1),
            ("held_bits", 32 * lanes.max(cols)),
            ("part_bits", if parts > 1 { 32 * lanes } else { 0 }),
            ("group_muxes", 32 * lanes * (groups - 1)),
            ("grouped_bits", if groups > 1 { 32 * lanes } else { 0 }),
        ],
    )
}
