//! Structural size of the shell.

use crate::Cost;
use crate::accelerator::Accelerator;
use crate::config::WORDS;
use crate::shell::tile_list::Move;

/// One requantiser per lane; activation, parameter, step, tile list and counter memories.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let activations = accelerator.activation_words * accelerator.lanes * 8;
    let params = accelerator.param_words * accelerator.lanes * 72;
    let steps = accelerator.steps * (WORDS * 32 + 2 * 32);
    let tiles = accelerator.tile_words * Move::BYTES * 8;
    Cost { multipliers_32x32: accelerator.lanes, memory_bits: activations + params + steps + tiles, ..Cost::default() }
}
