//! The epilogue's values: parameters of a step in the form in which whole rows of accumulators become activations.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::images::Images;
use crate::step::Channel;
use fretwork_sim::requantise::{ChannelError, ChannelScales, requantise_rows};

/// The channels' parameters with the step's rounding mode, zero point and clamp.
///
/// # Errors
/// The first parameter that the requantiser is not defined for.
pub fn channel_scales(config: &Config, channels: &[Channel]) -> Result<ChannelScales, ChannelError> {
    let biases: Vec<_> = channels.iter().map(|c| c.bias).collect();
    let scales: Vec<_> = channels.iter().map(|c| c.scale).collect();
    ChannelScales::new(&biases, &scales, config.rounding, i32::from(config.zero_point), config.clamp)
}

/// From accumulators to bytes, as the step says.
#[derive(Clone, Debug)]
pub enum Finish {
    /// Requantised.
    Scales(ChannelScales),
    /// Multiplied, then biased.
    Affine(Affine),
    /// Compared with thresholds.
    Stairs(Stairs),
}

/// Multipliers of a step's channels.
#[derive(Clone, Debug)]
pub struct Affine {
    channels: Vec<Channel>,
    zero_point: i32,
    clamp: [i32; 2],
}

/// Thresholds of a step's channels.
#[derive(Clone, Debug)]
pub struct Stairs {
    /// `[channel][step]`, as the threshold memory holds them.
    steps: Vec<i32>,
    /// Steps per channel.
    count: usize,
    falling: Vec<bool>,
    low: i8,
    doubled: bool,
}

impl Finish {
    /// The parameters of the step's `words` words; `None` when the images hold none or the requantiser is not defined for them.
    pub fn new(config: &Config, accelerator: &Accelerator, images: &Images, words: usize) -> Option<Finish> {
        let lanes = accelerator.lanes;
        let at = usize::from(config.param_base) * lanes;
        let channels = images.params.get(at..)?.get(..words * lanes)?;
        if config.affine {
            let clamp = config.clamp.map(i32::from);
            return Some(Finish::Affine(Affine { channels: channels.to_vec(), zero_point: i32::from(config.zero_point), clamp }));
        }
        if !config.thresholds {
            return channel_scales(config, channels).ok().map(Finish::Scales);
        }
        let count = accelerator.threshold_steps();
        let at = usize::from(config.threshold_base) * lanes * count;
        let steps = images.thresholds.get(at..)?.get(..words * lanes * count)?.to_vec();
        let falling = channels.iter().map(|channel| channel.scale.multiplier & 1 == 1).collect();
        Some(Finish::Stairs(Stairs { steps, count, falling, low: config.clamp[0] as i8, doubled: config.doubled }))
    }

    /// Activations of rows of `row` accumulators.
    pub fn apply(&self, sums: &[i32], row: usize, out: &mut [i8]) {
        match self {
            Finish::Scales(scales) => requantise_rows(sums, row, scales, out),
            Finish::Affine(affine) => {
                for (sums, out) in sums.chunks_exact(row).zip(out.chunks_exact_mut(row)) {
                    let channels = affine.channels.iter().zip(sums);
                    out.iter_mut().zip(channels).for_each(|(out, (channel, sum))| *out = affine.value(*sum, channel) as i8);
                }
            }
            Finish::Stairs(stairs) => {
                for (sums, out) in sums.chunks_exact(row).zip(out.chunks_exact_mut(row)) {
                    for (channel, (sum, out)) in sums.iter().zip(out).enumerate() {
                        let level = stairs.level(*sum, channel);
                        *out = (i32::from(stairs.low) + if stairs.doubled { 2 * level } else { level }) as i8;
                    }
                }
            }
        }
    }

    /// Activations of 16 bits of one row of accumulators, as bytes.
    pub fn apply_wide(&self, sums: &[i32], out: &mut [i8]) {
        // The check of the step table lets no thresholds through to 16 bits.
        let Finish::Scales(scales) = self else { return };
        let mut values = vec![0i16; sums.len()];
        requantise_rows(sums, sums.len(), scales, &mut values);
        out.chunks_exact_mut(2).zip(&values).for_each(|(to, value)| to.copy_from_slice(&value.to_le_bytes().map(|b| b as i8)));
    }
}

impl Affine {
    /// As the hardware wraps: to 32 bits behind the shift, and with the bias.
    fn value(&self, sum: i32, channel: &Channel) -> i32 {
        let product = (i64::from(sum) * i64::from(channel.scale.multiplier)) >> channel.scale.shift.clamp(0, 62);
        let placed = ((product as i32).wrapping_add(channel.bias) >> 16) + self.zero_point;
        placed.clamp(self.clamp[0], self.clamp[1])
    }
}

impl Stairs {
    fn level(&self, sum: i32, channel: usize) -> i32 {
        let steps = &self.steps[channel * self.count..][..self.count];
        let passed = steps.iter().filter(|step| sum >= **step).count();
        (if self.falling[channel] { self.count - passed } else { passed }) as i32
    }

    /// Lowest bits of a row's levels, eight to a byte.
    pub fn bits(&self, sums: &[i32]) -> Vec<i8> {
        let byte = |first: usize, sums: &[i32]| {
            let bit = |(at, &sum): (usize, &i32)| {
                let channel = first + at;
                // One step is what most have.
                let level = match self.count {
                    1 => (sum >= self.steps[channel]) != self.falling[channel],
                    _ => self.level(sum, channel) & 1 == 1,
                };
                u8::from(level) << at
            };
            sums.iter().enumerate().map(bit).sum::<u8>() as i8
        };
        sums.chunks(8).enumerate().map(|(index, sums)| byte(8 * index, sums)).collect()
    }
}
