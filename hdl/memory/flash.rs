//! Parameters of the SPI flash reader, and how long it takes.

use super::within;
use crate::accelerator::Misfit;
use serde::{Deserialize, Serialize};

/// An SPI flash that the weights are copied from after reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flash {
    /// Data comes over four lines instead of one.
    pub quad: bool,
    /// Half a period of the flash's clock in cycles, 1 to 256.
    pub divider: usize,
    /// Address of the first weight word in the flash, bytes.
    pub offset: u32,
    /// Cycles that the flash takes to wake up.
    pub wake_cycles: usize,
    /// The memory on the chip is made of single-port RAMs of 16,384 words of 16 bits (iCE40 UltraPlus) instead of block RAM.
    pub single_port: bool,
}

impl Default for Flash {
    fn default() -> Flash {
        Flash { quad: false, divider: 1, offset: 1 << 20, wake_cycles: 100, single_port: false }
    }
}

/// Bytes that 24 bits of address reach.
const MAX_BYTES: usize = 1 << 24;
/// Clocks before the flash is selected, of the command that wakes it up, and of a read's command, address and dummy clocks.
const CLOCKS: u64 = 8 + 8 + 8 + 24 + 8;

impl Flash {
    /// Checks the limits that the RTL checks at elaboration, for so many weight words of so many bytes.
    ///
    /// # Errors
    /// A [`Misfit`] that names the parameter, its value and the allowed range.
    pub fn validate(&self, words: usize, word_bytes: usize) -> Result<(), Misfit> {
        within("flash divider", self.divider, 1, 256)?;
        within("flash wake-up", self.wake_cycles, 1, 1 << 20)?;
        let end = self.offset as usize + words * word_bytes;
        if end > MAX_BYTES {
            return Err(Misfit::new(format!("the weights end at byte {end} of the flash"), format!("they must end at {MAX_BYTES} at the most")));
        }
        Ok(())
    }

    /// Cycles of the flash's clock per byte, times its period.
    fn byte_cycles(&self) -> u64 {
        (if self.quad { 2 } else { 8 }) * self.period()
    }

    fn period(&self) -> u64 {
        2 * self.divider as u64
    }

    /// Cycle from which so many bytes are in the memory on the chip.
    pub fn boot_cycles(&self, bytes: u64) -> u64 {
        4 + self.wake_cycles as u64 + CLOCKS * self.period() + bytes * self.byte_cycles()
    }
}
