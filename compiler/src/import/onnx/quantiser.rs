//! Quantisers: from a real number to an integer of at most 8 bits, exactly as the dialect's reference computes it.

use crate::graph::{Levels, Tensor};

/// Rounding modes of QONNX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    HalfEven,
    Ceil,
    Floor,
    Up,
    Down,
    HalfUp,
    HalfDown,
}

impl Round {
    /// The mode of a name.
    pub fn find(name: &str) -> Option<Round> {
        Some(match name.to_uppercase().as_str() {
            "ROUND" | "HALF_EVEN" => Round::HalfEven,
            "CEIL" => Round::Ceil,
            "FLOOR" => Round::Floor,
            "UP" => Round::Up,
            "DOWN" => Round::Down,
            "HALF_UP" => Round::HalfUp,
            "HALF_DOWN" => Round::HalfDown,
            _ => return None,
        })
    }

    /// `x` rounded. Half up and down are symmetric around zero, as the reference has them.
    pub fn apply(self, x: f32) -> f32 {
        let sign = |magnitude: f32| if x == 0.0 { 0.0 } else { magnitude * x.signum() };
        match self {
            Round::HalfEven => x.round_ties_even(),
            Round::Ceil => x.ceil(),
            Round::Floor => x.floor(),
            Round::Up => sign(x.abs().ceil()),
            Round::Down => x.trunc(),
            Round::HalfUp => sign((x.abs() + 0.5).floor()),
            Round::HalfDown => sign((x.abs() - 0.5).ceil()),
        }
    }
}

/// What kind of quantiser, and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// QuantizeLinear: `round(x / scale) + zero point`, halves to even.
    Linear { scale: f32 },
    /// The accumulator of an integer convolution: `round(x * factor) + zero point`, the factor per channel.
    Product { factors: Vec<f32> },
    /// Quant of QONNX: `round(clamp(x / scale + zero point))`.
    Quant { scale: f32, round: Round },
    /// -1 below 0, otherwise 1.
    Sign,
    /// Trunc of QONNX: `round(clamp(round_half_even(x / scale + zero point) / divisor))`; the first version does not clamp.
    Trunc { scale: f32, zero_point: f32, divisor: f32, round: Round, clamps: bool },
    /// MultiThreshold: the number of thresholds not above `x`, and an offset; one list for all channels, or one for each.
    Thresholds { lists: Vec<Vec<f32>>, offset: i32 },
    /// MultiThreshold with one threshold, the result -1 or 1.
    Threshold { thresholds: Vec<f32> },
}

/// A quantiser and what its integers mean: `real = scale * (integer - zero point)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantiser {
    pub method: Method,
    pub scale: f32,
    pub zero_point: i32,
    /// Lowest and highest integer.
    pub range: [i32; 2],
    /// All 256 integers of an unsigned byte; they are stored less 128.
    pub unsigned: bool,
    pub bipolar: bool,
    /// See [`Quantiser::chosen`].
    pub chosen: bool,
}

impl Quantiser {
    /// The meaning of `range` without gaps.
    pub fn new(method: Method, scale: f32, zero_point: i32, range: [i32; 2]) -> Quantiser {
        Quantiser { method, scale, zero_point, range, unsigned: range[1] > 127, bipolar: false, chosen: false }
    }

    /// The quantiser that a pass has chosen: there is no runtime whose rounding it would have to follow.
    pub fn chosen(self) -> Quantiser {
        Quantiser { chosen: true, ..self }
    }

    /// A quantiser to -scale and scale.
    pub fn bipolar(method: Method, scale: f32) -> Quantiser {
        Quantiser { method, scale, zero_point: 0, range: [-1, 1], unsigned: false, bipolar: true, chosen: false }
    }

    /// What is taken off an integer to store it.
    pub fn shift(&self) -> i32 {
        if self.unsigned { 128 } else { 0 }
    }

    /// Whether all channels are quantised alike.
    pub fn is_uniform(&self) -> bool {
        match &self.method {
            Method::Product { factors } => factors.len() == 1,
            Method::Thresholds { lists, .. } => lists.len() == 1,
            Method::Threshold { thresholds } => thresholds.len() == 1,
            Method::Linear { .. } | Method::Quant { .. } | Method::Sign | Method::Trunc { .. } => true,
        }
    }

    /// The stored integer of a real number.
    pub fn store(&self, x: f32, channel: usize) -> i32 {
        self.integer(x, channel) - self.shift()
    }

    fn integer(&self, x: f32, channel: usize) -> i32 {
        let [low, high] = self.range;
        let limits = [low as f32, high as f32];
        let zero_point = self.zero_point;
        match &self.method {
            Method::Linear { scale } => ((x / scale).round_ties_even() as i32).saturating_add(zero_point).clamp(low, high),
            Method::Product { factors } => {
                let factor = factors[if factors.len() == 1 { 0 } else { channel }];
                ((x * factor).round_ties_even() as i32).saturating_add(zero_point).clamp(low, high)
            }
            Method::Quant { scale, round } => round.apply((x / scale + zero_point as f32).min(limits[1]).max(limits[0])) as i32,
            Method::Sign => {
                if x >= 0.0 {
                    1
                } else {
                    -1
                }
            }
            Method::Trunc { scale, zero_point, divisor, round, clamps } => {
                let quotient = (x / scale + zero_point).round_ties_even() / divisor;
                round.apply(if *clamps { quotient.min(limits[1]).max(limits[0]) } else { quotient }) as i32
            }
            Method::Thresholds { lists, offset } => {
                let list = &lists[if lists.len() == 1 { 0 } else { channel }];
                list.iter().filter(|threshold| x >= **threshold).count() as i32 + offset
            }
            Method::Threshold { thresholds } => {
                if x >= thresholds[if thresholds.len() == 1 { 0 } else { channel }] {
                    1
                } else {
                    -1
                }
            }
        }
    }

    /// The quantised activation.
    pub fn tensor(&self, name: &str, shape: Vec<usize>) -> Tensor {
        let [low, high] = self.range.map(|end| end - self.shift());
        let levels = match (self.bipolar, low, high) {
            (true, ..) => Levels::Bipolar,
            (false, -128, 127) => Levels::All,
            (false, low, high) => Levels::Range([low as i8, high as i8]),
        };
        let zero_point = self.zero_point - self.shift();
        Tensor { unsigned: self.unsigned, levels, ..Tensor::int8(name, shape, self.scale, zero_point) }
    }
}
