//! The weight stream: what a weight is on its way from the weight memory to a multiplier.
//!
//! The memory holds words, one per array row: `cols` weights of `weight_bits` bits, two's complement, column 0 in the low bits, filled up to
//! whole bytes. With a codebook they are `cols / group` codes of `code_bits` bits.

use super::codebook::Codebook;
use crate::accelerator::{Accelerator, Misfit};
use crate::config::Config;
use crate::images::Images;
use crate::memory::Source;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Most cycles from one weight word to the next.
pub const MAX_INTERVAL: usize = 1 << 16;

/// How the array's weights are stored, read and multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WeightStream {
    /// Bits of a weight, 2 to 8.
    pub weight_bits: usize,
    /// Two columns share a multiplier.
    pub paired: bool,
    /// Words are codes; the decoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codebook: Option<Codebook>,
    /// Cycles from one word to the next: 1 for a memory on the chip, more for the bandwidth of one outside.
    pub interval: usize,
    /// Where words come from.
    #[serde(skip_serializing_if = "Source::is_rom")]
    pub source: Source,
}

impl Default for WeightStream {
    fn default() -> WeightStream {
        WeightStream::PLAIN
    }
}

impl WeightStream {
    /// Weights of a byte, a multiplier each.
    pub const PLAIN: WeightStream = WeightStream { weight_bits: 8, paired: false, codebook: None, interval: 1, source: Source::Rom };

    /// Whether nothing differs from [`WeightStream::PLAIN`].
    pub fn is_plain(&self) -> bool {
        *self == WeightStream::PLAIN
    }

    /// Checks the limits that the RTL checks at elaboration.
    ///
    /// # Errors
    /// A [`Misfit`] that names the parameter, its value and the allowed range.
    pub fn validate(&self, cols: usize) -> Result<(), Misfit> {
        if !(2..=8).contains(&self.weight_bits) {
            return Err(Misfit::new(format!("weight_bits is {}", self.weight_bits), "weight_bits must be in 2..=8"));
        }
        if !(1..=MAX_INTERVAL).contains(&self.interval) {
            return Err(Misfit::new(
                format!("weight interval is {}", self.interval),
                format!("weight interval must be in 1..={MAX_INTERVAL} cycles"),
            ));
        }
        self.codebook.map_or(Ok(()), |codebook| codebook.validate(cols))
    }

    /// Bytes of a word of the weight memory.
    pub fn word_bytes(&self, cols: usize) -> usize {
        self.codebook.map_or(cols * self.weight_bits, |codebook| codebook.word_bits(cols)).div_ceil(8)
    }

    /// Bytes per cycle that can come: a word of so many columns every `interval` cycles, or what the bus delivers.
    pub fn bandwidth(&self, cols: usize) -> f64 {
        match &self.source {
            Source::Axi(axi) => axi.bandwidth(self.word_bytes(cols)),
            Source::Rom | Source::Boot(_) => self.word_bytes(cols) as f64 / self.interval as f64,
        }
    }

    /// Cycles from one word of so many columns to the next where nothing waits.
    pub fn pace(&self, cols: usize) -> usize {
        self.source.axi().map_or(self.interval, |axi| axi.interval(self.word_bytes(cols)))
    }

    /// Whether words come from outside the chip while steps run, or as slowly as if they did.
    pub fn is_outside(&self) -> bool {
        self.interval > 1 || self.source.axi().is_some()
    }

    /// Cycles from the read of a tile's row 0 to the first request for its pixels. The last row comes a cycle before the swap reaches it; and
    /// requests for the same pixel of successive tiles stay three cycles apart, as the accumulator memory needs.
    pub fn ready(&self, rows: usize) -> usize {
        (1 + (rows - 1) * (self.interval - 1)).max(3)
    }

    /// Bytes of a table of the codebook; 1 without one, so that no image holds any.
    pub fn table_bytes(&self) -> usize {
        self.codebook.map_or(1, |codebook| codebook.table_bytes(self.weight_bits))
    }

    /// Bytes of an entry of a table, which is a word of its image.
    pub fn entry_bytes(&self) -> usize {
        self.codebook.map_or(1, |codebook| codebook.table_bytes(self.weight_bits) >> codebook.code_bits)
    }

    /// Tables of the codebook.
    pub fn tables(&self) -> usize {
        self.codebook.map_or(0, |codebook| codebook.tables)
    }

    /// Bytes of all memories of an array of `cols` columns with so many words: every group of columns has a copy of the codebook.
    pub fn memory_bytes(&self, words: usize, cols: usize) -> usize {
        let copies = self.codebook.map_or(0, |codebook| cols / codebook.group);
        words * self.word_bytes(cols) + copies * self.tables() * self.table_bytes()
    }

    /// Whether there are no weights that do not fit.
    pub(super) fn holds_all(&self) -> bool {
        self.weight_bits == 8 && self.codebook.is_none()
    }

    /// Whether weights, in the order of use, are narrow enough and few enough.
    ///
    /// # Errors
    /// A [`Misfit`] that names the widest weight, or says how many distinct ones there are.
    pub fn holds(&self, weights: &[i8]) -> Result<(), Misfit> {
        let needed = weight_bits(weights);
        if needed <= self.weight_bits {
            return self.codebook.map_or(Ok(()), |codebook| codebook.holds(weights));
        }
        let widest = weights.iter().copied().max_by_key(|&weight| magnitude(weight)).unwrap_or(0);
        let what = format!("weight {widest} has {needed} bits, the array's weights have {}", self.weight_bits);
        Err(Misfit::new(what, format!("weight_bits {needed} or auto, or another core")))
    }

    /// Appends weights, whole words of `cols` columns, to the images; the step's codebook table.
    pub fn append(&self, weights: &[i8], cols: usize, images: &mut Images) -> usize {
        let Some(codebook) = self.codebook else {
            let words = weights.chunks(cols);
            words.for_each(|word| pack(word.iter().map(|weight| weight.cast_unsigned()), self.weight_bits, &mut images.weights));
            return 0;
        };
        let (table, codes) = codebook.encode(weights, self.weight_bits, images);
        codes.chunks(cols / codebook.group).for_each(|word| pack(word.iter().copied(), codebook.code_bits, &mut images.weights));
        table
    }

    /// The weight that the lower bits are.
    pub(super) fn weight(code: u8, weight_bits: usize) -> i8 {
        let sign = 8 - weight_bits;
        (code << sign).cast_signed() >> sign
    }
}

impl fmt::Display for WeightStream {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "bits {}", self.weight_bits)?;
        if self.paired {
            write!(f, " paired")?;
        }
        if let Some(Codebook { code_bits, group, tables }) = self.codebook {
            write!(f, " codes of {code_bits} bits for {group} tables {tables}")?;
        }
        if self.interval > 1 {
            write!(f, " interval {}", self.interval)?;
        }
        match &self.source {
            Source::Rom => Ok(()),
            Source::Axi(axi) => write!(f, " axi of {} bits", axi.bits),
            Source::Boot(_) => write!(f, " from flash"),
        }
    }
}

/// The weights of a step, `cols` per word, as the array gets them; `None` when the images do not hold them.
pub fn read(config: &Config, accelerator: &Accelerator, images: &Images) -> Option<Vec<i8>> {
    let (stream, cols) = (accelerator.stream, accelerator.cols);
    let bytes = stream.word_bytes(cols);
    let words = images.weights.get((config.weight_base as usize).checked_mul(bytes)?..)?;
    let words = words.get(..(config.weight_words as usize).checked_mul(bytes)?)?;
    let Some(codebook) = stream.codebook else {
        let codes = words.chunks(bytes).flat_map(|word| unpack(word, stream.weight_bits).take(cols));
        return Some(codes.map(|code| WeightStream::weight(code, stream.weight_bits)).collect());
    };
    let table = images.weight_codebooks.get(usize::from(config.table) * stream.table_bytes()..)?.get(..stream.table_bytes())?;
    let entries = codebook.entries(table, stream.weight_bits);
    let codes = words.chunks(bytes).flat_map(|word| unpack(word, codebook.code_bits).take(cols / codebook.group));
    Some(codes.flat_map(|code| &entries[usize::from(code)][..codebook.group]).copied().collect())
}

/// Bits of the narrowest array that holds the weights, at least 2.
pub fn weight_bits(weights: &[i8]) -> usize {
    weights.iter().map(|&weight| bits_of(weight)).max().unwrap_or(0).max(2)
}

/// Bits of a weight in two's complement.
fn bits_of(weight: i8) -> usize {
    (9 - magnitude(weight).leading_zeros()) as usize
}

/// What decides the width of a weight in two's complement.
fn magnitude(weight: i8) -> i8 {
    if weight < 0 { !weight } else { weight }
}

/// Appends codes of `bits` bits (their lower ones), the first lowest, filled up to whole bytes.
pub(super) fn pack(codes: impl Iterator<Item = u8>, bits: usize, image: &mut Vec<u8>) {
    let (mut held, mut count) = (0u32, 0);
    for code in codes {
        held |= (u32::from(code) & ((1 << bits) - 1)) << count;
        count += bits;
        while count >= 8 {
            image.push(held as u8);
            (held, count) = (held >> 8, count - 8);
        }
    }
    if count > 0 {
        image.push(held as u8);
    }
}

/// The codes of a packed word, and what its last byte is filled up with.
pub(super) fn unpack(word: &[u8], bits: usize) -> impl Iterator<Item = u8> + '_ {
    let byte = |at: usize| u32::from(word.get(at).copied().unwrap_or(0));
    (0..word.len() * 8 / bits).map(move |index| {
        let at = index * bits;
        ((byte(at / 8) | byte(at / 8 + 1) << 8) >> (at % 8) & ((1 << bits) - 1)) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_weights_again() {
        for weight_bits in 2..=8 {
            let stream = WeightStream { weight_bits, ..WeightStream::PLAIN };
            let all: Vec<i8> = (i8::MIN..=i8::MAX).filter(|weight| stream.holds(&[*weight]).is_ok()).collect();
            assert_eq!(all.len(), 1 << weight_bits);
            for cols in [4, 8, 64] {
                let accelerator = Accelerator { stream, ..Accelerator::with_shape(64, 4, cols) };
                let weights: Vec<i8> = all.iter().copied().cycle().take(cols * 31).collect();
                let mut images = Images::default();
                stream.append(&vec![0; cols], cols, &mut images);
                stream.append(&weights, cols, &mut images);
                assert_eq!(images.weights.len(), 32 * stream.word_bytes(cols));
                let config = Config { weight_base: 1, weight_words: 31, ..Config::new(crate::Kind::Systolic) };
                assert_eq!(read(&config, &accelerator, &images).as_ref(), Some(&weights));
                assert_eq!(read(&Config { weight_words: 32, ..config }, &accelerator, &images), None);
            }
        }
    }

    #[test]
    fn widths_are_the_narrowest() {
        assert_eq!([&[][..], &[0], &[1], &[-2, 1], &[2], &[-5, 3], &[127], &[-128]].map(weight_bits), [2, 2, 2, 2, 3, 4, 8, 8]);
    }

    #[test]
    fn a_weight_that_is_too_wide_is_named() {
        let misfit = WeightStream { weight_bits: 4, ..WeightStream::PLAIN }.holds(&[3, -100, 9]).expect_err("-100 has eight bits");
        assert_eq!(misfit.to_string(), "weight -100 has 8 bits, the array's weights have 4; weight_bits 8 or auto, or another core");
    }
}
