//! Size and energy events of the shift core: memory, no multiplier.

use crate::accelerator::Accelerator;
use crate::cost::reads;
use crate::{Cost, Count, Executed, Memory};
use fretwork_sim::energy::Event;

/// The weight memory and the tables.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let Some(core) = &accelerator.shift else { return Cost::default() };
    let weights = Memory::rom("shift weights", 1, core.weight_words, core.word_bytes() * 8);
    Cost { memories: vec![weights, Memory::rom("shift tables", 1, core.tables, core.table_bytes() * 8)], ..Cost::default() }
}

/// Three levels of multiplexers and an adder for every term, a tree of adders over a column's units; codes become terms by a choice among the
/// table's entries.
pub fn events(step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
    let Some(core) = &accelerator.shift else { return Vec::new() };
    let (cycles, cost) = (step.timing.busy, cost(accelerator));
    let (columns, units) = (core.cols as u64, (core.cols * core.simd) as u64);
    let choice = core.terms * 5 * ((1 << core.code_bits) - 1);
    let mut events = vec![
        Count::new("shift columns", Event::Logic { bits: choice + core.terms * (3 * 16 + 2 * 16) }, cycles * units),
        Count::new("shift columns", Event::Add { bits: 16 * core.terms }, cycles * units),
        Count::new("shift columns", Event::Register { bits: 16 + core.terms * 5 }, cycles * units),
        Count::new("shift columns", Event::Add { bits: 20 }, cycles * units),
        Count::new("shift columns", Event::Add { bits: 32 }, cycles * columns),
        Count::new("shift columns", Event::Register { bits: 32 }, cycles * columns),
    ];
    events.extend(reads(&cost, "shift weights", "shift weights", step.timing.weight_words));
    events.extend(reads(&cost, "shift tables", "shift weights", 1));
    events
}
