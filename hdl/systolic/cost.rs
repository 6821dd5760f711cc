//! Size and energy events of the array, its accumulator and its weight memory.

use crate::accelerator::Accelerator;
use crate::cost::reads;
use crate::{Cost, Count, Executed, Memory, Multipliers};
use fretwork_sim::energy::Event;

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

/// Products and sums of the layer; every pixel of every tile passes through all rows and columns, and its sums through the accumulators. Weights
/// go from their memory, or from outside when they come slower than the array takes them, over the codebooks into the array's two registers.
pub fn events(step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
    let (a, stream, cost) = (accelerator, accelerator.stream, cost(accelerator));
    let (elements, pixels, words) = ((a.rows * a.cols) as u64, step.timing.busy, step.timing.weight_words);
    let (share, b_bits) = if stream.paired { (2, 2 * stream.weight_bits + 8) } else { (1, stream.weight_bits) };
    let mut events = vec![
        Count::new("array", Event::Multiply { a_bits: 8, b_bits }, step.operations.div_ceil(share)),
        Count::new("array", Event::Add { bits: a.acc_bits }, step.operations),
        Count::new("array", Event::Register { bits: 8 + stream.weight_bits }, step.operations),
        Count::new("array", Event::Register { bits: 8 + a.acc_bits }, pixels * elements),
        Count::new("array", Event::Register { bits: 2 * stream.weight_bits }, words * a.cols as u64),
        Count::new("accumulators", Event::Add { bits: a.acc_bits }, pixels * a.cols as u64),
    ];
    if let Some(sums) = cost.memory("accumulators") {
        events.extend([sums.reads("accumulators", pixels), sums.writes("accumulators", pixels)]);
    }
    if stream.interval > 1 {
        events.push(Count::new("outside memory", Event::Outside { bits: a.weight_word_bytes() * 8 }, words));
    } else {
        events.extend(reads(&cost, "array weights", "array weights", words));
    }
    let groups = stream.codebook.map_or(0, |codebook| (a.cols / codebook.group) as u64);
    events.extend(reads(&cost, "weight codebooks", "array weights", words * groups));
    events
}
