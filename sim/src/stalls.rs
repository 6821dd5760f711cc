//! Random back-pressure as a pure function of the cycle, so that simulator and test bench see the same stalls.

/// Which stream a stall pattern belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The input stream: a stalled cycle offers no new word (`tvalid` stays low unless a word is already on offer).
    Input,
    /// The output stream: a stalled cycle has `tready` low.
    Output,
}

/// A seeded stall pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stalls {
    /// Seed of the pattern.
    pub seed: u64,
    /// Share of stalled cycles, 0.0 to 0.95.
    pub probability: f64,
}

impl Stalls {
    /// No stalls at all.
    pub const NONE: Stalls = Stalls { seed: 0, probability: 0.0 };

    /// Whether `stream` is stalled in `cycle` (cycle 0 is the first clock edge after reset).
    pub fn stalled(&self, stream: Stream, cycle: u64) -> bool {
        if self.probability <= 0.0 {
            return false;
        }
        let salt = match stream {
            Stream::Input => 0x9e37_79b9_7f4a_7c15,
            Stream::Output => 0xd1b5_4a32_d192_ed03,
        };
        let hash = splitmix(self.seed ^ salt ^ cycle.wrapping_mul(0xa076_1d64_78bd_642f));
        (hash >> 11) as f64 / ((1u64 << 53) as f64) < self.probability
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
pub fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
