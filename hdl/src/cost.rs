//! What a core is made of, and what it does in a step: multipliers and memories that the RTL instantiates, events that take energy.

use crate::config::Config;
use crate::eie::StepActivity;
use crate::shell::cycle::Timing;
use fretwork_sim::energy::{Count, Event};

/// Multipliers and memories of a part of the accelerator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Multipliers by width.
    pub multipliers: Vec<Multipliers>,
    /// Memories, every instance of `fw_ram`, `fw_rom` and `fw_codebook`.
    pub memories: Vec<Memory>,
}

/// Multipliers of one shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multipliers {
    /// How many.
    pub count: usize,
    /// Bits of the one operand.
    pub a_bits: usize,
    /// Bits of the other.
    pub b_bits: usize,
}

/// Memories of one shape, with a registered read port each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// What they hold; one name stands for one place in the RTL.
    pub name: &'static str,
    /// How many of them there are.
    pub count: usize,
    /// Words of each.
    pub words: usize,
    /// Bits of a word.
    pub bits: usize,
    /// Has a write port; else it is filled when the design is loaded.
    pub writable: bool,
}

impl Memory {
    /// Memories with a write port.
    pub fn ram(name: &'static str, count: usize, words: usize, bits: usize) -> Memory {
        Memory { name, count, words, bits, writable: true }
    }

    /// Memories that are filled when the design is loaded.
    pub fn rom(name: &'static str, count: usize, words: usize, bits: usize) -> Memory {
        Memory { name, count, words, bits, writable: false }
    }

    /// Bits of all of them.
    pub fn total_bits(&self) -> usize {
        self.count * self.words * self.bits
    }
}

impl Cost {
    /// Multipliers of all widths.
    pub fn multipliers(&self) -> usize {
        self.multipliers.iter().map(|multipliers| multipliers.count).sum()
    }

    /// Bits of all memories.
    pub fn memory_bits(&self) -> usize {
        self.memories.iter().map(Memory::total_bits).sum()
    }

    /// The memory of a name.
    pub fn memory(&self, name: &str) -> Option<&Memory> {
        self.memories.iter().find(|memory| memory.name == name)
    }
}

impl Memory {
    /// So many reads of a word, as an event of `part`.
    pub fn reads(&self, part: &'static str, times: u64) -> Count {
        Count::new(part, Event::Read { words: self.words, bits: self.bits }, times)
    }

    /// So many writes of a word, as an event of `part`.
    pub fn writes(&self, part: &'static str, times: u64) -> Count {
        Count::new(part, Event::Write { words: self.words, bits: self.bits }, times)
    }
}

/// An executed step, as the simulator counted it.
#[derive(Clone, Copy, Debug)]
pub struct Executed<'a> {
    /// The step-table entry.
    pub config: &'a Config,
    /// When it ran; weight words read and words moved.
    pub timing: &'a Timing,
    /// Multiply-accumulates or lane operations of the layer, those with padding and those left out not counted.
    pub operations: u64,
    /// Activation words read.
    pub reads: u64,
    /// Activation words written, whole or in part.
    pub writes: u64,
    /// Banks written.
    pub bank_writes: u64,
    /// What the sparse engine's elements did.
    pub engine: Option<&'a StepActivity>,
}

impl Executed<'_> {
    /// Words of accumulators that the epilogue took.
    pub fn results(&self) -> u64 {
        match (self.config.packed, self.config.wide[1]) {
            (true, _) => self.writes * 8,
            (false, true) => self.writes / 2,
            (false, false) => self.writes,
        }
    }
}

/// Events of `part` by name of the memory that they read; a design without that memory has none.
pub(crate) fn reads(cost: &Cost, memory: &str, part: &'static str, times: u64) -> Option<Count> {
    cost.memory(memory).map(|memory| memory.reads(part, times))
}
