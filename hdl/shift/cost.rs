//! Structural size of the shift core: shifters and memory, no multiplier.

use crate::Cost;
use crate::accelerator::Accelerator;

/// The weight memory and the tables.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let bits = |core: &super::ShiftCore| (core.weight_words * core.word_bytes() + core.tables * core.table_bytes()) * 8;
    Cost { memory_bits: accelerator.shift.as_ref().map_or(0, bits), ..Cost::default() }
}
