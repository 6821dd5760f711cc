//! Step-table entry and lane weights: for each channel word, one weight word per tap.

use crate::accelerator::Accelerator;
use crate::config::{AddScale, Config, Kind};
use crate::images::Images;
use crate::shell::encode::{Loop, epilogue, input, levels, out_levels};
use crate::step::{LaneOp, Step, Work};

/// Operation codes of the step table.
pub const MAC: u8 = 0;
/// Window maximum.
pub const MAX: u8 = 1;
/// Window sum.
pub const SUM: u8 = 2;
/// Scaled addition of two regions.
pub const ADD: u8 = 3;
/// Table look-up.
pub const TABLE: u8 = 4;
/// Bits set in any operand.
pub const OR: u8 = 5;

/// Appends weights and parameters, returns the step-table entry. The step must fit.
pub fn encode(step: &Step, accelerator: &Accelerator, images: &mut Images) -> Config {
    let Work::Lane(work) = &step.work else { unreachable!("only lane work fits the lane core") };
    let mut config = Config::new(Kind::Lane);
    let pixel = step.input.stride as isize;
    let row = pixel * step.input.width as isize;
    let [kh, kw] = work.window.kernel;
    let [sy, sx] = work.window.stride.map(|v| v as isize);
    let [dy, dx] = work.window.dilation.map(|v| v as isize);
    let mut loops = [
        Loop { count: kw, addr: dx * pixel, y: 0, x: dx },
        Loop { count: kh, addr: dy * row, y: dy, x: 0 },
        Loop { count: step.output.width, addr: sx * pixel, y: 0, x: sx },
        Loop { count: step.output.height, addr: sy * row, y: sy, x: 0 },
        Loop::ONCE,
        Loop::over(step.output.words, 1),
        Loop::ONCE,
    ];
    match &work.op {
        LaneOp::Mac { weights } => {
            config.lane_op = MAC;
            config.weight_base = (images.lane_weights.len() / accelerator.lanes) as u32;
            config.weight_words = (weights.len() / accelerator.lanes) as u32;
            images.lane_weights.extend(weights);
        }
        LaneOp::Max => config.lane_op = MAX,
        LaneOp::Sum => config.lane_op = SUM,
        LaneOp::Or => config.lane_op = OR,
        LaneOp::Add { second, operands } => {
            config.lane_op = ADD;
            loops[0] = Loop { count: 2, addr: second.base as isize - step.input.base as isize, y: 0, x: 0 };
            config.add = operands.map(|o| AddScale { zero_point: o.zero_point, multiplier: o.scale.multiplier, shift: o.scale.shift.unsigned_abs() });
        }
        LaneOp::Table { index } => {
            config.lane_op = TABLE;
            config.table = *index as u16;
        }
    }
    config.levels = levels(loops, false, 1);
    input(&mut config, &step.input, work.window.origin, work.pad_value);
    config.out_base = step.output.base as u16;
    config.out = out_levels(step.output.pixels(), step.output.stride, step.output.words, 1, 1);
    if let Some(e) = &step.epilogue {
        epilogue(&mut config, e, accelerator, images);
    }
    config
}

/// Weights `[words][taps][lanes]`; empty for operations without weights.
pub fn decode(config: &Config, accelerator: &Accelerator, images: &Images) -> Vec<i8> {
    if config.lane_op != MAC {
        return Vec::new();
    }
    let first = config.weight_base as usize * accelerator.lanes;
    images.lane_weights[first..first + config.weight_words as usize * accelerator.lanes].to_vec()
}
