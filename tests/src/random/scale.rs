//! Biases, scales and clamps within what the planner accepts, its limits included.

use crate::choices::Choices;
use fretwork::plan::check_range;
use fretwork_sim::kernels;
use fretwork_sim::requantise::{Rounding, Scale};

/// The epilogue of a layer as the kernels take it.
#[derive(Clone, Debug)]
pub struct Output {
    /// One per channel.
    pub bias: Vec<i32>,
    /// One per channel.
    pub scales: Vec<Scale>,
    /// Rounding mode.
    pub rounding: Rounding,
    /// Zero point of the output.
    pub zero_point: i8,
    /// Lowest and highest output.
    pub clamp: [i8; 2],
}

impl Output {
    /// Parameters for channels whose sums without bias have the given ranges.
    pub fn draw(choices: &mut Choices, rounding: Rounding, ranges: &[(i64, i64)], with_bias: bool) -> Output {
        let zero_point = zero_point(choices);
        let clamp = clamp(choices, zero_point);
        let (bias_style, scale_style, bits) = (choices.below(4) * usize::from(with_bias), choices.below(4), choices.size(31) as u32);
        let seed = choices.seed();
        let mut own = Choices::random(seed);
        let mut output = Output { bias: Vec::new(), scales: Vec::new(), rounding, zero_point, clamp };
        for &(low, high) in ranges {
            let bias = match bias_style {
                0 => 0,
                1 => own.within(-1000, 1000),
                2 => own.within(low.min(-1), high.max(1)),
                _ => own.within(i64::from(i32::MIN), i64::from(i32::MAX)) >> own.below(20),
            };
            let amplitude = (low + bias).abs().max((high + bias).abs()).max(1);
            let accepts = |scale: &Scale| check_range("random", 0, low + bias, high + bias, *scale, rounding).is_ok();
            let wild = Scale { multiplier: own.below(1 << 31) as i32 >> own.below(31), shift: wild_shift(&mut own, rounding) };
            let usual = usual_scale(&mut own, amplitude, rounding, bits);
            let candidates = if scale_style == 3 { [wild, usual] } else { [usual, wild] };
            let found = candidates.into_iter().find(accepts);
            output.bias.push(if found.is_some() { bias as i32 } else { 0 });
            output.scales.push(found.unwrap_or(Scale::ZERO));
        }
        output
    }

    /// As the kernels take it.
    pub fn kernel(&self) -> kernels::Epilogue<'_> {
        let Output { bias, scales, rounding, zero_point, clamp } = self;
        kernels::Epilogue::scaled(bias, scales, *rounding, i32::from(*zero_point), clamp.map(i16::from))
    }
}

/// Any zero point, the ends more often than others.
pub fn zero_point(choices: &mut Choices) -> i8 {
    match choices.below(4) {
        0 => 0,
        1 => -128,
        2 => 127,
        _ => choices.within(-128, 127) as i8,
    }
}

/// Any clamp: none, a rectifier's, a random one.
pub fn clamp(choices: &mut Choices, zero_point: i8) -> [i8; 2] {
    match choices.below(4) {
        0 | 1 => [i8::MIN, i8::MAX],
        2 => [zero_point, i8::MAX],
        _ => {
            let (a, b) = (choices.within(-128, 127) as i8, choices.within(-128, 127) as i8);
            [a.min(b), a.max(b)]
        }
    }
}

fn wild_shift(own: &mut Choices, rounding: Rounding) -> i8 {
    match rounding {
        Rounding::Double => own.within(-62, 31) as i8,
        Rounding::Single | Rounding::NearestEven | Rounding::Float => own.within(0, 62) as i8,
    }
}

/// A scale that brings the amplitude to somewhere between 16 and 1,024, with a multiplier of `bits` significant bits: few bits make ties.
fn usual_scale(own: &mut Choices, amplitude: i64, rounding: Rounding, bits: u32) -> Scale {
    let target = 16.0 * 64f64.powf(own.below(1 << 16) as f64 / 65536.0);
    let real = target / amplitude as f64;
    let exponent = real.log2().floor() as i32 + 1;
    let mantissa = (real * 2f64.powi(-exponent)).clamp(0.5, 0.999_999_999);
    match rounding {
        Rounding::Double => Scale { multiplier: (mantissa * 2f64.powi(31)) as i32 >> (31 - bits) << (31 - bits), shift: exponent as i8 },
        // Beside a power of two, so that products lie beside ties, as near as float32 tells apart and nearer.
        Rounding::Float if own.below(2) == 0 => {
            Scale { multiplier: (1 << 30) + own.within(-64, 64) as i32, shift: (31 - exponent).clamp(0, 62) as i8 }
        }
        Rounding::Single | Rounding::NearestEven | Rounding::Float => {
            let shift = (bits as i32 - exponent).clamp(0, 62);
            Scale { multiplier: (real * 2f64.powi(shift)).round().min(f64::from(i32::MAX)) as i32, shift: shift as i8 }
        }
    }
}
