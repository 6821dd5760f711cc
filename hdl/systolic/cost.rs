//! Size and energy events of the array, its accumulator and its weight memory.

use crate::accelerator::Accelerator;
use crate::cost::{address_bits, reads, soft_product_bits};
use crate::{Block, Cost, Count, Executed, Memory, Multipliers};
use fretwork_sim::energy::Event;

/// One multiplier per element, or per pair; accumulator and weight memories, a copy of all codebooks for every group of columns.
pub fn cost(accelerator: &Accelerator) -> Cost {
    let (stream, elements) = (accelerator.stream, (accelerator.rows - accelerator.lean.soft_rows) * accelerator.cols);
    let (count, b_bits) = if stream.paired { (elements / 2, 2 * stream.weight_bits + 8) } else { (elements, stream.weight_bits) };
    let mut memories = vec![
        Memory::ram("accumulators", 1, accelerator.acc_depth, accelerator.cols * accelerator.acc_bits),
        stream.source.memory(accelerator.weight_words, accelerator.weight_word_bytes()),
    ];
    if let Some(codebook) = &stream.codebook {
        let entries = codebook.tables << codebook.code_bits;
        memories.push(Memory::rom("weight codebooks", accelerator.cols / codebook.group, entries, stream.entry_bytes() * 8));
    }
    let blocks = vec![array(accelerator), rest(accelerator)];
    Cost { multipliers: vec![Multipliers { count, a_bits: 8, b_bits }], memories, blocks }
}

/// The elements and the delays around them. Of single elements, the sums of the first two rows are as wide as one and two products; of pairs,
/// those of the first. A pair's product with an operand of more than 16 bits may be cut, one with less than 4 be made of look-up tables. The swap
/// passes through one chain of registers, as copies of equal registers are one.
fn array(a: &Accelerator) -> Block {
    let (rows, cols, weight, paired) = (a.rows, a.cols, a.stream.weight_bits, a.stream.paired);
    let wide = if paired { 2 } else { 1 };
    let units = cols / wide;
    let elements = rows * units;
    let (stored, product) = if paired { (2 * weight + 1, 2 * weight + 15) } else { (weight, weight + 8) };
    let sums = cols * if paired { weight + 8 + (rows - 1) * a.acc_bits } else { 2 * weight + 17 + (rows - 2) * a.acc_bits };
    let [short, long] = delays(a, wide);
    let only = |on: bool, bits: usize| if on { bits } else { 0 };
    let soft = a.lean.soft_rows * units;
    // A block that adds as well takes no sum where some of the column's products are not in blocks.
    let split = only(soft > 0, elements * wide * a.acc_bits);
    let soft_bits = if paired { soft_product_bits(2 * weight + 8, 8) } else { soft_product_bits(8, weight) };
    Block::new(
        "fw_systolic_array",
        [
            ("weight_registers", 2 * stored * elements),
            ("product_registers", product * (elements - soft)),
            ("soft_product_registers", product * soft),
            ("split_registers", split),
            ("sum_registers", only(!paired, sums)),
            ("pair_sum_registers", only(paired, sums)),
            ("row_registers", rows - 1),
            ("col_registers", cols - 1),
            ("link_registers", 9 * wide * rows * (units - 1)),
            ("delay_registers", short + rows + cols - 2),
            ("long_delay_registers", long),
            ("long_delays", 8 * rows.saturating_sub(3) + cols.saturating_sub(3) * (weight + a.acc_bits)),
            ("weight_muxes", only(!paired, stored * elements)),
            ("adders", only(!paired, sums - cols * (weight + 8))),
            ("small_products", only(!paired && weight < 4, elements - soft)),
            ("soft_bits", soft * soft_bits),
            ("split_sums", split),
            ("pair_muxes", only(paired, stored * elements)),
            ("pair_adders", only(paired, sums)),
            ("wide_pairs", only(paired && weight > 4, elements)),
        ],
    )
}

/// Registers in the delays of activations, weights and sums: in lines of up to two, and in longer ones, which may become shift registers made of
/// look-up tables.
fn delays(a: &Accelerator, wide: usize) -> [usize; 2] {
    let columns = (0..a.cols / wide).flat_map(|unit| [(a.stream.weight_bits * wide, unit * wide), (a.acc_bits * wide, a.cols - 1 - unit * wide)]);
    let lines: Vec<(usize, usize)> = (0..a.rows).map(|row| (8, row)).chain(columns).collect();
    let sum = |long: bool| lines.iter().filter(|(_, cycles)| (*cycles > 2) == long).map(|(bits, cycles)| bits * cycles).sum();
    [sum(false), sum(true)]
}

/// Loader, slices, accumulator adders and the flags beside the array.
fn rest(a: &Accelerator) -> Block {
    let (rows, cols, stream) = (a.rows, a.cols, a.stream);
    let address = address_bits(a.weight_words).max(1);
    let pixel = address_bits(a.acc_depth);
    let ready = if stream.source.axi().is_some() { 0 } else { address_bits(stream.ready(rows)) };
    let pace = address_bits(stream.interval) + ready + stream.source.registers(a.weight_words, a.weight_word_bytes());
    let weights = if stream.codebook.is_some() { 16 + cols * stream.weight_bits } else { 2 * cols * stream.weight_bits };
    let loader = 5 + address_bits(rows) + pace + 2 * address + 80 + 3 * rows + weights;
    let accumulator = 3 * pixel + 7 + cols * a.acc_bits;
    Block::new(
        "fw_systolic",
        [
            ("one", 1),
            ("registers", loader + 8 * rows + 1 + 5 * (rows + cols + 1) + accumulator),
            ("adders", cols * a.acc_bits),
            ("slice_muxes", 8 * rows * (a.slices() - 1)),
            ("address_bits", 2 * address + pixel),
        ],
    )
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
    if let Some(axi) = stream.source.axi() {
        let beats = axi.bytes(step.config, a.weight_word_bytes()) / axi.beat_bytes() as u64;
        events.push(Count::new("outside memory", Event::Outside { bits: axi.bits }, beats));
        if let Some(queue) = cost.memory("weight queue") {
            events.extend([queue.writes("array weights", beats), queue.reads("array weights", beats)]);
        }
    } else if stream.interval > 1 {
        events.push(Count::new("outside memory", Event::Outside { bits: a.weight_word_bytes() * 8 }, words));
    } else {
        events.extend(reads(&cost, "array weights", "array weights", words));
    }
    let groups = stream.codebook.map_or(0, |codebook| (a.cols / codebook.group) as u64);
    events.extend(reads(&cost, "weight codebooks", "array weights", words * groups));
    events
}
