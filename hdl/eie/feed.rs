//! The broadcast's side of the recurrence: when words are requested, when they are loaded, and when a vector's results are read.

use super::cycle::Vector;
use super::params::Eie;
use super::recurrence::{BURST, Elements};
use super::time::{Block, Count};
use std::collections::VecDeque;

/// Words that the broadcast's queue holds.
const WORD_QUEUE: usize = 8;
/// An element is idle four cycles after its last read, and a column without entries takes one: only the last broadcasts of a vector tell when
/// the elements are idle.
const TRACKED: usize = 3;

/// Everything about a step but its elements.
pub(super) struct Feed {
    /// Words that the source registers hold; 0 without source registers.
    source_words: usize,
    /// Reads per vector at the end: words times parts per word.
    reads: u64,
    /// Cycle of the latest request.
    issue: u64,
    issued: usize,
    /// Cycles from which places that words without a broadcast gave back can be taken again, ascending.
    skipped: VecDeque<u64>,
    /// The same of words that were loaded.
    loaded: VecDeque<u64>,
    /// Earliest cycle of the next word's load.
    load_from: u64,
    /// Cycles from the last broadcast of a vector to its last accumulator read.
    pub drain: u64,
}

/// The columns of a step that are still to come, and their counts.
pub(super) struct Columns<'c, C> {
    pub table: &'c [Block<C>],
    pub columns: &'c [u32],
}

impl Feed {
    /// The first word is requested in the cycle after `start`.
    pub fn new(eie: &Eie, lanes: usize, reads: u64, start: u64) -> Feed {
        let credits = || VecDeque::with_capacity(WORD_QUEUE);
        let source_words = eie.source_words(lanes);
        Feed { source_words, reads, issue: start, issued: 0, skipped: credits(), loaded: credits(), load_from: 0, drain: 0 }
    }

    /// Cycle of the last accumulator read of a vector.
    #[inline(always)]
    pub fn vector<C: Count, const COUNTED: bool>(&mut self, elements: &mut Elements<C::Time>, columns: Columns<'_, C>, vector: &Vector) -> u64 {
        let finished = if self.source_words > 0 {
            self.batches::<C, COUNTED>(elements, columns, vector)
        } else {
            self.stream::<C, COUNTED>(elements, columns, vector)
        };
        let detected = (finished + 2).max(elements.take_idle());
        let last_read = detected + 1 + self.reads;
        self.load_from = last_read + 2;
        self.drain += last_read - finished;
        last_read
    }

    /// Words broadcast as they come.
    #[inline(always)]
    fn stream<C: Count, const COUNTED: bool>(&mut self, elements: &mut Elements<C::Time>, mut columns: Columns<'_, C>, vector: &Vector) -> u64 {
        let mut finished = 0;
        let words = vector.word_counts.len();
        for (index, &count) in vector.word_counts.iter().enumerate() {
            let issue = self.request();
            if count == 0 && index + 1 != words {
                self.skipped.push_back(issue + 3);
                continue;
            }
            let load = (issue + 3).max(self.load_from);
            self.loaded.push_back(load + 1);
            finished = self.word::<C, COUNTED>(elements, &mut columns, count, load);
        }
        finished
    }

    /// Words batch by batch, each in the source registers before its first broadcast.
    #[inline(always)]
    fn batches<C: Count, const COUNTED: bool>(&mut self, elements: &mut Elements<C::Time>, mut columns: Columns<'_, C>, vector: &Vector) -> u64 {
        let mut finished = 0;
        let words = vector.word_counts.len();
        for (batch, counts) in vector.word_counts.chunks(self.source_words).enumerate() {
            self.issue += counts.len() as u64;
            let loaded = self.issue + 3;
            finished = loaded;
            for (at, &count) in counts.iter().enumerate() {
                let ends_vector = batch * self.source_words + at + 1 == words;
                if count > 0 || ends_vector {
                    finished = self.word::<C, COUNTED>(elements, &mut columns, count, loaded.max(self.load_from));
                }
            }
            // The registers are free in the cycle after the last broadcast.
            self.issue = finished;
        }
        finished
    }

    /// Broadcasts a word of `count` activations that is loaded at `load`; returns the cycle in which it is done, which is the next word's
    /// earliest load.
    #[inline(always)]
    fn word<C: Count, const COUNTED: bool>(&mut self, to: &mut Elements<C::Time>, columns: &mut Columns<'_, C>, count: u32, load: u64) -> u64 {
        let (own, rest) = columns.columns.split_at(count as usize);
        columns.columns = rest;
        let mut finished = if own.is_empty() { load + 1 } else { load };
        if COUNTED {
            for &column in own {
                finished = to.counted(columns.table, column, finished + 1);
            }
        } else {
            let (plain, tracked) = own.split_at(own.len().saturating_sub(TRACKED.saturating_sub(rest.len())));
            for part in plain.chunks(BURST) {
                finished = to.burst::<C, false>(columns.table, part, finished + 1);
            }
            for part in tracked.chunks(BURST) {
                finished = to.burst::<C, true>(columns.table, part, finished + 1);
            }
        }
        self.load_from = finished;
        finished
    }

    /// Cycle of the next word's request. The first words find the queue empty, the others take the place that is free earliest.
    #[inline(always)]
    fn request(&mut self) -> u64 {
        let earliest = if self.issued < WORD_QUEUE { 0 } else { self.credit() };
        self.issued += 1;
        self.issue = (self.issue + 1).max(earliest);
        self.issue
    }

    #[inline(always)]
    fn credit(&mut self) -> u64 {
        let [skipped, loaded] = [&self.skipped, &self.loaded].map(|credits| credits.front().copied().unwrap_or(u64::MAX));
        if skipped < loaded { self.skipped.pop_front() } else { self.loaded.pop_front() }.unwrap_or(0)
    }
}
