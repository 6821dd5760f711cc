//! Structural size of the array, its accumulator and its weight memory.

use crate::Cost;
use crate::accelerator::Accelerator;

/// One multiplier per element, or per pair; accumulator and weight memories, codebooks.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let (stream, elements) = (accelerator.stream, accelerator.rows * accelerator.cols);
    let sums = accelerator.acc_depth * accelerator.cols * accelerator.acc_bits;
    let weights = stream.memory_bytes(accelerator.weight_words, accelerator.cols) * 8;
    let (multipliers_array, array_bits) = if stream.paired { (elements / 2, 2 * stream.weight_bits + 8) } else { (elements, stream.weight_bits) };
    Cost { multipliers_array, array_bits, memory_bits: sums + weights, ..Cost::default() }
}
