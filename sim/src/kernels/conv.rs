use super::{Epilogue, Image, Window, pixels};
use crate::requantise::Activation;

/// Convolution: `bias + sum (a - zero_point) * w` over the window and the input channels; weights `[out][kh][kw][in]`.
/// Taps outside the image read the zero point, so they add nothing.
pub fn conv<A, B>(input: &[A], image: Image, zero_point: i32, window: &Window, weights: &[i8], epilogue: &Epilogue) -> Vec<B>
where
    A: Copy + Into<i32>,
    B: Activation,
{
    let filter = window.kernel[0] * window.kernel[1] * image.channels;
    let mut output = Vec::new();
    for out in pixels(window.output(image)) {
        for (channel, filter) in weights.chunks_exact(filter).enumerate() {
            let mut acc = epilogue.bias(channel);
            for (tap, weights) in window.taps().zip(filter.chunks_exact(image.channels)) {
                if let Some(source) = window.source(image, out, tap) {
                    for (a, w) in image.pixel(input, source).iter().zip(weights) {
                        acc += ((*a).into() - zero_point) * i32::from(*w);
                    }
                }
            }
            output.push(epilogue.apply(acc, channel));
        }
    }
    output
}
