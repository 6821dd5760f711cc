//! Biases, multipliers and shifts of a layer with weights, as a bit stream:
//!
//! | bits | |
//! |---|---|
//! | 1 | whether there are biases; then 5 bits: their width minus 1, and every bias in so many bits, two's complement |
//! | 1 | whether every channel has its scale, or one is for all |
//! | 1 | whether scales are real |
//! | real: 8, 4 | least exponent, and the width of an exponent's distance from it; per scale that distance and the mantissa's 23 bits |
//! | otherwise | per scale 31 bits of multiplier and 8 bits of shift |
//!
//! A real scale is the weights' f32 scale. It stands for the multiplier and shift of `input scale * it / output scale`, and it is only used
//! where that gives every channel's multiplier and shift exactly.

use fretwork_hdl::eie::{BitReader, BitWriter};
use fretwork_sim::requantise::{Rounding, Scale};

use crate::graph::fixed_point::quantise_multiplier;
use crate::graph::{Output, Tensor};

/// Between which tensors the layer stands.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub input: &'a Tensor,
    pub output: &'a Tensor,
}

impl Place<'_> {
    /// Multiplier and shift for the weights' scale.
    fn scale(&self, weights: f32) -> Option<Scale> {
        quantise_multiplier(f64::from(self.input.scale) * f64::from(weights) / f64::from(self.output.scale))
    }

    /// A scale of the weights that leads to these, if there is one.
    fn real(&self, scale: Scale) -> Option<f32> {
        let factor = f64::from(scale.multiplier) * 2f64.powi(i32::from(scale.shift) - 31);
        let near = (factor * f64::from(self.output.scale) / f64::from(self.input.scale)) as f32;
        let candidates = [0, 1, -1, 2, -2].map(|step| f32::from_bits(near.to_bits().wrapping_add_signed(step)));
        candidates.into_iter().find(|real| real.is_normal() && *real > 0.0 && self.scale(*real) == Some(scale))
    }
}

/// Writes biases and scales.
pub fn encode(output: &Output, place: Place<'_>) -> BitWriter {
    let mut bits = BitWriter::default();
    bits.put(u32::from(!output.bias.is_empty()), 1);
    if !output.bias.is_empty() {
        let width = output.bias.iter().map(|bias| 33 - (bias ^ (bias >> 31)).leading_zeros()).max().unwrap_or(1);
        bits.put(width - 1, 5);
        output.bias.iter().for_each(|bias| bits.put(*bias as u32, width as usize));
    }
    // Thresholds stand in for scales; one that says nothing keeps the form.
    let scales = if output.scales.is_empty() { &[Scale::ZERO][..] } else { &output.scales };
    bits.put(u32::from(scales.len() != 1), 1);
    let real: Option<Vec<u32>> = scales.iter().map(|scale| place.real(*scale).map(f32::to_bits)).collect();
    match real.filter(|_| output.rounding == Rounding::Double).and_then(|real| Some((exponents(&real)?, real))) {
        Some(((least, width), real)) => {
            bits.put(1, 1);
            bits.put(least, 8);
            bits.put(width, 4);
            for real in real {
                bits.put((real >> 23) - least, width as usize);
                bits.put(real, 23);
            }
        }
        None => {
            bits.put(0, 1);
            for scale in scales {
                bits.put(scale.multiplier as u32, 31);
                bits.put(scale.shift as u8 as u32, 8);
            }
        }
    }
    bits
}

/// The least exponent and the width of the distances from it.
fn exponents(real: &[u32]) -> Option<(u32, u32)> {
    let (least, most) = (real.iter().min()? >> 23, real.iter().max()? >> 23);
    Some((least, 32 - (most - least).leading_zeros()))
}

/// Reads biases and scales of `channels` channels; `None` when the stream ends early or a scale is none.
pub fn decode(bytes: &[u8], channels: usize, place: Place<'_>) -> Option<(Vec<i32>, Vec<Scale>)> {
    let words = super::weights::to_words(bytes);
    let mut bits = BitReader::new(&words);
    // Every bias and every scale of its own takes one bit at least.
    let (biased, most) = (bits.take(1)? == 1, words.len() * 32);
    let bias = if biased {
        let width = bits.take(5)? as usize + 1;
        let signed = |value: u32| ((value << (32 - width)) as i32) >> (32 - width);
        (channels <= most).then_some(0..channels)?.map(|_| bits.take(width).map(signed)).collect::<Option<_>>()?
    } else {
        Vec::new()
    };
    let count = if bits.take(1)? == 1 { channels } else { 1 };
    let real = bits.take(1)? == 1;
    let (least, width) = if real { (bits.take(8)?, bits.take(4)? as usize) } else { (0, 0) };
    let one = |_| {
        if real {
            let exponent = least + bits.take(width)?;
            let mantissa = bits.take(23)?;
            return (1..255).contains(&exponent).then(|| place.scale(f32::from_bits(exponent << 23 | mantissa)))?;
        }
        let multiplier = bits.take(31)? as i32;
        Some(Scale { multiplier, shift: bits.take(8)? as u8 as i8 })
    };
    let scales = (count <= most).then_some(0..count)?.map(one).collect::<Option<_>>()?;
    Some((bias, scales))
}
