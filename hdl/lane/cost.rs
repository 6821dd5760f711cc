//! Structural size of the lanes, their weight memory and their tables.

use crate::Cost;
use crate::accelerator::Accelerator;

/// One multiplier per lane; one copy of the tables per lane.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let weights = accelerator.lane_weight_words * accelerator.lanes * 8;
    let tables = accelerator.tables * 256 * 8 * accelerator.lanes;
    Cost { multipliers_9x32: accelerator.lanes, memory_bits: weights + tables, ..Cost::default() }
}
