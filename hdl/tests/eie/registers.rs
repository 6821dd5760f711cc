//! Registers of the stepped model: an element, the room for words, the read-out.

use fretwork_hdl::eie::ElementActivity;
use std::collections::VecDeque;

/// Columns as their entries: all, and of them padding.
pub type Column = [u32; 2];

#[derive(Default)]
pub struct Element {
    fifo: VecDeque<Column>,
    pub count: usize,
    waiting: Option<Column>,
    left: u32,
    padding: u32,
    valid: [bool; 3],
    pub did: ElementActivity,
}

impl Element {
    pub fn idle(&self) -> bool {
        self.fifo.is_empty() && self.waiting.is_none() && self.left == 0 && self.valid == [false; 3]
    }

    pub fn step(&mut self, push: Option<Column>) {
        let take = self.waiting.filter(|_| self.left == 0);
        let pop = !self.fifo.is_empty() && (self.waiting.is_none() || take.is_some());
        let [span, padding] = take.unwrap_or_default();
        let (starts, empty) = (span != 0, take.is_some() && span == 0);
        let issue = starts || self.left != 0;
        let done = (take.is_some() && span <= 1) || self.left == 1;
        if starts {
            self.padding = padding;
        }
        let pads = issue && self.padding > 0;
        self.padding -= u32::from(pads);
        let did = &mut self.did;
        did.busy += u64::from(issue);
        did.padding += u64::from(pads);
        did.empty += u64::from(empty);
        did.starved += u64::from(self.count == 0);
        did.waiting += u64::from(self.count > 0 && !issue && !empty);
        did.queued += self.count as u64;
        did.most_queued = did.most_queued.max(self.count as u64);
        self.left = if starts { span - 1 } else { self.left.saturating_sub(1) };
        if pop {
            self.waiting = self.fifo.pop_front();
        } else if take.is_some() {
            self.waiting = None;
        }
        self.valid = [issue, self.valid[0], self.valid[1]];
        self.count = self.count + usize::from(push.is_some()) - usize::from(done);
        self.fifo.extend(push);
    }
}

/// Credits for requests without source registers, batches with them.
pub struct Room {
    pub source_words: usize,
    pub credits: usize,
    pub requested: usize,
    pub arrived: usize,
    pub closed: bool,
    pub scanning: bool,
}

/// What happens to words in a cycle.
#[derive(Default)]
pub struct Events {
    pub request: bool,
    pub request_last: bool,
    pub feed: bool,
    pub feed_last: bool,
    pub keep: bool,
    pub load: bool,
    pub batch_done: bool,
}

impl Room {
    pub fn open(&self) -> bool {
        if self.source_words == 0 { self.credits > 0 } else { !self.closed }
    }

    pub fn step(&mut self, events: &Events) {
        self.credits = self.credits + usize::from(events.feed && !events.keep) + usize::from(events.load);
        self.credits -= usize::from(events.request && self.source_words == 0);
        let requests_end = events.request && (events.request_last || self.requested + 1 == self.source_words);
        let arrives_end = events.feed && (events.feed_last || self.arrived + 1 == self.source_words);
        self.requested = if requests_end { 0 } else { self.requested + usize::from(events.request) };
        self.arrived = if arrives_end { 0 } else { self.arrived + usize::from(events.feed) };
        self.closed = requests_end || (self.closed && !events.batch_done);
        self.scanning = arrives_end || (self.scanning && !events.batch_done);
    }
}

#[derive(Default)]
pub struct ReadOut {
    vector_done: bool,
    draining: bool,
    idle: bool,
    read: bool,
    count: u64,
    pub last1: bool,
}

impl ReadOut {
    /// Whether this cycle's read is the vector's last.
    pub fn is_last(&self, reads: u64) -> bool {
        self.read && self.count + 1 == reads
    }

    pub fn step(&mut self, finished: bool, all_idle: bool, reads: u64) {
        let last = self.is_last(reads);
        let draining = self.vector_done || (self.draining && !self.idle);
        let idle = self.draining && all_idle && !self.idle;
        let read = (self.draining && self.idle) || (self.read && !last);
        self.count = if self.read { self.count + 1 } else { 0 };
        (self.vector_done, self.draining, self.idle, self.read, self.last1) = (finished, draining, idle, read, last);
    }
}
