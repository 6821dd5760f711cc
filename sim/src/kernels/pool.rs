use super::{Epilogue, Image, Window, clamp, pixels};

/// Average pool: the sum over the window's pixels inside the image, divided by their number, rounded half away from zero, clamped.
pub fn average_pool(input: &[i8], image: Image, window: &Window, limits: [i8; 2]) -> Vec<i8> {
    let mut output = Vec::new();
    for out in pixels(window.output(image)) {
        for channel in 0..image.channels {
            let inside: Vec<i32> = values(input, image, window, out, channel).collect();
            let (sum, count) = (inside.iter().sum::<i32>(), inside.len() as i32);
            let half = if sum > 0 { count / 2 } else { -(count / 2) };
            output.push(clamp(i64::from((sum + half) / count.max(1)), limits.map(i16::from)));
        }
    }
    output
}

/// Max pool: the maximum over the window's pixels inside the image, clamped.
pub fn max_pool(input: &[i8], image: Image, window: &Window, limits: [i8; 2]) -> Vec<i8> {
    let mut output = Vec::new();
    for out in pixels(window.output(image)) {
        for channel in 0..image.channels {
            let maximum = values(input, image, window, out, channel).max();
            output.push(clamp(i64::from(maximum.unwrap_or(-128)), limits.map(i16::from)));
        }
    }
    output
}

/// The pixels of `channel` under the window at output pixel `out`, those outside the image left out.
fn values(input: &[i8], image: Image, window: &Window, out: [usize; 2], channel: usize) -> impl Iterator<Item = i32> {
    let inside = window.taps().filter_map(move |tap| window.source(image, out, tap));
    inside.map(move |source| i32::from(image.pixel(input, source)[channel]))
}

/// Mean over height and width: `sum (a - zero_point)`, scaled; the scale has the division by the number of pixels in it.
pub fn mean(input: &[i8], image: Image, zero_point: i32, epilogue: &Epilogue) -> Vec<i8> {
    let mut output = Vec::new();
    for channel in 0..image.channels {
        let mut acc = 0;
        for source in pixels([image.height, image.width]) {
            acc += i32::from(image.pixel(input, source)[channel]) - zero_point;
        }
        output.push(epilogue.apply(acc, channel));
    }
    output
}

/// Rows and columns of `zero_point` around the image; `before` is above and to the left, `after` below and to the right.
pub fn pad(input: &[i8], image: Image, zero_point: i8, before: [usize; 2], after: [usize; 2]) -> Vec<i8> {
    let window = Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], before, after };
    let mut output = Vec::new();
    for out in pixels(window.output(image)) {
        match window.source(image, out, [0, 0]) {
            Some(source) => output.extend(image.pixel(input, source)),
            None => output.extend(std::iter::repeat_n(zero_point, image.channels)),
        }
    }
    output
}
