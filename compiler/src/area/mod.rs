//! Estimated area of an accelerator: look-up tables, flip-flops, DSP blocks and block RAMs of an FPGA family, or um2 of a cell library.
//!
//! Logic is the RTL's structure (`Cost::blocks`) times weights that were fitted on syntheses with Yosys; multipliers and memories follow the
//! rules by which Yosys maps them. Nothing is placed or routed. How good the figures are stands in `docs/area.md`.

mod estimate;
mod measured;
mod memories;
mod multipliers;
pub mod points;
mod weights;

pub use estimate::{blocks_below, estimate, logic};
pub use measured::measured;

use fretwork_sim::energy::Technology;
use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::Add;

/// What an accelerator is synthesised for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Lattice iCE40 UltraPlus, with its DSP blocks.
    Ice40,
    /// Lattice ECP5.
    Ecp5,
    /// Gowin GW2A.
    Gowin,
    /// Xilinx 7 series.
    #[value(name = "xilinx7")]
    #[serde(rename = "xilinx7")]
    Xilinx7,
    /// IHP's 130 nm process with its open standard cells, at 1.2 V and 25 C.
    Sg13g2,
}

impl Family {
    /// Every family.
    pub const ALL: [Family; 5] = [Family::Ice40, Family::Ecp5, Family::Gowin, Family::Xilinx7, Family::Sg13g2];

    /// The family that a technology's area is counted in.
    ///
    /// # Errors
    /// A technology whose family is not known.
    pub fn of(technology: &Technology) -> Result<Family, String> {
        let family = Family::ALL.into_iter().find(|family| family.name() == technology.area_family);
        family.ok_or_else(|| format!("technology '{}': there is no area family '{}'", technology.name, technology.area_family))
    }

    /// Its name, as options and files have it.
    pub fn name(self) -> &'static str {
        match self {
            Family::Ice40 => "ice40",
            Family::Ecp5 => "ecp5",
            Family::Gowin => "gowin",
            Family::Xilinx7 => "xilinx7",
            Family::Sg13g2 => "sg13g2",
        }
    }
}

/// Area in a family's resources; those that it does not have are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Look-up tables, those in carry chains and shift registers included.
    pub luts: u64,
    /// Memory cells made of look-up tables, which are not in `luts`.
    pub lut_rams: u64,
    /// Flip-flops.
    pub flip_flops: u64,
    /// Multiplier or DSP blocks.
    pub dsp_blocks: u64,
    /// Block RAMs of the family's size.
    pub block_rams: u64,
    /// Cells, or memory macros, in um2.
    pub um2: u64,
}

impl Add for Area {
    type Output = Area;

    fn add(self, other: Area) -> Area {
        Area {
            luts: self.luts + other.luts,
            lut_rams: self.lut_rams + other.lut_rams,
            flip_flops: self.flip_flops + other.flip_flops,
            dsp_blocks: self.dsp_blocks + other.dsp_blocks,
            block_rams: self.block_rams + other.block_rams,
            um2: self.um2 + other.um2,
        }
    }
}

impl Sum for Area {
    fn sum<I: Iterator<Item = Area>>(areas: I) -> Area {
        areas.fold(Area::default(), Add::add)
    }
}

/// One core, or the shell around them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartArea {
    /// The core's name, or `shell`.
    pub name: &'static str,
    /// Logic and multipliers.
    pub logic: Area,
    /// Memories: block RAMs or macros, and the look-up tables that join several of them.
    pub memories: Area,
}

/// Estimated area by part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AreaReport {
    /// What it is estimated for.
    pub family: Family,
    /// The cores that there are, and the shell.
    pub parts: Vec<PartArea>,
    /// Sum of the parts.
    pub total: Area,
}

impl AreaReport {
    /// The part of a name.
    pub fn part(&self, name: &str) -> Option<&PartArea> {
        self.parts.iter().find(|part| part.name == name)
    }
}

#[cfg(test)]
mod tests;
