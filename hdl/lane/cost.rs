//! Structural size of the lanes, their weight memory and their tables.

use crate::accelerator::Accelerator;
use crate::{Cost, Memory, Multipliers};

/// One multiplier per lane; one copy of the tables per lane.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let mut memories = vec![Memory::rom("lane weights", 1, accelerator.lane_weight_words, accelerator.lanes * 8)];
    if accelerator.tables > 0 {
        memories.push(Memory::rom("tables", accelerator.lanes, accelerator.tables * 256, 8));
    }
    Cost { multipliers: vec![Multipliers { count: accelerator.lanes, a_bits: 9, b_bits: 32 }], memories }
}
