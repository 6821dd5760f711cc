//! What the shell's modules are made of, by module; of a trimmed accelerator what its step table leaves.

use crate::Block;
use crate::accelerator::Accelerator;
use crate::cost::address_bits;

/// The modules of the shell.
pub fn blocks(a: &Accelerator) -> Vec<Block> {
    let lanes = a.lanes;
    let only = |on: bool, count: usize| if on { count } else { 0 };
    let (wide, stepped) = (a.act_bits() == 16, a.threshold_bits > 0);
    // In parts: which one is next, its address, and the results of those before the last one.
    let shared = address_bits(a.parts()) + address_bits(a.param_words * a.parts()).max(1) + (a.parts() - 1) * lanes / a.parts() * 8;
    let sums = result_bits(a) * lanes;
    let epilogue = [
        ("registers", sums + only(wide, 11) + only(a.parts() > 1, shared)),
        ("shared", only(a.parts() > 1, 1)),
        ("shared_bits", sums * (a.parts() - 1) / a.parts()),
        ("wide_lanes", only(wide, lanes)),
        ("stepped_lanes", only(stepped, lanes)),
        ("wide_stepped_lanes", only(wide && stepped, lanes)),
    ];
    let mut blocks = vec![requantisers(a), Block::new("fw_epilogue", epilogue), rest(a)];
    if stepped {
        blocks.push(Block::many("fw_threshold", lanes, [("one", 1), ("steps", a.threshold_steps()), ("bits", a.threshold_bits)]));
    }
    blocks
}

/// Bits of a core's result; where only the array sums, they are those of its sums.
fn result_bits(a: &Accelerator) -> usize {
    let others = a.lane_ops() & 0b1101 != 0 || a.eie.is_some() || a.xnor.is_some() || a.shift.is_some();
    if others { 32 } else { a.acc_bits.max(9) }
}

/// `fw_requant`, stage by stage. The shift to the right has a coarse part, by eights, and a fine one; of the fraction that it shifts out, modes that
/// round ties look at up to 26 bits, the others at one. `double` shifts the product by 31 first, so that alone it needs only its upper half.
fn requantisers(a: &Accelerator) -> Block {
    let only = |on: bool, count: usize| if on { count } else { 0 };
    let mode = |number: u8| a.roundings() >> number & 1 == 1;
    let (double, even, float) = (mode(0), mode(2), mode(3));
    let alone = a.roundings() == 1 && !a.affine;
    let (right, left) = (usize::from(a.right_shifts()), usize::from(a.left_shifts()));
    let (coarse, fine) = (right >> 3, right & 7);
    let ties = double || even || float;
    let fraction = right.min(if ties { 26 } else { 1 });
    let product = if alone { 33 } else { (40 + 8 * coarse).min(64) };
    let shifted = 39 + if ties { 8 * coarse } else { coarse.min(1) };
    let shift = right.count_ones().max(only(double, left.count_ones() as usize) as u32) as usize + usize::from(double);
    let stages = [
        64 + shift,
        64 + 4 * right.count_ones() as usize,
        160 - only(alone, 16),
        66 + only(!alone, 16),
        product,
        shifted + fine.count_ones() as usize + only(double || float, 2),
        32 + fraction,
        32 + only(right > 0, 1),
        32,
        8,
    ];
    let wide = a.act_bits() == 16;
    Block::many(
        "fw_requant",
        a.lanes / a.parts(),
        [
            ("one", 1),
            ("registers", stages.iter().sum::<usize>() + only(a.affine, 256) + only(wide, 8)),
            ("affine", usize::from(a.affine)),
            ("wide", usize::from(wide)),
            ("double", usize::from(double)),
            ("left_muxes", only(double, 32 * left.count_ones() as usize)),
            ("mode_muxes", only(double && !alone, product)),
            ("coarse_muxes", shifted * coarse.count_ones() as usize),
            ("fine_muxes", (32 + fraction) * fine.count_ones() as usize),
            ("tie_bits", only(ties, fraction)),
            ("float", usize::from(float)),
        ],
    )
}

/// Sequencer, control, address generators, flags, streams and what joins the cores. Of the registers, a core's own are those of the step table's
/// fields that only it looks at. The output queue's storage is flip-flops where there is no memory made of look-up tables.
fn rest(a: &Accelerator) -> Block {
    let lanes = a.lanes;
    let only = |on: bool, count: usize| if on { count } else { 0 };
    let listed = a.tile_words > 0;
    let (eie, xnor, shift) = (a.eie.is_some(), a.xnor.is_some(), a.shift.is_some());
    let packed = xnor && a.threshold_bits > 0;
    let weight_planes = a.xnor.as_ref().is_some_and(|core| core.weight_bits > 1);
    let delays = (16 + only(a.banks() > 1, a.banks())) * (10 + a.parts()) + only(packed, 44);
    let words = 16 * lanes + only(packed, 8 * lanes) + 2 * address_bits(a.slices());
    let fields = only(listed, 6 + address_bits(a.tile_words).max(1)) + only(eie, 37) + only(xnor, 66) + only(weight_planes, 6) + only(shift, 56);
    let step = Step::of(a);
    let kept = 2005 - only(a.lean.fetch_late, RUNNING) - step.absent(a);
    Block::new(
        "fw_accelerator",
        [
            ("one", 1),
            ("registers", kept + 2 * a.parts() + address_bits(a.parts()) + words + fields + only(a.threshold_bits > 0, 18)),
            ("delay_registers", delays),
            ("lanes", lanes),
            ("result_bits", lanes * result_bits(a)),
            ("core_lanes", lanes * (usize::from(eie) + usize::from(xnor) + usize::from(shift))),
            ("packed_lanes", only(packed, lanes)),
            ("listed", only(listed, 1)),
            ("paced", usize::from(a.parts() > 1)),
            ("gather_counts", step.gather_counts),
            ("gather_moves", step.gather_moves),
            ("scatter_counts", step.scatter_counts),
            ("scatter_moves", step.scatter_moves),
            ("places", step.places),
            ("queue_bits", a.lean.queue_words() * (8 * lanes + 1)),
        ],
    )
}

/// Bits of a step's configuration that somebody looks at, kept once more while it runs.
const RUNNING: usize = 827;

/// Bits of a step-table entry that there are, by what they are for.
struct Step {
    /// Counters of the gather: all bits up to the highest one that a count has.
    gather_counts: usize,
    /// What a level adds to address and coordinates.
    gather_moves: usize,
    scatter_counts: usize,
    scatter_moves: usize,
    /// First addresses, first coordinates, the image's size, the first parameter.
    places: usize,
}

impl Step {
    fn of(a: &Accelerator) -> Step {
        let low = |word: usize| 32 - (a.step_bits(word) & 0xffff).leading_zeros() as usize;
        let high = |word: usize| (a.step_bits(word) >> 16).count_ones() as usize;
        let all = |word: usize| a.step_bits(word).count_ones() as usize;
        Step {
            gather_counts: (0..7).map(|level| low(5 + 2 * level)).sum(),
            gather_moves: (0..7).map(|level| high(5 + 2 * level) + all(6 + 2 * level)).sum(),
            scatter_counts: (19..22).map(low).sum(),
            scatter_moves: (19..22).map(high).sum(),
            places: (1..4).map(all).sum::<usize>() + (a.step_bits(22) & 0xffff).count_ones() as usize,
        }
    }

    /// Registers that are not there: of the fields that are 0 in all steps, of the next step and of the running one, and of the counters.
    fn absent(&self, a: &Accelerator) -> usize {
        // What is only looked at when a step starts, or by cores as they start.
        let started = [(1, u32::MAX), (3, u32::MAX), (23, u32::MAX), (24, u32::MAX), (25, 0xffff)];
        let levels = (5..22).map(|word| (word, u32::MAX));
        let running = [(0, 0xffff_03ff), (2, u32::MAX), (4, 0xffff), (22, 0xffff), (26, u32::MAX), (27, u32::MAX), (28, u32::MAX), (29, 0x00ff_00ff)];
        let absent = |(word, bits): (usize, u32)| (bits & !a.step_bits(word)).count_ones() as usize;
        let copies = if a.lean.fetch_late { 1 } else { 2 };
        let fields = started.into_iter().map(absent).sum::<usize>() + copies * running.into_iter().chain(levels).map(absent).sum::<usize>();
        fields + 7 * 16 - self.gather_counts + 3 * 16 - self.scatter_counts
    }
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
