//! Size and energy events of the shell.

use crate::accelerator::Accelerator;
use crate::config::{Kind, WORDS};
use crate::cost::{address_bits, reads};
use crate::shell::tile_list::Move;
use crate::{Block, Cost, Count, Executed, Memory, Multipliers};
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

fn blocks(a: &Accelerator) -> Vec<Block> {
    let lanes = a.lanes;
    let only = |on: bool, count: usize| if on { count } else { 0 };
    let (wide, stepped) = (a.act_bits() == 16, a.threshold_bits > 0);
    let requantiser = [("one", 1), ("affine", only(a.affine, 1)), ("wide", only(wide, 1))];
    // In parts: which one is next, its address, and the results of those before the last one.
    let shared = address_bits(a.parts()) + address_bits(a.param_words * a.parts()).max(1) + (a.parts() - 1) * lanes / a.parts() * 8;
    let epilogue = [
        ("registers", 32 * lanes + only(wide, 11) + only(a.parts() > 1, shared)),
        ("wide_lanes", only(wide, lanes)),
        ("stepped_lanes", only(stepped, lanes)),
        ("wide_stepped_lanes", only(wide && stepped, lanes)),
    ];
    let mut blocks = vec![Block::many("fw_requant", lanes / a.parts(), requantiser), Block::new("fw_epilogue", epilogue), rest(a)];
    if stepped {
        blocks.push(Block::many("fw_threshold", lanes, [("one", 1), ("steps", a.threshold_steps()), ("bits", a.threshold_bits)]));
    }
    blocks
}

/// Sequencer, control, address generators, flags, streams and what joins the cores. Of the registers, a core's own are those of the step table's
/// fields that only it looks at. The output queue's storage is flip-flops where there is no memory made of look-up tables.
fn rest(a: &Accelerator) -> Block {
    let lanes = a.lanes;
    let only = |on: bool, count: usize| if on { count } else { 0 };
    let listed = a.tile_words > 0;
    let (eie, xnor, shift) = (a.eie.is_some(), a.xnor.is_some(), a.shift.is_some());
    let packed = xnor && a.threshold_bits > 0;
    let delays = (16 + only(a.banks() > 1, a.banks())) * (10 + a.parts()) + only(packed, 44);
    let words = 16 * lanes + only(packed, 8 * lanes) + 2 * address_bits(a.slices());
    let fields = only(listed, 6 + address_bits(a.tile_words).max(1)) + only(eie, 37) + only(xnor, 66) + only(shift, 56);
    Block::new(
        "fw_accelerator",
        [
            ("one", 1),
            (
                "registers",
                2005 - only(a.lean.fetch_late, RUNNING) + 2 * a.parts() + address_bits(a.parts()) + words + fields + only(a.threshold_bits > 0, 18),
            ),
            ("delay_registers", delays),
            ("lanes", lanes),
            ("core_lanes", lanes * (usize::from(eie) + usize::from(xnor) + usize::from(shift))),
            ("packed_lanes", only(packed, lanes)),
            ("listed", only(listed, 1)),
            ("queue_bits", 8 * (8 * lanes + 1)),
        ],
    )
}

/// `fw_tile_output` of a core of so many columns.
pub(crate) fn tile_output(lanes: usize, cols: usize) -> Block {
    let (groups, parts) = ((cols / lanes).max(1), (lanes / cols).max(1));
    Block::new(
        "fw_tile_output",
        [
            ("one", 1),
            ("held_bits", 32 * lanes.max(cols)),
            ("part_bits", if parts > 1 { 32 * lanes } else { 0 }),
            ("group_muxes", 32 * lanes * (groups - 1)),
            ("grouped_bits", if groups > 1 { 32 * lanes } else { 0 }),
        ],
    )
}

/// Bits of a step's configuration that somebody looks at, kept once more while it runs.
const RUNNING: usize = 827;

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
