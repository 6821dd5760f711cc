//! Thresholds digit by digit, as the sums are.

use super::{Digit, PackedBits, TILE};

/// For each output a bit that is the parity of the steps that its sum reaches, inverted or not.
#[derive(Clone, Debug)]
pub struct Thresholds {
    digits: usize,
    /// Steps that are compared with: as many as the output with most of them has.
    rounds: usize,
    /// `[tile][round][digit]`.
    steps: Vec<Digit>,
    /// Outputs without a comparison in a round, `[tile][round]`.
    never: Vec<Digit>,
    /// Outputs that are inverted, `[tile]`.
    inverted: Vec<Digit>,
}

impl Thresholds {
    /// For the weights' outputs; `output(i)` gives an output's steps and whether its bit is inverted.
    pub fn new(weights: &PackedBits, output: impl Fn(usize) -> (Vec<i64>, bool)) -> Thresholds {
        let (digits, most) = (weights.digits(), weights.inputs() as i64);
        let decide = |index: usize| {
            let (mut steps, mut inverted) = output(index);
            // Steps that all sums reach invert; those that no sum reaches do nothing.
            steps.iter().filter(|step| **step <= 0).for_each(|_| inverted = !inverted);
            steps.retain(|step| (1..=most).contains(step));
            (steps, inverted)
        };
        let outputs: Vec<_> = (0..weights.outputs()).map(decide).collect();
        let rounds = outputs.iter().map(|(steps, _)| steps.len()).max().unwrap_or(0);
        let tiles = weights.tiles();
        let mut own = Thresholds {
            digits,
            rounds,
            steps: vec![Digit::default(); tiles * rounds * digits],
            never: vec![[u64::MAX; TILE / 64]; tiles * rounds],
            inverted: vec![Digit::default(); tiles],
        };
        for (index, (steps, inverted)) in outputs.into_iter().enumerate() {
            let (tile, word, bit) = (index / TILE, index % TILE / 64, index % 64);
            own.inverted[tile][word] |= u64::from(inverted) << bit;
            for (round, step) in steps.into_iter().enumerate() {
                let at = tile * rounds + round;
                own.never[at][word] &= !(1 << bit);
                let places = own.steps[at * digits..][..digits].iter_mut().enumerate();
                places.for_each(|(digit, place)| place[word] |= (step as u64 >> digit & 1) << bit);
            }
        }
        own
    }

    /// Whether they are of these weights.
    pub(super) fn fit(&self, weights: &PackedBits) -> bool {
        self.digits == weights.digits() && self.inverted.len() == weights.tiles()
    }

    /// The bits of a tile's sums.
    #[inline(always)]
    pub(super) fn compare(&self, tile: usize, sums: &[Digit]) -> Digit {
        let mut bits = self.inverted[tile];
        for round in tile * self.rounds..(tile + 1) * self.rounds {
            // What is borrowed in `sum - step`: one where the sum is less.
            let mut borrow = Digit::default();
            for (step, sum) in self.steps[round * self.digits..][..self.digits].iter().zip(sums) {
                for ((borrow, step), sum) in borrow.iter_mut().zip(step).zip(sum) {
                    *borrow = (step & *borrow) | (!sum & (step | *borrow));
                }
            }
            for ((bit, borrow), never) in bits.iter_mut().zip(borrow).zip(&self.never[round]) {
                *bit ^= !(borrow | never);
            }
        }
        bits
    }
}
