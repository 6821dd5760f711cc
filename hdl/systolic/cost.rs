//! Structural size of the array, its accumulator and its weight memory.

use crate::accelerator::Accelerator;
use crate::{Cost, Memory, Multipliers};

/// One multiplier per element, or per pair; accumulator and weight memories, a copy of all codebooks for every group of columns.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let (stream, elements) = (accelerator.stream, accelerator.rows * accelerator.cols);
    let (count, b_bits) = if stream.paired { (elements / 2, 2 * stream.weight_bits + 8) } else { (elements, stream.weight_bits) };
    let mut memories = vec![
        Memory::ram("accumulators", 1, accelerator.acc_depth, accelerator.cols * accelerator.acc_bits),
        Memory::rom("array weights", 1, accelerator.weight_words, accelerator.weight_word_bytes() * 8),
    ];
    if let Some(codebook) = &stream.codebook {
        let entries = codebook.tables << codebook.code_bits;
        memories.push(Memory::rom("weight codebooks", accelerator.cols / codebook.group, entries, stream.entry_bytes() * 8));
    }
    Cost { multipliers: vec![Multipliers { count, a_bits: 8, b_bits }], memories }
}
