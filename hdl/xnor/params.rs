//! Parameters of the binary core, which steps fit it, and what its sums lack to the products.

use crate::accelerator::{Accelerator, Misfit};
use crate::step::{BitPlanes, Step, Work, Xnor};
use serde::{Deserialize, Serialize};

/// Most bits of a weight.
pub const MAX_WEIGHT_BITS: usize = 8;

/// The core's parameters, as the RTL carries them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct XnorCore {
    /// Columns: outputs that are computed together; 1 to 256, a divisor or a multiple of the lanes.
    pub cols: usize,
    /// XNOR gates per column; a power of two, 8 to the bits of an activation word.
    pub simd: usize,
    /// Registers in the popcount tree, 1 to 4.
    pub stages: usize,
    /// Weight memory, words of `cols * simd` bits.
    pub weight_words: usize,
    /// Bits of the widest output, 8 or 16.
    pub act_bits: usize,
    /// Bits of the widest weights: 1 for weights -1 and 1 only, 2 to 8 for weights in two's complement as well.
    #[serde(default = "binary", skip_serializing_if = "is_binary")]
    pub weight_bits: usize,
}

fn binary() -> usize {
    1
}

fn is_binary(bits: &usize) -> bool {
    *bits == 1
}

impl XnorCore {
    /// A core with the smallest memory.
    pub fn new(cols: usize, simd: usize) -> XnorCore {
        XnorCore { cols, simd, stages: 2, weight_words: 1, act_bits: 8, weight_bits: 1 }
    }

    /// Checks the limits that the RTL checks at elaboration.
    ///
    /// # Errors
    /// A [`Misfit`] that names the parameter, its value and the allowed range.
    pub fn validate(&self, lanes: usize) -> Result<(), Misfit> {
        let ranges = [
            ("xnor_cols", self.cols, 1, 256),
            ("xnor_simd", self.simd, 8, lanes * 8),
            ("xnor_stages", self.stages, 1, 4),
            ("xnor_weight_bits", self.weight_bits, 1, MAX_WEIGHT_BITS),
        ];
        for (name, value, least, most) in ranges {
            if value < least || value > most {
                return Err(Misfit::new(format!("{name} is {value}"), format!("{name} must be in {least}..={most}")));
            }
        }
        if !self.simd.is_power_of_two() {
            return Err(Misfit::new(format!("xnor_simd is {}", self.simd), "xnor_simd must be a power of two"));
        }
        if !self.cols.is_multiple_of(lanes) && !lanes.is_multiple_of(self.cols) {
            let remedy = format!("xnor_cols must divide the {lanes} lanes or be a multiple of them");
            return Err(Misfit::new(format!("xnor_cols is {}", self.cols), remedy));
        }
        if ![8, 16].contains(&self.act_bits) {
            return Err(Misfit::new(format!("act_bits is {}", self.act_bits), "act_bits must be 8 or 16"));
        }
        if self.weight_words == 0 || self.weight_words > 1 << 24 {
            return Err(Misfit::new(format!("xnor_weight_words is {}", self.weight_words), "xnor_weight_words must be in 1..=16777216"));
        }
        Ok(())
    }

    /// Bytes of a weight word.
    pub fn word_bytes(&self) -> usize {
        self.cols * self.simd / 8
    }
}

/// Bits of a layer's weights as the core takes them: 1 when all are -1 or 1, else as many as two's complement needs, 2 to 8.
pub fn weight_bits(weights: &[i8]) -> usize {
    let bits = |weight: &i8| 9 - (if *weight < 0 { !*weight } else { *weight }).leading_zeros() as usize;
    if weights.iter().all(|weight| matches!(weight, -1 | 1)) { 1 } else { weights.iter().map(bits).max().unwrap_or(0).max(2) }
}

/// Whether the sums of so many products stay within 32 bits, whatever the values.
pub fn sums_fit(inputs: usize, planes: BitPlanes, weight_bits: usize) -> bool {
    let activation = if let BitPlanes::Bytes { bits, .. } = planes { (1 << bits) - 1 } else { 2 };
    (inputs as u64 * activation) << (weight_bits - 1) < 1 << 30
}

/// Weights within the core's bits, activations within the words, sums within 32 bits.
pub fn fits(step: &Step, accelerator: &Accelerator) -> Result<(), Misfit> {
    let Work::Xnor(xnor) = &step.work else {
        return Err(Misfit::new("the step is no product with weights of one bit or a few", "the other cores may execute it"));
    };
    let Some(core) = &accelerator.xnor else {
        return Err(Misfit::new("the accelerator has no binary core", "an accelerator with xnor_cols > 0"));
    };
    if !(1..=core.weight_bits.min(MAX_WEIGHT_BITS)).contains(&xnor.weight_bits) {
        let what = format!("weights of {} bits, the binary core takes {}", xnor.weight_bits, core.weight_bits);
        return Err(Misfit::new(what, format!("1 to {} bits, or more xnor_weight_bits", core.weight_bits)));
    }
    let holds = |weight: &i8| if xnor.weight_bits == 1 { matches!(weight, -1 | 1) } else { weight >> (xnor.weight_bits - 1) == weight >> 7 };
    if let Some(weight) = xnor.weights.iter().find(|weight| !holds(weight)) {
        let range = 1i16 << (xnor.weight_bits - 1);
        let fit = if xnor.weight_bits == 1 { "weights -1 and 1".to_owned() } else { format!("weights {} to {}", -range, range - 1) };
        return Err(Misfit::new(format!("weight {weight} has more than {} bits", xnor.weight_bits), fit));
    }
    let room = step.input.words * per_word(xnor.planes, accelerator.lanes);
    if xnor.in_channels > room || xnor.in_channels + per_word(xnor.planes, accelerator.lanes) <= room {
        let what = format!("{} input channels in {} words", xnor.in_channels, step.input.words);
        return Err(Misfit::new(what, "channels that fill all words but the last"));
    }
    let packed = matches!(xnor.planes, BitPlanes::Packed { .. });
    if packed && xnor.pad_value.is_some_and(|value| value != 0 && value != -1) {
        return Err(Misfit::new("packed activations with a padding that is no bit", "0 or -1"));
    }
    if !sums_fit(xnor.reduction(), xnor.planes, xnor.weight_bits) {
        return Err(Misfit::new("the sums need more than 32 bits", "fewer inputs per output"));
    }
    let Some(epilogue) = &step.epilogue else { return Ok(()) };
    if epilogue.wide && core.act_bits != 16 {
        return Err(Misfit::new("outputs of 16 bits", "a binary core with act_bits 16"));
    }
    let levels = epilogue.stairs.iter().map(|stairs| stairs.steps.len()).max().unwrap_or(0);
    if levels > accelerator.threshold_steps() {
        let what = format!("{levels} thresholds per channel, the threshold memory holds {}", accelerator.threshold_steps());
        return Err(Misfit::new(what, "fewer levels"));
    }
    Ok(())
}

/// Activations of a word.
pub fn per_word(planes: BitPlanes, lanes: usize) -> usize {
    if matches!(planes, BitPlanes::Packed { .. }) { lanes * 8 } else { lanes }
}

/// What has to be added to the core's sum of an output channel with these weights to make it `sum a * w`.
///
/// With K inputs of which P meet a weight of 1, and c the planes' factors: `sum b * w = popcount(xnor(b, w)) - K + P` for bits 0 and 1, and
/// `2 * popcount(xnor(b, w)) - K` for -1 and 1.
///
/// With weights of several bits the sum of bits 0 and 1 lacks nothing. With -1 and 1 as bits 0 and 1 it lacks the sum of the weights:
/// `a = 2 * b - 1`, or `1 - 2 * b` where the bit is a byte's sign.
pub fn correction(xnor: &Xnor, channel: usize) -> i64 {
    let inputs = xnor.reduction();
    let weights = &xnor.weights[channel * inputs..][..inputs];
    if xnor.weight_bits > 1 {
        let sum = weights.iter().map(|&weight| i64::from(weight)).sum::<i64>();
        return match xnor.planes {
            BitPlanes::Bipolar => sum,
            BitPlanes::Packed { bipolar: true } => -sum,
            BitPlanes::Packed { bipolar: false } | BitPlanes::Bytes { .. } => 0,
        };
    }
    let ones = weights.iter().filter(|weight| **weight > 0).count() as i64;
    let factor = match xnor.planes {
        BitPlanes::Bipolar | BitPlanes::Packed { bipolar: true } => return -(inputs as i64),
        BitPlanes::Packed { bipolar: false } => 1,
        BitPlanes::Bytes { signed: true, .. } => -1,
        BitPlanes::Bytes { bits, signed: false } => (1 << bits) - 1,
    };
    factor * (ones - inputs as i64)
}
