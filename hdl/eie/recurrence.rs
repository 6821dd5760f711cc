//! The elements' part of the recurrence: what one broadcast does to all of them, in plain loops over blocks of lanes that the compiler turns
//! into vector instructions.
//!
//! Times are relative to a base that follows the broadcasts. Moving it turns times before it into the base itself, which no later maximum
//! tells apart.

use super::counts::LANES;
use super::occupancy::Occupancy;
use super::time::{Block, Count, Time};

/// Broadcasts between two looks at the distance from the base.
pub(super) const BURST: usize = 16;

/// A block of elements between two broadcasts.
#[derive(Clone, Copy)]
struct Lanes<T> {
    /// Cycle of the latest take.
    take: Block<T>,
    /// Cycle from which the latest column's place is free.
    end: Block<T>,
    /// Cycle from which the pipeline is empty, as far as the latest tracked broadcasts tell.
    idle: Block<T>,
}

/// All elements between two broadcasts.
pub(super) struct Elements<T> {
    blocks: Vec<Lanes<T>>,
    base: u64,
    /// Cycle from which the places of the last `queue_depth` broadcasts are free in every element.
    free: Vec<u64>,
    slot: usize,
    /// Cycles in which a broadcast was ready and some queue was full.
    pub queue_full: u64,
    /// Counts per element, when wanted.
    pub occupancy: Option<Occupancy<T>>,
}

impl<T: Time> Elements<T> {
    /// Elements at rest since the cycle `start`.
    pub fn new(blocks: usize, queue_depth: usize, start: u64) -> Self {
        let rest = [T::default(); LANES];
        let blocks = vec![Lanes { take: rest, end: rest, idle: rest }; blocks];
        Elements { blocks, base: start, free: vec![0; queue_depth], slot: 0, queue_full: 0, occupancy: None }
    }

    /// Activations that an element holds.
    pub fn queue_depth(&self) -> usize {
        self.free.len()
    }

    /// Broadcasts up to [`BURST`] columns, the first of which is ready in cycle `ready`; returns the cycle of the last one. Only with
    /// `TRACKED` do they count for [`Elements::take_idle`].
    #[inline(always)]
    pub fn burst<C: Count<Time = T>, const TRACKED: bool>(&mut self, table: &[Block<C>], columns: &[u32], ready: u64) -> u64 {
        self.approach(ready);
        let &mut [ref mut block] = self.blocks.as_mut_slice() else {
            let mut cycle = ready - 1;
            for &column in columns {
                cycle = self.broadcast::<C, TRACKED>(table, column, cycle + 1);
            }
            return cycle;
        };
        // The only block stays in registers.
        let (mut lanes, base, free) = (*block, self.base, self.free.as_mut_slice());
        let (mut slot, mut cycle, mut queue_full) = (self.slot, ready - 1, 0);
        for &column in columns {
            let from = cycle + 1;
            cycle = from.max(free[slot]);
            queue_full += cycle - from;
            let ends = advance::<C, TRACKED>(&mut lanes, &table[column as usize], T::new(cycle - base));
            free[slot] = base + latest(&ends).cycles();
            slot = if slot + 1 == free.len() { 0 } else { slot + 1 };
        }
        *block = lanes;
        self.slot = slot;
        self.queue_full += queue_full;
        cycle
    }

    /// The same for one column, counted.
    #[inline(always)]
    pub fn counted<C: Count<Time = T>>(&mut self, table: &[Block<C>], column: u32, ready: u64) -> u64 {
        self.approach(ready);
        let cycle = self.broadcast::<C, true>(table, column, ready);
        let at = T::new(cycle - self.base);
        if let Some(occupancy) = &mut self.occupancy {
            occupancy.broadcast(at, self.blocks.iter().map(|lanes| &lanes.end));
        }
        cycle
    }

    /// One broadcast to any number of blocks.
    #[inline(always)]
    fn broadcast<C: Count<Time = T>, const TRACKED: bool>(&mut self, table: &[Block<C>], column: u32, ready: u64) -> u64 {
        let cycle = ready.max(self.free[self.slot]);
        self.queue_full += cycle - ready;
        let at = T::new(cycle - self.base);
        let counts = &table[column as usize * self.blocks.len()..][..self.blocks.len()];
        let mut ends = [T::default(); LANES];
        for (lanes, counts) in self.blocks.iter_mut().zip(counts) {
            let own = advance::<C, TRACKED>(lanes, counts, at);
            ends.iter_mut().zip(own).for_each(|(end, own)| *end = own.max(*end));
        }
        self.free[self.slot] = self.base + latest(&ends).cycles();
        self.slot = if self.slot + 1 == self.free.len() { 0 } else { self.slot + 1 };
        cycle
    }

    /// Moves the base when the next broadcast, ready in cycle `ready`, is too far from it.
    #[inline(always)]
    fn approach(&mut self, ready: u64) {
        let cycle = ready.max(self.free[self.slot]);
        if cycle - self.base >= T::REACH {
            self.rebase(cycle);
        }
    }

    #[cold]
    fn rebase(&mut self, base: u64) {
        let by = T::new(base - self.base);
        self.base = base;
        let lanes = self.blocks.iter_mut().flat_map(|lanes| lanes.take.iter_mut().chain(&mut lanes.end).chain(&mut lanes.idle));
        lanes.for_each(|time| *time = time.minus(by));
        self.occupancy.iter_mut().for_each(|occupancy| occupancy.rebase(by));
    }

    /// Cycle from which every element is idle after the tracked broadcasts since the last call; some earlier one without any.
    #[inline(always)]
    pub fn take_idle(&mut self) -> u64 {
        let mut all = T::default();
        for lanes in &mut self.blocks {
            all = all.max(latest(&lanes.idle));
            lanes.idle = [T::default(); LANES];
        }
        self.base + all.cycles()
    }
}

/// What a broadcast in cycle `at` does to a block; returns the cycles from which the places are free again.
#[inline(always)]
fn advance<C: Count, const TRACKED: bool>(lanes: &mut Lanes<C::Time>, counts: &Block<C>, at: C::Time) -> Block<C::Time> {
    let [zero, one, three] = [0, 1, 3].map(C::Time::new);
    let next = at.plus(one);
    for (lane, count) in counts.iter().enumerate() {
        let count = count.time();
        let pop = next.max(lanes.take[lane]);
        let take = pop.plus(one).max(lanes.end[lane]);
        let end = take.plus(count.max(one));
        (lanes.take[lane], lanes.end[lane]) = (take, end);
        if TRACKED {
            // The last read is in the cycle before the end; the pipeline behind it is empty four cycles later.
            let idle = if count > zero { end.plus(three) } else { end };
            lanes.idle[lane] = lanes.idle[lane].max(idle);
        }
    }
    lanes.end
}

#[inline(always)]
fn latest<T: Time>(times: &Block<T>) -> T {
    times.iter().copied().fold(T::default(), T::max)
}
