//! Proof that sums fit the 32 bits of the epilogue, and the folding of input zero points into biases.

use super::error::PlanError;
use crate::graph::{Output, Tensor};
use fretwork_hdl::Channel;
use fretwork_sim::requantise::{Rounding, Scale};

/// Bias and scale per channel of an accumulation `sum a * w` over raw activations of `input`: `bias - zero_point * sum w`, and the proof that
/// every reachable sum, shifted left where the scale says so, fits 32 bits; and lowest and highest sum. `weights(channel)` yields a channel's weights.
pub fn channels<W: Iterator<Item = i8>>(
    layer: &str,
    output: &Output,
    input: &Tensor,
    count: usize,
    weights: impl Fn(usize) -> W,
) -> Result<(Vec<Channel>, Vec<[i64; 2]>), PlanError> {
    let zero_point = i64::from(input.zero_point);
    let [lowest, highest] = input.range().map(|end| i64::from(end) - zero_point);
    (0..count)
        .map(|channel| {
            let own = if output.scales.len() == 1 { 0 } else { channel };
            let scale = output.scales.get(own).copied().unwrap_or(Scale::ZERO);
            let bias = i64::from(output.bias.get(channel).copied().unwrap_or(0));
            // Positive and negative weights reach their ends with opposite activations.
            let (mut rising, mut falling) = (0i64, 0i64);
            weights(channel).map(i64::from).for_each(|w| (rising, falling) = (rising + w.max(0), falling + w.min(0)));
            let (low, high) = (bias + lowest * rising + highest * falling, bias + highest * rising + lowest * falling);
            let sum = rising + falling;
            check_range(layer, channel, low, high, scale, output.rounding)?;
            Ok((Channel { bias: (bias - zero_point * sum) as i32, scale }, [low, high]))
        })
        .collect::<Result<Vec<_>, _>>()
        .map(|both| both.into_iter().unzip())
}

/// The accumulator's range fits the requantiser.
pub fn check_range(layer: &str, channel: usize, low: i64, high: i64, scale: Scale, rounding: Rounding) -> Result<(), PlanError> {
    let left = if rounding == Rounding::Double { scale.shift.max(0) as u32 } else { 0 };
    let largest = i64::from(i32::MAX) - 256;
    let fits = |value: i64| value.unsigned_abs() << left <= largest as u64;
    let scaled = |value: i64| {
        let shift = scale.shift.unsigned_abs().min(62);
        rounding == Rounding::Double || ((i128::from(value) * i128::from(scale.multiplier)) >> shift).unsigned_abs() <= largest as u128
    };
    if [low, high].into_iter().all(|v| fits(v) && scaled(v)) {
        return Ok(());
    }
    let why = format!("sums of output channel {channel} reach {low}..={high}, which does not fit the requantiser's 32 bits");
    Err(PlanError::unsupported(layer, why, "smaller weights or biases, or fewer inputs per output"))
}
