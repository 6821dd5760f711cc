//! Memories outside the chip that the array's weights come from: the AXI4 reader's and the SPI flash's parameters, their clocks, and what lies in
//! these memories. RTL and document are in this folder too.

mod axi;
mod cost;
mod flash;
mod reader;

pub use axi::Axi;
pub use flash::Flash;
pub use reader::{Reader, Words};

use crate::accelerator::Misfit;
use fretwork_sim::outside::{Latency, Outside};
use serde::{Deserialize, Serialize};

/// Where the weight stream of the systolic core comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A memory on the chip that is filled when the design is loaded.
    #[default]
    Rom,
    /// A memory outside the chip, read over AXI4 while steps run.
    Axi(Axi),
    /// A memory on the chip that is filled from an SPI flash after reset.
    Boot(Flash),
}

impl Source {
    /// Whether it is a memory that is filled when the design is loaded.
    pub fn is_rom(&self) -> bool {
        *self == Source::Rom
    }

    /// The parameter `WeightSource` of the RTL.
    pub fn code(&self) -> usize {
        match self {
            Source::Rom => 0,
            Source::Axi(_) => 1,
            Source::Boot(_) => 2,
        }
    }

    /// The AXI4 reader, when there is one.
    pub fn axi(&self) -> Option<&Axi> {
        if let Source::Axi(axi) = self { Some(axi) } else { None }
    }

    /// Checks the limits that the RTL checks at elaboration, for so many weight words of so many bytes.
    ///
    /// # Errors
    /// A [`Misfit`] that names the parameter, its value and the allowed range.
    pub fn validate(&self, words: usize, word_bytes: usize, interval: usize) -> Result<(), Misfit> {
        match self {
            Source::Rom => Ok(()),
            Source::Axi(axi) => {
                if interval != 1 {
                    let what = format!("weight interval is {interval}, and weights come over AXI4 at their own pace");
                    return Err(Misfit::new(what, "weight interval must be 1"));
                }
                axi.validate(words, word_bytes)
            }
            Source::Boot(flash) => flash.validate(words, word_bytes),
        }
    }

    /// What lies outside the chip; `None` when nothing does.
    pub fn outside(&self) -> Option<Outside> {
        match self {
            Source::Rom => None,
            Source::Axi(axi) => Some(Outside { file: "images/dram.bin", base: axi.base, bus_bytes: axi.beat_bytes(), latency: axi.latency }),
            Source::Boot(flash) => Some(Outside { file: "images/flash.bin", base: flash.offset, bus_bytes: 0, latency: Latency::fixed(1) }),
        }
    }

    /// Contents of the memory outside for weights of words of `word_bytes` bytes, of which the hardware's address range has `words`.
    pub fn contents(&self, weights: &[u8], words: usize, word_bytes: usize) -> Vec<u8> {
        match self {
            Source::Rom => Vec::new(),
            Source::Axi(_) => {
                let padded = word_bytes.next_power_of_two();
                let pad = |word: &[u8]| word.iter().copied().chain(std::iter::repeat(0)).take(padded).collect::<Vec<u8>>();
                weights.chunks(word_bytes).flat_map(pad).collect()
            }
            Source::Boot(_) => weights.iter().copied().chain(std::iter::repeat(0)).take(words * word_bytes).collect(),
        }
    }

    /// Cycle from which the weights are there: when the memory on the chip is filled.
    pub fn loaded(&self, words: usize, word_bytes: usize) -> u64 {
        match self {
            Source::Rom | Source::Axi(_) => 0,
            Source::Boot(flash) => flash.boot_cycles((words * word_bytes) as u64),
        }
    }
}

/// `name` is within `least..=most`.
fn within(name: &str, value: usize, least: usize, most: usize) -> Result<(), Misfit> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Misfit::new(format!("{name} is {value}"), format!("{name} must be in {least}..={most}")))
}
