//! The epilogue's values: parameters of a step in the form in which whole rows of accumulators are requantised.

use crate::config::Config;
use crate::step::Channel;
use fretwork_sim::requantise::{ChannelError, ChannelScales};

/// The channels' parameters with the step's rounding mode, zero point and clamp.
///
/// # Errors
/// The first parameter that the requantiser is not defined for.
pub fn channel_scales(config: &Config, channels: &[Channel]) -> Result<ChannelScales, ChannelError> {
    let biases: Vec<_> = channels.iter().map(|c| c.bias).collect();
    let scales: Vec<_> = channels.iter().map(|c| c.scale).collect();
    ChannelScales::new(&biases, &scales, config.rounding, i32::from(config.zero_point), config.clamp)
}
