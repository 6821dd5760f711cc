//! Which steps fit the lanes.

use crate::accelerator::Misfit;
use crate::step::{LaneOp, Step, Work};

/// Largest window: its sum of int8 by int8 products stays within 32 bits, and its operand count within 16.
pub const MAX_TAPS: usize = 65_535;

/// Limits of the step-table fields and of the 32-bit sums.
pub fn fits(step: &Step) -> Result<(), Misfit> {
    let Work::Lane(work) = &step.work else {
        return Err(Misfit::new("the step is no lane operation", "the systolic core may execute it"));
    };
    let taps = work.window.kernel[0] * work.window.kernel[1];
    if taps > MAX_TAPS {
        return Err(Misfit::new(format!("the window has {taps} taps"), format!("windows of up to {MAX_TAPS} taps")));
    }
    if step.output.pixels() > 65_536 {
        let what = format!("the output has {} pixels", step.output.pixels());
        return Err(Misfit::new(what, "up to 65536 pixels"));
    }
    if let LaneOp::Add { second, operands } = &work.op {
        let (a, b) = (step.input, *second);
        if (a.height, a.width, a.words, a.stride) != (b.height, b.width, b.words, b.stride) {
            return Err(Misfit::new("the operands of an addition lie differently in memory", "operands of the same shape and pixel stride"));
        }
        if operands.iter().any(|o| o.scale.shift > 0 || o.scale.shift < -31) {
            return Err(Misfit::new("an operand of an addition is scaled by one or more", "scales below one"));
        }
    }
    Ok(())
}
