//! Structural size of the array, its accumulator and its weight memory.

use crate::Cost;
use crate::accelerator::Accelerator;

/// One multiplier per element; accumulator and weight memories.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let sums = accelerator.acc_depth * accelerator.cols * accelerator.acc_bits;
    let weights = accelerator.weight_words * accelerator.cols * 8;
    Cost { multipliers_8x8: accelerator.rows * accelerator.cols, memory_bits: sums + weights, ..Cost::default() }
}
