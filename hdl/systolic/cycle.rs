//! Exact cycles of a step on the array, by a recurrence over weight tiles.
//!
//! With w(j) the cycle in which row 0 of tile j leaves the weight memory, g(j) the request of the tile's first pixel, M its pixels, I the
//! cycles from one weight word to the next:
//!
//! ```text
//! w(j) = max(w(j-1) + rows * I, g(j-1))         g(j) = max(g(j-1) + M, w(j) + R)         R = max(3, 1 + (rows - 1) * (I - 1))
//! ```
//!
//! Words from outside the chip come when they come (`hdl/memory/reader.rs`): a row is issued when its word is there, and a tile is ready in the
//! cycle after its last row is.
//!
//! Tiles that are left out are not there: the weight stream does not hold them, and the list leads past them.
//! The first tile is loaded while the previous step still runs, as soon as the step's configuration is fetched.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::memory::Words;
use crate::shell::cycle::{Clock, EPILOGUE, Stalled, Timing};

/// Cycles from a pixel's request to its accumulator word: memory, feed and slice registers, array, accumulator.
fn latency(accelerator: &Accelerator) -> u64 {
    (accelerator.rows + accelerator.cols) as u64 + 4
}

/// Advances the clock over one step.
pub fn schedule(config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Timing {
    let (rows, interval) = (accelerator.rows as u64, accelerator.stream.interval as u64);
    let ready = accelerator.stream.ready(accelerator.rows) as u64;
    let count = |level: usize| u64::from(config.levels[level].last) + 1;
    let pixels = count(0) * count(1);
    let tiles = u64::from(config.weight_words) / rows * u64::from(config.passes);

    let (start, waited) = clock.launch();
    let descriptor = clock.fetched.max(clock.loader_free);
    let taken = if let Some(axi) = accelerator.stream.source.axi() {
        let mut reader = std::mem::take(&mut clock.reader);
        let words = reader.words(axi, config, accelerator.weight_word_bytes(), clock.fetched);
        let taken = from_outside(words, clock, [rows, tiles, pixels], [start, descriptor]);
        clock.reader = reader;
        taken
    } else {
        from_chip(clock, [rows, tiles, pixels], [start, descriptor], [interval, ready])
    };
    let end = taken.next - 1 + latency(accelerator) + EPILOGUE;
    clock.finish(start, end);

    let busy = tiles * pixels;
    let pipeline = end - start - busy - taken.waited;
    let stalled = Stalled { config: waited, weights: taken.waited, pipeline, ..Stalled::default() };
    Timing { start, end, busy, stalled, weight_words: tiles * rows }
}

/// How a step took its tiles.
struct Taken {
    /// Cycle in which another pixel could be requested.
    next: u64,
    /// Cycles without a request for want of weights.
    waited: u64,
}

/// Words that are read every `interval` cycles.
fn from_chip(clock: &mut Clock, [rows, tiles, pixels]: [u64; 3], [start, descriptor]: [u64; 2], [interval, ready]: [u64; 2]) -> Taken {
    let mut row0 = (descriptor + 1).max(clock.word_due).max(clock.tile_taken);
    let mut next = start + 1;
    let mut waited = 0;
    for tile in 0..tiles {
        if tile > 0 {
            row0 = (row0 + rows * interval).max(clock.tile_taken);
        }
        let first = next.max(row0 + ready);
        waited += first - next;
        clock.tile_taken = first;
        next = first + pixels;
    }
    clock.loader_free = row0 + (rows - 1) * interval + 1;
    clock.word_due = row0 + rows * interval;
    Taken { next, waited }
}

/// Words that come from outside the chip.
fn from_outside(mut words: Words, clock: &mut Clock, [rows, tiles, pixels]: [u64; 3], [start, descriptor]: [u64; 2]) -> Taken {
    let (mut issued, mut next, mut waited) = (descriptor, start + 1, 0);
    for _ in 0..tiles {
        for row in 0..rows {
            issued = (issued + 1).max(words.there());
            if row == 0 {
                issued = issued.max(clock.tile_taken);
            }
            words.take(issued);
        }
        let first = next.max(issued + 1);
        waited += first - next;
        clock.tile_taken = first;
        next = first + pixels;
    }
    clock.loader_free = issued + 1;
    Taken { next, waited }
}
