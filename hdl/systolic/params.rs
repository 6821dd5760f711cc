//! Which steps fit the array.

use super::encode::stream;
use crate::accelerator::{Accelerator, Misfit};
use crate::step::{Conv, Step, Work};

/// Limits of the step-table fields, of the accumulator memory and of the weights.
pub fn fits(step: &Step, accelerator: &Accelerator) -> Result<(), Misfit> {
    let Work::Conv(conv) = &step.work else {
        return Err(Misfit::new("the step is no convolution or matrix product", "the lane core may execute it"));
    };
    let width = step.output.width;
    if width > accelerator.acc_depth {
        let what = format!("an output row has {width} pixels, the accumulator memory holds {}", accelerator.acc_depth);
        return Err(Misfit::new(what, format!("an accumulator depth of {width} or more")));
    }
    holds(conv, accelerator)?;
    let needed = accumulator_bits(conv);
    if needed > 32 {
        let what = format!("the sum of {} products needs {needed} bits, the accumulator has 32", reduction(conv));
        return Err(Misfit::new(what, "fewer input channels or a smaller kernel"));
    }
    Ok(())
}

/// Whether the weight stream can carry the weights.
///
/// # Errors
/// A [`Misfit`] that names the widest weight, or says how many distinct ones there are.
pub fn holds(conv: &Conv, accelerator: &Accelerator) -> Result<(), Misfit> {
    if accelerator.stream.holds_all() {
        return Ok(());
    }
    accelerator.stream.holds(&stream(conv, accelerator))
}

/// Inputs per output.
pub fn reduction(conv: &Conv) -> usize {
    conv.window.kernel[0] * conv.window.kernel[1] * conv.in_channels
}

/// Bits of a two's complement number that holds every partial sum: `128 * sum |w|` of the largest output channel.
pub fn accumulator_bits(conv: &Conv) -> usize {
    let sums = conv.weights.chunks(reduction(conv)).map(|row| row.iter().map(|w| u64::from(w.unsigned_abs())).sum::<u64>());
    let largest = sums.max().unwrap_or(0) * 128;
    (65 - largest.leading_zeros() as usize).max(17)
}
