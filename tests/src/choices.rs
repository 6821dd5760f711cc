//! The stream of choices that a random case is made from. A case is a pure function of its choices, so a failing case is made smaller by
//! making its choices smaller and fewer, whatever the case is about: zero stands for the plainest alternative everywhere.

use fretwork_sim::stalls::splitmix;

/// Choices, drawn from a seed or replayed.
pub struct Choices {
    state: u64,
    replayed: Option<Vec<u32>>,
    taken: Vec<u32>,
}

impl Choices {
    /// Choices drawn from a seed.
    pub fn random(seed: u64) -> Choices {
        Choices { state: splitmix(seed), replayed: None, taken: Vec::new() }
    }

    /// Choices made before; when they run out, zeros follow.
    pub fn replay(choices: &[u32]) -> Choices {
        Choices { state: 0, replayed: Some(choices.to_vec()), taken: Vec::new() }
    }

    /// What was chosen so far.
    pub fn taken(self) -> Vec<u32> {
        self.taken
    }

    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        let raw = match &self.replayed {
            Some(choices) => choices.get(self.taken.len()).copied().unwrap_or(0),
            None => {
                self.state = splitmix(self.state);
                (self.state >> 32) as u32
            }
        };
        let value = raw as usize % count.max(1);
        self.taken.push(value as u32);
        value
    }

    /// A number from `low` to `high`.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }

    /// A size from 1 to `most`.
    pub fn size(&mut self, most: usize) -> usize {
        1 + self.below(most)
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of several; the first is the plainest.
    pub fn pick<T: Copy>(&mut self, options: &[T]) -> T {
        options[self.below(options.len())]
    }

    /// A seed for bulk data.
    pub fn seed(&mut self) -> u64 {
        self.below(1 << 31) as u64
    }
}

/// Makes the choices of a failing case smaller, as long as `fails` says that they still fail; at most `attempts` cases are tried.
pub fn shrink(mut choices: Vec<u32>, attempts: usize, mut fails: impl FnMut(&[u32]) -> bool) -> Vec<u32> {
    let mut left = attempts;
    let mut attempt = |choices: &mut Vec<u32>, candidate: Vec<u32>| {
        if left == 0 || candidate == *choices {
            return false;
        }
        left -= 1;
        let better = fails(&candidate);
        if better {
            *choices = candidate;
        }
        better
    };
    loop {
        let before = choices.clone();
        for span in [32, 8, 4, 2, 1] {
            let mut at = 0;
            while at < choices.len() {
                let end = (at + span).min(choices.len());
                let without = [&choices[..at], &choices[end..]].concat();
                if !attempt(&mut choices, without) {
                    at += span;
                }
            }
        }
        for at in 0..choices.len() {
            let smaller = |value: u32, choices: &[u32]| {
                let mut candidate = choices.to_vec();
                candidate[at] = value;
                candidate
            };
            let zero = smaller(0, &choices);
            while choices[at] > 0 && !attempt(&mut choices, zero.clone()) {
                let half = smaller(choices[at] / 2, &choices);
                let less = smaller(choices[at] - 1, &choices);
                if !attempt(&mut choices, half) && !attempt(&mut choices, less) {
                    break;
                }
            }
        }
        if choices == before {
            return choices;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinks_to_a_small_failing_case() {
        let sum = |choices: &[u32]| {
            let mut choices = Choices::replay(choices);
            (0..choices.below(100)).map(|_| choices.below(1000)).sum::<usize>()
        };
        let mut random = Choices::random(7);
        for _ in 0..100 {
            random.below(1000);
        }
        let smallest = shrink(random.taken(), 10_000, |choices| sum(choices) >= 1500);
        assert_eq!(sum(&smallest), 1500);
        assert!(smallest.len() <= 6, "{smallest:?}");
    }
}
