//! Size and energy events of the binary core: memory, no multiplier.

use crate::accelerator::Accelerator;
use crate::cost::reads;
use crate::{Cost, Count, Executed, Memory};
use fretwork_sim::energy::Event;

/// The weight memory.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let weights = accelerator.xnor.as_ref().map(|core| Memory::rom("binary weights", 1, core.weight_words, core.word_bytes() * 8));
    Cost { memories: weights.into_iter().collect(), ..Cost::default() }
}

/// Gates and full adders: a popcount of n bits takes about n of them. Weights are read again for every pixel, not for every bit plane.
pub fn events(step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
    let Some(core) = &accelerator.xnor else { return Vec::new() };
    let (cycles, columns) = (step.timing.busy, core.cols as u64);
    let mut events = vec![
        Count::new("binary columns", Event::Logic { bits: 2 * core.simd }, cycles * columns),
        Count::new("binary columns", Event::Add { bits: core.simd }, cycles * columns),
        Count::new("binary columns", Event::Add { bits: 32 }, cycles * columns),
        Count::new("binary columns", Event::Register { bits: 32 + core.simd / 4 }, cycles * columns),
    ];
    events.extend(reads(&cost(accelerator), "binary weights", "binary weights", step.timing.weight_words));
    events
}
