//! Energy from counted events: what a technology's figures say about operations, registers, memories and wires. Knows no core.

mod known;
mod memory;
mod technology;

pub use memory::{Macros, MemoryEnergy};
pub use technology::{Figure, MultiplierEnergy, Static, Technology, TechnologyError};

/// Something that takes energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A product of two integers.
    Multiply {
        /// Bits of the one operand.
        a_bits: usize,
        /// Bits of the other.
        b_bits: usize,
    },
    /// A sum, a difference or a comparison.
    Add {
        /// Bits of the result.
        bits: usize,
    },
    /// Two-input gates or multiplexers, one for each bit.
    Logic {
        /// Gates.
        bits: usize,
    },
    /// Flip-flops that take new data; their clock is counted by [`Technology::clock_pj`].
    Register {
        /// Flip-flops.
        bits: usize,
    },
    /// A read of one word.
    Read {
        /// Words of the memory.
        words: usize,
        /// Bits of a word.
        bits: usize,
    },
    /// A write of one word.
    Write {
        /// Words of the memory.
        words: usize,
        /// Bits of a word.
        bits: usize,
    },
    /// Bits that cross the accelerator's ports.
    Stream {
        /// Bits.
        bits: usize,
    },
    /// Bits that come from a memory outside the chip.
    Outside {
        /// Bits.
        bits: usize,
    },
}

/// An event of one part of the accelerator, and how often it happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    /// The part.
    pub part: &'static str,
    /// The event.
    pub event: Event,
    /// How often.
    pub times: u64,
}

impl Count {
    /// So many events of a part.
    pub fn new(part: &'static str, event: Event, times: u64) -> Count {
        Count { part, event, times }
    }
}
