//! Time as a table: where the clock stands behind a segment, for every position before it and every variant of it. Positions are few, as a step
//! leaves little behind but the weights that are loaded ahead; so all are found beforehand.

use super::segments::{Segment, StepCost};
use fretwork_hdl::shell::machine::schedule;
use fretwork_hdl::{Accelerator, Clock, Position, Timing};
use fretwork_sim::stalls::Stalls;
use std::collections::HashMap;

/// What a variant makes of a position.
#[derive(Clone, Copy, Debug)]
pub struct Next {
    /// Cycles from the end of the segment before to its own end.
    pub cycles: u64,
    /// The position behind it.
    pub position: u32,
}

/// All transitions of a network.
pub struct Transitions {
    positions: Vec<Position>,
    /// The position after reset.
    reset: u32,
    /// `[segment][position][variant]`; `None` where the variant does not exist.
    next: Vec<Vec<Vec<Option<Next>>>>,
    /// Inferences until one is like the others: 2 where the sparse engine is loaded first.
    settles: usize,
}

/// Runs the steps.
pub fn walk(steps: &[StepCost], accelerator: &Accelerator, clock: &mut Clock) -> Option<Vec<Timing>> {
    let timing = |step: &StepCost| match step.took {
        Some(cycles) => Some(clock.pass(cycles)),
        None => schedule(&step.config, accelerator, clock),
    };
    steps.iter().map(timing).collect()
}

/// Positions as they are found, numbered.
struct Numbered<'a> {
    accelerator: &'a Accelerator,
    positions: Vec<Position>,
    numbers: HashMap<Position, u32>,
}

impl Numbered<'_> {
    fn number(&mut self, position: Position) -> u32 {
        let new = self.positions.len() as u32;
        let number = *self.numbers.entry(position).or_insert(new);
        if number == new {
            self.positions.push(position);
        }
        number
    }

    fn next(&mut self, from: u32, steps: &[StepCost]) -> Option<Next> {
        let mut clock = Clock::at(self.positions[from as usize], self.accelerator);
        let before = clock.free;
        walk(steps, self.accelerator, &mut clock)?;
        Some(Next { cycles: clock.free - before, position: self.number(clock.position(self.accelerator)?) })
    }
}

impl Transitions {
    /// Of all segments and variants. `None` where time has more to say than a position holds: weights that come over a bus.
    pub fn new(segments: &[Segment], accelerator: &Accelerator, settles: usize) -> Option<Transitions> {
        let clock = Clock::new(accelerator, Stalls::NONE);
        let mut found = Numbered { accelerator, positions: Vec::new(), numbers: HashMap::new() };
        let reset = found.number(clock.position(accelerator)?);
        let mut next: Vec<Vec<Vec<Option<Next>>>> = vec![Vec::new(); segments.len()];
        let mut before = vec![reset];
        for _ in 0..settles {
            for (segment, next) in segments.iter().zip(&mut next) {
                let mut behind = Vec::new();
                for from in before {
                    next.resize(next.len().max(from as usize + 1), Vec::new());
                    let steps = segment.variants.iter().map(|variant| variant.as_ref().ok());
                    let own: Vec<Option<Next>> = steps.map(|steps| found.next(from, steps?)).collect();
                    behind.extend(own.iter().flatten().map(|next| next.position));
                    next[from as usize] = own;
                }
                behind.sort_unstable();
                behind.dedup();
                before = behind;
            }
        }
        Some(Transitions { positions: found.positions, reset, next, settles })
    }

    /// Cycles from the first input word to the last output word; `None` for a variant that does not exist.
    pub fn cycles(&self, choice: &[usize]) -> Option<u64> {
        let (mut position, mut wait, mut cycles) = (self.reset, 0, 0);
        for _ in 0..self.settles {
            wait = self.positions[position as usize].wait();
            cycles = 0;
            for (next, variant) in self.next.iter().zip(choice) {
                let next = (*next[position as usize].get(*variant)?)?;
                cycles += next.cycles;
                position = next.position;
            }
        }
        Some(cycles - 1 - wait)
    }

    /// The position before a settled inference, and whether there is no other one.
    pub fn start(&self) -> (u32, bool) {
        if self.settles == 1 {
            return (self.reset, true);
        }
        let mut ends = self.next.last().into_iter().flatten().flatten().flatten().map(|next| next.position);
        let first = ends.next().unwrap_or(self.reset);
        (first, ends.all(|end| end == first))
    }

    /// What a variant of a segment makes of a position.
    pub fn next(&self, segment: usize, position: u32, variant: usize) -> Option<Next> {
        *self.next[segment].get(position as usize)?.get(variant)?
    }

    /// Cycles that the first step waits for its configuration in a position.
    pub fn wait(&self, position: u32) -> u64 {
        self.positions[position as usize].wait()
    }

    /// Number of positions.
    pub fn positions(&self) -> usize {
        self.positions.len()
    }
}
