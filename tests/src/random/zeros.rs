//! Which weight tiles of a random convolution are zero: what pruning, groups and shifts leave, and none in most cases.

use crate::choices::Choices;
use fretwork_sim::stalls::splitmix;

/// A pattern of zero tiles.
#[derive(Clone, Copy, Debug)]
pub enum Zeros {
    /// None, unless the weights are so.
    None,
    /// Any, in so many of a hundred tiles.
    Share(u64, u64),
    /// All but the blocks on the diagonal: a grouped convolution.
    Groups(usize),
    /// All but one tap of every input tile: a shift convolution.
    Shift(u64),
    /// All.
    All,
}

impl Zeros {
    /// Draws a pattern.
    pub fn draw(choices: &mut Choices) -> Zeros {
        match choices.below(10) {
            0..5 => Zeros::None,
            5 | 6 => {
                let share = choices.pick(&[20, 50, 90]);
                Zeros::Share(share, choices.seed())
            }
            7 => Zeros::Groups(2 + choices.below(3)),
            8 => Zeros::Shift(choices.seed()),
            _ => Zeros::All,
        }
    }

    /// Whether a tile is zero, by its output tile, tap and input tile, each with their number.
    pub fn contains(&self, [out, outs]: [usize; 2], [tap, taps]: [usize; 2], [input, inputs]: [usize; 2]) -> bool {
        match *self {
            Zeros::None => false,
            Zeros::Share(share, seed) => splitmix(seed ^ ((out * taps + tap) * inputs + input) as u64) % 100 < share,
            Zeros::Groups(groups) => out * groups / outs != input * groups / inputs,
            Zeros::Shift(seed) => splitmix(seed ^ input as u64) as usize % taps != tap,
            Zeros::All => true,
        }
    }
}
