//! A board's configuration flash: its pins, what of it is free, and how weights are copied from it after reset.

use super::Board;
use crate::area::Family;
use fretwork_hdl::memory::Flash as Reader;
use serde::{Deserialize, Serialize};

/// The fastest clock of the flash, MHz. No tool knows the delay from a clock's block to the flash and back; a period of 40 ns is well above that of
/// pads and board and the 7 to 8 ns that a flash takes from clock to data.
const MOST_MHZ: f64 = 25.0;
/// Microseconds that a flash gets to wake up; data sheets ask for 3 to 5.
const WAKE_US: f64 = 10.0;

/// The configuration flash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flash {
    /// Chip select.
    pub cs: String,
    /// Clock; empty where it is no pin of the design's.
    #[serde(default)]
    pub clk: String,
    /// To the flash.
    pub mosi: String,
    /// From the flash.
    pub miso: String,
    /// Write protect, low when active; where it is given it is driven high.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wp: Option<String>,
    /// Hold, low when active; where it is given it is driven high.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// Size, MiB.
    pub mib: u64,
    /// First byte that no bitstream of the board's device reaches.
    #[serde(default = "default_data")]
    pub data: u32,
    /// Command that writes a file into it: `{file}` at byte `{offset}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Where this is from.
    pub source: String,
}

fn default_data() -> u32 {
    Reader::default().offset
}

/// How the design's clock reaches the flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashClock {
    /// By a pin.
    Pin,
    /// By a block of the device, `fw_flash_clock`.
    Block,
}

/// Why weights cannot be copied from a board's flash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlashError {
    /// No way to it is known.
    #[error("the top level for '{0}' reaches no flash; leave it out")]
    Unreachable(String),
    /// Four data lines.
    #[error("the top level for '{0}' reaches the flash by one data line in each direction; leave out --flash-quad")]
    Quad(String),
    /// Where a bitstream may lie.
    #[error("the weights begin at byte {offset:#x} of the flash, where a bitstream for '{board}' may lie; --flash-offset must be at least {data:#x}")]
    Below {
        /// Board.
        board: String,
        /// First byte of the weights.
        offset: u32,
        /// First byte that is free.
        data: u32,
    },
    /// Behind the flash's end.
    #[error(
        "the weights end at byte {end:#x} of the flash of '{board}', which has {size:#x}; take a lower --flash-offset, a smaller network or fewer bits"
    )]
    Beyond {
        /// Board.
        board: String,
        /// Byte after the last one of the weights.
        end: u64,
        /// Bytes of the flash.
        size: u64,
    },
}

impl Board {
    /// How the design's clock reaches the flash; `None` where there is none, or no way to it.
    pub fn flash_clock(&self) -> Option<FlashClock> {
        let flash = self.flash.as_ref()?;
        match (flash.clk.is_empty(), self.family) {
            (false, _) => Some(FlashClock::Pin),
            (true, Family::Ecp5) => Some(FlashClock::Block),
            (true, Family::Ice40 | Family::Gowin | Family::Xilinx7 | Family::Sg13g2) => None,
        }
    }

    /// How weights are copied from the flash by a core with such a clock, when nothing else is asked for; `None` where they cannot be.
    pub fn boot(&self, clock_mhz: f64) -> Option<Reader> {
        self.flash_clock()?;
        let divider = (clock_mhz / (2.0 * MOST_MHZ)).ceil().max(1.0) as usize;
        let wake_cycles = (WAKE_US * clock_mhz).ceil() as usize;
        Some(Reader { divider, wake_cycles, offset: self.flash.as_ref()?.data, ..Reader::default() })
    }

    /// Whether so many bytes of weights lie where that reader finds them, beside a bitstream.
    ///
    /// # Errors
    /// What is in the way, and what would fit.
    pub fn check_weights(&self, reader: &Reader, bytes: usize) -> Result<(), FlashError> {
        let board = || self.name.clone();
        let (Some(flash), Some(_)) = (&self.flash, self.flash_clock()) else { return Err(FlashError::Unreachable(board())) };
        let (end, size) = (u64::from(reader.offset) + bytes as u64, flash.mib << 20);
        if reader.quad {
            Err(FlashError::Quad(board()))
        } else if reader.offset < flash.data {
            Err(FlashError::Below { board: board(), offset: reader.offset, data: flash.data })
        } else if end > size {
            Err(FlashError::Beyond { board: board(), end, size })
        } else {
            Ok(())
        }
    }
}
