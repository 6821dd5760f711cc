//! Quantisers of activations.

use std::collections::HashMap;

use super::Options;
use super::observe::{Observed, Statistics, channel_axis};
use super::ranges::{Grid, range};
use super::sites::{Site, Sites};
use crate::import::onnx::float::Array;
use crate::import::onnx::quantiser::{Method, Quantiser};

/// A site's quantiser, as the importer takes it and as it acts on real numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Activation {
    /// Evenly spaced integers.
    Grid(Grid),
    /// `-scale` below the channel's threshold, otherwise `scale`.
    Binary {
        /// One per channel.
        thresholds: Vec<f32>,
        /// Magnitude.
        scale: f32,
    },
}

impl Activation {
    /// For the importer.
    pub fn quantiser(&self) -> Quantiser {
        match self {
            Activation::Grid(Grid { scale, zero_point, integers }) => {
                let quantiser = Quantiser::new(Method::Linear { scale: *scale }, *scale, *zero_point, *integers);
                // All 256 integers of an unsigned byte are stored less 128; fewer than eight bits are stored as they are.
                quantiser.chosen()
            }
            Activation::Binary { thresholds, scale } => Quantiser::bipolar(Method::Threshold { thresholds: thresholds.clone() }, *scale).chosen(),
        }
    }

    /// The real numbers that are left of an array.
    pub fn apply(&self, array: &mut Array) {
        match self {
            Activation::Grid(grid) => array.mapv_inplace(|x| grid.nearest(x)),
            Activation::Binary { thresholds, scale } => {
                let axis = channel_axis(array);
                for (mut lane, threshold) in array.axis_iter_mut(axis).zip(thresholds) {
                    lane.mapv_inplace(|x| if x >= *threshold { *scale } else { -scale });
                }
            }
        }
    }
}

/// The quantiser of each site, by name.
pub fn quantisers(sites: &Sites, statistics: &Statistics, options: &Options) -> HashMap<String, Activation> {
    let mut ranges: HashMap<usize, [f32; 2]> = HashMap::new();
    for (site, observed) in sites.sites.iter().zip(&statistics.sites) {
        let [low, high] = range(observed, options.ranges, site.bits.max(2));
        let whole = ranges.entry(site.group).or_insert([low, high]);
        *whole = [whole[0].min(low), whole[1].max(high)];
    }
    let one = |(site, observed): (&Site, &Observed)| {
        let activation = match site.bits {
            1 => Activation::Binary { thresholds: observed.means.clone(), scale: observed.spread.max(f32::MIN_POSITIVE * 256.0) },
            bits => Activation::Grid(Grid::spanning(ranges[&site.group], bits)),
        };
        (site.name.clone(), activation)
    };
    sites.sites.iter().zip(&statistics.sites).map(one).collect()
}
