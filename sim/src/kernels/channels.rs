use super::{Image, pixels};

/// Of every pixel of so many channels, the chosen ones in the given order.
pub fn select(input: &[i8], channels: usize, chosen: &[usize]) -> Vec<i8> {
    input.chunks_exact(channels).flat_map(|pixel| chosen.iter().map(|channel| pixel[*channel])).collect()
}

/// Every channel displaced by its own offset `[dy, dx]`: output pixel (y, x) is input pixel (y + dy, x + dx), or the zero point outside the image.
pub fn displace(input: &[i8], image: Image, zero_point: i8, offsets: &[[i8; 2]]) -> Vec<i8> {
    let mut output = Vec::with_capacity(input.len());
    for [y, x] in pixels([image.height, image.width]) {
        for (channel, [dy, dx]) in offsets.iter().enumerate() {
            let (row, col) = (y.wrapping_add_signed(isize::from(*dy)), x.wrapping_add_signed(isize::from(*dx)));
            let inside = row < image.height && col < image.width;
            output.push(if inside { image.pixel(input, [row, col])[channel] } else { zero_point });
        }
    }
    output
}
