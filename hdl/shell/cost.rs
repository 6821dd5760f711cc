//! Size and energy events of the shell.

use super::blocks::blocks;
use crate::accelerator::Accelerator;
use crate::config::{Kind, WORDS};
use crate::cost::reads;
use crate::shell::tile_list::Move;
use crate::{Cost, Count, Executed, Memory, Multipliers};
use fretwork_sim::energy::Event;

/// Four products of halves to a requantiser; activation, parameter, threshold, step, tile list and counter memories.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let a = accelerator;
    let mut memories = vec![
        Memory::ram("activations", a.banks(), a.activation_words, a.lanes / a.banks() * 8),
        Memory::rom("epilogue parameters", 1, a.param_words * a.parts(), a.lanes / a.parts() * 72),
        Memory::ram("step table", 1, a.steps * WORDS, 32),
        Memory::ram("step counters", 2, a.steps, 32),
    ];
    if a.tile_words > 0 {
        memories.push(Memory::rom("tile list", 1, a.tile_words, Move::BYTES * 8));
    }
    if a.threshold_bits > 0 {
        memories.push(Memory::rom("thresholds", 1, a.threshold_words, a.lanes * a.threshold_steps() * 32));
    }
    Cost { multipliers: vec![Multipliers { count: 4 * a.lanes / a.parts(), a_bits: 16, b_bits: 16 }], memories, blocks: blocks(a) }
}

/// Requantisers' registers, all of their ten stages.
const REQUANT_REGISTERS: usize = 705;

/// The shell's part of a step: activation memory, epilogue, address generation, step table, streams.
pub fn events(step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
    let (a, cost) = (accelerator, cost(accelerator));
    let banks = a.banks() as u64;
    let mut events = control(step, a, &cost);
    if let Some(bank) = cost.memory("activations") {
        events.extend([bank.reads("activations", step.reads * banks), bank.writes("activations", step.bank_writes)]);
    }
    match step.config.kind {
        Kind::Load | Kind::Store => events.push(Count::new("streams", Event::Stream { bits: a.lanes * 8 }, step.timing.busy)),
        Kind::Systolic | Kind::Lane | Kind::Eie | Kind::Xnor | Kind::Shift => epilogue(step, a, &cost, &mut events),
    }
    events
}

/// A step-table entry is read, start and end are written; every read and write has its address counted up.
fn control(step: &Executed<'_>, a: &Accelerator, cost: &Cost) -> Vec<Count> {
    let mut events: Vec<Count> = reads(cost, "step table", "control", WORDS as u64).into_iter().collect();
    events.extend(cost.memory("step counters").map(|counters| counters.writes("control", 2)));
    let moved = step.reads + step.writes;
    events.push(Count::new("control", Event::Add { bits: 3 * 16 }, moved));
    events.push(Count::new("control", Event::Register { bits: 5 * 16 }, moved));
    events.push(Count::new("control", Event::Register { bits: 2 * a.lanes * 8 }, step.reads));
    if step.config.list.is_some() {
        let tiles = u64::from(step.config.weight_words) / a.rows as u64 * u64::from(step.config.passes);
        events.extend(reads(cost, "tile list", "control", tiles));
    }
    events
}

/// Every result takes a product, or the comparisons with its thresholds; a word of results reads a word of parameters.
fn epilogue(step: &Executed<'_>, a: &Accelerator, cost: &Cost, events: &mut Vec<Count>) {
    let words = step.results();
    let lanes = if step.config.kind == Kind::Systolic { a.cols.min(a.lanes) } else { a.lanes };
    let values = words * lanes as u64;
    if step.config.thresholds {
        events.extend(reads(cost, "thresholds", "epilogue", words));
        events.push(Count::new("epilogue", Event::Add { bits: 32 * a.threshold_steps() }, values));
        return;
    }
    events.extend(reads(cost, "epilogue parameters", "epilogue", words * a.parts() as u64));
    events.push(Count::new("epilogue", Event::Multiply { a_bits: a.acc_bits, b_bits: 32 }, values));
    // Bias, rounding twice, zero point; a shifter of 64 bits by 0 to 63 twice; the stages' registers.
    events.push(Count::new("epilogue", Event::Add { bits: 32 + 64 + 64 + 16 }, values));
    events.push(Count::new("epilogue", Event::Logic { bits: 2 * 6 * 64 }, values));
    events.push(Count::new("epilogue", Event::Register { bits: REQUANT_REGISTERS }, values));
}
