//! Size and energy events of the sparse engine.

use super::Eie;
use crate::accelerator::Accelerator;
use crate::cost::{address_bits, reads};
use crate::{Block, Cost, Count, Executed, Memory, Multipliers};
use fretwork_sim::energy::Event;

/// One multiplier of 9 (or 17) by 16 bits per element; matrix, pointer, codebook, accumulator and image memories.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let Some(eie) = &accelerator.eie else { return Cost::default() };
    let pointer_bits = (eie.entry_words * 8).next_power_of_two().trailing_zeros() as usize;
    let mut memories = vec![
        Memory::ram("matrix", eie.pes, eie.entry_words, 8 * (eie.index_bits + eie.code_bits)),
        Memory::ram("pointers", 2 * eie.pes, eie.pointers.div_ceil(2), pointer_bits),
        Memory::ram("sparse accumulators", eie.pes, eie.registers, 32),
        Memory::rom("coded image", 1, eie.image_words, 32),
        Memory::ram("symbols", 1, 1024, 8),
    ];
    if !eie.plain {
        memories.push(Memory::ram("codebooks", eie.pes, eie.codebooks << eie.code_bits, 16));
    }
    let multipliers = vec![Multipliers { count: eie.pes, a_bits: accelerator.act_bits() + 1, b_bits: 16 }];
    Cost { multipliers, memories, blocks: vec![elements(eie, accelerator), rest(eie, accelerator)] }
}

/// The elements. The queue's storage is a feature of its own: it is flip-flops where there is no memory made of look-up tables.
fn elements(eie: &Eie, accelerator: &Accelerator) -> Block {
    let operand = accelerator.act_bits() + 1;
    let entry = eie.index_bits + eie.code_bits;
    let row = address_bits(eie.registers).max(1);
    let address = address_bits(eie.entry_words).max(1) + 3;
    let count = address_bits(eie.queue_depth).max(1) + 1;
    let registers = 3 * count + 4 * operand + 3 * address + 8 * entry + 3 * row + 42 + if eie.plain { 8 } else { 0 };
    Block::many(
        "fw_eie_pe",
        eie.pes,
        [
            ("one", 1),
            ("registers", registers),
            ("product_registers", operand + 16),
            ("touched", eie.registers),
            ("entry_bits", 8 * entry),
            ("queue_bits", (operand + 16) << (count - 1)),
            ("operand_bits", operand),
        ],
    )
}

/// Loader, broadcast and read-out.
fn rest(eie: &Eie, accelerator: &Accelerator) -> Block {
    let lanes = accelerator.lanes;
    let (parts, groups) = ((lanes / eie.pes).max(1), (eie.pes / lanes).max(1));
    let depth = match eie.source_words(lanes) {
        0 => 8,
        words => words.next_power_of_two(),
    };
    let read = address_bits(parts).max(1) + 2 * address_bits(groups).max(1) + address_bits(eie.registers).max(1);
    let registers = 2088 + 41 * lanes + address_bits(eie.image_words).max(1) + read + 2 * (address_bits(depth) + 1);
    let wide = accelerator.act_bits() == 16;
    Block::new(
        "fw_eie",
        [
            ("one", 1),
            ("registers", registers),
            ("lanes", lanes),
            ("wide_lanes", if wide { lanes } else { 0 }),
            ("group_muxes", 32 * lanes * (groups - 1)),
            ("elements", eie.pes),
            ("queue_bits", depth * (9 * lanes + 18)),
        ],
    )
}

/// Every broadcast enters every queue and has its column's two pointers read; every entry has its weight looked up, multiplied and added.
pub fn events(step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
    let (Some(eie), Some(activity)) = (&accelerator.eie, step.engine) else { return Vec::new() };
    let (cost, pes) = (cost(accelerator), eie.pes as u64);
    let (broadcasts, entries) = (activity.broadcast.broadcasts * pes, activity.broadcast.entries);
    let entry_bits = eie.index_bits + eie.code_bits;
    let row_bits = address_bits(eie.registers);
    let mut events = vec![
        Count::new("queues", Event::Register { bits: eie.act_bits + 17 }, broadcasts),
        Count::new("queues", Event::Logic { bits: (eie.act_bits + 17) * eie.queue_depth }, broadcasts),
        Count::new("pointers", Event::Add { bits: 16 }, broadcasts),
        Count::new("matrix", Event::Logic { bits: 8 * entry_bits }, entries),
        Count::new("sparse elements", Event::Multiply { a_bits: eie.act_bits + 1, b_bits: 16 }, entries),
        Count::new("sparse elements", Event::Add { bits: 32 + row_bits }, entries),
        // Row, code, activation, product and sum, from stage to stage.
        Count::new("sparse elements", Event::Register { bits: 3 * row_bits + 2 * (eie.act_bits + 1) + 2 * 32 }, entries),
        // A non-zero activation is found in a word: a tree over its lanes.
        Count::new("non-zero detection", Event::Logic { bits: 8 * accelerator.lanes }, step.reads),
    ];
    events.extend(reads(&cost, "pointers", "pointers", 2 * broadcasts));
    events.extend(reads(&cost, "matrix", "matrix", activity.word_reads));
    events.extend(reads(&cost, "codebooks", "sparse elements", entries));
    if let Some(sums) = cost.memory("sparse accumulators") {
        let results = step.results() * accelerator.lanes as u64;
        events.extend([sums.reads("sparse accumulators", entries + results), sums.writes("sparse accumulators", entries)]);
    }
    events
}
