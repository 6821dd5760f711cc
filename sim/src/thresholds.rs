//! Staircases: from an accumulator to an activation of few bits by comparisons alone, exact for every monotone function.
//!
//! Source: M. Blott et al., "FINN-R", ACM TRETS 2018 (multi-threshold activation).

/// Up to 255 steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staircase {
    /// The activation falls with the accumulator: a step `t` is passed where `acc <= t`, otherwise where `acc >= t`.
    pub falling: bool,
    /// Ascending; equal steps are passed together.
    pub steps: Vec<i32>,
}

/// Most steps of a staircase.
pub const MOST_STEPS: usize = 255;

impl Staircase {
    /// Steps that `acc` passes.
    pub fn passed(&self, acc: i32) -> usize {
        let passes = |step: &&i32| if self.falling { acc <= **step } else { acc >= **step };
        self.steps.iter().filter(passes).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_passed_at_their_value() {
        let mut stairs = Staircase { falling: false, steps: vec![-3, 0, 0, 7] };
        assert_eq!([-4, -3, -1, 0, 6, 7].map(|acc| stairs.passed(acc)), [0, 1, 1, 3, 3, 4]);
        stairs.falling = true;
        assert_eq!([-4, -3, -1, 0, 1, 7, 8].map(|acc| stairs.passed(acc)), [4, 4, 3, 3, 1, 1, 0]);
    }
}
