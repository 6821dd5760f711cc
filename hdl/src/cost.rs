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
    /// What else there is, module by module.
    pub blocks: Vec<Block>,
}

/// Logic of a module, without its memories and without the modules in it that are blocks themselves.
///
/// Features are exact counts of what the RTL describes (bits of registers, adders, multiplexers), not of what a synthesis makes of them; an
/// area model gives each of them a weight. A module's list of features is the same for all parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The RTL module.
    pub module: &'static str,
    /// How many of them there are.
    pub instances: usize,
    /// Name and count of every feature of one of them.
    pub features: Vec<(&'static str, usize)>,
}

impl Block {
    /// A module that is there once.
    pub fn new<const N: usize>(module: &'static str, features: [(&'static str, usize); N]) -> Block {
        Block::many(module, 1, features)
    }

    /// Equal instances of a module.
    pub fn many<const N: usize>(module: &'static str, instances: usize, features: [(&'static str, usize); N]) -> Block {
        Block { module, instances, features: features.to_vec() }
    }

    /// The count of a feature.
    pub fn feature(&self, name: &str) -> Option<usize> {
        self.features.iter().find(|(feature, _)| *feature == name).map(|(_, count)| *count)
    }
}

/// A tree of adders over numbers of equal width, with registers behind its levels next to the root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Bits of all adders.
    pub adder_bits: usize,
    /// Bits of all registers.
    pub registers: usize,
}

impl Tree {
    /// `fw_adder_tree`.
    pub fn adders(inputs: usize, bits: usize, stages: usize) -> Tree {
        if inputs == 1 {
            return Tree { adder_bits: 0, registers: stages * bits };
        }
        let sum = bits + address_bits(inputs);
        Tree::node(sum, stages, |inner| [Tree::adders(inputs / 2, bits, inner), Tree::adders(inputs - inputs / 2, bits, inner)])
    }

    /// `fw_popcount`. The leaves count up to three bits each without an adder.
    pub fn popcount(width: usize, stages: usize) -> Tree {
        let bits = address_bits(width + 1);
        if width <= 3 {
            return Tree { adder_bits: 0, registers: stages * bits };
        }
        let low = if width < 6 { 3 } else { width / 6 * 3 };
        Tree::node(bits, stages, |inner| [Tree::popcount(low, inner), Tree::popcount(width - low, inner)])
    }

    fn node(sum: usize, stages: usize, halves: impl Fn(usize) -> [Tree; 2]) -> Tree {
        let [low, high] = halves(stages.saturating_sub(1));
        Tree { adder_bits: low.adder_bits + high.adder_bits + sum, registers: low.registers + high.registers + if stages > 0 { sum } else { 0 } }
    }
}

/// Bits of the rows and of the adders of `fw_soft_product`.
pub fn soft_product_bits(a_bits: usize, b_bits: usize) -> usize {
    if b_bits < 2 {
        return a_bits * b_bits;
    }
    let (low, high) = (b_bits / 2, b_bits - b_bits / 2);
    soft_product_bits(a_bits, low) + soft_product_bits(a_bits, high) + a_bits + high
}

/// Bits that tell so many values apart, Verilog's `$clog2`; 0 for one value.
pub fn address_bits(values: usize) -> usize {
    values.next_power_of_two().trailing_zeros() as usize
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_counted_as_the_rtl_builds_them() {
        // Four numbers of 8 bits: two adders of 9 bits, one of 10; a register behind the root, then behind both levels.
        assert_eq!(Tree::adders(4, 8, 1), Tree { adder_bits: 28, registers: 10 });
        assert_eq!(Tree::adders(4, 8, 2), Tree { adder_bits: 28, registers: 28 });
        // Eight bits: three and five, the five as three and two.
        assert_eq!(Tree::popcount(8, 1), Tree { adder_bits: 4 + 3, registers: 4 });
        assert_eq!(Tree::popcount(8, 2), Tree { adder_bits: 4 + 3, registers: 4 + 2 + 3 });
    }

    #[test]
    fn products_are_counted_as_the_rtl_builds_them() {
        // Eight rows of 8 bits, four adders of 9, two of 10, one of 12.
        assert_eq!(soft_product_bits(8, 8), 64 + 4 * 9 + 2 * 10 + 12);
        // Three rows: the last two are added first.
        assert_eq!(soft_product_bits(8, 3), 24 + 9 + 10);
    }
}
