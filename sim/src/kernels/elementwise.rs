use super::Epilogue;
use crate::requantise::{Rounding, Scale, requantise};

/// Addition as TFLite defines it for int8: each `(a - zero_point) << 20` is scaled by its own scale (double rounding), the sum by the epilogue's.
pub fn add(inputs: [&[i8]; 2], zero_points: [i32; 2], scales: [Scale; 2], epilogue: &Epilogue) -> Vec<i8> {
    let term = |i: usize, a: i8| requantise((i32::from(a) - zero_points[i]) << 20, scales[i], Rounding::Double);
    let sums = inputs[0].iter().zip(inputs[1]).map(|(a, b)| term(0, *a) + term(1, *b));
    sums.map(|sum| epilogue.apply(sum, 0)).collect()
}

/// `(a - zero_point) * factor`, scaled; one factor per channel, or one for all.
pub fn mul_constant(input: &[i8], zero_point: i32, factors: &[i16], epilogue: &Epilogue) -> Vec<i8> {
    let scaled = |(i, a): (usize, &i8)| {
        let channel = i % factors.len();
        epilogue.apply((i32::from(*a) - zero_point) * i32::from(factors[channel]), channel)
    };
    input.iter().enumerate().map(scaled).collect()
}

/// `table[a + 128]`.
pub fn table(input: &[i8], table: &[i8; 256]) -> Vec<i8> {
    input.iter().map(|a| table[(i32::from(*a) + 128) as usize]).collect()
}
