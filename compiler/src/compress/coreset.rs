//! Coresets of filters: few weighted filters stand for many.
//!
//! Source: A. Dubey et al., *Coreset-Based Neural Network Compression*, ECCV 2018: the filters of a layer are replaced by a small weighted set
//! that a k-means coreset chooses, without training. This is a simple form of it, not the paper's pipeline: no activations are looked at, and
//! nothing is decomposed. Filters with their biases are clustered by weighted k-means, a filter's weight being the sum of squares of the
//! weights that read it. Where rectifiers, pools and sums lie behind the layer, a filter may stand for any positive multiple of itself, and
//! clusters are directions; elsewhere it stands for itself. The weights that read the filters of a cluster, each times its multiple, add up.

use std::collections::HashSet;

use ndarray::{Array1, Array2, ArrayView1};

use super::reduce::{Note, Outcome, Part, ReduceError, candidates};
use crate::import::onnx::float::Network;

/// The pass's name.
pub const NAME: &str = "coreset";

/// Most rounds of k-means.
const ROUNDS: usize = 100;

/// Part of all squares below which what is left of a filter is rounding.
const LEAST_REST: f64 = 1e-12;

/// Replaces the filters of each chosen layer by fewer.
///
/// # Errors
/// Named layers whose channels have to stay or differ, operators that are not supported.
pub fn reduce(network: &Network, part: &Part) -> Result<Outcome, ReduceError> {
    let channels = network.channels()?;
    let (groups, mut notes) = candidates(network, &channels, NAME, &part.layers)?;
    let mut reduced = network.clone();
    let (mut removed, mut replaced) = (HashSet::new(), Vec::new());
    for group in groups.iter().filter(|group| part.of(group.classes.len()) < group.classes.len()) {
        let mut filters = group.filters(&reduced);
        let importance: Vec<f64> = group.readers(&reduced).rows().into_iter().map(|row| row.dot(&row)).collect();
        let scales = group.classes.iter().all(|class| channels.class(*class).scales);
        let core = Coreset::of(&filters, &importance, part.of(group.classes.len()), scales);
        let heads = core.heads();
        for (centre, head) in core.centres.iter().zip(&heads) {
            head.iter().for_each(|head| filters.row_mut(*head).assign(centre));
        }
        let kept = centred_energy(&core, &group.filters(&reduced), &importance);
        group.set_filters(&mut reduced, &filters);
        // What batch normalisation told holds for the old filters only.
        for (layer, _) in &group.producers {
            reduced.layers_mut()[*layer].moments = None;
            replaced.push(*layer);
        }
        let old = group.readers(&reduced);
        let mut readers = Array2::zeros(old.dim());
        for (class, (centre, multiple)) in core.members.iter().enumerate() {
            if let Some(head) = heads[*centre] {
                readers.row_mut(head).scaled_add(*multiple, &old.row(class));
            }
        }
        group.set_readers(&mut reduced, &readers);
        removed.extend((0..group.classes.len()).filter(|class| !heads.contains(&Some(*class))).map(|class| group.classes[class]));
        let form = if scales { "multiples of directions" } else { "means" };
        let count = heads.iter().flatten().count();
        let text = format!("{count} of {} filters, {form}, {:.2} % of the weighted energy", group.classes.len(), kept * 100.0);
        notes.push(Note::layer(group.name(network), text));
    }
    let mut outcome = Outcome::without(&reduced, &channels, &removed, notes)?;
    for layer in replaced {
        outcome.kept[layer].fill(None);
    }
    Ok(outcome)
}

/// Part of the weighted sum of squares that the centres keep.
fn centred_energy(core: &Coreset, filters: &Array2<f64>, importance: &[f64]) -> f64 {
    let mut sums = [0.0; 2];
    for (class, (centre, multiple)) in core.members.iter().enumerate() {
        let rest = &filters.row(class) - &(&core.centres[*centre] * *multiple);
        sums[0] += importance[class] * rest.dot(&rest);
        sums[1] += importance[class] * filters.row(class).dot(&filters.row(class));
    }
    if sums[1] > 0.0 { 1.0 - sums[0] / sums[1] } else { 1.0 }
}

/// Centres, and for each filter its centre and of what multiple of it it is taken to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Coreset {
    /// The filters that stand for all.
    pub centres: Vec<Array1<f64>>,
    /// Of each filter.
    pub members: Vec<(usize, f64)>,
}

impl Coreset {
    /// At most `count` centres for rows with these weights; with `scales`, rows are near multiples of centres instead of centres.
    pub fn of(rows: &Array2<f64>, weights: &[f64], count: usize, scales: bool) -> Coreset {
        let mut core = Coreset { centres: Vec::new(), members: vec![(0, 0.0); weights.len()] };
        // Each centre begins as the row that is furthest from those before it.
        let mut rests: Vec<f64> = rows.rows().into_iter().zip(weights).map(|(row, weight)| weight * row.dot(&row)).collect();
        let least = rests.iter().sum::<f64>() * LEAST_REST;
        while core.centres.len() < count {
            let furthest = (0..rests.len()).max_by(|a, b| rests[*a].total_cmp(&rests[*b]).then(b.cmp(a))).unwrap_or(0);
            if !core.centres.is_empty() && rests[furthest] <= least {
                break;
            }
            let centre = rows.row(furthest).to_owned();
            let first = core.centres.is_empty();
            for (row, own) in rests.iter_mut().enumerate() {
                let rest = weights[row] * fit(rows.row(row), &centre, scales).1;
                *own = if row == furthest {
                    0.0
                } else if first {
                    rest
                } else {
                    own.min(rest)
                };
            }
            core.centres.push(centre);
        }
        for _ in 0..ROUNDS {
            let members = core.assigned(rows, scales);
            if members == core.members {
                break;
            }
            core.members = members;
            core.centre(rows, weights);
        }
        core.members = core.assigned(rows, scales);
        core
    }

    /// The nearest centre of each row, and the multiple.
    fn assigned(&self, rows: &Array2<f64>, scales: bool) -> Vec<(usize, f64)> {
        let nearest = |row: ArrayView1<f64>| {
            let fits = self.centres.iter().enumerate().map(|(index, centre)| (index, fit(row, centre, scales)));
            let best = fits.min_by(|a, b| a.1.1.total_cmp(&b.1.1));
            best.map_or((0, 0.0), |(index, (multiple, _))| (index, multiple))
        };
        rows.rows().into_iter().map(nearest).collect()
    }

    /// Moves each centre to where its rows' weighted distances are least, their multiples being what they are.
    fn centre(&mut self, rows: &Array2<f64>, weights: &[f64]) {
        for (index, centre) in self.centres.iter_mut().enumerate() {
            let own = || self.members.iter().enumerate().filter(|(_, member)| member.0 == index);
            let total: f64 = own().map(|(row, member)| weights[row] * member.1 * member.1).sum();
            if total > 0.0 {
                centre.fill(0.0);
                own().for_each(|(row, member)| centre.scaled_add(weights[row] * member.1 / total, &rows.row(row)));
            }
        }
    }

    /// The first row of each centre, which takes its place.
    fn heads(&self) -> Vec<Option<usize>> {
        (0..self.centres.len()).map(|centre| self.members.iter().position(|member| member.0 == centre)).collect()
    }
}

/// The multiple of a centre that is nearest to a row, and the squared distance.
fn fit(row: ArrayView1<f64>, centre: &Array1<f64>, scales: bool) -> (f64, f64) {
    let (product, square) = (row.dot(centre), centre.dot(centre));
    let multiple = match scales {
        true if square > 0.0 => (product / square).max(0.0),
        true => 0.0,
        false => 1.0,
    };
    (multiple, row.dot(&row) - 2.0 * multiple * product + multiple * multiple * square)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::onnx::float::testing::{Builder, run};
    use ndarray::array;

    /// Four neurons that read two inputs, behind a function, and two that read the four.
    fn network(function: &str, first: &[f32; 8]) -> Network {
        let made = Builder::new(&[1, 2]).layer("first", "x", &[4, 2], first).node(function, "function", &["first"], &[]);
        made.layer("second", "function", &[2, 4], &[1.0, 2.0, 3.0, 4.0, -1.0, 0.5, 2.0, 1.0]).read("second")
    }

    fn halved(network: &Network) -> Network {
        reduce(network, &Part { keep: 0.5, layers: Vec::new() }).unwrap().network
    }

    #[test]
    fn multiples_of_filters_need_no_filter_of_their_own() {
        let network = network("Relu", &[1.0, 2.0, 3.0, -1.0, 2.0, 4.0, 6.0, -2.0]);
        let found = halved(&network);
        assert_eq!(found.layers()[0].rows(), 2);
        for inputs in [[1.0, 0.5], [-1.0, 2.0], [0.25, -4.0]] {
            let (found, wanted) = (run(&found, &inputs), run(&network, &inputs));
            assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?} {wanted:?}");
        }
    }

    #[test]
    fn what_bends_its_values_takes_means() {
        // Clusters of the first and third, the second and fourth; weights are sums of squares of what reads them: 2, 4.25, 13, 17.
        let found = halved(&network("Tanh", &[1.0, 0.0, 0.0, 1.0, 1.5, 0.0, 0.0, 2.0]));
        let means = [(2.0 + 1.5 * 13.0) / 15.0, 0.0, 0.0, (4.25 + 2.0 * 17.0) / 21.25];
        assert!(found.layers()[0].weights.iter().zip(means).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6), "{:?}", found.layers()[0].weights);
        assert_eq!(found.layers()[1].weights, [4.0, 6.0, 1.0, 1.5]);
    }

    #[test]
    fn centres_are_weighted_and_no_more_than_there_are_directions() {
        let rows = array![[1.0, 0.0], [3.0, 0.0], [0.0, 1.0], [0.0, -1.0]];
        let core = Coreset::of(&rows, &[1.0; 4], 4, true);
        let [(first, third), (second, one), ..] = core.members[..] else { panic!() };
        assert!((core.centres.len(), first, second) == (3, 0, 0) && (third * 3.0 - 1.0).abs() < 1e-9 && (one - 1.0).abs() < 1e-9);
        let plain = Coreset::of(&rows, &[1.0, 3.0, 1.0, 1.0], 3, false);
        assert_eq!(plain.members.iter().map(|member| member.0).collect::<Vec<_>>(), [1, 0, 1, 2]);
        assert_eq!(plain.centres[1], array![0.5, 0.5]);
    }
}
