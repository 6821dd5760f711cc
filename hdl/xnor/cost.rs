//! Structural size of the binary core: memory, no multiplier.

use crate::accelerator::Accelerator;
use crate::{Cost, Memory};

/// The weight memory.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let weights = accelerator.xnor.as_ref().map(|core| Memory::rom("binary weights", 1, core.weight_words, core.word_bytes() * 8));
    Cost { memories: weights.into_iter().collect(), ..Cost::default() }
}
