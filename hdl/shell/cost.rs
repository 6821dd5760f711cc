//! Structural size of the shell.

use crate::accelerator::Accelerator;
use crate::config::WORDS;
use crate::shell::tile_list::Move;
use crate::{Cost, Memory, Multipliers};

/// One requantiser per lane; activation, parameter, threshold, step, tile list and counter memories.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let a = accelerator;
    let mut memories = vec![
        Memory::ram("activations", a.banks(), a.activation_words, a.lanes / a.banks() * 8),
        Memory::rom("epilogue parameters", 1, a.param_words, a.lanes * 72),
        Memory::ram("step table", 1, a.steps * WORDS, 32),
        Memory::ram("step counters", 2, a.steps, 32),
    ];
    if a.tile_words > 0 {
        memories.push(Memory::rom("tile list", 1, a.tile_words, Move::BYTES * 8));
    }
    if a.threshold_bits > 0 {
        memories.push(Memory::rom("thresholds", 1, a.threshold_words, a.lanes * a.threshold_steps() * 32));
    }
    Cost { multipliers: vec![Multipliers { count: a.lanes, a_bits: 32, b_bits: 32 }], memories }
}
