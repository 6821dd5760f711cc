//! The order of channels: exchanges of pairs that lower what all layers together lose.

use super::super::reduce::{Group, Places};
use super::grid::{Grid, Side};
use crate::import::onnx::float::Channels;

/// Most passes over all pairs of a group with the same tiles.
const PASSES: usize = 50;
/// Most rounds over all groups.
const ROUNDS: usize = 100;
/// Gains below this are rounding.
const LEAST_GAIN: f64 = 1e-9;

/// All layers in tiles, and who stands where.
#[derive(Clone, Debug)]
pub struct Board<'a> {
    pub grids: Vec<Grid>,
    groups: &'a [Group],
    /// For each group, the class that stands at the place of each.
    orders: Vec<Vec<usize>>,
}

/// Where the classes of a group are in one grid.
struct Edge {
    grid: usize,
    side: Side,
    /// Of each class.
    places: Vec<Vec<usize>>,
}

impl<'a> Board<'a> {
    /// Everything at its own place.
    pub fn new(grids: Vec<Grid>, groups: &'a [Group]) -> Board<'a> {
        let orders = groups.iter().map(|group| (0..group.classes.len()).collect()).collect();
        Board { grids, groups, orders }
    }

    /// What all layers lose, each of its own magnitude.
    pub fn loss(&self) -> f64 {
        self.grids.iter().map(Grid::loss).sum()
    }

    /// In every group, channels of the largest magnitude first.
    pub fn sorted(mut self) -> Board<'a> {
        for group in 0..self.groups.len() {
            let mut norms = vec![0.0; self.groups[group].classes.len()];
            for Edge { grid, side, places } in self.edges(group) {
                let own = self.grids[grid].norms(side);
                norms.iter_mut().zip(&places).for_each(|(norm, places)| *norm += places.iter().map(|place| own[*place]).sum::<f64>());
            }
            let mut order: Vec<usize> = (0..norms.len()).collect();
            order.sort_by(|a, b| norms[*b].total_cmp(&norms[*a]).then(a.cmp(b)));
            self.reorder(group, &order);
        }
        self
    }

    /// Exchanges channels until no group gains.
    pub fn improved(mut self) -> Board<'a> {
        let mut loss = self.loss();
        for _ in 0..ROUNDS {
            let before = loss;
            for group in 0..self.groups.len() {
                let mut trial = self.clone();
                trial.reorder(group, &exchanges(&self.losses(group)));
                let found = trial.loss();
                if found < loss - LEAST_GAIN {
                    (self, loss) = (trial, found);
                }
            }
            if loss > before - LEAST_GAIN {
                break;
            }
        }
        self
    }

    /// The rows of each layer in the order that was found.
    pub fn rows(&self, channels: &Channels) -> Vec<Vec<usize>> {
        let mut rows: Vec<Vec<usize>> = (0..channels.layers()).map(|layer| (0..channels.outputs(layer).len()).collect()).collect();
        for (group, order) in self.groups.iter().zip(&self.orders) {
            for (layer, places) in &group.producers {
                exchange(&mut rows[*layer], places, order);
            }
        }
        rows
    }

    fn edges(&self, group: usize) -> Vec<Edge> {
        let Group { producers, consumers, .. } = &self.groups[group];
        let all = producers.iter().map(|own| (own, Side::Outputs)).chain(consumers.iter().map(|own| (own, Side::Inputs)));
        let edge = |((layer, places), side): (&Places, Side)| {
            let grid = self.grids.iter().position(|grid| grid.layer == *layer)?;
            let places = places.iter().map(|own| self.grids[grid].places(side, own)).collect();
            Some(Edge { grid, side, places })
        };
        all.filter_map(edge).collect()
    }

    /// What would be lost with each class of a group at the place of each.
    fn losses(&self, group: usize) -> Vec<Vec<f64>> {
        let count = self.groups[group].classes.len();
        let mut losses = vec![vec![0.0; count]; count];
        for Edge { grid, side, places } in self.edges(group) {
            let grid = &self.grids[grid];
            let own = grid.losses(side);
            for (class, row) in losses.iter_mut().enumerate() {
                for (loss, target) in row.iter_mut().zip(&places) {
                    *loss += places[class].iter().zip(target).map(|(from, to)| own[*from][grid.tile_at(side, *to)]).sum::<f64>();
                }
            }
        }
        losses
    }

    /// Puts class `order[place]` at each place of a group, and chooses the tiles again.
    fn reorder(&mut self, group: usize, order: &[usize]) {
        for Edge { grid, side, places } in self.edges(group) {
            let grid = &mut self.grids[grid];
            let mut from: Vec<usize> = (0..grid.extent(side)).collect();
            exchange(&mut from, &places, order);
            grid.permute(side, &from);
            grid.choose();
        }
        let own = &mut self.orders[group];
        *own = order.iter().map(|place| own[*place]).collect();
    }
}

/// Fills the places of each class with those of the class that comes there.
fn exchange(list: &mut [usize], places: &[Vec<usize>], order: &[usize]) {
    for (class, comes) in order.iter().enumerate() {
        places[class].iter().zip(&places[*comes]).for_each(|(place, from)| list[*place] = *from);
    }
}

/// Which class comes to which place, after exchanging pairs as long as that lowers the sum of `losses[class][place]`.
fn exchanges(losses: &[Vec<f64>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..losses.len()).collect();
    for _ in 0..PASSES {
        let mut gained = false;
        for a in 0..order.len() {
            let gain = |order: &[usize], b: usize| losses[order[a]][a] + losses[order[b]][b] - losses[order[a]][b] - losses[order[b]][a];
            let best = (a + 1..order.len()).max_by(|b, c| gain(&order, *b).total_cmp(&gain(&order, *c)));
            if let Some(b) = best.filter(|b| gain(&order, *b) > LEAST_GAIN) {
                order.swap(a, b);
                gained = true;
            }
        }
        if !gained {
            break;
        }
    }
    order
}
