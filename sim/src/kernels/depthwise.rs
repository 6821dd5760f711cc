use super::{Epilogue, Image, Window, pixels};

/// Depthwise convolution, one filter per channel: `bias + sum (a - zero_point) * w` over the window; weights `[kh][kw][channels]`.
/// Taps outside the image read the zero point, so they add nothing.
pub fn depthwise(input: &[i8], image: Image, zero_point: i32, window: &Window, weights: &[i8], epilogue: &Epilogue) -> Vec<i8> {
    let mut output = Vec::new();
    for out in pixels(window.output(image)) {
        for channel in 0..image.channels {
            let mut acc = epilogue.bias(channel);
            for (tap, weights) in window.taps().zip(weights.chunks_exact(image.channels)) {
                if let Some(source) = window.source(image, out, tap) {
                    acc += (i32::from(image.pixel(input, source)[channel]) - zero_point) * i32::from(weights[channel]);
                }
            }
            output.push(epilogue.apply(acc, channel));
        }
    }
    output
}
