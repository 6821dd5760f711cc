//! Exact cycles of a lane step: one operand word per cycle, then the pipeline drains. Where the epilogue takes a word in parts, windows begin
//! at least so many cycles apart; where the activation memory has one port, no request is made while it is written (`hdl/shell/requests.rs`).

use super::encode::MAC;
use crate::accelerator::Accelerator;
use crate::config::{Config, Level};
use crate::shell::cycle::{Clock, Stalled, Timing, epilogue};
use crate::shell::requests::{Requests, Run};

/// Cycles from a window's last operand being requested to its accumulator word.
const LATENCY: u64 = 9;

/// Advances the clock over one step.
pub fn schedule(config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Timing {
    let count = |level: &Level| u64::from(level.last) + 1;
    let operands: u64 = config.levels.iter().map(count).product();
    let window: u64 = config.levels[..2].iter().map(count).product();
    let (start, waited) = clock.launch();
    let last = if accelerator.lean.single_port {
        let mut requests = Requests::new(start, LATENCY, accelerator);
        (0..operands / window).for_each(|_| _ = requests.issue(0, window, Run::Window));
        requests.last()
    } else {
        start + window + (operands / window - 1) * window.max(accelerator.parts() as u64)
    };
    let end = last + LATENCY + epilogue(accelerator);
    clock.finish(start, end);
    let stalled = Stalled { config: waited, pipeline: end - start - operands, ..Stalled::default() };
    let weight_words = if config.lane_op == MAC { operands } else { 0 };
    Timing { start, end, busy: operands, stalled, weight_words }
}
