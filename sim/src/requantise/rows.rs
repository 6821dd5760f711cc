//! Requantisation of whole accumulator matrices. The loops are plain Rust over 64-bit products, compiled once per instruction set and
//! chosen at run time; every output equals what [`requantise`](super::requantise) gives.
use super::{Rounding, Scale, float};

/// Channel parameters are repeated until they fill at least this many lanes, so that rows of few channels run as fast as wide ones.
const MIN_PERIOD: usize = 256;

/// Parameters that no hardware channel could have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// Biases and scales do not belong together.
    #[error("{biases} biases for {scales} scales: there must be one of each per channel")]
    Lengths {
        /// Number of biases.
        biases: usize,
        /// Number of scales.
        scales: usize,
    },
    /// The multiplier of a channel is negative.
    #[error("channel {channel}: a multiplier of {multiplier} is not in the required range of 0..=2147483647")]
    Multiplier {
        /// Output channel.
        channel: usize,
        /// Its multiplier.
        multiplier: i32,
    },
    /// The shift of a channel is outside its rounding mode's range.
    #[error("channel {channel}: a shift of {shift} is not in the required range of {low}..={high}")]
    Shift {
        /// Output channel.
        channel: usize,
        /// Its shift.
        shift: i8,
        /// Lowest shift of the rounding mode.
        low: i8,
        /// Highest shift of the rounding mode.
        high: i8,
    },
    /// The zero point is no int8 value.
    #[error("a zero point of {0} is not in the required range of -128..=127")]
    ZeroPoint(i32),
    /// The clamp's bounds are the wrong way round.
    #[error("the clamp [{0}, {1}] is empty")]
    Clamp(i16, i16),
}

/// Everything that stands between the accumulators of one step and its activations, per output channel, ready for
/// [`requantise_rows`].
#[derive(Clone, Debug)]
pub struct ChannelScales {
    rounding: Rounding,
    zero_point: i32,
    clamp: [i16; 2],
    channels: usize,
    /// The channels, repeated.
    lanes: Lanes,
}

/// Parameters of the channels as one array each, all of the same length.
#[derive(Clone, Debug, Default)]
struct Lanes {
    bias: Vec<i32>,
    multiplier: Vec<i32>,
    left: Vec<u32>,
    right: Vec<u64>,
    /// Half of `1 << right`, or 0 when there is no shift.
    half: Vec<i64>,
    /// All ones when there is a right shift.
    rounds: Vec<i64>,
}

impl ChannelScales {
    /// One bias (accumulator units) and one scale per output channel; zero point and clamp in activation units, for all channels.
    /// Shifts: -62..=31 for [`Rounding::Double`], 0..=62 otherwise.
    pub fn new(bias: &[i32], scales: &[Scale], rounding: Rounding, zero_point: i32, clamp: [i16; 2]) -> Result<Self, ChannelError> {
        if bias.len() != scales.len() {
            return Err(ChannelError::Lengths { biases: bias.len(), scales: scales.len() });
        }
        if i8::try_from(zero_point).is_err() {
            return Err(ChannelError::ZeroPoint(zero_point));
        }
        if clamp[0] > clamp[1] {
            return Err(ChannelError::Clamp(clamp[0], clamp[1]));
        }
        for (channel, scale) in scales.iter().enumerate() {
            check(channel, *scale, rounding)?;
        }
        let channels = scales.len();
        let mut lanes = Lanes::default();
        for _ in 0..MIN_PERIOD.div_ceil(channels.max(1)) {
            bias.iter().zip(scales).for_each(|(bias, scale)| lanes.push(*bias, *scale, rounding));
        }
        Ok(ChannelScales { rounding, zero_point, clamp, channels, lanes })
    }

    /// Number of output channels.
    pub fn channels(&self) -> usize {
        self.channels
    }
}

/// Whether the scale of a channel is one that [`requantise`](super::requantise) is defined for.
fn check(channel: usize, scale: Scale, rounding: Rounding) -> Result<(), ChannelError> {
    let Scale { multiplier, shift } = scale;
    let (low, high) = match rounding {
        Rounding::Double => (-62, 31),
        Rounding::Single | Rounding::NearestEven | Rounding::Float => (0, 62),
    };
    if multiplier < 0 {
        return Err(ChannelError::Multiplier { channel, multiplier });
    }
    if !(low..=high).contains(&shift) {
        return Err(ChannelError::Shift { channel, shift, low, high });
    }
    Ok(())
}

impl Lanes {
    /// Adds one channel.
    fn push(&mut self, bias: i32, scale: Scale, rounding: Rounding) {
        let shift = i32::from(scale.shift);
        let (left, right) = match rounding {
            Rounding::Double => (shift.max(0), (-shift).max(0)),
            Rounding::Single | Rounding::NearestEven | Rounding::Float => (0, shift),
        };
        self.bias.push(bias);
        self.multiplier.push(scale.multiplier);
        self.left.push(left as u32);
        self.right.push(right as u64);
        self.half.push(if right > 0 { 1 << (right - 1) } else { 0 });
        self.rounds.push(if right > 0 { -1 } else { 0 });
    }
}

/// What accumulators become: the clamp keeps them in range.
pub trait Activation: Copy {
    /// The low bits.
    fn from_i32(value: i32) -> Self;
}

impl Activation for i8 {
    fn from_i32(value: i32) -> i8 {
        value as i8
    }
}

impl Activation for i16 {
    fn from_i32(value: i32) -> i16 {
        value as i16
    }
}

/// `out = clamp(requantise(acc + bias[channel]) + zero_point)` for row-major M x `n` accumulators; the bias is added with wrap-around.
///
/// # Panics
/// If `channels` has not `n` channels, if `acc` is no whole number of rows, or if `out` has another size.
pub fn requantise_rows<T: Activation>(acc: &[i32], n: usize, channels: &ChannelScales, out: &mut [T]) {
    assert_eq!(n, channels.channels, "rows of {n} accumulators, scales of {} channels", channels.channels);
    assert_eq!(acc.len(), out.len(), "accumulators and outputs");
    assert!(acc.is_empty() || (n > 0 && acc.len().is_multiple_of(n)), "{} accumulators are no whole number of rows of {n}", acc.len());
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") && is_x86_feature_detected!("avx512bw") {
            // SAFETY: the features are there.
            return unsafe { rows_avx512(acc, channels, out) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature is there.
            return unsafe { rows_avx2(acc, channels, out) };
        }
    }
    rows(acc, channels, out);
}

/// [`rows`], compiled for AVX-512.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw")]
fn rows_avx512<T: Activation>(acc: &[i32], channels: &ChannelScales, out: &mut [T]) {
    rows(acc, channels, out);
}

/// [`rows`], compiled for AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
pub(super) fn rows_avx2<T: Activation>(acc: &[i32], channels: &ChannelScales, out: &mut [T]) {
    rows(acc, channels, out);
}

/// One lane's parameters.
struct Lane {
    multiplier: i64,
    left: u32,
    right: u32,
    half: i64,
    rounds: i64,
}

/// The rounding mode is chosen once for all rows.
#[inline(always)]
pub(super) fn rows<T: Activation>(acc: &[i32], channels: &ChannelScales, out: &mut [T]) {
    match channels.rounding {
        Rounding::Double => each(acc, channels, out, |acc, lane| {
            // Ties go away from zero: half, minus one when negative.
            let high = (i64::from(acc.wrapping_shl(lane.left)) * lane.multiplier + (1 << 30)) >> 31;
            (high + lane.half + ((high >> 63) & lane.rounds)).wrapping_shr(lane.right) as i32
        }),
        Rounding::Single => each(acc, channels, out, |acc, lane| (i64::from(acc) * lane.multiplier + lane.half).wrapping_shr(lane.right) as i32),
        Rounding::NearestEven => each(acc, channels, out, |acc, lane| {
            // Ties go to the even neighbour: half minus one, plus the floor's last bit.
            let product = i64::from(acc) * lane.multiplier;
            let odd = product.wrapping_shr(lane.right) & 1;
            (product + lane.half + ((odd - 1) & lane.rounds)).wrapping_shr(lane.right) as i32
        }),
        Rounding::Float => each(acc, channels, out, |acc, lane| float(i64::from(acc) * lane.multiplier, lane.right)),
    }
}

/// Applies `scale` to every accumulator, with zero point and clamp.
#[inline(always)]
fn each<T: Activation>(acc: &[i32], channels: &ChannelScales, out: &mut [T], scale: impl Fn(i32, Lane) -> i32) {
    let lanes = &channels.lanes;
    // Clamping before the zero point is added needs no more than 32 bits.
    let [low, high] = channels.clamp.map(|bound| i32::from(bound) - channels.zero_point);
    let period = lanes.bias.len().max(1);
    for (acc, out) in acc.chunks(period).zip(out.chunks_mut(period)) {
        let count = acc.len();
        let (bias, multiplier, left) = (&lanes.bias[..count], &lanes.multiplier[..count], &lanes.left[..count]);
        let (right, half, rounds) = (&lanes.right[..count], &lanes.half[..count], &lanes.rounds[..count]);
        let out = &mut out[..count];
        for i in 0..count {
            let lane = Lane { multiplier: i64::from(multiplier[i]), left: left[i], right: right[i] as u32, half: half[i], rounds: rounds[i] };
            let scaled = scale(acc[i].wrapping_add(bias[i]), lane);
            out[i] = T::from_i32(scaled.max(low).min(high) + channels.zero_point);
        }
    }
}
