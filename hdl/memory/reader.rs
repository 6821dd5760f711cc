//! The clock of the AXI4 reader: for every word of the weight stream the cycle from which it can be taken.
//!
//! With burst i requested in q(i) (its address is on the bus in the next cycle), accepted in a(i), beat b arriving in v(b), read from the queue's memory
//! in r(b) and taken in p(b), R the beats of all bursts up to i:
//!
//! ```text
//! q(i) = max(D + 1, a(i-1), v(last beat of burst i - outstanding) + 1, r(R - queue - 1) + 1)
//! a(i) = q(i) + 1 + hold(i)
//! v(b) = max(a(i) + first(i), v(b-1) + 1) for the first beat of a burst, v(b-1) + 1 + gap(i, b) for the others
//! r(b) = max(v(b) + 1, p(b-1))
//! p(b) = r(b) + 1 for all beats of a word but its last; the last is taken with the word, in r(b) + 1 at the earliest
//! ```
//!
//! D is the cycle in which the step's descriptor is taken: when the step's configuration is fetched and q of the step before's last burst is past.

use super::Axi;
use crate::config::Config;
use std::collections::VecDeque;

/// What the reader carries from one step to the next.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// Bursts requested.
    bursts: u64,
    /// Beats requested.
    requested: u64,
    /// Cycle in which the latest request was accepted.
    accepted: u64,
    /// Cycle from which the next descriptor can be taken.
    free: u64,
    /// Cycle from which the next beat can arrive.
    next_arrival: u64,
    /// Cycle in which the latest beat was taken from the queue.
    taken: u64,
    /// Last beats' arrivals of the latest bursts.
    completed: VecDeque<u64>,
    /// Arrivals of the beats that are requested and not read.
    arrivals: VecDeque<u64>,
    /// Reads of the latest beats.
    reads: VecDeque<u64>,
}

impl Reader {
    /// The words of a step whose configuration is fetched in cycle `fetched`.
    pub fn words<'a>(&'a mut self, axi: &'a Axi, config: &Config, word_bytes: usize, fetched: u64) -> Words<'a> {
        let pass = axi.pass(config, word_bytes);
        let (padded, beat) = (word_bytes.next_power_of_two(), axi.beat_bytes());
        let from = fetched.max(self.free) + 1;
        Words {
            axi,
            from,
            next_beat: *pass.start(),
            pass: (*pass.start(), *pass.end()),
            passes: u64::from(config.passes),
            beats_per_word: (padded / beat).max(1),
            words_per_beat: (beat / padded).max(1) as u64,
            index: u64::from(config.weight_base),
            range: (u64::from(config.weight_base), u64::from(config.weight_base) + u64::from(config.weight_words)),
            holds_beat: false,
            there: 0,
            reader: self,
        }
    }
}

/// The words of a step, in their order: [`Words::there`] and [`Words::take`] in turn.
#[derive(Debug)]
pub struct Words<'a> {
    reader: &'a mut Reader,
    axi: &'a Axi,
    /// Cycle from which bursts are requested.
    from: u64,
    /// Next beat to request, and passes that are left.
    next_beat: u64,
    passes: u64,
    /// First and last beat of a pass.
    pass: (u64, u64),
    beats_per_word: usize,
    words_per_beat: u64,
    /// Next word, the first one and the one behind the last.
    index: u64,
    range: (u64, u64),
    /// The beat on offer holds the next word as well.
    holds_beat: bool,
    /// Cycle from which the next word is there.
    there: u64,
}

impl Words<'_> {
    /// Cycle from which the next word is there.
    pub fn there(&mut self) -> u64 {
        if !self.holds_beat {
            for beat in 0..self.beats_per_word {
                self.there = self.read() + 1;
                if beat + 1 < self.beats_per_word {
                    self.reader.taken = self.there;
                }
            }
            self.holds_beat = true;
        }
        self.there
    }

    /// The next word is taken in this cycle, which is no earlier than [`Words::there`] said.
    pub fn take(&mut self, cycle: u64) {
        let ends_pass = self.index + 1 == self.range.1;
        if (self.index + 1).is_multiple_of(self.words_per_beat) || ends_pass {
            self.reader.taken = cycle;
            self.holds_beat = false;
        }
        self.index = if ends_pass { self.range.0 } else { self.index + 1 };
    }

    /// Reads a beat from the queue's memory; the cycle.
    fn read(&mut self) -> u64 {
        if self.reader.arrivals.is_empty() {
            self.request();
        }
        let reader = &mut *self.reader;
        let arrival = reader.arrivals.pop_front().unwrap_or(0);
        let read = (arrival + 1).max(reader.taken);
        reader.reads.push_back(read);
        if reader.reads.len() > self.axi.queue {
            reader.reads.pop_front();
        }
        read
    }

    /// Requests the next burst: when all beats before it have been read.
    fn request(&mut self) {
        let (axi, reader) = (self.axi, &mut *self.reader);
        let burst = axi.burst as u64;
        let beats = (burst - self.next_beat % burst).min(self.pass.1 - self.next_beat + 1);
        let mut request = self.from.max(reader.accepted);
        if reader.completed.len() == axi.outstanding {
            request = request.max(reader.completed.pop_front().unwrap_or(0) + 1);
        }
        // The queue has room when the beat `queue` places before the burst's last one has been read; all before this burst are in `reads`.
        let last = reader.requested + beats;
        if let Some(beat) = last.checked_sub(axi.queue as u64 + 1) {
            let kept = reader.requested - reader.reads.len() as u64;
            request = request.max(reader.reads.get((beat - kept) as usize).copied().unwrap_or(0) + 1);
        }
        reader.accepted = request + 1 + axi.latency.hold(reader.bursts);
        let mut arrival = (reader.accepted + axi.latency.first(reader.bursts)).max(reader.next_arrival);
        for beat in 0..beats as u32 {
            if beat > 0 {
                arrival += 1 + axi.latency.gap(reader.bursts, beat);
            }
            reader.arrivals.push_back(arrival);
        }
        reader.completed.push_back(arrival);
        reader.next_arrival = arrival + 1;
        reader.bursts += 1;
        reader.requested = last;
        self.next_beat += beats;
        if self.next_beat > self.pass.1 {
            self.next_beat = self.pass.0;
            self.passes -= 1;
            if self.passes == 0 {
                reader.free = request + 1;
            }
        }
    }
}
