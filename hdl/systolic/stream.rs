//! The weight stream: what a weight is on its way from the weight memory to a multiplier.
//!
//! The memory holds words, one per array row: `cols` weights of `weight_bits` bits, two's complement, column 0 in the low bits, filled up to
//! whole bytes.

use crate::accelerator::{Accelerator, Misfit};
use crate::config::Config;
use crate::images::Images;
use serde::{Deserialize, Serialize};

/// How the array's weights are stored and multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WeightStream {
    /// Bits of a weight, 2 to 8.
    pub weight_bits: usize,
    /// Two columns share a multiplier.
    pub paired: bool,
}

impl Default for WeightStream {
    fn default() -> WeightStream {
        WeightStream::PLAIN
    }
}

impl WeightStream {
    /// Weights of a byte, a multiplier each.
    pub const PLAIN: WeightStream = WeightStream { weight_bits: 8, paired: false };

    /// Whether nothing differs from [`WeightStream::PLAIN`].
    pub fn is_plain(&self) -> bool {
        *self == WeightStream::PLAIN
    }

    /// Checks the limits that the RTL checks at elaboration.
    ///
    /// # Errors
    /// A [`Misfit`] that names the parameter, its value and the allowed range.
    pub fn validate(&self) -> Result<(), Misfit> {
        if !(2..=8).contains(&self.weight_bits) {
            return Err(Misfit::new(format!("weight_bits is {}", self.weight_bits), "weight_bits must be in 2..=8"));
        }
        Ok(())
    }

    /// Bytes of a word of the weight memory.
    pub fn word_bytes(&self, cols: usize) -> usize {
        (cols * self.weight_bits).div_ceil(8)
    }

    /// Whether weights are narrow enough.
    ///
    /// # Errors
    /// A [`Misfit`] that names the widest weight.
    pub fn holds(&self, weights: &[i8]) -> Result<(), Misfit> {
        let needed = weight_bits(weights);
        if needed <= self.weight_bits {
            return Ok(());
        }
        let widest = weights.iter().copied().max_by_key(|&weight| magnitude(weight)).unwrap_or(0);
        let what = format!("weight {widest} has {needed} bits, the array's weights have {}", self.weight_bits);
        Err(Misfit::new(what, format!("weight_bits {needed} or auto, or another core")))
    }

    /// Appends weights, whole words of `cols` columns, to the weight memory's image.
    pub fn append(&self, weights: &[i8], cols: usize, image: &mut Vec<u8>) {
        for word in weights.chunks(cols) {
            pack(word.iter().map(|weight| weight.cast_unsigned()), self.weight_bits, image);
        }
    }
}

/// The weights of a step, `cols` per word, as the array gets them; `None` when the images do not hold them.
pub fn read(config: &Config, accelerator: &Accelerator, images: &Images) -> Option<Vec<i8>> {
    let (stream, cols) = (accelerator.stream, accelerator.cols);
    let bytes = stream.word_bytes(cols);
    let words = images.weights.get((config.weight_base as usize).checked_mul(bytes)?..)?;
    let words = words.get(..(config.weight_words as usize).checked_mul(bytes)?)?;
    let sign = 8 - stream.weight_bits;
    let weight = |code: u8| (code << sign).cast_signed() >> sign;
    Some(words.chunks(bytes).flat_map(|word| unpack(word, stream.weight_bits).take(cols)).map(weight).collect())
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
fn pack(codes: impl Iterator<Item = u8>, bits: usize, image: &mut Vec<u8>) {
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
fn unpack(word: &[u8], bits: usize) -> impl Iterator<Item = u8> + '_ {
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
                stream.append(&vec![0; cols], cols, &mut images.weights);
                stream.append(&weights, cols, &mut images.weights);
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
