//! FPGA boards: what a design is built for. A description is TOML (`constraints/boards/`); here it is read, checked, and compared with what a
//! design takes. Nothing here writes files.

mod check;
mod choose;
mod fit;
mod flash;
mod known;
mod lean;
pub mod pll;

pub use choose::{Choice, Tried, Verdict, choose, cycles, shapes};
pub use fit::{Fit, Overrun, Usage, fit};
pub use flash::{Flash, FlashClock, FlashError};
pub use known::BoardError;
pub use lean::variants;
pub use pll::{Pll, PllError};

use crate::area::Family;
use serde::{Deserialize, Serialize};

/// How the host talks to the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// A serial line of the FPGA's own pins.
    Uart,
    /// The processor system on the same chip: AXI4-Stream through a DMA engine, AXI4-Lite.
    Axi,
}

/// A board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Name, as `--board` takes it.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Device family.
    pub family: Family,
    /// Device as place and route names it.
    pub device: String,
    /// Part number.
    pub part: String,
    /// Package as place and route names it.
    pub package: String,
    /// Speed grade, where there is one.
    #[serde(default)]
    pub speed: String,
    /// How the host talks to the design.
    pub link: Link,
    /// Bits per second of the serial line.
    #[serde(default = "default_baud")]
    pub baud: u32,
    /// Command that loads `{bitstream}`.
    pub program: String,
    /// Where the facts about the board as a whole are from.
    pub source: String,
    /// What the device has.
    pub resources: Resources,
    /// The oscillator.
    pub clock: ClockPin,
    /// A button that resets the design.
    pub reset: Signal,
    /// A light that shows activity.
    pub led: Signal,
    /// The serial line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uart: Option<Uart>,
    /// The configuration flash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flash: Option<Flash>,
    /// Memory beside the FPGA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<ExternalMemory>,
    /// In a design folder: what was chosen for the design.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
}

fn default_baud() -> u32 {
    115_200
}

/// A device's resources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// Look-up tables.
    pub luts: u64,
    /// Flip-flops.
    pub flip_flops: u64,
    /// DSP blocks, as multipliers of the family's size (iCE40 16 x 16, ECP5 and Gowin 18 x 18, 7 series DSP48E1).
    pub dsp_blocks: u64,
    /// Block RAMs.
    pub block_rams: u64,
    /// Bits of one of them, parity included.
    pub block_ram_bits: u64,
    /// Large single-port RAMs.
    #[serde(default)]
    pub large_rams: u64,
    /// Bits of one of them.
    #[serde(default)]
    pub large_ram_bits: u64,
    /// Where these numbers are from.
    pub source: String,
}

/// The oscillator's pin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockPin {
    /// Pin.
    pub pin: String,
    /// Frequency, MHz.
    pub mhz: f64,
    /// Input standard.
    pub io: String,
    /// Where this is from.
    pub source: String,
}

/// A button or a light.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// Pin.
    pub pin: String,
    /// Pressed, or lit, is low.
    pub active_low: bool,
    /// Input or output standard.
    pub io: String,
    /// Where this is from.
    pub source: String,
}

/// The serial line, as the FPGA sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uart {
    /// The FPGA receives here.
    pub rx: String,
    /// The FPGA sends here.
    pub tx: String,
    /// Input and output standard.
    pub io: String,
    /// Where this is from.
    pub source: String,
}

/// Memory beside the FPGA.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalMemory {
    /// `sdram`, `ddr3`, `psram`.
    pub kind: String,
    /// Size, MiB.
    pub mib: u64,
    /// Where this is from.
    pub source: String,
}

/// What was chosen when a design was written for a board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// Network.
    pub network: String,
    /// Rows of the array.
    pub rows: usize,
    /// Columns of the array.
    pub cols: usize,
    /// Bytes of an activation word.
    pub lanes: usize,
    /// Byte address in the flash from which the weights are copied after reset, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flash_offset: Option<u32>,
    /// Cycles from the first input word to the last output word, by the simulator.
    pub cycles: u64,
    /// The core's clock, MHz.
    pub clock_mhz: f64,
    /// First four bytes of the hash that tells designs apart.
    pub design: u32,
    /// Dividers of the clock.
    pub pll: Pll,
    /// What the design was estimated to take.
    pub estimate: Vec<Usage>,
}

impl Board {
    /// The core's clock when none is asked for, MHz: what arrays of moderate size reach in the family.
    pub fn default_clock_mhz(&self) -> f64 {
        match self.family {
            Family::Ice40 => 24.0,
            Family::Ecp5 => 80.0,
            Family::Gowin => 48.0,
            Family::Xilinx7 | Family::Sg13g2 => 100.0,
        }
    }

    /// Extension of the constraints' file.
    pub fn constraints_file(&self) -> &'static str {
        match self.family {
            Family::Ice40 => "board.pcf",
            Family::Ecp5 => "board.lpf",
            Family::Gowin => "board.cst",
            Family::Xilinx7 | Family::Sg13g2 => "board.xdc",
        }
    }

    /// The bitstream, as a path in a design folder.
    pub fn bitstream_file(&self) -> &'static str {
        match self.family {
            Family::Ice40 => "build/board.bin",
            Family::Gowin => "build/board.fs",
            Family::Ecp5 | Family::Xilinx7 | Family::Sg13g2 => "build/board.bit",
        }
    }
}

#[cfg(test)]
mod tests;
