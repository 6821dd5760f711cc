use super::Epilogue;
use crate::requantise::Activation;

/// Fully connected layer: `bias + sum (a - zero_point) * w` over the whole input; weights `[out][in]`.
pub fn fully_connected<A, B>(input: &[A], zero_point: i32, weights: &[i8], epilogue: &Epilogue) -> Vec<B>
where
    A: Copy + Into<i32>,
    B: Activation,
{
    let mut output = Vec::new();
    for (channel, row) in weights.chunks_exact(input.len()).enumerate() {
        let mut acc = epilogue.bias(channel);
        for (a, w) in input.iter().zip(row) {
            acc += ((*a).into() - zero_point) * i32::from(*w);
        }
        output.push(epilogue.apply(acc, channel));
    }
    output
}
