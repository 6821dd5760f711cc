//! Exact cycles of a lane step: one operand word per cycle, then the pipeline drains.

use super::encode::MAC;
use crate::config::Config;
use crate::shell::cycle::{Clock, EPILOGUE, Stalled, Timing};

/// Cycles from a window's last operand being requested to its accumulator word.
const LATENCY: u64 = 7;

/// Advances the clock over one step.
pub fn schedule(config: &Config, clock: &mut Clock) -> Timing {
    let operands: u64 = config.levels.iter().map(|level| u64::from(level.last) + 1).product();
    let (start, waited) = clock.launch();
    let end = start + operands + LATENCY + EPILOGUE;
    clock.finish(start, end);
    let stalled = Stalled { config: waited, pipeline: end - start - operands, ..Stalled::default() };
    let weight_words = if config.lane_op == MAC { operands } else { 0 };
    Timing { start, end, busy: operands, stalled, weight_words }
}
