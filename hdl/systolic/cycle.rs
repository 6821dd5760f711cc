//! Exact cycles of a step on the array, by a recurrence over weight tiles.
//!
//! With w(j) the cycle in which row 0 of tile j leaves the weight memory, g(j) the request of the tile's first pixel, M its pixels, I the
//! cycles from one weight word to the next:
//!
//! ```text
//! w(j) = max(w(j-1) + rows * I, g(j-1))         g(j) = max(g(j-1) + M, w(j) + R)         R = max(3, 1 + (rows - 1) * (I - 1))
//! ```
//!
//! Where the epilogue takes a word in P parts, the M requests of a sum's last tile are P cycles apart, those of two such tiles as well; where
//! the activation memory has one port, no request is made while it is written (`hdl/shell/requests.rs`).
//! Tiles that are left out are not there: the weight stream does not hold them, and the list leads past them.
//! The first tile is loaded while the previous step still runs, as soon as the step's configuration is fetched.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::shell::cycle::{Clock, Stalled, Timing, epilogue};
use crate::shell::requests::{Requests, Run};

/// Cycles from a pixel's request to its accumulator word: memory, feed and slice registers, array, accumulator.
fn latency(accelerator: &Accelerator) -> u64 {
    (accelerator.rows + accelerator.cols) as u64 + 5
}

/// Advances the clock over one step.
pub fn schedule(config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Timing {
    let (rows, interval) = (accelerator.rows as u64, accelerator.stream.interval as u64);
    let ready = accelerator.stream.ready(accelerator.rows) as u64;
    let count = |level: usize| u64::from(config.levels[level].last) + 1;
    let pixels = count(0) * count(1);
    let tiles = u64::from(config.weight_words) / rows * u64::from(config.passes);

    let sum_tiles = count(2) * count(3) * count(4);

    let (start, waited) = clock.launch();
    let descriptor = clock.fetched.max(clock.loader_free);
    let mut row0 = (descriptor + 1).max(clock.word_due).max(clock.tile_taken);
    let mut requests = Requests::new(start, latency(accelerator), accelerator);
    let mut weight_wait = 0;
    for tile in 0..tiles {
        if tile > 0 {
            row0 = (row0 + rows * interval).max(clock.tile_taken);
        }
        // With a list the sum's last tile does not follow from the counters; nothing holds up requests then.
        let run = if config.list.is_none() && (tile + 1) % sum_tiles == 0 { Run::Complete } else { Run::Partial };
        weight_wait += (row0 + ready).saturating_sub(requests.earliest(run));
        clock.tile_taken = requests.issue(row0 + ready, pixels, run);
    }
    clock.loader_free = row0 + (rows - 1) * interval + 1;
    clock.word_due = row0 + rows * interval;
    let end = requests.last() + latency(accelerator) + epilogue(accelerator);
    clock.finish(start, end);

    let busy = tiles * pixels;
    let stalled = Stalled { config: waited, weights: weight_wait, pipeline: end - start - busy - weight_wait, ..Stalled::default() };
    Timing { start, end, busy, stalled, weight_words: tiles * rows }
}
