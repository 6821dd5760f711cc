//! Parameters of the shift core, and which steps fit it.

use super::codes::{distinct, signed_digits};
use crate::accelerator::{Accelerator, Misfit};
use crate::step::{Step, Work};
use serde::{Deserialize, Serialize};

/// Most inputs per output: so many products of 128 by 128 stay within 32 bits.
pub const MAX_DEPTH: usize = (1 << 17) - 1;

/// The core's parameters, as the RTL carries them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftCore {
    /// Columns: outputs that are computed together; 1 to 256, a divisor or a multiple of the lanes.
    pub cols: usize,
    /// Shift units per column; a power of two, 1 to the lanes.
    pub simd: usize,
    /// Powers of two that a weight may be the sum of, 1 to 4.
    pub terms: usize,
    /// Bits of a weight's code, 2 to 5.
    pub code_bits: usize,
    /// Registers in the adder tree, 1 to 4.
    pub stages: usize,
    /// Weight memory, words of `cols * simd` codes.
    pub weight_words: usize,
    /// Tables of codes.
    pub tables: usize,
}

impl ShiftCore {
    /// A core with the smallest memories.
    pub fn new(cols: usize, simd: usize) -> ShiftCore {
        ShiftCore { cols, simd, terms: 2, code_bits: 4, stages: 2, weight_words: 1, tables: 1 }
    }

    /// Checks the limits that the RTL checks at elaboration.
    ///
    /// # Errors
    /// A [`Misfit`] that names the parameter, its value and the allowed range.
    pub fn validate(&self, lanes: usize) -> Result<(), Misfit> {
        let ranges = [
            ("shift_cols", self.cols, 1, 256),
            ("shift_simd", self.simd, 1, lanes),
            ("shift_terms", self.terms, 1, 4),
            ("shift_code_bits", self.code_bits, 2, 5),
            ("shift_stages", self.stages, 1, 4),
            ("shift_weight_words", self.weight_words, 1, 1 << 24),
            ("shift_tables", self.tables, 1, 1 << 16),
        ];
        for (name, value, least, most) in ranges {
            if value < least || value > most {
                return Err(Misfit::new(format!("{name} is {value}"), format!("{name} must be in {least}..={most}")));
            }
        }
        if !self.simd.is_power_of_two() {
            return Err(Misfit::new(format!("shift_simd is {}", self.simd), "shift_simd must be a power of two"));
        }
        if !self.cols.is_multiple_of(lanes) && !lanes.is_multiple_of(self.cols) {
            let remedy = format!("shift_cols must divide the {lanes} lanes or be a multiple of them");
            return Err(Misfit::new(format!("shift_cols is {}", self.cols), remedy));
        }
        Ok(())
    }

    /// Bytes of a weight word.
    pub fn word_bytes(&self) -> usize {
        (self.cols * self.simd * self.code_bits).div_ceil(8)
    }

    /// Whether a table with codes of `code_bits` bits can hold a layer's weights.
    ///
    /// # Errors
    /// A [`Misfit`] that names the weight with too many terms, or the number of distinct ones.
    pub fn holds(&self, weights: &[i8], code_bits: usize) -> Result<(), Misfit> {
        let values = distinct(weights);
        if let Some(weight) = values.iter().find(|weight| signed_digits(**weight).len() > self.terms) {
            let terms = signed_digits(*weight).len();
            let what = format!("weight {weight} is the sum of {terms} powers of two, and shift_terms is {}", self.terms);
            return Err(Misfit::new(what, format!("shift_terms {terms}")));
        }
        let most = (1 << code_bits) - 1;
        if values.len() > most {
            return Err(Misfit::new(
                format!("{} distinct weights beside 0", values.len()),
                format!("at most {most}, with codes of {code_bits} bits"),
            ));
        }
        Ok(())
    }
}

/// Weights of few terms and values, sums within 32 bits, outputs of bytes.
pub fn fits(step: &Step, accelerator: &Accelerator) -> Result<(), Misfit> {
    let Work::Shift(shift) = &step.work else {
        return Err(Misfit::new("the step is no product with powers of two", "the other cores may execute it"));
    };
    let Some(core) = &accelerator.shift else {
        return Err(Misfit::new("the accelerator has no shift core", "an accelerator with shift_cols > 0"));
    };
    core.holds(&shift.weights, core.code_bits)?;
    let room = step.input.words * accelerator.lanes;
    if shift.in_channels > room {
        let what = format!("{} input channels in {} words", shift.in_channels, step.input.words);
        return Err(Misfit::new(what, "channels that the words hold"));
    }
    let depth = shift.window.kernel[0] * shift.window.kernel[1] * room;
    if depth > MAX_DEPTH {
        return Err(Misfit::new(format!("{depth} inputs per output"), format!("at most {MAX_DEPTH}")));
    }
    let Some(epilogue) = &step.epilogue else { return Ok(()) };
    if epilogue.wide || epilogue.binary == Some(crate::step::Binary::Bits) {
        return Err(Misfit::new("outputs of 16 bits, or packed ones", "outputs of bytes"));
    }
    let levels = epilogue.stairs.iter().map(|stairs| stairs.steps.len()).max().unwrap_or(0);
    if levels > accelerator.threshold_steps() {
        let what = format!("{levels} thresholds per channel, the threshold memory holds {}", accelerator.threshold_steps());
        return Err(Misfit::new(what, "fewer levels"));
    }
    Ok(())
}
