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

use std::collections::BinaryHeap;

/// Cycles from reset to the loader's first field.
pub const LOAD_START: u64 = 2;
/// Words that the broadcast's queue holds.
const WORD_QUEUE: usize = 8;

/// Work of one vector: for every word that was gathered, the columns broadcast from it.
#[derive(Clone, Debug, Default)]
pub struct Vector {
    /// Non-zero activations per gathered word.
    pub word_counts: Vec<u32>,
    /// Columns in the order of their broadcast.
    pub columns: Vec<u32>,
}

/// Counts over a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Activations broadcast.
    pub broadcasts: u64,
    /// Entries processed, all elements together, padding included.
    pub entries: u64,
    /// Cycles in which a broadcast was ready and some queue was full.
    pub queue_full: u64,
    /// Cycles in which no activation was ready.
    pub starved: u64,
    /// Cycles from the last broadcast of a vector to its last accumulator word.
    pub drain: u64,
}

/// State of the recurrence within one step.
pub struct Engine<'a> {
    pes: usize,
    /// Entries per column and element, `[column][element]`.
    counts: &'a [u32],
    queue_depth: usize,
    /// Reads per vector at the end: words times parts per word.
    reads: u64,
    take: Vec<u32>,
    end: Vec<u32>,
    busy_until: Vec<u32>,
    /// Cycle from which the places of the last `queue_depth` broadcasts are free in every element.
    free: Vec<u32>,
    pushed: usize,
    issue: u64,
    issued: usize,
    /// Cycles from which returned credits can be spent, earliest first.
    credits: BinaryHeap<std::cmp::Reverse<u64>>,
    /// Earliest cycle of the next word's load.
    load_from: u64,
    origin: u64,
    /// What happened.
    pub activity: Activity,
}

impl<'a> Engine<'a> {
    /// An engine at rest; the first word is requested in the cycle after `start`.
    pub fn new(pes: usize, queue_depth: usize, reads: u64, counts: &'a [u32], start: u64) -> Engine<'a> {
        Engine {
            pes,
            counts,
            queue_depth,
            reads,
            take: vec![0; pes],
            end: vec![0; pes],
            busy_until: vec![0; pes],
            free: vec![0; queue_depth],
            pushed: 0,
            issue: start,
            issued: 0,
            credits: BinaryHeap::new(),
            load_from: 0,
            origin: start,
            activity: Activity::default(),
        }
    }

    /// Processes a vector; returns the cycle in which its last accumulator read happens.
    pub fn vector(&mut self, vector: &Vector) -> u64 {
        let mut columns = vector.columns.as_slice();
        let mut finished = 0;
        let words = vector.word_counts.len();
        for (index, &count) in vector.word_counts.iter().enumerate() {
            let issue = self.request();
            let ends_vector = index + 1 == words;
            if count == 0 && !ends_vector {
                self.credits.push(std::cmp::Reverse(issue + 3));
                continue;
            }
            let load = (issue + 3).max(self.load_from);
            self.credits.push(std::cmp::Reverse(load + 1));
            let (own, rest) = columns.split_at(count as usize);
            columns = rest;
            finished = load + 1;
            for (at, &column) in own.iter().enumerate() {
                let ready = if at == 0 { load + 1 } else { finished + 1 };
                finished = self.broadcast(column as usize, ready);
            }
            self.load_from = finished;
        }
        self.drain(finished)
    }

    fn request(&mut self) -> u64 {
        let earliest = if self.issued < WORD_QUEUE { 0 } else { self.credits.pop().map_or(0, |std::cmp::Reverse(at)| at) };
        self.issued += 1;
        self.issue = (self.issue + 1).max(earliest);
        self.issue
    }

    /// Cycle of the broadcast that is ready in cycle `ready`.
    fn broadcast(&mut self, column: usize, ready: u64) -> u64 {
        let slot = self.pushed % self.queue_depth;
        let ready = (ready - self.origin) as u32;
        let at = ready.max(self.free[slot]);
        self.activity.queue_full += u64::from(at - ready);
        let counts = &self.counts[column * self.pes..][..self.pes];
        let mut latest = 0;
        let mut entries = 0;
        let elements = self.take.iter_mut().zip(&mut self.end).zip(&mut self.busy_until).zip(counts);
        for (((take, end), busy), &count) in elements {
            let pop = (at + 1).max(*take);
            *take = (pop + 1).max(*end);
            *end = *take + count.max(1);
            // The last read is at take + count - 1; the pipeline behind it is empty four cycles later.
            *busy = (*busy).max((*take + 1).max(if count > 0 { *take + count + 3 } else { 0 }));
            latest = latest.max(*end);
            entries += count;
        }
        self.free[slot] = latest;
        self.pushed += 1;
        self.activity.broadcasts += 1;
        self.activity.entries += u64::from(entries);
        self.origin + u64::from(at)
    }

    fn drain(&mut self, finished: u64) -> u64 {
        let idle = self.origin + u64::from(self.busy_until.iter().copied().max().unwrap_or(0));
        let detected = (finished + 2).max(idle);
        let last_read = detected + 1 + self.reads;
        self.load_from = last_read + 2;
        self.activity.drain += last_read - finished;
        last_read
    }
}
