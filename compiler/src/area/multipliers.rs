//! Multipliers to DSP blocks, as Yosys cuts them (its `mul2dsp`).

use super::{Area, Family};
use fretwork_hdl::{Accelerator, Multipliers};

/// A DSP block's multiplier.
struct Dsp {
    /// Bits of its wider and its narrower operand.
    operands: [usize; 2],
    /// Bits of a piece of the wider operand, when it is cut.
    piece: usize,
    /// Bits of a piece that carry no value, as the block knows only signed numbers.
    sign: usize,
    /// A narrower product is made of look-up tables, as is one with an operand of a single bit.
    least_product: usize,
}

impl Dsp {
    fn blocks(&self, multiplier: &Multipliers) -> usize {
        let (wide, narrow) = (multiplier.a_bits.max(multiplier.b_bits), multiplier.a_bits.min(multiplier.b_bits));
        let narrow = self.pieces(narrow, self.operands[1], self.operands[1]);
        let wide = self.pieces(wide, self.operands[0], self.piece);
        let products = wide.iter().flat_map(|a| narrow.iter().map(move |b| (*a, *b)));
        products.filter(|(a, b)| a.min(b) > &1 && a + b >= self.least_product).count()
    }

    /// Widths that an operand is cut into.
    fn pieces(&self, bits: usize, most: usize, piece: usize) -> Vec<usize> {
        if bits <= most {
            return vec![bits];
        }
        let step = piece - self.sign;
        let cuts = (bits - most).div_ceil(step);
        let mut pieces = vec![piece; cuts];
        pieces.push(bits - cuts * step);
        pieces
    }
}

/// DSP blocks of multipliers.
pub fn area(all: &[Multipliers], family: Family) -> Area {
    all.iter().map(|multipliers| Area { dsp_blocks: (multipliers.count * blocks(multipliers, family)) as u64, ..Area::default() }).sum()
}

/// DSP blocks of one multiplier.
fn blocks(multiplier: &Multipliers, family: Family) -> usize {
    match family {
        Family::Ice40 => Dsp { operands: [16, 16], piece: 16, sign: 0, least_product: 11 }.blocks(multiplier),
        Family::Ecp5 => Dsp { operands: [18, 18], piece: 18, sign: 0, least_product: 9 }.blocks(multiplier),
        Family::Xilinx7 => Dsp { operands: [25, 18], piece: 18, sign: 1, least_product: 9 }.blocks(multiplier),
        Family::Gowin => gowin(multiplier),
        Family::Sg13g2 => 0,
    }
}

/// Multipliers of 9, 18 and 36 bits; an operand of less than 4 bits makes look-up tables. Where only one operand has more than 18 bits, it is cut.
fn gowin(multiplier: &Multipliers) -> usize {
    let (wide, narrow) = (multiplier.a_bits.max(multiplier.b_bits), multiplier.a_bits.min(multiplier.b_bits));
    match narrow {
        0..4 => 0,
        4..=18 => wide.div_ceil(18),
        _ => wide.div_ceil(36) * narrow.div_ceil(36),
    }
}

/// DSP blocks that Yosys makes of the sparse engine's products with constants: the loader's offsets into its three tables and, on the ECP5, every
/// element's offset of an entry in its word where that is no shift. As counted, not by a rule.
pub fn sparse_offsets(accelerator: &Accelerator, family: Family) -> Area {
    let Some(eie) = &accelerator.eie else { return Area::default() };
    let elements = if (eie.index_bits + eie.code_bits).is_power_of_two() { 0 } else { eie.pes };
    let dsp_blocks = match family {
        Family::Ecp5 => 3 + elements as u64,
        Family::Xilinx7 | Family::Gowin => 1,
        Family::Ice40 | Family::Sg13g2 => 0,
    };
    Area { dsp_blocks, ..Area::default() }
}
