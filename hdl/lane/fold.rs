//! The reduction over a window, one operand per pixel and channel at a time. The loops are plain Rust, compiled once per instruction set and
//! chosen at run time.

/// What an operand `a` becomes, and how it joins the sums.
#[derive(Clone, Copy)]
pub enum Fold<'a> {
    /// `sum + a * weight`, one weight per channel.
    Mac(&'a [i8]),
    /// `max(sum, a)`.
    Max,
    /// `sum + a`.
    Sum,
    /// `sum | a`.
    Or,
    /// `sum + table[a + 128]`.
    Lookup(&'a [i32; 256]),
}

/// The operands of neighbouring pixels.
#[derive(Clone, Copy)]
pub struct Operands<'a> {
    /// First operand of the first pixel; a pixel's operands lie next to each other.
    pub bytes: &'a [i8],
    /// Bytes from one pixel to the next; 0 when all pixels have the same operands.
    pub step: usize,
}

/// Adds one operand to every sum; `sums` holds `channels` sums per pixel.
pub fn fold(fold: Fold, operands: Operands, channels: usize, sums: &mut [i32]) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vl") {
            // SAFETY: the features are there.
            return unsafe { fold_avx512(fold, operands, channels, sums) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature is there.
            return unsafe { fold_avx2(fold, operands, channels, sums) };
        }
    }
    fold_portable(fold, operands, channels, sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn fold_avx512(fold: Fold, operands: Operands, channels: usize, sums: &mut [i32]) {
    fold_portable(fold, operands, channels, sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn fold_avx2(fold: Fold, operands: Operands, channels: usize, sums: &mut [i32]) {
    fold_portable(fold, operands, channels, sums);
}

/// The operation is chosen once for all pixels.
#[inline(always)]
fn fold_portable(fold: Fold, operands: Operands, channels: usize, sums: &mut [i32]) {
    match fold {
        Fold::Mac(weights) => {
            let weights = &weights[..channels];
            // A product of two bytes fits 16 bits.
            each(operands, channels, sums, |sum, a, channel| sum.wrapping_add(i32::from(i16::from(a) * i16::from(weights[channel]))));
        }
        Fold::Max => each(operands, channels, sums, |sum, a, _| sum.max(i32::from(a))),
        Fold::Sum => each(operands, channels, sums, |sum, a, _| sum.wrapping_add(i32::from(a))),
        Fold::Or => each(operands, channels, sums, |sum, a, _| sum | i32::from(a)),
        Fold::Lookup(table) => each(operands, channels, sums, |sum, a, _| sum.wrapping_add(table[usize::from(a as u8 ^ 0x80)])),
    }
}

#[inline(always)]
fn each(operands: Operands, channels: usize, sums: &mut [i32], join: impl Fn(i32, i8, usize) -> i32) {
    for (pixel, sums) in sums.chunks_exact_mut(channels).enumerate() {
        let operands = &operands.bytes[pixel * operands.step..][..channels];
        for channel in 0..channels {
            sums[channel] = join(sums[channel], operands[channel], channel);
        }
    }
}
