//! Structural size of the lanes, their weight memory and their tables.

use crate::accelerator::Accelerator;
use crate::cost::address_bits;
use crate::{Block, Cost, Memory, Multipliers};

/// One multiplier per lane; one copy of the tables per lane.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let lanes = accelerator.lanes;
    let mut memories = vec![Memory::rom("lane weights", 1, accelerator.lane_weight_words, lanes * 8)];
    if accelerator.tables > 0 {
        memories.push(Memory::rom("tables", lanes, accelerator.tables * 256, 8));
    }
    let address = address_bits(accelerator.lane_weight_words).max(1);
    let blocks = vec![
        Block::many("fw_lane_alu", lanes, [("one", 1)]),
        Block::new("fw_lane", [("one", 1), ("registers", 27 + 8 * lanes + 2 * address), ("delay_registers", 80), ("address_bits", address)]),
    ];
    Cost { multipliers: vec![Multipliers { count: lanes, a_bits: 9, b_bits: 32 }], memories, blocks }
}
