//! What the elements' queues hold, from the times of the recurrence.
//!
//! An activation is in an element from the cycle after its broadcast to the one before its place is free. So it adds their number to the sum
//! of places over cycles, the most places are taken in the cycle after some broadcast, and the element has nothing else to do in that cycle
//! than to read the pointers when everything before has ended by then.

use super::counts::LANES;
use super::time::{Block, Time};

/// Broadcasts after which the small counts are added to the large ones, before they overflow.
const FLUSH: usize = 1024;

/// Counts of a block of elements.
#[derive(Clone, Copy)]
struct Lanes<T> {
    /// Since the last flush.
    waiting: Block<T>,
    /// Since the last flush.
    queued: Block<u32>,
    most: Block<T>,
    /// Up to the last flush: waiting and queued.
    sums: [Block<u64>; 2],
}

/// Counts of all elements since the step's start.
pub(super) struct Occupancy<T> {
    /// Cycles from which the places of the last `queue_depth` broadcasts are free, `[block][slot][lane]`.
    ends: Vec<Vec<Block<T>>>,
    /// The latest broadcast's slot.
    latest: usize,
    lanes: Vec<Lanes<T>>,
    /// Broadcasts since the last flush.
    fresh: usize,
}

impl<T: Time> Occupancy<T> {
    /// Of elements at rest.
    pub fn new(blocks: usize, queue_depth: usize) -> Self {
        let rest = [T::default(); LANES];
        let lanes = Lanes { waiting: rest, queued: [0; LANES], most: rest, sums: [[0; LANES]; 2] };
        Occupancy { ends: vec![vec![rest; queue_depth]; blocks], latest: 0, lanes: vec![lanes; blocks], fresh: 0 }
    }

    /// A broadcast in cycle `at`, whose places are free from `ends` on, one per block.
    #[inline(always)]
    pub fn broadcast<'b>(&mut self, at: T, ends: impl Iterator<Item = &'b Block<T>>)
    where
        T: 'b,
    {
        let mut slot = self.latest;
        for ((end, past), lanes) in ends.zip(&mut self.ends).zip(&mut self.lanes) {
            let before = past[self.latest];
            slot = if self.latest + 1 == past.len() { 0 } else { self.latest + 1 };
            past[slot] = *end;
            lanes.add(at, &before, end, past);
        }
        self.latest = slot;
        self.fresh += 1;
        if self.fresh == FLUSH {
            self.lanes.iter_mut().for_each(Lanes::flush);
            self.fresh = 0;
        }
    }

    /// Moves the base of all times.
    pub fn rebase(&mut self, by: T) {
        self.ends.iter_mut().flatten().flatten().for_each(|end| *end = end.minus(by));
    }

    /// Of one element: cycles of nothing but the pointers' read, sum of taken places over cycles, most places taken.
    pub fn element(&self, pe: usize) -> [u64; 3] {
        let (mut lanes, lane) = (self.lanes[pe / LANES], pe % LANES);
        lanes.flush();
        [lanes.sums[0][lane], lanes.sums[1][lane], lanes.most[lane].cycles()]
    }
}

impl<T: Time> Lanes<T> {
    /// A broadcast in cycle `at`; `before` is the end of the one before it, `past` holds the last `queue_depth` ends with its own.
    #[inline(always)]
    fn add(&mut self, at: T, before: &Block<T>, end: &Block<T>, past: &[Block<T>]) {
        let [zero, one] = [0, 1].map(T::new);
        let next = at.plus(one);
        let mut taken = [zero; LANES];
        for end in past {
            for lane in 0..LANES {
                taken[lane] = taken[lane].plus(if end[lane] > next { one } else { zero });
            }
        }
        for lane in 0..LANES {
            self.waiting[lane] = self.waiting[lane].plus(if before[lane] <= next { one } else { zero });
            self.queued[lane] += end[lane].minus(next).cycles() as u32;
            self.most[lane] = self.most[lane].max(taken[lane]);
        }
    }

    fn flush(&mut self) {
        for lane in 0..LANES {
            self.sums[0][lane] += self.waiting[lane].cycles();
            self.sums[1][lane] += u64::from(self.queued[lane]);
        }
        (self.waiting, self.queued) = ([T::default(); LANES], [0; LANES]);
    }
}
