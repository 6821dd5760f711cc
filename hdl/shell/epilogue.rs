//! The epilogue's values: parameters of a step in the form in which whole rows of accumulators become activations.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::images::Images;
use crate::step::Channel;
use crate::vectorised::{Job, vectorised};
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
    /// `[step][channel]`.
    steps: Vec<i32>,
    /// Steps per channel.
    count: usize,
    /// -1 where the level falls with the accumulator, 1 elsewhere.
    directions: Vec<i8>,
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
        let held = images.thresholds.get(at..)?.get(..words * lanes * count)?;
        let steps = (0..count).flat_map(|step| held.iter().skip(step).step_by(count)).copied().collect();
        let directions = channels.iter().map(|channel| if channel.scale.multiplier & 1 == 1 { -1 } else { 1 }).collect();
        Some(Finish::Stairs(Stairs { steps, count, directions, low: config.clamp[0] as i8, doubled: config.doubled }))
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
                let (low, factor) = (stairs.low, if stairs.doubled { 2 } else { 1 });
                for (sums, out) in sums.chunks_exact(row).zip(out.chunks_exact_mut(row)) {
                    vectorised(Levels { stairs, low, factor, sums, out });
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
    /// Steps of a channel: its level is the number of those that the accumulator reaches, or of the others.
    pub fn steps(&self, channel: usize) -> Vec<i32> {
        self.steps.iter().skip(channel).step_by(self.directions.len()).copied().collect()
    }

    /// Whether a channel's level is odd when its accumulator reaches an even number of steps.
    pub fn inverts(&self, channel: usize) -> bool {
        self.directions[channel] < 0 && self.count % 2 == 1
    }

    /// Lowest bits of a row's levels, eight to a byte.
    pub fn bits(&self, sums: &[i32]) -> Vec<i8> {
        let mut levels = vec![0i8; sums.len()];
        vectorised(Levels { stairs: self, low: 0, factor: 1, sums, out: &mut levels });
        let byte = |levels: &[i8]| levels.iter().enumerate().map(|(at, level)| (level & 1) << at).sum();
        levels.chunks(8).map(byte).collect()
    }
}

/// The activations of a row of accumulators: the lowest, and the channels' levels times the factor.
struct Levels<'l> {
    stairs: &'l Stairs,
    low: i8,
    factor: i8,
    sums: &'l [i32],
    out: &'l mut [i8],
}

impl Job for Levels<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Levels { stairs: Stairs { steps, count, directions, .. }, low, factor, sums, out } = self;
        let count = *count as i8;
        out.fill(0);
        for steps in steps.chunks(directions.len().max(1)) {
            out.iter_mut().zip(sums.iter().zip(steps)).for_each(|(passed, (sum, step))| *passed += i8::from(sum >= step));
        }
        for (out, direction) in out.iter_mut().zip(directions) {
            let level = if *direction < 0 { count - *out } else { *out };
            *out = low.wrapping_add(factor.wrapping_mul(level));
        }
    }
}
