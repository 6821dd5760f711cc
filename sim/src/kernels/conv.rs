use super::{Epilogue, Image, Window, pixels};
use crate::requantise::Activation;

/// Convolution: `bias + sum (a - zero_point) * w` over the window and the input channels; weights `[out][kh][kw][in / groups]`,
/// where the channels of an image and the outputs are divided into so many groups, and an output reads those of its own.
/// Taps outside the image read the zero point, so they add nothing.
pub fn conv<A, B>(input: &[A], image: Image, zero_point: i32, window: &Window, groups: usize, weights: &[i8], epilogue: &Epilogue) -> Vec<B>
where
    A: Copy + Into<i32>,
    B: Activation,
{
    let own = image.channels / groups;
    let filter = window.kernel[0] * window.kernel[1] * own;
    let per_group = weights.len() / filter / groups;
    let mut output = Vec::new();
    for out in pixels(window.output(image)) {
        for (channel, filter) in weights.chunks_exact(filter).enumerate() {
            let first = channel / per_group * own;
            let mut acc = epilogue.bias(channel);
            for (tap, weights) in window.taps().zip(filter.chunks_exact(own)) {
                if let Some(source) = window.source(image, out, tap) {
                    for (a, w) in image.pixel(input, source)[first..].iter().zip(weights) {
                        acc += ((*a).into() - zero_point) * i32::from(*w);
                    }
                }
            }
            output.push(epilogue.apply(acc, channel));
        }
    }
    output
}
