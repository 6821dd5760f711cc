//! When the gather's requests of a step are issued, where something holds them up: an epilogue that takes a result in parts, or a memory with one
//! port that is being written.

use crate::accelerator::Accelerator;
use crate::shell::cycle::epilogue;
use std::collections::VecDeque;

/// The requests of a step so far.
#[derive(Clone, Debug)]
pub struct Requests {
    /// Earliest cycle of the next request.
    next: u64,
    /// Earliest cycle of the next request that waits for the epilogue.
    room: u64,
    /// Cycles that the epilogue takes for a word.
    parts: u64,
    /// Cycles from a request that completes a result to its write.
    written: u64,
    /// Cycles to come in which the one port writes; `None` with two ports.
    writes: Option<VecDeque<u64>>,
}

/// Requests that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// None of them completes a result.
    Partial,
    /// Each completes a result.
    Complete,
    /// The last one completes a result; only the first waits for the epilogue.
    Window,
}

impl Requests {
    /// Of a step launched in cycle `start`, `latency` cycles from a request to its accumulator word.
    pub fn new(start: u64, latency: u64, accelerator: &Accelerator) -> Requests {
        let writes = (accelerator.activation_ports() == 1).then(VecDeque::new);
        Requests { next: start + 1, room: 0, parts: accelerator.parts() as u64, written: latency + epilogue(accelerator), writes }
    }

    /// Earliest cycle in which a run could begin.
    pub fn earliest(&self, run: Run) -> u64 {
        if run == Run::Partial { self.next } else { self.next.max(self.room) }
    }

    /// Issues `count` requests from cycle `ready` on; the cycle of the first.
    pub fn issue(&mut self, ready: u64, count: u64, run: Run) -> u64 {
        let first = self.single(self.earliest(run).max(ready), run, true, count == 1);
        if self.writes.is_none() {
            let apart = if run == Run::Complete { self.parts } else { 1 };
            self.next = first + (count - 1) * apart + 1;
            if run == Run::Complete {
                self.room = first + count * self.parts;
            }
            return first;
        }
        for index in 1..count {
            let earliest = if run == Run::Complete { self.next.max(self.room) } else { self.next };
            self.single(earliest, run, false, index + 1 == count);
        }
        first
    }

    /// What decides the cycles of later requests, where that is nothing but two times: the earliest cycle of the next request, and of the next one
    /// that waits for the epilogue.
    pub fn times(&self) -> Option<[u64; 2]> {
        self.writes.is_none().then(|| [self.next, self.next.max(self.room)])
    }

    /// Lets requests that repeat the latest ones pass, so many cycles in all.
    pub fn pass(&mut self, cycles: u64) {
        (self.next, self.room) = (self.next + cycles, self.room.max(self.next) + cycles);
    }

    /// Cycle of the last request.
    pub fn last(&self) -> u64 {
        self.next - 1
    }

    /// One request, at `earliest` or when the port is free; whether it is a run's first and last.
    fn single(&mut self, earliest: u64, run: Run, begins: bool, ends: bool) -> u64 {
        let mut at = earliest;
        if let Some(writes) = &mut self.writes {
            while let Some(write) = writes.front().copied().filter(|write| *write <= at) {
                writes.pop_front();
                at += u64::from(write == at);
            }
            if run == Run::Complete || (run == Run::Window && ends) {
                writes.push_back(at + self.written);
            }
        }
        if run == Run::Complete || (run == Run::Window && begins) {
            self.room = at + self.parts;
        }
        self.next = at + 1;
        at
    }
}
