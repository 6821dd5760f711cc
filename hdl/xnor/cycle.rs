//! Exact cycles of a step on the binary core: one chunk and plane per cycle, then the pipeline drains.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::shell::cycle::{Clock, EPILOGUE, Stalled, Timing};

/// Cycles from a tile's last request to its first accumulator word, without the popcount's registers.
const LATENCY: u64 = 5;

/// Advances the clock over one step.
pub fn schedule(config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Option<Timing> {
    let core = accelerator.xnor.as_ref()?;
    let count = |level: usize| u64::from(config.levels[level].last) + 1;
    let chunks = count(0) * count(1) * count(2) * count(3);
    let (tiles, pixels) = (count(4), count(5) * count(6));
    let halves = if config.wide[1] { 2 } else { 1 };
    let groups = (core.cols / accelerator.lanes).max(1) as u64;
    // A tile's words have to leave before the next tile's come.
    let interval = chunks.max(groups * halves);
    let (start, waited) = clock.launch();
    let last_request = start + 1 + (pixels * tiles - 1) * interval + chunks - 1;
    let words = u64::from(config.weight_words);
    let last_words = if core.cols < accelerator.lanes { 1 } else { words - (tiles - 1) * groups };
    let end = last_request + LATENCY + core.stages as u64 + last_words * halves - 1 + EPILOGUE;
    clock.finish(start, end);
    let busy = pixels * tiles * chunks;
    let stalled = Stalled { config: waited, pipeline: end - start - busy, ..Stalled::default() };
    Some(Timing { start, end, busy, stalled, weight_words: busy / (u64::from(config.planes.last) + 1) })
}
