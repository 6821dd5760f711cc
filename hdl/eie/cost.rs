//! Structural size of the sparse engine.

use crate::accelerator::Accelerator;
use crate::{Cost, Memory, Multipliers};

/// One multiplier of 9 (or 17) by 16 bits per element; matrix, pointer, codebook, accumulator and image memories.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let Some(eie) = &accelerator.eie else { return Cost::default() };
    let pointer_bits = (eie.entry_words * 8).next_power_of_two().trailing_zeros() as usize;
    let mut memories = vec![
        Memory::ram("matrix", eie.pes, eie.entry_words, 8 * (eie.index_bits + eie.code_bits)),
        Memory::ram("pointers", 2 * eie.pes, eie.pointers.div_ceil(2), pointer_bits),
        Memory::ram("sparse accumulators", eie.pes, eie.registers, 32),
        Memory::rom("coded image", 1, eie.image_words, 32),
        Memory::ram("symbols", 1, 1024, 8),
    ];
    if !eie.plain {
        memories.push(Memory::ram("codebooks", eie.pes, eie.codebooks << eie.code_bits, 16));
    }
    Cost { multipliers: vec![Multipliers { count: eie.pes, a_bits: eie.act_bits + 1, b_bits: 16 }], memories }
}
