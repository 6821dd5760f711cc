//! What calibration inferences tell about the values at each site.

use std::collections::HashMap;

use ndarray::Axis;
use rayon::prelude::*;

use super::Ranges;
use super::ranges::Histogram;
use super::sites::Sites;
use crate::import::ImportError;
use crate::import::onnx::float::{Array, Network};

/// The values at one site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Smallest and largest value.
    pub ends: [f32; 2],
    /// Mean of each channel.
    pub means: Vec<f32>,
    /// Mean distance of a value from its channel's mean.
    pub spread: f32,
    /// How often values occur, where it was asked for.
    pub histogram: Option<Histogram>,
}

/// What is known about all sites.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// One per site.
    pub sites: Vec<Observed>,
    /// Mean of what each layer reads, by input channel; only without calibration inputs.
    pub layer_inputs: Vec<Vec<f32>>,
}

/// The axis of an array along which channels lie.
pub fn channel_axis(array: &Array) -> Axis {
    Axis(if array.ndim() == 4 { 1 } else { array.ndim().saturating_sub(1) })
}

/// Sums over one or more inferences.
#[derive(Clone, Default)]
struct Sums {
    ends: [f32; 2],
    channels: Vec<f64>,
    values: usize,
}

impl Sums {
    fn of(array: &Array) -> Sums {
        let sum = |lane: ndarray::ArrayViewD<f32>| lane.iter().map(|x| f64::from(*x)).sum();
        let ends = array.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], x| [low.min(*x), high.max(*x)]);
        Sums { ends, channels: array.axis_iter(channel_axis(array)).map(sum).collect(), values: array.len() }
    }

    fn with(mut self, other: Sums) -> Sums {
        if self.channels.is_empty() {
            return other;
        }
        self.ends = [self.ends[0].min(other.ends[0]), self.ends[1].max(other.ends[1])];
        self.channels.iter_mut().zip(&other.channels).for_each(|(sum, other)| *sum += other);
        self.values += other.values;
        self
    }

    fn observed(self) -> Observed {
        let count = (self.values / self.channels.len().max(1)).max(1) as f64;
        let means = self.channels.iter().map(|sum| (sum / count) as f32).collect();
        Observed { ends: self.ends, means, ..Observed::default() }
    }
}

/// Runs all inferences and collects `one` of each, added up site by site.
fn collect<T: Clone + Default + Send>(
    network: &Network,
    sites: &Sites,
    inputs: &[Vec<Array>],
    one: impl Fn(usize, &Array) -> T + Sync,
    add: impl Fn(T, T) -> T + Sync + Send,
) -> Result<Vec<T>, ImportError> {
    let all = |values: HashMap<String, Array>| -> Vec<T> {
        sites.sites.iter().enumerate().map(|(site, place)| values.get(&place.name).map_or_else(T::default, |value| one(site, value))).collect()
    };
    let join = |a: Vec<T>, b: Vec<T>| a.into_iter().zip(b).map(|(a, b)| add(a, b)).collect::<Vec<T>>();
    // In the order of the inferences, so that the sums do not depend on the threads.
    let parts: Vec<Vec<T>> = inputs.par_iter().map(|input| network.run(input).map(all)).collect::<Result<_, _>>()?;
    Ok(parts.into_iter().reduce(join).unwrap_or_else(|| vec![T::default(); sites.sites.len()]))
}

/// Observes all sites; histograms only where the ranges need them.
pub fn statistics(network: &Network, sites: &Sites, inputs: &[Vec<Array>], ranges: Ranges) -> Result<Statistics, ImportError> {
    let sums = collect(network, sites, inputs, |_, value| Sums::of(value), Sums::with)?;
    let mut observed: Vec<Observed> = sums.into_iter().map(Sums::observed).collect();
    let counts = matches!(ranges, Ranges::Percentile(_) | Ranges::Mse);
    if counts || sites.sites.iter().any(|site| site.bits == 1) {
        let second = |site: usize, value: &Array| {
            let own = &observed[site];
            let distance =
                |(channel, lane): (usize, ndarray::ArrayViewD<f32>)| lane.iter().map(|x| f64::from((x - own.means[channel]).abs())).sum::<f64>();
            let spread: f64 = value.axis_iter(channel_axis(value)).enumerate().map(distance).sum();
            (spread, value.len(), counts.then(|| Histogram::of(own.ends, value.iter().copied())))
        };
        let add = |a: (f64, usize, Option<Histogram>), b: (f64, usize, Option<Histogram>)| {
            let histogram = match (a.2, b.2) {
                (Some(a), Some(b)) => Some(a.with(&b)),
                (a, b) => a.or(b),
            };
            (a.0 + b.0, a.1 + b.1, histogram)
        };
        let found = collect(network, sites, inputs, second, add)?;
        for (own, (spread, count, histogram)) in observed.iter_mut().zip(found) {
            (own.spread, own.histogram) = ((spread / count.max(1) as f64) as f32, histogram);
        }
    }
    Ok(Statistics { sites: observed, layer_inputs: Vec::new() })
}
