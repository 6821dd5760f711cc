//! Yosys's cell counts as an [`Area`].

use super::{Area, Family};
use std::collections::BTreeMap;

/// The area of mapped cells, for an FPGA family. A cell that takes the place of look-up tables (a carry cell of the ECP5 or of Gowin, a shift
/// register of the 7 series) counts as many. Cells of a library have no area here.
pub fn measured(cells: &BTreeMap<String, u64>, family: Family) -> Area {
    let mut area = Area::default();
    for (cell, count) in cells {
        let one = of_cell(cell, family);
        area = area + std::iter::repeat_n(one, *count as usize).sum();
    }
    area
}

fn of_cell(cell: &str, family: Family) -> Area {
    let luts = |luts: u64| Area { luts, ..Area::default() };
    let (lut_ram, flip_flop) = (Area { lut_rams: 1, ..Area::default() }, Area { flip_flops: 1, ..Area::default() });
    let (dsp_block, block_ram) = (Area { dsp_blocks: 1, ..Area::default() }, Area { block_rams: 1, ..Area::default() });
    let starts = |beginnings: &[&str]| beginnings.iter().any(|beginning| cell.starts_with(beginning));
    match family {
        Family::Ice40 if cell == "SB_LUT4" => luts(1),
        Family::Ice40 if starts(&["SB_DFF"]) => flip_flop,
        Family::Ice40 if cell == "SB_MAC16" => dsp_block,
        Family::Ice40 if starts(&["SB_RAM40_4K"]) => block_ram,
        Family::Ecp5 if cell == "LUT4" => luts(1),
        Family::Ecp5 if cell == "CCU2C" => luts(2),
        Family::Ecp5 if cell == "TRELLIS_FF" => flip_flop,
        Family::Ecp5 if cell == "TRELLIS_DPR16X4" => lut_ram,
        Family::Ecp5 if cell == "MULT18X18D" => dsp_block,
        Family::Ecp5 if starts(&["DP16KD", "PDPW16KD"]) => block_ram,
        Family::Gowin if starts(&["LUT", "ALU"]) => luts(1),
        Family::Gowin if starts(&["DFF"]) => flip_flop,
        Family::Gowin if starts(&["RAM16S"]) => lut_ram,
        Family::Gowin if starts(&["MULT"]) => dsp_block,
        Family::Gowin if starts(&["SP", "SDP", "DP", "pROM"]) => block_ram,
        Family::Xilinx7 if starts(&["LUT", "SRL"]) => luts(1),
        Family::Xilinx7 if starts(&["FD"]) => flip_flop,
        Family::Xilinx7 if cell == "RAMB36E1" => Area { block_rams: 2, ..Area::default() },
        Family::Xilinx7 if starts(&["RAMB"]) => block_ram,
        Family::Xilinx7 if starts(&["RAM"]) => lut_ram,
        Family::Xilinx7 if cell == "DSP48E1" => dsp_block,
        Family::Ice40 | Family::Ecp5 | Family::Gowin | Family::Xilinx7 | Family::Sg13g2 => Area::default(),
    }
}
