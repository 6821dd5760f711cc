//! Size and energy events of the lanes, their weight memory and their tables.

use super::encode::{ADD, MAC, MAX, OR, SUM, TABLE};
use crate::accelerator::Accelerator;
use crate::cost::{address_bits, reads, soft_product_bits};
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
    let soft_lanes = accelerator.lean.soft_lanes;
    let lane = [("one", 1), ("registers", 37 + 8 * lanes + 2 * address), ("delay_registers", 7 * 16), ("address_bits", address)];
    let alus = [alu(accelerator, lanes - soft_lanes, false), alu(accelerator, soft_lanes, true)];
    let blocks = alus.into_iter().filter(|block| block.instances > 0).chain([Block::new("fw_lane", lane)]).collect();
    let (products, a_bits) = match [ADD, MAC].map(|op| has(accelerator, op)) {
        [true, _] => (2, 17),
        [false, true] => (1, 9),
        [false, false] => (0, 9),
    };
    Cost { multipliers: vec![Multipliers { count: products * (lanes - soft_lanes), a_bits, b_bits: 9 }], memories, blocks }
}

/// The lanes have an operation.
fn has(accelerator: &Accelerator, op: u8) -> bool {
    accelerator.lane_ops() >> op & 1 == 1
}

/// The arithmetic of so many lanes that have these operations. Without additions of tensors a product is as narrow as its operands; without products
/// there are operands alone, and without sums they are reduced in eight bits.
fn alu(accelerator: &Accelerator, lanes: usize, soft: bool) -> Block {
    let has = |op: u8| has(accelerator, op);
    let factors = accelerator.step_bits(26);
    let shifts = ((factors >> 16 | factors >> 24) & 31).count_ones() as usize;
    let bits = |on: bool, count: usize| if on { count } else { 0 };
    let sums = has(MAC) || has(SUM) || has(ADD);
    let reduced = if sums { 32 } else { 8 };
    // Operands, the product between registers, and what each of the three stages behind it is wide.
    let (operands, product, stage, soft_bits) = match (has(ADD), has(MAC)) {
        (true, _) => (10 + 32 + 3 * shifts, 52, 32, 2 * soft_product_bits(17, 9)),
        (false, true) => (8 + 8, 16, 16, soft_product_bits(9, 9)),
        (false, false) => (8, 8, 8, 0),
    };
    let multiplies = has(ADD) || has(MAC);
    let chain = operands + 5 + 3 * stage + bits(!multiplies, product);
    Block::many(
        "fw_lane_alu",
        lanes,
        [
            ("one", 1),
            ("registers", bits(!has(ADD), chain)),
            ("addition_registers", bits(has(ADD), chain)),
            ("product_registers", bits(multiplies && !soft, product)),
            ("soft_product_registers", bits(multiplies && soft, product)),
            ("reduced_registers", reduced),
            ("reduced_bits", reduced),
            ("sum_bits", bits(sums, 32)),
            ("max_bits", bits(has(MAX), reduced)),
            ("or_bits", bits(has(OR), reduced)),
            ("addition", usize::from(has(ADD))),
            ("shift_muxes", bits(has(ADD), 32 * shifts)),
            ("added_products", usize::from(has(ADD) && has(MAC))),
            ("table", usize::from(has(TABLE))),
            ("soft_bits", bits(soft, soft_bits)),
        ],
    )
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
