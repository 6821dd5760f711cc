//! From a chain of float functions and a quantiser to an epilogue of the hardware that equals it for every accumulator that can occur.
//!
//! Every function of a chain is monotone, and so is rounding to f32; so it is enough to find, by bisection, the accumulators at which the
//! result steps from one level to the next. The result is a staircase per channel; where it has many levels and a multiplier and a shift
//! are proven to step at the same places, the requantiser. A product of float32 and nothing else is what the requantiser computes itself.

use fretwork_sim::requantise::{Rounding, Scale, prove_monotone};

use super::link::{self, Function, Side};
use super::lower::{Lowered, refuse};
use super::quantiser::{Method, Quantiser};
use super::signal::{Signal, Sums};
use crate::graph::{Output, Staircase};

/// Most levels that are always made with thresholds.
const FEW_LEVELS: i32 = 16;

/// One channel's function from accumulators to stored integers.
struct Channel<'a> {
    signal: &'a Signal,
    quantiser: &'a Quantiser,
    channel: usize,
    reach: [i32; 2],
    falling: bool,
    float_error: f32,
}

impl Channel<'_> {
    fn at(&self, acc: i32) -> i32 {
        self.side(acc, Side::Exact)
    }

    fn side(&self, acc: i32, side: Side) -> i32 {
        self.quantiser.store(self.signal.value(acc, self.channel, side), self.channel)
    }

    /// Whether the approximate functions of the chain leave the result open.
    fn is_open(&self, acc: i32) -> bool {
        self.signal.is_approximate() && [Side::Down, Side::Up].iter().any(|side| self.side(acc, *side) != self.at(acc))
    }

    /// Whether the accumulator lies on a step, so that the smallest error of a float sum decides. Scales that are powers of two make none.
    fn is_on_step(&self, acc: i32) -> bool {
        let Some((first, rest)) = self.signal.chain.split_first() else {
            return false;
        };
        let scale = first.apply(1.0, self.channel, Side::Exact);
        if first.function != Function::Mul || scale.to_bits() << 9 == 0 {
            return false;
        }
        let value = first.apply(acc as f32, self.channel, Side::Exact);
        let moved = [value - scale * self.float_error, value + scale * self.float_error];
        let store = |x: f32| self.quantiser.store(link::apply(rest, x, self.channel, Side::Exact), self.channel);
        moved.iter().any(|x| store(*x) != self.at(acc))
    }

    fn ends(&self) -> [i32; 2] {
        self.reach.map(|acc| self.at(acc))
    }

    /// Where the function steps: the accumulator that still or already has the higher value, and by how much it steps.
    fn steps(&self) -> Vec<(i32, i32)> {
        let mut steps = Vec::new();
        let [low, high] = self.reach;
        self.search((low, self.at(low)), (high, self.at(high)), &mut steps);
        steps
    }

    fn search(&self, low: (i32, i32), high: (i32, i32), steps: &mut Vec<(i32, i32)>) {
        let gap = i64::from(high.0) - i64::from(low.0);
        match low.1.abs_diff(high.1) as i32 {
            0 => {}
            rise if gap <= 1 => steps.push((if self.falling { low.0 } else { high.0 }, rise)),
            _ => {
                let middle = (i64::from(low.0) + gap / 2) as i32;
                let middle = (middle, self.at(middle));
                self.search(low, middle, steps);
                self.search(middle, high, steps);
            }
        }
    }

    /// The staircase above level `floor`; a step of the function is `unit` levels (two for -1 and 1).
    fn staircase(&self, floor: i32, unit: i32) -> Lowered<Staircase> {
        let mut steps = Vec::new();
        let always = |level: i32| ((level - floor) / unit).max(0) as usize;
        let [first, last] = self.ends();
        if !self.falling {
            steps.extend(std::iter::repeat_n(self.reach[0], always(first)));
        }
        for (acc, rise) in self.steps() {
            let beside = if self.falling { acc + 1 } else { acc - 1 };
            if self.quantiser.chosen {
                steps.extend(std::iter::repeat_n(acc, (rise / unit) as usize));
                continue;
            }
            if let Some(on) = [acc, beside].into_iter().find(|acc| self.is_on_step(*acc)) {
                let reason = format!("the sum {on} of channel {} lies on a step, so that a runtime's order of summation decides", self.channel);
                return refuse(reason, "scales that are powers of two, or a bias that keeps sums off the steps");
            }
            if self.is_open(acc) || self.is_open(beside) {
                let reason = format!("sigmoid or tanh comes so near to a step of channel {} that runtimes disagree about it", self.channel);
                return refuse(reason, "sigmoid and tanh behind a quantiser, or another output scale");
            }
            steps.extend(std::iter::repeat_n(acc, (rise / unit) as usize));
        }
        if self.falling {
            steps.extend(std::iter::repeat_n(self.reach[1], always(last)));
        }
        Ok(Staircase { falling: self.falling, steps })
    }
}

/// The epilogue that computes `quantiser` of `signal`, whose source is `sums`.
pub fn output(sums: &Sums, signal: &Signal, quantiser: &Quantiser) -> Lowered<Output> {
    let channels = channels(sums, signal, quantiser)?;
    let ends: Vec<i32> = channels.iter().flat_map(Channel::ends).collect();
    let (low, high) = (ends.iter().copied().min().unwrap_or(0), ends.iter().copied().max().unwrap_or(0));
    let [low, high] = if quantiser.bipolar { [-1, 1] } else { [low, high] };
    if low < -128 || high > 127 || high - low > 255 {
        let reason = format!("its results reach from {} to {}", low + quantiser.shift(), high + quantiser.shift());
        return refuse(reason, "quantisers with results of up to 8 bits");
    }
    let plain = |bias, scales, thresholds| {
        let clamp = [low as i16, high as i16];
        Output { bias, scales, rounding: Rounding::NearestEven, clamp, thresholds }
    };
    if let Some(scales) = product(sums, quantiser) {
        return Ok(Output { rounding: Rounding::Float, ..plain(sums.bias.clone(), scales, Vec::new()) });
    }
    let unit = if quantiser.bipolar { 2 } else { 1 };
    let stairs = channels.iter().map(|channel| channel.staircase(low, unit)).collect::<Lowered<Vec<_>>>()?;
    if high - low >= FEW_LEVELS
        && !signal.is_approximate()
        && let Some(found) = requantiser(sums, &channels, [low, high])
    {
        return Ok(Output { rounding: found.rounding, ..plain(found.bias, found.scales, Vec::new()) });
    }
    Ok(plain(sums.bias.clone(), Vec::new(), stairs))
}

fn channels<'a>(sums: &Sums, signal: &'a Signal, quantiser: &'a Quantiser) -> Lowered<Vec<Channel<'a>>> {
    let mut channels = Vec::new();
    for (channel, reach) in sums.reach.iter().enumerate() {
        if reach.iter().any(|acc| !signal.value(*acc, channel, Side::Exact).is_finite()) {
            return refuse(format!("the float functions overflow in channel {channel}"), "finite scales and biases");
        }
        let falling = link::direction(&signal.chain, channel) < 0;
        channels.push(Channel { signal, quantiser, channel, reach: *reach, falling, float_error: sums.float_error() });
    }
    Ok(channels)
}

/// The scales with which the hardware multiplies as float32 does, where the quantiser is such a product. Sums are exact in float32 up to 2^24; beyond,
/// products of 256 and more are clamped however they are rounded.
fn product(sums: &Sums, quantiser: &Quantiser) -> Option<Vec<Scale>> {
    let Method::Product { factors } = &quantiser.method else {
        return None;
    };
    let exact = |(channel, reach): (usize, &[i32; 2])| {
        let factor = factors[if factors.len() == 1 { 0 } else { channel }];
        let largest = reach[0].unsigned_abs().max(reach[1].unsigned_abs());
        // What is scaled has to fit 32 bits.
        (largest <= 1 << f32::MANTISSA_DIGITS || factor * (1 << f32::MANTISSA_DIGITS) as f32 >= 256.0) && f64::from(largest) * f64::from(factor) < 1e9
    };
    if !sums.reach.iter().enumerate().all(exact) {
        return None;
    }
    let scale = |factor: &f32| {
        let exponent = (factor.to_bits() >> 23) as i32 - 127;
        let multiplier = (factor.to_bits() & ((1 << 23) - 1) | 1 << 23) as i32;
        (factor.is_normal() && *factor > 0.0 && (-39..=23).contains(&exponent)).then_some(Scale { multiplier, shift: (23 - exponent) as i8 })
    };
    let mut scales: Vec<Scale> = factors.iter().map(scale).collect::<Option<_>>()?;
    if scales.iter().all(|scale| *scale == scales[0]) {
        scales.truncate(1);
    }
    Some(scales)
}

/// A requantiser for all channels.
struct Requantiser {
    bias: Vec<i32>,
    scales: Vec<Scale>,
    rounding: Rounding,
}

/// The requantiser that equals all channels everywhere, if there is one.
fn requantiser(sums: &Sums, channels: &[Channel], outputs: [i32; 2]) -> Option<Requantiser> {
    let quantiser = channels.first()?.quantiser;
    let zero_point = quantiser.zero_point - quantiser.shift();
    let outputs = outputs.map(|end| end - zero_point);
    let modes = [Rounding::NearestEven, Rounding::Single];
    modes.into_iter().find_map(|rounding| {
        let mut found = Requantiser { bias: Vec::new(), scales: Vec::new(), rounding };
        for channel in channels {
            let (offset, scale) = one_channel(channel, zero_point, outputs, rounding)?;
            found.bias.push(sums.bias.get(channel.channel).copied().unwrap_or(0).checked_add(offset)?);
            found.scales.push(scale);
        }
        if found.scales.iter().all(|scale| *scale == found.scales[0]) {
            found.scales.truncate(1);
        }
        if found.bias.iter().all(|bias| *bias == 0) {
            found.bias.clear();
        }
        Some(found)
    })
}

/// Bias and scale of one channel.
fn one_channel(channel: &Channel, zero_point: i32, outputs: [i32; 2], rounding: Rounding) -> Option<(i32, Scale)> {
    if channel.falling {
        return None;
    }
    let (offset, slope) = line(channel, zero_point);
    let mut candidates = vec![0];
    candidates.extend([offset.round(), offset.floor(), offset.ceil()].map(|offset| offset.clamp(-1e9, 1e9) as i32));
    candidates.dedup();
    let range = (channel.reach[0], channel.reach[1]);
    let proven = |offset: i32| Some((offset, prove_monotone(|acc| channel.at(acc) - zero_point, range, outputs, rounding, offset, slope)?));
    candidates.into_iter().find_map(proven)
}

/// The line through the first and the last step: its offset in accumulators and its slope.
fn line(channel: &Channel, zero_point: i32) -> (f64, f64) {
    let steps = channel.steps();
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
        return (0.0, 0.0);
    };
    let [low, high] = channel.ends();
    let width = (f64::from(last.0) - f64::from(first.0)).max(1.0);
    let slope = (f64::from(high - low) - 1.0).max(1.0) / width;
    let middle = f64::from(low - zero_point) + 0.5;
    (middle / slope - f64::from(first.0) + 0.5, slope)
}
