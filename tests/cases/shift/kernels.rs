//! What the programs compute, by plain loops over the layers' own weights.

use super::program::{ACTIVATION_WORDS, Program};
use fretwork_hdl::{Binary, Epilogue, Shift, Step, Work};
use fretwork_sim::requantise::requantise;

impl Program {
    /// The activation memory after one inference.
    pub fn kernels(&self, input: &[u8]) -> Vec<i8> {
        let lanes = self.accelerator.lanes;
        let mut memory = vec![0i8; ACTIVATION_WORDS * lanes];
        memory.iter_mut().zip(input).for_each(|(to, &from)| *to = from as i8);
        for step in &self.layers {
            let (Work::Shift(shift), Some(epilogue)) = (&step.work, &step.epilogue) else { continue };
            for pixel in 0..step.output.pixels() {
                let at = [pixel / step.output.width, pixel % step.output.width];
                let first = (step.output.base + pixel * step.output.stride) * lanes;
                for channel in 0..step.output.words * lanes {
                    let sum = (channel < shift.out_channels).then(|| sum(shift, step, lanes, &memory, at, channel));
                    memory[first + channel] = activation(epilogue, sum, channel) as i8;
                }
            }
        }
        memory
    }
}

/// Steps passed, or the requantised sum; a channel that only fills its word up has none.
fn activation(epilogue: &Epilogue, sum: Option<i32>, row: usize) -> i32 {
    let channel = epilogue.channels[row];
    let acc = sum.unwrap_or(0) + if epilogue.affine { 0 } else { channel.bias };
    if let Some(stairs) = epilogue.stairs.get(row) {
        let level = if sum.is_some() { stairs.passed(acc) as i32 } else { 0 };
        return if epilogue.binary == Some(Binary::Bytes) { 2 * level - 1 } else { i32::from(epilogue.clamp[0]) + level };
    }
    let scaled = if epilogue.affine {
        let product = ((i64::from(acc) * i64::from(channel.scale.multiplier)) >> channel.scale.shift) as i32;
        product.wrapping_add(channel.bias) >> 16
    } else {
        requantise(acc, channel.scale, epilogue.rounding)
    };
    (scaled + i32::from(epilogue.zero_point)).clamp(i32::from(epilogue.clamp[0]), i32::from(epilogue.clamp[1]))
}

/// `sum a * w` of one output.
fn sum(shift: &Shift, step: &Step, lanes: usize, memory: &[i8], [oy, ox]: [usize; 2], row: usize) -> i32 {
    let (window, input) = (&shift.window, &step.input);
    let taps = window.kernel[0] * window.kernel[1];
    let place = |d: usize, out: usize, tap: usize| window.origin[d] + (out * window.stride[d] + tap * window.dilation[d]) as isize;
    let mut sum = 0;
    for tap in 0..taps {
        let (y, x) = (place(0, oy, tap / window.kernel[1]), place(1, ox, tap % window.kernel[1]));
        let inside = y >= 0 && x >= 0 && (y as usize) < input.height && (x as usize) < input.width;
        for channel in 0..shift.in_channels {
            let at = || (input.base + (y as usize * input.width + x as usize) * input.stride) * lanes + channel;
            let activation = if inside { memory[at()] } else { shift.pad_value };
            sum += i32::from(activation) * i32::from(shift.weights[(row * taps + tap) * shift.in_channels + channel]);
        }
    }
    sum
}
