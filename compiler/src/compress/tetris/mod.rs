//! TETRIS: channels change places until small weights gather in tiles of the array, and whole tiles become zero.
//!
//! Source: Y. Ji et al., *TETRIS: TilE-matching the TRemendous Irregular Sparsity*, NeurIPS 2018: in turn, the tiles of the least magnitude are
//! chosen and pairs of channels exchanged as long as that lowers the magnitude that is lost; the paper trains afterwards, here nothing is
//! trained. What a layer's outputs change, the inputs of its readers change with it, so that the order costs nothing and needs no step. A tile
//! is `rows` inputs by `cols` outputs at one position of the kernel, as the array has it: a matrix product behind a flattened image has the
//! image's pixels for positions. Channels that have to stay (the network's inputs and outputs) keep their places.

mod grid;
mod order;

use super::reduce::{Note, Outcome, ReduceError, chosen, groups, shapes};
use crate::import::onnx::float::Network;
use grid::{Grid, extents};
use order::Board;

/// The pass's name.
pub const NAME: &str = "tetris";

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Inputs and outputs of a tile.
    pub tile: [usize; 2],
    /// Part of a layer's tiles that is kept, above 0 up to 1.
    pub density: f64,
    /// Names of the layers whose tiles are zeroed; all if there are none.
    pub layers: Vec<String>,
}

/// Reorders channels and zeroes tiles.
///
/// # Errors
/// Named layers that the array does not take in tiles, operators that are not supported.
pub fn reduce(network: &Network, options: &Options) -> Result<Outcome, ReduceError> {
    let chosen = chosen(network, NAME, &options.layers)?;
    let (channels, shapes) = (network.channels()?, shapes(network)?);
    let (mut grids, mut notes) = (Vec::new(), Vec::new());
    for node in 0..network.len() {
        let Some(number) = network.layer(node).filter(|number| chosen[*number]) else { continue };
        let layer = &network.layers()[number];
        match extents(network, node, &shapes) {
            Ok(extents) => grids.push(Grid::new(layer, number, extents, options)),
            Err(reason) if options.layers.is_empty() => notes.push((number, format!("stays: {reason}"))),
            Err(reason) => {
                let fits = "matrix products, and convolutions of one group that do not read the network's inputs";
                return Err(ReduceError::Layer { pass: NAME, layer: layer.name.clone(), reason, fits });
            }
        }
    }
    let groups = groups(&channels);
    let plain = Board::new(grids.clone(), &groups);
    let board = plain.clone().improved();
    let sorted = plain.sorted().improved();
    let best = if sorted.loss() < board.loss() { sorted } else { board };
    let mut outcome = Outcome::of(network, &channels, &best.rows(&channels), Vec::new())?;
    for (grid, old) in best.grids.iter().zip(&grids) {
        grid.zero(&mut outcome.network.layers_mut()[grid.layer]);
        let [rows, cols] = options.tile;
        let ([kept, all], [now, before]) = (grid.counts(), [grid, old].map(|grid| 100.0 * (1.0 - grid.loss())));
        notes.push((grid.layer, format!("{kept} of {all} tiles of {rows}x{cols}, {now:.1} % of the magnitude (unordered {before:.1} %)")));
    }
    notes.sort();
    outcome.notes = notes.into_iter().map(|(layer, text)| Note::layer(&network.layers()[layer].name, text)).collect();
    Ok(outcome)
}

#[cfg(test)]
mod tests;
