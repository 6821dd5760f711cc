//! Times and counts of lanes: 16 bits suffice for elements whose columns are short.

use super::counts::LANES;

/// One value per lane.
pub(super) type Block<T> = [T; LANES];

/// Places of the longest queue that goes with short times.
pub(super) const SHORT_QUEUE: usize = 64;

/// A lane's time: cycles since the base.
pub(super) trait Time: Copy + Default + Ord {
    /// Distance from the base at which it moves. What the queues hold and a burst take fewer cycles than remain.
    const REACH: u64;
    /// From a number of cycles; more than the type holds are its maximum.
    fn new(cycles: u64) -> Self;
    /// Cycles.
    fn cycles(self) -> u64;
    fn plus(self, other: Self) -> Self;
    /// The difference, at least 0.
    fn minus(self, other: Self) -> Self;
}

macro_rules! time {
    ($type:ty, $reach:expr) => {
        impl Time for $type {
            const REACH: u64 = $reach;
            #[inline(always)]
            fn new(cycles: u64) -> Self {
                cycles.min(u64::from(Self::MAX)) as Self
            }
            #[inline(always)]
            fn cycles(self) -> u64 {
                u64::from(self)
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self.saturating_sub(other)
            }
        }
    };
}
// The base's reach, a burst that waits for full queues, and full queues after it: (64 + 16 + 64) * 257 cycles more, below 2^16.
time!(u16, 1 << 14);
time!(u32, 1 << 30);

/// A packed number of entries and the time that fits it.
pub(super) trait Count: Copy {
    type Time: Time;
    fn time(self) -> Self::Time;
}

impl Count for u8 {
    type Time = u16;
    #[inline(always)]
    fn time(self) -> u16 {
        u16::from(self)
    }
}

impl Count for u32 {
    type Time = u32;
    #[inline(always)]
    fn time(self) -> u32 {
        self
    }
}
