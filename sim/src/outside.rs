//! A memory outside the chip as a pure function of a seed, so that simulator and test bench see the same one.

use crate::stalls::splitmix;
use serde::{Deserialize, Serialize};

/// How long a memory outside the chip takes. Bursts are served in the order of their requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Latency {
    /// Fewest cycles from the acceptance of a burst to its first beat, 1 or more.
    pub least: u32,
    /// Most of these cycles.
    pub most: u32,
    /// Share of beats before which the memory pauses for 1 to 4 cycles, and of requests that it lets wait so long, in percent.
    pub gap_percent: u32,
    /// Seed of the pattern.
    pub seed: u64,
}

impl Default for Latency {
    fn default() -> Latency {
        Latency::fixed(32)
    }
}

/// A beat's number for the wait of its burst's request.
const REQUEST: u32 = u32::MAX;

impl Latency {
    /// Always so many cycles, without pauses.
    pub const fn fixed(cycles: u32) -> Latency {
        Latency { least: cycles, most: cycles, gap_percent: 0, seed: 0 }
    }

    /// Cycles that the request of a burst is on offer before the one in which it is accepted.
    pub fn hold(&self, burst: u64) -> u64 {
        self.pause(burst, REQUEST)
    }

    /// Cycles from the acceptance of a burst to its first beat, unless an earlier burst's last beat comes later.
    pub fn first(&self, burst: u64) -> u64 {
        let span = u64::from(self.most.saturating_sub(self.least)) + 1;
        u64::from(self.least) + if span == 1 { 0 } else { self.draw(burst, 0) % span }
    }

    /// Cycles without a beat before beat `beat` of a burst, which is not the first.
    pub fn gap(&self, burst: u64, beat: u32) -> u64 {
        self.pause(burst, beat)
    }

    fn pause(&self, burst: u64, beat: u32) -> u64 {
        if self.gap_percent == 0 {
            return 0;
        }
        let draw = self.draw(burst, beat);
        if draw % 100 < u64::from(self.gap_percent) { 1 + (draw >> 32) % 4 } else { 0 }
    }

    fn draw(&self, burst: u64, beat: u32) -> u64 {
        splitmix(self.seed ^ splitmix(burst.wrapping_mul(0xa076_1d64_78bd_642f) ^ (u64::from(beat) << 17)))
    }
}

/// What lies outside the chip and is read over the design's ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outside {
    /// The file with its contents, relative to the design folder.
    pub file: &'static str,
    /// Address of its first byte.
    pub base: u32,
    /// Bytes of a beat on the bus to it; 0 for an SPI flash.
    pub bus_bytes: usize,
    /// How long it takes; a flash is as fast as its clock.
    pub latency: Latency,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_lie_in_their_range_and_reach_its_ends() {
        let latency = Latency { least: 3, most: 6, gap_percent: 25, seed: 9 };
        let firsts: Vec<u64> = (0..1000).map(|burst| latency.first(burst)).collect();
        assert_eq!((firsts.iter().min(), firsts.iter().max()), (Some(&3), Some(&6)));
        let pauses = (0..1000).filter(|&burst| latency.gap(burst, 5) > 0).count();
        assert!((200..300).contains(&pauses), "{pauses} of 1000");
        assert!((0..1000).all(|burst| latency.gap(burst, 1) <= 4 && latency.hold(burst) <= 4));
    }

    #[test]
    fn a_fixed_latency_never_changes() {
        let latency = Latency::fixed(7);
        assert!((0..100).all(|burst| (latency.hold(burst), latency.first(burst), latency.gap(burst, 1)) == (0, 7, 0)));
    }
}
