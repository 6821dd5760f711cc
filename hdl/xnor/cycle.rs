//! Exact cycles of a step on the binary core: one chunk and plane per cycle, then the pipeline drains.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::shell::cycle::{Clock, Timing};
use crate::shell::tiles::Columns;

/// Cycles from a tile's last request to its first accumulator word, without the popcount's registers.
const LATENCY: u64 = 5;

/// Advances the clock over one step.
pub fn schedule(config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Option<Timing> {
    let core = accelerator.xnor.as_ref()?;
    let columns = Columns { cols: core.cols, latency: LATENCY + core.stages as u64, planes: u64::from(config.planes.last) + 1 };
    Some(columns.schedule(config, accelerator, clock))
}
