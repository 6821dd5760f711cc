//! Structural size of the sparse engine.

use crate::Cost;
use crate::accelerator::Accelerator;

/// One multiplier of 9 by 16 bits per element; matrix, pointer, codebook, accumulator and image memories.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let Some(eie) = &accelerator.eie else { return Cost::default() };
    let entries = eie.entry_words * 8 * (eie.index_bits + eie.code_bits);
    let pointers = eie.pointers * (usize::BITS - (eie.entry_words * 8 - 1).leading_zeros()) as usize;
    let codebook = if eie.plain { 0 } else { (eie.codebooks << eie.code_bits) * 16 };
    let element = entries + pointers + codebook + eie.registers * 32;
    Cost { multipliers_9x16: eie.pes, memory_bits: eie.pes * element + eie.image_words * 32, ..Cost::default() }
}
