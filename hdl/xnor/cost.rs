//! Structural size of the binary core: gates and memory, no multiplier.

use crate::Cost;
use crate::accelerator::Accelerator;

/// The weight memory.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let bits = accelerator.xnor.as_ref().map_or(0, |core| core.weight_words * core.word_bytes() * 8);
    Cost { memory_bits: bits, ..Cost::default() }
}
