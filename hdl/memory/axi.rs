//! Parameters of the AXI4 reader, and the beats that it reads.

use super::within;
use crate::accelerator::Misfit;
use crate::config::Config;
use fretwork_sim::outside::Latency;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// An AXI4 read master, and the memory behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Axi {
    /// Bits of the data bus: 32, 64 or 128.
    pub bits: usize,
    /// Most beats of a burst: a power of two, 1 to 256.
    pub burst: usize,
    /// Most bursts that wait for their last beat, 1 to 64.
    pub outstanding: usize,
    /// Beats that the queue holds: a power of two, at least `burst`, 2 to 4096.
    pub queue: usize,
    /// Byte address of the first weight word, a multiple of 4096.
    pub base: u32,
    /// How long the memory takes, as simulator and bench assume it; the hardware works with any.
    pub latency: Latency,
}

impl Default for Axi {
    fn default() -> Axi {
        Axi { bits: 64, burst: 16, outstanding: 4, queue: 64, base: 0, latency: Latency::default() }
    }
}

/// Most cycles of latency that the model takes.
const MAX_LATENCY: usize = 1 << 16;

impl Axi {
    /// Checks the limits that the RTL checks at elaboration, for so many weight words of so many bytes.
    ///
    /// # Errors
    /// A [`Misfit`] that names the parameter, its value and the allowed range.
    pub fn validate(&self, words: usize, word_bytes: usize) -> Result<(), Misfit> {
        if ![32, 64, 128].contains(&self.bits) {
            return Err(Misfit::new(format!("axi bits are {}", self.bits), "axi bits must be 32, 64 or 128"));
        }
        within("axi burst", self.burst, 1, 256)?;
        within("axi outstanding", self.outstanding, 1, 64)?;
        within("axi queue", self.queue, self.burst.max(2), 4096)?;
        for (name, value) in [("axi burst", self.burst), ("axi queue", self.queue)] {
            if !value.is_power_of_two() {
                return Err(Misfit::new(format!("{name} is {value}"), format!("{name} must be a power of two")));
            }
        }
        if !self.base.is_multiple_of(4096) {
            return Err(Misfit::new(format!("axi base is {:#x}", self.base), "axi base must be a multiple of 4096"));
        }
        let end = u64::from(self.base) + (words * word_bytes.next_power_of_two()) as u64;
        if end > 1 << 32 {
            return Err(Misfit::new(format!("the weights end at address {end:#x}"), "they must end within 32 bits of address"));
        }
        within("memory latency", self.latency.least as usize, 1, MAX_LATENCY)?;
        within("memory latency", self.latency.most as usize, self.latency.least as usize, MAX_LATENCY)?;
        within("memory gaps", self.latency.gap_percent as usize, 0, 100)
    }

    /// Bytes of a beat.
    pub fn beat_bytes(&self) -> usize {
        self.bits / 8
    }

    /// Bytes per cycle that the bus can deliver for words of so many bytes, which lie in a power of two of bytes; at most a word per cycle.
    pub fn bandwidth(&self, word_bytes: usize) -> f64 {
        let padded = word_bytes.next_power_of_two();
        word_bytes as f64 * (self.beat_bytes() as f64 / padded as f64).min(1.0)
    }

    /// Cycles from one word of so many bytes to the next where beats come back to back.
    pub fn interval(&self, word_bytes: usize) -> usize {
        word_bytes.next_power_of_two().div_ceil(self.beat_bytes())
    }

    /// First and last beat of a pass over the step's weights.
    pub(super) fn pass(&self, config: &Config, word_bytes: usize) -> RangeInclusive<u64> {
        let (padded, beat) = (word_bytes.next_power_of_two() as u64, self.beat_bytes() as u64);
        let base = u64::from(config.weight_base);
        base * padded / beat..=((base + u64::from(config.weight_words)) * padded - 1) / beat
    }

    /// Bytes on the bus for a step's weights.
    pub fn bytes(&self, config: &Config, word_bytes: usize) -> u64 {
        let pass = self.pass(config, word_bytes);
        (pass.end() - pass.start() + 1) * u64::from(config.passes) * self.beat_bytes() as u64
    }
}
