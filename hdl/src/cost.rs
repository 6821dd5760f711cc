//! Structural size: what the RTL instantiates, exactly, before any mapping.

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
