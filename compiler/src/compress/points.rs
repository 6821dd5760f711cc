//! Numbers on a line, each with a mass, and clusters of them (k-means in one dimension). Sums up to every number are kept, so that a step
//! takes time by the number of clusters and not by that of the numbers.
//!
//! Source: S. Han, H. Mao, W. Dally, *Deep Compression*, ICLR 2016, section 3 (Lloyd's iteration; linear, density-based and random
//! initialisation).

use fretwork_sim::stalls::splitmix;

/// Iterations after which the clusters are taken as they are.
const MAX_ITERATIONS: usize = 1000;

/// Numbers in ascending order.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    values: Vec<f64>,
    /// Mass, first and second moment of all numbers before each, and of all.
    sums: Vec<[f64; 3]>,
}

impl Points {
    /// Numbers with their masses, in any order.
    pub fn new(mut points: Vec<(f64, f64)>) -> Points {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sums = Vec::with_capacity(points.len() + 1);
        let mut sum = [0.0; 3];
        sums.push(sum);
        for (value, mass) in &points {
            sum = [sum[0] + mass, sum[1] + mass * value, sum[2] + mass * value * value];
            sums.push(sum);
        }
        Points { values: points.into_iter().map(|(value, _)| value).collect(), sums }
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    /// `count` evenly spaced numbers between the smallest and the largest.
    pub fn linear(&self, count: usize) -> Vec<f64> {
        let (low, high) = (self.values[0], self.values[self.len() - 1]);
        let step = (high - low) / (count.max(2) - 1) as f64;
        (0..count).map(|at| low + step * at as f64).collect()
    }

    /// `count` evenly spaced quantiles.
    pub fn density(&self, count: usize) -> Vec<f64> {
        let total = self.sums[self.len()][0];
        let quantile = |share: f64| self.sums[1..].partition_point(|sum| sum[0] < share * total).min(self.len() - 1);
        (0..count).map(|at| self.values[quantile((at as f64 + 0.5) / count as f64)]).collect()
    }

    /// `count` of the numbers, drawn at random with their masses.
    pub fn random(&self, count: usize, seed: u64) -> Vec<f64> {
        let mass = |at: usize| self.sums[at + 1][0] - self.sums[at][0];
        let least = (0..self.len()).map(mass).fold(f64::INFINITY, f64::min);
        // A mass m drawn with priority u^(1/m): the first `count` are a weighted sample without repetition.
        let uniform = |at: usize| (splitmix(splitmix(seed) ^ at as u64) >> 11) as f64 / (1u64 << 53) as f64;
        let priority = |at: usize| uniform(at).max(f64::MIN_POSITIVE).ln() * least / mass(at);
        let mut places: Vec<(f64, usize)> = (0..self.len()).map(|at| (priority(at), at)).collect();
        places.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut chosen: Vec<f64> = places.iter().take(count).map(|(_, at)| self.values[*at]).collect();
        chosen.sort_by(f64::total_cmp);
        chosen
    }

    /// Lloyd's iteration from the ascending `start`: every centre moves to the mean of the numbers that are nearest to it. Centres without
    /// numbers stay, and so do those that are `held`.
    pub fn cluster(&self, start: Vec<f64>, held: &[bool]) -> Vec<f64> {
        let mut centres = start;
        for _ in 0..MAX_ITERATIONS {
            let sums = self.sums(&centres);
            let mean = |(at, [mass, moment, _]): (usize, [f64; 3])| if mass > 0.0 && !held[at] { moment / mass } else { centres[at] };
            let next: Vec<f64> = sums.into_iter().enumerate().map(mean).collect();
            if next == centres {
                break;
            }
            centres = next;
        }
        centres
    }

    /// Sum of the squared distances of each centre's numbers from it.
    pub fn losses(&self, centres: &[f64]) -> Vec<f64> {
        let loss = |([mass, first, second], centre): ([f64; 3], &f64)| (second - 2.0 * centre * first + centre * centre * mass).max(0.0);
        self.sums(centres).into_iter().zip(centres).map(loss).collect()
    }

    /// Mass and moments of the numbers that are nearest to each of the ascending centres; halfway they belong to the lower one.
    fn sums(&self, centres: &[f64]) -> Vec<[f64; 3]> {
        let bound = |pair: &[f64]| self.values.partition_point(|value| value - pair[0] <= pair[1] - value);
        let ends: Vec<usize> = std::iter::once(0).chain(centres.windows(2).map(bound)).chain([self.len()]).collect();
        let between = |ends: &[usize]| std::array::from_fn(|moment| self.sums[ends[1].max(ends[0])][moment] - self.sums[ends[0]][moment]);
        ends.windows(2).map(between).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_clusters_and_one_that_is_held() {
        let points = Points::new([4.0, -3.0, 0.5, 1.0, -2.0, 5.0].map(|value| (value, 1.0)).to_vec());
        assert_eq!(points.linear(3), [-3.0, 1.0, 5.0]);
        // -3 -2 | 0.5 1 | 4 5.
        let free = points.cluster(vec![-3.0, 0.0, 5.0], &[false; 3]);
        assert_eq!((&free[..], points.losses(&free)), (&[-2.5, 0.75, 4.5][..], vec![0.5, 0.125, 0.5]));
        let held = points.cluster(vec![-3.0, 0.0, 5.0], &[false, true, false]);
        assert_eq!((&held[..], points.losses(&held)), (&[-2.5, 0.0, 4.5][..], vec![0.5, 1.25, 0.5]));
    }

    #[test]
    fn masses_pull() {
        let points = Points::new(vec![(14.0, 1.0), (10.0, 3.0)]);
        assert_eq!(points.cluster(vec![12.0], &[false]), [11.0]);
        assert_eq!((points.density(2), points.random(2, 7)), (vec![10.0, 10.0], vec![10.0, 14.0]));
    }
}
