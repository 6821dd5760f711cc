//! Bulk int8 data: activations and weights, plain and extreme.

use crate::choices::Choices;
use fretwork_sim::stalls::splitmix;

/// How the values of a tensor are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// -3 to 3.
    Small,
    /// All values alike.
    Uniform,
    /// Runs of -128, 127 and 0.
    Runs,
    /// All -128.
    Lowest,
    /// All 127.
    Highest,
}

/// Values of one tensor, by a style and a seed.
#[derive(Clone, Copy, Debug)]
pub struct Data {
    style: Style,
    seed: u64,
}

impl Data {
    /// Draws style and seed.
    pub fn draw(choices: &mut Choices) -> Data {
        use Style::{Highest, Lowest, Runs, Small, Uniform};
        let style = choices.pick(&[Small, Uniform, Uniform, Uniform, Uniform, Runs, Runs, Lowest, Highest]);
        Data { style, seed: choices.seed() }
    }

    /// The values; `stream` tells several tensors of the same draw apart.
    pub fn values(&self, stream: u64, count: usize) -> Vec<i8> {
        let seed = splitmix(self.seed ^ (stream << 40));
        let run = 1 + seed % 90;
        let value = |at: usize| {
            let random = splitmix(seed.wrapping_add(at as u64));
            match self.style {
                Style::Small => (random % 7) as i8 - 3,
                Style::Uniform => random as i8,
                Style::Runs => [-128, 127, 0, 127, -128][(splitmix(seed ^ (at as u64 / run)) % 5) as usize],
                Style::Lowest => -128,
                Style::Highest => 127,
            }
        };
        (0..count).map(value).collect()
    }
}
