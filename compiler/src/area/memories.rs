//! Memories to block RAMs or macros: the rule by which Yosys (its `memory_libmap`) maps `fw_ram` and `fw_rom`, both of which ask for blocks.

use super::{Area, Family};
use fretwork_hdl::Memory;
use fretwork_hdl::cost::address_bits;

/// A family's block RAM.
struct BlockRam {
    /// Widths of a word; the depth is `bits / width`, where widths of 9 and its multiples count as 8 and its multiples.
    widths: &'static [usize],
    /// Bits without those of parity.
    bits: usize,
    /// Cost of a block against a bit of a multiplexer, which is half.
    cost: f64,
}

/// Memories in one geometry.
struct Fit {
    blocks: usize,
    banks: usize,
}

impl BlockRam {
    /// The cheapest geometry; of equal ones the narrowest. Banks of a memory that is written have blocks of their own, as they are written apart;
    /// banks of another one may share a block, side by side.
    fn fit(&self, memory: &Memory) -> Fit {
        let fits = self.widths.iter().map(|width| {
            let depth = self.bits / if width.is_multiple_of(9) { width / 9 * 8 } else { *width };
            let banks = memory.words.div_ceil(depth);
            let blocks = if memory.writable { banks * memory.bits.div_ceil(*width) } else { (banks * memory.bits).div_ceil(*width) };
            Fit { blocks, banks }
        });
        let cost = |fit: &Fit| self.cost * fit.blocks as f64 + 0.5 * (memory.bits * (fit.banks - 1)) as f64;
        fits.min_by(|a, b| cost(a).total_cmp(&cost(b))).expect("a block RAM has a width")
    }

    fn area(&self, memory: &Memory) -> Area {
        let fit = self.fit(memory);
        let select = address_bits(fit.banks);
        Area {
            // Four ways into one take two look-up tables of four inputs.
            luts: (memory.bits * (2 * (fit.banks - 1)).div_ceil(3)) as u64,
            flip_flops: select as u64,
            block_rams: fit.blocks as u64,
            ..Area::default()
        }
    }
}

/// What memories of one shape take.
pub fn area(memory: &Memory, family: Family) -> Area {
    // One word that never changes is no memory: its bits are constants.
    if memory.words == 1 && !memory.writable {
        return Area::default();
    }
    let one = match family {
        Family::Ice40 => BlockRam { widths: &[2, 4, 8, 16], bits: 4096, cost: 64.0 }.area(memory),
        Family::Ecp5 => BlockRam { widths: &[1, 2, 4, 9, 18, 36], bits: 16384, cost: 128.0 }.area(memory),
        Family::Gowin => BlockRam { widths: &[1, 2, 4, 9, 18, 36], bits: 16384, cost: 128.0 }.area(memory),
        Family::Xilinx7 => BlockRam { widths: &[1, 2, 4, 9, 18, 36], bits: 16384, cost: 129.0 }.area(memory),
        Family::Sg13g2 => Area { um2: macro_um2(memory).round() as u64, ..Area::default() },
    };
    std::iter::repeat_n(one, memory.count).sum()
}

/// Area of a memory macro: a line through the sizes of two macros of IHP-Open-PDK (`sg13g2_sram/lef`, SIZE), with two ports for memories that
/// are written, with one for the others. Below the smallest macro's size the memory is flip-flops with multiplexers (47.2 um2 for
/// `sg13g2_dfrbp_1`, 18.1 for `sg13g2_mux2_1`, cell areas of the liberty file) when that is less.
fn macro_um2(memory: &Memory) -> f64 {
    // Bits, um2.
    let [(few, small), (many, large)] = if memory.writable {
        // RM_IHPSG13_2P_64x22_c2: 526.03 x 74.87 um; RM_IHPSG13_2P_1024x16_c2_bm_bist: 402.61 x 385.37 um.
        [(64.0 * 22.0, 526.03 * 74.87), (1024.0 * 16.0, 402.61 * 385.37)]
    } else {
        // RM_IHPSG13_1P_256x48_c2_bm_bist: 596.48 x 118.78 um; RM_IHPSG13_1P_4096x8_c3_bm_bist: 236.8 x 618.3 um.
        [(256.0 * 48.0, 596.48 * 118.78), (4096.0 * 8.0, 236.8 * 618.3)]
    };
    let bits = (memory.words * memory.bits) as f64;
    let per_bit = (large - small) / (many - few);
    (small + per_bit * (bits - few)).min((47.2 + 18.1) * bits)
}
