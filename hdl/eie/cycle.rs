//! Exact cycles of the engine, by a recurrence over broadcasts instead of stepping every element.
//!
//! With B(j) the cycle of broadcast j, c(k, j) the entries of its column in element k:
//!
//! ```text
//! pop(k, j)  = max(B(j) + 1, take(k, j-1))
//! take(k, j) = max(pop(k, j) + 1, take(k, j-1) + max(c(k, j-1), 1))
//! B(j)       = max(B(j-1) + 1, word available, max over k of take(k, j - queue_depth) + max(c(k, j - queue_depth), 1))
//! ```
//!
//! An element is idle one cycle after its last take, or four after its last entry's read.
//!
//! With source registers a batch's words are all loaded before its first broadcast, and the next batch's first word is requested in the
//! cycle after its last.

use super::activity::{Activity, ElementActivity, StepActivity};
use super::counts::{Counts, Table};
use super::feed::{Columns, Feed};
use super::occupancy::Occupancy;
use super::params::Eie;
use super::recurrence::Elements;
use super::time::{Count, SHORT_QUEUE};
use crate::vectorised::{Job, vectorised};
use std::borrow::Cow;

/// Cycles from reset to the loader's first field.
pub const LOAD_START: u64 = 2;

/// Work of one vector: for every word that was gathered, the columns broadcast from it.
#[derive(Clone, Debug, Default)]
pub struct Vector {
    /// Non-zero activations per gathered word.
    pub word_counts: Vec<u32>,
    /// Columns in the order of their broadcast.
    pub columns: Vec<u32>,
}

/// State of the recurrence within one step.
pub struct Engine<'a> {
    counts: Cow<'a, Counts>,
    elements: Times,
    feed: Feed,
    start: u64,
    /// How often every column was broadcast, when elements are counted.
    times: Vec<u64>,
    /// What happened.
    pub activity: Activity,
}

/// Elements with times of the width that the counts need.
enum Times {
    Short(Elements<u16>),
    Long(Elements<u32>),
}

impl<'a> Engine<'a> {
    /// An engine at rest; the first word is requested in the cycle after `start`. `reads` is the number of accumulator reads per vector,
    /// `counts` the entries, `[column][element]`, padding included.
    pub fn new(eie: &Eie, lanes: usize, reads: u64, counts: &[u32], start: u64) -> Engine<'a> {
        Engine::with(eie, lanes, reads, Cow::Owned(Counts::new(counts, eie.pes)), start)
    }

    /// The same with counts that are packed once for all steps.
    pub fn packed(eie: &Eie, lanes: usize, reads: u64, counts: &'a Counts, start: u64) -> Engine<'a> {
        Engine::with(eie, lanes, reads, Cow::Borrowed(counts), start)
    }

    fn with(eie: &Eie, lanes: usize, reads: u64, counts: Cow<'a, Counts>, start: u64) -> Engine<'a> {
        let counts = if eie.queue_depth > SHORT_QUEUE { Cow::Owned(counts.widened()) } else { counts };
        let elements = match &counts.table {
            Table::Bytes(_) => Times::Short(Elements::new(counts.blocks(), eie.queue_depth, start)),
            Table::Longs(_) => Times::Long(Elements::new(counts.blocks(), eie.queue_depth, start)),
        };
        Engine { counts, elements, feed: Feed::new(eie, lanes, reads, start), start, times: Vec::new(), activity: Activity::default() }
    }

    /// Makes the engine count what every element does, from the first vector on.
    pub fn count_elements(&mut self) {
        let blocks = self.counts.blocks();
        self.times = vec![0; self.counts.columns()];
        match &mut self.elements {
            Times::Short(elements) => elements.occupancy = Some(Occupancy::new(blocks, elements.queue_depth())),
            Times::Long(elements) => elements.occupancy = Some(Occupancy::new(blocks, elements.queue_depth())),
        }
    }

    /// Processes a vector; returns the cycle in which its last accumulator read happens.
    pub fn vector(&mut self, vector: &Vector) -> u64 {
        let (feed, columns) = (&mut self.feed, vector.columns.as_slice());
        let last_read = match (&mut self.elements, &self.counts.table) {
            (Times::Short(elements), Table::Bytes(table)) => vectorised(Run { feed, elements, columns: Columns { table, columns }, vector }),
            (Times::Long(elements), Table::Longs(table)) => vectorised(Run { feed, elements, columns: Columns { table, columns }, vector }),
            (Times::Short(_), Table::Longs(_)) | (Times::Long(_), Table::Bytes(_)) => unreachable!("the counts chose the times"),
        };
        if !self.times.is_empty() {
            columns.iter().for_each(|&column| self.times[column as usize] += 1);
        }
        let activity = &mut self.activity;
        activity.broadcasts += columns.len() as u64;
        activity.entries += self.counts.entries(columns);
        activity.queue_full = match &self.elements {
            Times::Short(elements) => elements.queue_full,
            Times::Long(elements) => elements.queue_full,
        };
        activity.drain = self.feed.drain;
        activity.starved = last_read - self.start - activity.broadcasts - activity.queue_full - activity.drain;
        last_read
    }

    /// What the step's elements did up to its last write in the cycle `end`; `padding` counts the entries without a weight, when there are
    /// any. Elements have to be counted ([`Engine::count_elements`]).
    pub fn step(&self, padding: Option<&Counts>, end: u64) -> StepActivity {
        let cycles = end - self.start + 1;
        let padding = padding.map(|padding| padding.sums(&self.times));
        let element = |(pe, [busy, empty]): (usize, [u64; 2])| {
            let [waiting, queued, most_queued] = match &self.elements {
                Times::Short(elements) => elements.occupancy.as_ref().map_or([0; 3], |occupancy| occupancy.element(pe)),
                Times::Long(elements) => elements.occupancy.as_ref().map_or([0; 3], |occupancy| occupancy.element(pe)),
            };
            let padding = padding.as_ref().map_or(0, |padding| padding[pe][0]);
            ElementActivity { busy, padding, empty, waiting, starved: cycles - busy - empty - waiting, queued, most_queued }
        };
        let elements = self.counts.sums(&self.times).into_iter().enumerate().map(element).collect();
        StepActivity { cycles, broadcast: self.activity.clone(), elements, word_reads: 0 }
    }

    /// Sum of `counts` over the columns of all broadcasts and all elements. Elements have to be counted ([`Engine::count_elements`]).
    pub fn total(&self, counts: &Counts) -> u64 {
        counts.sums(&self.times).iter().map(|[count, _]| count).sum()
    }
}

/// A vector's last read.
struct Run<'r, C: Count> {
    feed: &'r mut Feed,
    elements: &'r mut Elements<C::Time>,
    columns: Columns<'r, C>,
    vector: &'r Vector,
}

impl<C: Count> Job for Run<'_, C> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let Run { feed, elements, columns, vector } = self;
        if elements.occupancy.is_some() {
            feed.vector::<C, true>(elements, columns, vector)
        } else {
            feed.vector::<C, false>(elements, columns, vector)
        }
    }
}
