//! Structural size of the shift core: memory, no multiplier.

use crate::accelerator::Accelerator;
use crate::{Cost, Memory};

/// The weight memory and the tables.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let Some(core) = &accelerator.shift else { return Cost::default() };
    let weights = Memory::rom("shift weights", 1, core.weight_words, core.word_bytes() * 8);
    Cost { memories: vec![weights, Memory::rom("shift tables", 1, core.tables, core.table_bytes() * 8)], ..Cost::default() }
}
