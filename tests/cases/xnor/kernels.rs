//! What the programs compute, by plain loops over the layers' own weights.

use super::program::{ACTIVATION_WORDS, Program};
use fretwork_hdl::xnor::correction;
use fretwork_hdl::{Binary, BitPlanes, Epilogue, LaneWork, Region, Step, Work, Xnor};
use fretwork_sim::requantise::requantise;

impl Program {
    /// The activation memory after one inference.
    pub fn kernels(&self, input: &[u8]) -> Vec<i8> {
        let lanes = self.accelerator.lanes;
        let mut memory = vec![0i8; ACTIVATION_WORDS * lanes];
        memory.iter_mut().zip(input).for_each(|(to, &from)| *to = from as i8);
        for step in &self.layers {
            for pixel in 0..step.output.pixels() {
                let at = [pixel / step.output.width, pixel % step.output.width];
                let bytes = match &step.work {
                    Work::Xnor(xnor) => layer(xnor, step, lanes, &memory, at),
                    Work::Lane(work) => pool(work, &step.input, lanes, &memory, at),
                    Work::Load | Work::Store | Work::Conv(_) | Work::Sparse(_) | Work::Shift(_) => Vec::new(),
                };
                let first = (step.output.base + pixel * step.output.stride) * lanes;
                memory[first..first + bytes.len()].copy_from_slice(&bytes);
            }
        }
        memory
    }
}

/// Address of the pixel under a tap, when it lies in the image.
fn source(window: &fretwork_hdl::Window, input: &Region, [oy, ox]: [usize; 2], tap: usize) -> Option<usize> {
    let place = |d: usize, out: usize, tap: usize| window.origin[d] + (out * window.stride[d] + tap * window.dilation[d]) as isize;
    let (y, x) = (place(0, oy, tap / window.kernel[1]), place(1, ox, tap % window.kernel[1]));
    let inside = y >= 0 && x >= 0 && (y as usize) < input.height && (x as usize) < input.width;
    inside.then(|| input.base + (y as usize * input.width + x as usize) * input.stride)
}

/// A pixel of a maximum pool of packed bits.
fn pool(work: &LaneWork, input: &Region, lanes: usize, memory: &[i8], at: [usize; 2]) -> Vec<i8> {
    let mut out = vec![0; input.words * lanes];
    for tap in 0..work.window.kernel[0] * work.window.kernel[1] {
        if let Some(word) = source(&work.window, input, at, tap) {
            out.iter_mut().zip(&memory[word * lanes..]).for_each(|(out, byte)| *out |= byte);
        }
    }
    out
}

/// A pixel of a binary layer, as bytes.
fn layer(xnor: &Xnor, step: &Step, lanes: usize, memory: &[i8], at: [usize; 2]) -> Vec<i8> {
    let Some(epilogue) = &step.epilogue else { return Vec::new() };
    let rows = epilogue.channels.len();
    let sums: Vec<Option<i32>> = (0..rows).map(|row| (row < xnor.out_channels).then(|| sum(xnor, &step.input, lanes, memory, at, row))).collect();
    let levels: Vec<i32> = sums.iter().enumerate().map(|(row, sum)| level(xnor, epilogue, *sum, row)).collect();
    match epilogue.binary {
        Some(Binary::Bits) => {
            let mut out = vec![0u8; step.output.words * lanes];
            levels.iter().enumerate().for_each(|(row, level)| out[row / 8] |= (*level as u8) << (row % 8));
            out.into_iter().map(|byte| byte as i8).collect()
        }
        Some(Binary::Bytes) => levels.iter().map(|level| (2 * level - 1) as i8).collect(),
        None if epilogue.wide => levels.iter().flat_map(|level| (*level as i16).to_le_bytes()).map(|byte| byte as i8).collect(),
        None => levels.iter().map(|level| *level as i8).collect(),
    }
}

/// Steps passed, or the requantised sum. The channels' biases have what the core's sums lack.
fn level(xnor: &Xnor, epilogue: &Epilogue, sum: Option<i32>, row: usize) -> i32 {
    let lacks = |row: usize| correction(xnor, row) as i32;
    let channel = epilogue.channels[row];
    let acc = sum.map_or(0, |sum| sum - lacks(row) + channel.bias);
    if let Some(stairs) = epilogue.stairs.get(row) {
        return i32::from(epilogue.binary.is_none()) * i32::from(epilogue.clamp[0]) + if sum.is_some() { stairs.passed(acc) as i32 } else { 0 };
    }
    if epilogue.affine {
        // Of the core's own sum.
        let core = i64::from(sum.map_or(0, |sum| sum - lacks(row)));
        let product = ((core * i64::from(channel.scale.multiplier)) >> channel.scale.shift) as i32;
        let placed = (product.wrapping_add(channel.bias) >> 16) + i32::from(epilogue.zero_point);
        return placed.clamp(i32::from(epilogue.clamp[0]), i32::from(epilogue.clamp[1]));
    }
    let scaled = requantise(acc, channel.scale, epilogue.rounding) + i32::from(epilogue.zero_point);
    scaled.clamp(i32::from(epilogue.clamp[0]), i32::from(epilogue.clamp[1]))
}

/// `sum a * w` of one output.
fn sum(xnor: &Xnor, input: &Region, lanes: usize, memory: &[i8], at: [usize; 2], row: usize) -> i32 {
    let taps = xnor.window.kernel[0] * xnor.window.kernel[1];
    let mut sum = 0;
    for tap in 0..taps {
        let word = source(&xnor.window, input, at, tap);
        for channel in 0..xnor.in_channels {
            let activation = match (word, xnor.pad_value) {
                (Some(word), _) => activation(xnor.planes, |byte| memory[word * lanes + byte], channel),
                (None, Some(pad)) => activation(xnor.planes, |_| pad, channel),
                (None, None) => 0,
            };
            sum += activation * i32::from(xnor.weights[(row * taps + tap) * xnor.in_channels + channel]);
        }
    }
    sum
}

fn activation(planes: BitPlanes, byte: impl Fn(usize) -> i8, channel: usize) -> i32 {
    match planes {
        BitPlanes::Packed { bipolar } => {
            let bit = i32::from(byte(channel / 8) as u8 >> (channel % 8) & 1);
            if bipolar { 2 * bit - 1 } else { bit }
        }
        BitPlanes::Bipolar => i32::from(byte(channel)),
        BitPlanes::Bytes { bits, signed: false } => i32::from(byte(channel) as u8) & ((1 << bits) - 1),
        BitPlanes::Bytes { bits, signed: true } => i32::from(byte(channel)) << (32 - bits) >> (32 - bits),
    }
}
