//! Registers and memories of what brings the weights.

use super::{Axi, Flash, Source};
use crate::Memory;
use crate::cost::address_bits;

/// Registers of a word's assembly from beats, and of the word itself.
fn words(axi: &Axi, word_bytes: usize) -> usize {
    let (padded, beat) = (8 * word_bytes.next_power_of_two(), axi.bits);
    let collected = if padded > beat { padded - beat + address_bits(padded / beat) } else { 0 };
    collected + 8 * word_bytes
}

fn reader(axi: &Axi) -> usize {
    let (queue, beat) = (address_bits(axi.queue) + 1, 32 - address_bits(axi.beat_bytes()));
    let flags = 1 + 3 + queue + address_bits(axi.outstanding + 2);
    let descriptor = 3 * beat + 16;
    let address = beat + 8;
    flags + descriptor + address + 2 * queue + 1
}

fn boot(flash: &Flash, words: usize, word_bytes: usize) -> usize {
    let rest = address_bits(flash.wake_cycles.max(4) + 1);
    let spi = 3 + address_bits(2 * flash.divider) + 6 + 40 + 8 + rest + 24 + 4;
    spi + 3 + address_bits(word_bytes).max(1) + address_bits(words).max(1) + 8 * word_bytes
}

impl Source {
    /// Registers beside a memory that is filled when the design is loaded.
    pub(crate) fn registers(&self, count: usize, word_bytes: usize) -> usize {
        match self {
            Source::Rom => 0,
            Source::Axi(axi) => reader(axi) + words(axi, word_bytes),
            Source::Boot(flash) => boot(flash, count, word_bytes),
        }
    }

    /// The memory on the chip: all weights, or the queue of beats.
    pub(crate) fn memory(&self, words: usize, word_bytes: usize) -> Memory {
        match self {
            Source::Rom => Memory::rom("array weights", 1, words, word_bytes * 8),
            Source::Axi(axi) => Memory::ram("weight queue", 1, axi.queue, axi.bits),
            Source::Boot(_) => Memory::ram("array weights", 1, words, word_bytes * 8),
        }
    }
}
