//! Exact cycles of a step on the array, by a recurrence over weight tiles.
//!
//! With w(j) the cycle in which row 0 of tile j leaves the weight memory, g(j) the request of the tile's first pixel, M its pixels, I the
//! cycles from one weight word to the next:
//!
//! ```text
//! w(j) = max(w(j-1) + rows * I, g(j-1) + 1)        g(j) = max(g(j-1) + M, w(j) + R)         R = max(3, 1 + (rows - 1) * (I - 1))
//! ```
//!
//! Where the epilogue takes a word in P parts, the M requests of a sum's last tile are P cycles apart, those of two such tiles as well; where
//! the activation memory has one port, no request is made while it is written (`hdl/shell/requests.rs`).
//!
//! Words from outside the chip come when they come (`hdl/memory/reader.rs`): a row is issued when its word is there, and a tile is ready in the
//! cycle after its last row is.
//!
//! Tiles that are left out are not there: the weight stream does not hold them, and the list leads past them.
//! The first tile is loaded while the previous step still runs, as soon as the step's configuration is fetched.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::memory::Words;
use crate::shell::cycle::{Clock, Stalled, Timing, epilogue};
use crate::shell::requests::{Requests, Run};

/// Cycles from a pixel's request to its accumulator word: memory, feed and slice registers, array, accumulator.
fn latency(accelerator: &Accelerator) -> u64 {
    (accelerator.rows + accelerator.cols) as u64 + 5
}

/// Advances the clock over one step.
pub fn schedule(config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Timing {
    let rows = accelerator.rows as u64;
    let count = |level: usize| u64::from(config.levels[level].last) + 1;
    let pixels = count(0) * count(1);
    let tiles = u64::from(config.weight_words) / rows * u64::from(config.passes);

    let (start, waited) = clock.launch();
    let descriptor = clock.fetched.max(clock.loader_free);
    // With a list a sum's last tile does not follow from the counters; nothing holds up requests then.
    let sum_tiles = if config.list.is_some() { u64::MAX } else { count(2) * count(3) * count(4) };
    let requests = Requests::new(start, latency(accelerator), accelerator);
    let mut work = Work { clock, requests, waited: 0, rows, tiles, pixels, sum_tiles };
    if let Some(axi) = accelerator.stream.source.axi() {
        let mut reader = std::mem::take(&mut work.clock.reader);
        work.outside(reader.words(axi, config, accelerator.weight_word_bytes(), work.clock.fetched), descriptor);
        work.clock.reader = reader;
    } else {
        work.on_chip(descriptor, accelerator);
    }
    let Work { requests, waited: wait, .. } = work;
    let end = requests.last() + latency(accelerator) + epilogue(accelerator);
    clock.finish(start, end);

    let busy = tiles * pixels;
    let stalled = Stalled { config: waited, weights: wait, pipeline: end - start - busy - wait, ..Stalled::default() };
    Timing { start, end, busy, stalled, weight_words: tiles * rows }
}

/// How words of the weight memory follow each other.
struct Pace {
    /// Cycles from one to the next.
    interval: u64,
    /// Cycles from a tile's first word to the first request of its pixels.
    ready: u64,
}

/// A step at work.
struct Work<'a> {
    clock: &'a mut Clock,
    requests: Requests,
    /// Cycles without a request for want of weights.
    waited: u64,
    rows: u64,
    tiles: u64,
    pixels: u64,
    /// Tiles of a sum.
    sum_tiles: u64,
}

impl Work<'_> {
    /// Words that are read every so many cycles. Tiles of one kind, and then sums, repeat each other after a few: what is left of them is counted, not walked.
    fn on_chip(&mut self, descriptor: u64, accelerator: &Accelerator) {
        let pace = Pace { interval: accelerator.stream.interval as u64, ready: accelerator.stream.ready(accelerator.rows) as u64 };
        let mut due = (descriptor + 1).max(self.clock.word_due);
        let sums = self.tiles / self.sum_tiles;
        self.repeat(sums, &mut due, |work, due| {
            work.repeat(work.sum_tiles - 1, due, |work, due| work.paced(Run::Partial, &pace, due));
            work.paced(Run::Complete, &pace, due);
        });
        self.repeat(self.tiles - sums * self.sum_tiles, &mut due, |work, due| work.paced(Run::Partial, &pace, due));
        self.clock.loader_free = due - pace.interval + 1;
        self.clock.word_due = due;
    }

    /// A tile whose first word may come in the cycle `due`.
    fn paced(&mut self, run: Run, pace: &Pace, due: &mut u64) {
        let row0 = (*due).max(self.clock.tile_taken);
        self.tile(run, row0 + pace.ready);
        *due = row0 + self.rows * pace.interval;
    }

    /// Does `work` so many times. All that it does is take sums and maxima of times; so when it moves all times by the same number of
    /// cycles, it does so every time from then on.
    fn repeat(&mut self, count: u64, due: &mut u64, mut work: impl FnMut(&mut Self, &mut u64)) {
        let mut left = count;
        while left > 0 {
            let before = self.times(*due);
            let waited = self.waited;
            work(self, due);
            left -= 1;
            let Some((before, after)) = before.zip(self.times(*due)) else { continue };
            let moved = after[0] - before[0];
            if before.iter().zip(&after).all(|(before, after)| before + moved == *after) {
                self.requests.pass(left * moved);
                self.clock.tile_taken += left * moved;
                *due += left * moved;
                self.waited += left * (self.waited - waited);
                left = 0;
            }
        }
    }

    /// What decides the cycles of later tiles.
    fn times(&self, due: u64) -> Option<[u64; 4]> {
        self.requests.times().map(|[next, complete]| [next, complete, self.clock.tile_taken, due])
    }

    /// Words that come from outside the chip.
    fn outside(&mut self, mut words: Words, descriptor: u64) {
        let mut issued = descriptor;
        for tile in 0..self.tiles {
            for row in 0..self.rows {
                issued = (issued + 1).max(words.there());
                if row == 0 {
                    issued = issued.max(self.clock.tile_taken);
                }
                words.take(issued);
            }
            self.tile(if (tile + 1).is_multiple_of(self.sum_tiles) { Run::Complete } else { Run::Partial }, issued + 1);
        }
        self.clock.loader_free = issued + 1;
    }

    /// The requests of a tile whose weights are there from cycle `ready` on.
    fn tile(&mut self, run: Run, ready: u64) {
        self.waited += ready.saturating_sub(self.requests.earliest(run));
        self.clock.tile_taken = self.requests.issue(ready, self.pixels, run) + 1;
    }
}
