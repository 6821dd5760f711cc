//! Exact cycles of a step on the shift core: one chunk per cycle, then the pipeline drains.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::shell::cycle::{Clock, Timing};
use crate::shell::tiles::Columns;

/// Cycles from a tile's last request to its first accumulator word, without the adder tree's registers.
const LATENCY: u64 = 7;

/// Advances the clock over one step.
pub fn schedule(config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Option<Timing> {
    let core = accelerator.shift.as_ref()?;
    Some(Columns { cols: core.cols, latency: LATENCY + core.stages as u64, planes: 1 }.schedule(config, accelerator, clock))
}
