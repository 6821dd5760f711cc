//! Values of a lane step, from the encoded step.

use super::encode::{ADD, MAC, MAX, TABLE};
use crate::accelerator::Accelerator;
use crate::config::{AddScale, Config};
use crate::images::Images;
use crate::shell::machine::Memory;
use crate::shell::nest::{Gather, Scatter};
use fretwork_sim::requantise::{requantise, round_half_away};

/// Executes the step on the memory.
pub fn run(config: &Config, accelerator: &Accelerator, images: &Images, memory: &mut Memory) {
    let gather = Gather::new(config, None);
    let scatter = Scatter::new(config, 1);
    let lanes = accelerator.lanes;
    let all_banks = (1u64 << accelerator.banks()) - 1;
    let taps = gather.count(0) * gather.count(1);
    let mut pixel = 0;
    let mut acc = vec![0i32; lanes];
    let mut word = vec![0i8; lanes];
    for channel_word in 0..gather.count(5) {
        for y in 0..gather.count(3) {
            for x in 0..gather.count(2) {
                let mut count = 0;
                for tap in 0..taps {
                    let (kx, ky) = (tap % gather.count(0), tap / gather.count(0));
                    let position = gather.at([kx, ky, x, y, 0, channel_word, 0]);
                    count += usize::from(position.inside);
                    let weight = config.weight_base as usize + channel_word * taps + tap;
                    for (lane, acc) in acc.iter_mut().enumerate() {
                        let a = if position.inside { memory.bytes[usize::from(position.addr) * lanes + lane] } else { config.pad_value };
                        let x = operand(config, images, a, weight * lanes + lane, tap);
                        *acc = reduce(config, tap == 0, *acc, x);
                    }
                }
                let param = usize::from(config.param_base) + channel_word + if config.by_count { count } else { 0 };
                for (lane, out) in word.iter_mut().enumerate() {
                    let channel = images.params[param * lanes + lane];
                    let scaled = requantise(acc[lane].wrapping_add(channel.bias), channel.scale, config.rounding);
                    let placed = scaled.wrapping_add(i32::from(config.zero_point));
                    *out = placed.clamp(i32::from(config.clamp[0]), i32::from(config.clamp[1])) as i8;
                }
                memory.write(scatter.addr(pixel, channel_word, 0), all_banks, 0, &word);
                pixel += 1;
            }
        }
        pixel = 0;
    }
}

fn operand(config: &Config, images: &Images, a: i8, weight: usize, tap: usize) -> i32 {
    match config.lane_op {
        MAC => i32::from(a) * i32::from(images.lane_weights[weight]),
        ADD => add_operand(a, config.add[usize::from(tap > 0)]),
        TABLE => i32::from(images.tables[usize::from(config.table) * 256 + (i32::from(a) + 128) as usize]),
        _ => i32::from(a),
    }
}

/// `((a - zero_point) << 20) * multiplier / 2^31`, rounded, then shifted right with rounding: the shift by 20 is folded into the first.
fn add_operand(a: i8, scale: AddScale) -> i32 {
    let difference = i64::from(a) - i64::from(scale.zero_point);
    let high = (difference * i64::from(scale.multiplier) + (1 << 10)) >> 11;
    round_half_away(high, u32::from(scale.shift)) as i32
}

fn reduce(config: &Config, first: bool, acc: i32, x: i32) -> i32 {
    if first {
        x
    } else if config.lane_op == MAX {
        acc.max(x)
    } else {
        acc.wrapping_add(x)
    }
}
