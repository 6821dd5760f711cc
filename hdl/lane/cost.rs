//! Size and energy events of the lanes, their weight memory and their tables.

use super::encode::{ADD, MAC, TABLE};
use crate::accelerator::Accelerator;
use crate::cost::{address_bits, reads};
use crate::{Block, Cost, Count, Executed, Memory, Multipliers};
use fretwork_sim::energy::Event;

/// One product per lane, or two with halves of an addition's factor; one copy of the tables per lane.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let lanes = accelerator.lanes;
    let mut memories = vec![Memory::rom("lane weights", 1, accelerator.lane_weight_words, lanes * 8)];
    if accelerator.tables > 0 {
        memories.push(Memory::rom("tables", lanes, accelerator.tables * 256, 8));
    }
    let address = address_bits(accelerator.lane_weight_words).max(1);
    let blocks = vec![
        Block::many("fw_lane_alu", lanes, [("one", 1)]),
        Block::new("fw_lane", [("one", 1), ("registers", 37 + 8 * lanes + 2 * address), ("delay_registers", 7 * 16), ("address_bits", address)]),
    ];
    let multiplies = [ADD, MAC].iter().any(|op| accelerator.lane_ops() >> op & 1 == 1);
    let (products, a_bits) = if accelerator.lane_ops() >> ADD & 1 == 1 { (2, 17) } else { (1, 9) };
    let count = if multiplies { products * (lanes - accelerator.lean.soft_lanes) } else { 0 };
    Cost { multipliers: vec![Multipliers { count, a_bits, b_bits: 9 }], memories, blocks }
}

/// Products of the width that the operation needs; sign bits beyond are not counted. The accumulators lie in registers.
pub fn events(step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
    let cost = cost(accelerator);
    let operation = match step.config.lane_op {
        MAC => Event::Multiply { a_bits: 9, b_bits: 8 },
        ADD => Event::Multiply { a_bits: 9, b_bits: 32 },
        _ => Event::Logic { bits: 9 },
    };
    let mut events = vec![
        Count::new("lanes", operation, step.operations),
        Count::new("lanes", Event::Add { bits: 32 }, step.operations),
        Count::new("lanes", Event::Register { bits: 32 + 41 }, step.operations),
    ];
    events.extend(reads(&cost, "lane weights", "lane weights", step.timing.weight_words));
    if step.config.lane_op == TABLE {
        events.extend(reads(&cost, "tables", "lanes", step.operations));
    }
    events
}
