//! The sequencer's clock: when steps may start, how the streams pace loads and stores.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::memory::Reader;
use fretwork_sim::stalls::{Stalls, Stream};

/// Cycles from a launch to the next step's configuration being fetched.
const FETCH: u64 = 34;
/// The same after reset.
const FIRST_FETCH: u64 = 33;
/// Cycles from an accumulator word to its write where every lane has a requantiser: parameter read and requantiser.
pub const EPILOGUE: u64 = 11;

/// The same on an accelerator, whose requantisers may take a word in parts.
pub fn epilogue(accelerator: &Accelerator) -> u64 {
    EPILOGUE - 1 + accelerator.parts() as u64
}
/// Cycles from a store's request to the word being offered.
const STORE_LATENCY: u64 = 3;

/// Idle cycles of a step by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Stalled {
    /// Waiting for the step's configuration.
    pub config: u64,
    /// Waiting for a weight tile.
    pub weights: u64,
    /// Waiting for the input stream.
    pub input: u64,
    /// Waiting for the output stream.
    pub output: u64,
    /// Filling and draining the pipeline.
    pub pipeline: u64,
}

/// When a step ran and what it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Cycle of the launch.
    pub start: u64,
    /// Cycle of the last write or last accepted output word.
    pub end: u64,
    /// Cycles in which a word moved: reads by the gather, or words of a stream.
    pub busy: u64,
    /// Idle cycles.
    pub stalled: Stalled,
    /// Weight words read.
    pub weight_words: u64,
}

/// State of everything that carries time from one step to the next.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Cycle from which the next step's configuration is complete.
    pub fetched: u64,
    /// Cycle from which no step is running.
    pub free: u64,
    /// Cycle from which the weight loader has no descriptor.
    pub loader_free: u64,
    /// Cycle from which the next weight word can be read.
    pub word_due: u64,
    /// Cycle after the one in which the latest weight tile was taken.
    pub tile_taken: u64,
    /// Cycle from which the sparse engine's memories are loaded.
    pub loaded: u64,
    /// The reader of weights outside the chip.
    pub reader: Reader,
    /// Cycle from which the next input word can be on offer.
    offer: u64,
    /// A step's configuration is fetched when the step before has ended.
    fetch_late: bool,
    store_depth: usize,
    stalls: Stalls,
}

/// Where a clock stands, seen from the cycle in which it is free: from equal positions steps take equal times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position([i64; 5]);

impl Position {
    /// Cycles until the next step's configuration is there.
    pub fn wait(self) -> u64 {
        self.0[0].max(0) as u64
    }
}

/// A cycle so late that nothing before it is negative.
const LATE: u64 = 1 << 40;

impl Clock {
    /// The clock's position; `None` where weights come from outside the chip, as their reader's queue has more to say than a few times. The sparse
    /// engine's memories are taken to be loaded, the streams not to stall.
    pub fn position(&self, accelerator: &Accelerator) -> Option<Position> {
        if accelerator.stream.source.axi().is_some() {
            return None;
        }
        // What is as early as that holds up neither the first tile's pixels nor the second tile's weights.
        let stream = accelerator.stream;
        let reach = (accelerator.rows * stream.interval + stream.ready(accelerator.rows) + 2) as i64;
        let times = [self.fetched, self.loader_free, self.word_due, self.tile_taken, self.offer];
        Some(Position(times.map(|time| (time as i64 - self.free as i64).max(-reach))))
    }

    /// A clock at a position.
    pub fn at(position: Position, accelerator: &Accelerator) -> Clock {
        let [fetched, loader_free, word_due, tile_taken, offer] = position.0.map(|time| LATE.saturating_add_signed(time));
        Clock { fetched, free: LATE, loader_free, word_due, tile_taken, offer, ..Clock::new(accelerator, Stalls::NONE) }
    }

    /// A step that takes so many cycles from its launch to its last write.
    pub fn pass(&mut self, cycles: u64) -> Timing {
        let (start, config) = self.launch();
        self.finish(start, start + cycles);
        Timing { start, end: start + cycles, busy: 0, stalled: Stalled { config, ..Stalled::default() }, weight_words: 0 }
    }

    /// The clock after reset: nothing starts before weights that are copied to the chip are there.
    pub fn new(accelerator: &Accelerator, stalls: Stalls) -> Clock {
        Clock {
            fetched: FIRST_FETCH.max(accelerator.weights_loaded()),
            free: 0,
            loader_free: 0,
            word_due: 0,
            tile_taken: 0,
            loaded: 0,
            reader: Reader::default(),
            offer: 0,
            fetch_late: accelerator.lean.fetch_late,
            store_depth: accelerator.lean.queue_words(),
            stalls,
        }
    }

    /// Launches a step: its start cycle, and the cycles spent waiting for the configuration.
    pub fn launch(&mut self) -> (u64, u64) {
        let start = self.fetched.max(self.free);
        (start, start - self.free)
    }

    /// Launches a step that waits for the sparse engine's memories.
    pub fn launch_loaded(&mut self) -> (u64, u64) {
        let start = self.fetched.max(self.free).max(self.loaded);
        (start, start - self.free)
    }

    /// Ends the step that was launched at `start`.
    pub fn finish(&mut self, start: u64, end: u64) {
        self.free = end + 1;
        self.fetched = FETCH + if self.fetch_late { end } else { start };
    }

    /// A load of the configured number of words.
    pub fn load(&mut self, config: &Config) -> Timing {
        let words = u64::from(config.out[0].last) + 1;
        let (start, waited) = self.launch();
        let mut ready = start + 1;
        for _ in 0..words {
            let mut offered = self.offer;
            while self.stalls.stalled(Stream::Input, offered) {
                offered += 1;
            }
            let accepted = offered.max(ready);
            (self.offer, ready) = (accepted + 1, accepted + 1);
        }
        self.finish(start, ready);
        let stalled = Stalled { config: waited, input: ready - 1 - start - words, pipeline: 1, ..Stalled::default() };
        Timing { start, end: ready, busy: words, stalled, weight_words: 0 }
    }

    /// A store of the configured number of words.
    pub fn store(&mut self, config: &Config) -> Timing {
        let words: u64 = config.levels.iter().map(|level| u64::from(level.last) + 1).product();
        let (start, waited) = self.launch();
        // Cycles in which the latest words left the queue and gave their places back, oldest first from `word % store_depth` on.
        let mut popped = vec![start; self.store_depth];
        let (mut requested, mut cycle, mut refused) = (start, start, 0);
        for word in 0..words {
            let place = &mut popped[word as usize % self.store_depth];
            requested = (requested + 1).max(*place + 1);
            let offered = (requested + STORE_LATENCY).max(cycle + 1);
            cycle = offered;
            while self.stalls.stalled(Stream::Output, cycle) {
                cycle += 1;
            }
            refused += cycle - offered;
            *place = cycle;
        }
        self.finish(start, cycle);
        let pipeline = cycle - start - words - refused;
        let stalled = Stalled { config: waited, output: refused, pipeline, ..Stalled::default() };
        Timing { start, end: cycle, busy: words, stalled, weight_words: 0 }
    }
}
