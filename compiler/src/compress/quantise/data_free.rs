//! Statistics without inputs: means and deviations from batch normalisation, carried through the network.
//!
//! Behind batch normalisation a channel has mean beta and deviation |gamma| on the data of the training; values are taken to be normally
//! distributed and independent. Source: M. Nagel et al., *Data-Free Quantization Through Weight Equalization and Bias Correction*, ICCV 2019
//! (sections 4.2 and 5.1: ranges of six deviations, expected values behind a rectifier). ZeroQ (Y. Cai et al., CVPR 2020) draws images
//! with such statistics instead.

use std::collections::HashMap;

use ndarray::{Axis, IxDyn};

use super::observe::{Observed, Statistics};
use super::sites::Sites;
use crate::import::ImportError;
use crate::import::onnx::float::{Array, Layer, Moments, Network, Role};

/// Deviations from the mean that a range reaches.
const DEVIATIONS: f32 = 6.0;
/// Points at which the normal distribution is taken.
const POINTS: usize = 241;

/// What is known about a value: the moments of every channel of an image, of every element of what has no four axes.
#[derive(Clone, Debug)]
struct Known {
    moments: Moments,
    ends: [f32; 2],
}

/// An array of `shape` with a number for every channel, or for every element.
fn filled(list: &[f32], shape: &[usize]) -> Array {
    let each = shape.iter().product::<usize>() / list.len().max(1);
    let values = list.iter().flat_map(|value| std::iter::repeat_n(*value, each)).collect();
    Array::from_shape_vec(IxDyn(shape), values).unwrap_or_else(|_| Array::zeros(IxDyn(shape)))
}

/// The mean number of every channel, or all numbers.
fn by_channel(array: &Array) -> Vec<f32> {
    if array.ndim() == 4 { array.axis_iter(Axis(1)).map(|plane| plane.mean().unwrap_or_default()).collect() } else { array.iter().copied().collect() }
}

impl Known {
    fn normal(moments: Moments) -> Known {
        let reach = |sign: f32| moments.mean.iter().zip(&moments.deviation).map(move |(mean, deviation)| mean + sign * DEVIATIONS * deviation);
        let ends = [reach(-1.0).fold(f32::INFINITY, f32::min), reach(1.0).fold(f32::NEG_INFINITY, f32::max)];
        Known { moments, ends }
    }

    /// Every value through a function that never falls.
    fn through(&self, f: impl Fn(f32) -> f32) -> Known {
        let step = 2.0 * DEVIATIONS / (POINTS - 1) as f32;
        let points: Vec<(f32, f64)> = (0..POINTS).map(|i| i as f32 * step - DEVIATIONS).map(|z| (z, (-0.5 * f64::from(z * z)).exp())).collect();
        let total: f64 = points.iter().map(|(_, weight)| weight).sum();
        let one = |mean: f32, deviation: f32| {
            let mass = points.iter().map(|(z, weight)| (f64::from(f(mean + deviation * z)), weight / total));
            let [first, second] = mass.fold([0.0; 2], |[first, second], (y, weight)| [first + y * weight, second + y * y * weight]);
            (first as f32, (second - first * first).max(0.0).sqrt() as f32)
        };
        let (mean, deviation) = self.moments.mean.iter().zip(&self.moments.deviation).map(|(mean, deviation)| one(*mean, *deviation)).unzip();
        Known { moments: Moments { mean, deviation }, ends: self.ends.map(f) }
    }

    /// Behind a node that only moves values: it moves their moments likewise.
    fn moved(&self, network: &Network, node: usize, values: &mut HashMap<String, Array>) -> Result<Known, ImportError> {
        let operand = network.operands(node).first().map_or("", |name| *name);
        let mut through = |list: &[f32]| -> Result<Vec<f32>, ImportError> {
            if let Some(value) = values.get_mut(operand) {
                *value = filled(list, value.shape());
            }
            Ok(by_channel(&network.evaluate(node, values)?))
        };
        let moments = Moments { mean: through(&self.moments.mean)?, deviation: through(&self.moments.deviation)? };
        Ok(Known { moments, ends: self.ends })
    }

    /// One channel for each of `count` values.
    fn spread(&self, count: usize) -> Moments {
        let each = count / self.moments.mean.len().max(1);
        let repeat = |list: &[f32]| list.iter().flat_map(|value| std::iter::repeat_n(*value, each.max(1))).collect();
        Moments { mean: repeat(&self.moments.mean), deviation: repeat(&self.moments.deviation) }
    }
}

/// Statistics of all sites; the network's inputs lie between the ends of `inputs`, each value as likely as any other.
pub fn statistics(network: &Network, sites: &Sites, inputs: [f32; 2]) -> Result<Statistics, ImportError> {
    let zeros: Vec<Array> = network.inputs().iter().map(|(_, shape)| Array::zeros(IxDyn(shape))).collect();
    let mut values = network.run(&zeros)?;
    let mut known: HashMap<String, Known> = HashMap::new();
    for (name, shape) in network.inputs() {
        let channels = if shape.len() == 4 { shape[1] } else { shape.last().copied().unwrap_or(1) };
        let (mean, deviation) = ((inputs[0] + inputs[1]) / 2.0, (inputs[1] - inputs[0]) / 12f32.sqrt());
        let moments = Moments { mean: vec![mean; channels], deviation: vec![deviation; channels] };
        known.insert(name, Known { moments, ends: inputs });
    }
    let mut layer_inputs = Vec::new();
    for node in 0..network.len() {
        let name = network.output(node);
        if matches!(network.role(node), Role::Shape | Role::Host) {
            continue;
        }
        let found = value(network, node, &known, &mut values, &mut layer_inputs)?;
        known.insert(name.to_owned(), found);
    }
    let observed = |name: &String| {
        known.get(name).map_or_else(Observed::default, |known| Observed {
            ends: known.ends,
            means: known.moments.mean.clone(),
            // The mean distance from the mean of a normal distribution.
            spread: known.moments.deviation.iter().sum::<f32>() / known.moments.deviation.len().max(1) as f32 * std::f32::consts::FRAC_2_PI.sqrt(),
            histogram: None,
        })
    };
    Ok(Statistics { sites: sites.sites.iter().map(|site| observed(&site.name)).collect(), layer_inputs })
}

fn value(
    network: &Network,
    node: usize,
    known: &HashMap<String, Known>,
    values: &mut HashMap<String, Array>,
    layer_inputs: &mut Vec<Vec<f32>>,
) -> Result<Known, ImportError> {
    let operands: Vec<&Known> = network.operands(node).iter().filter_map(|name| known.get(*name)).collect();
    let unknown = || {
        let reason = "nothing tells how its results are distributed".to_owned();
        network.refused(node, reason, "calibration inputs for networks with such operators")
    };
    let Some(first) = operands.first() else { return Err(unknown()) };
    let grown = |channels: usize| first.spread(channels);
    Ok(match (network.operator(node), &operands[..]) {
        _ if network.layer(node).is_some() => {
            let layer = &network.layers()[network.layer(node).unwrap_or_default()];
            let wanted = if layer.shape.len() == 2 { layer.cols() } else { first.moments.mean.len() };
            let input = grown(wanted);
            layer_inputs.push(input.mean.clone());
            Known::normal(layer.moments.clone().unwrap_or_else(|| through_layer(layer, &input)))
        }
        ("Relu", _) => first.through(|x| x.max(0.0)),
        ("Sigmoid", _) => first.through(|x| 1.0 / (1.0 + (-x).exp())),
        ("Tanh", _) => first.through(f32::tanh),
        ("Clip", _) => {
            let [low, high] = network.limits(node);
            first.through(|x| x.max(low).min(high))
        }
        ("Add", [a, b]) => {
            let sum = |a: &f32, b: &f32| a + b;
            let root = |a: &f32, b: &f32| a.hypot(*b);
            let mean = a.moments.mean.iter().zip(&b.moments.mean).map(|(a, b)| sum(a, b)).collect();
            let deviation = a.moments.deviation.iter().zip(&b.moments.deviation).map(|(a, b)| root(a, b)).collect();
            let Known { moments, ends } = Known::normal(Moments { mean, deviation });
            let bound = [a.ends[0] + b.ends[0], a.ends[1] + b.ends[1]];
            Known { moments, ends: [ends[0].max(bound[0]), ends[1].min(bound[1])] }
        }
        ("Concat", all) => {
            let join = |list: fn(&Moments) -> &Vec<f32>| all.iter().flat_map(|part| list(&part.moments).iter().copied()).collect();
            let ends = all.iter().fold(first.ends, |ends, part| [ends[0].min(part.ends[0]), ends[1].max(part.ends[1])]);
            Known { moments: Moments { mean: join(|moments| &moments.mean), deviation: join(|moments| &moments.deviation) }, ends }
        }
        ("AveragePool" | "GlobalAveragePool" | "ReduceMean", _) => (*first).clone(),
        _ if network.role(node) == Role::Move => first.moved(network, node, values)?,
        _ => return Err(unknown()),
    })
}

/// Moments of a layer's sums of independent values.
fn through_layer(layer: &Layer, input: &Moments) -> Moments {
    let (cols, taps) = (layer.cols(), layer.taps());
    let groups = (input.mean.len() * taps / cols.max(1)).max(1);
    let own = |row: usize, col: usize| row / (layer.rows() / groups).max(1) * (cols / taps) + col / taps;
    let mut moments = Moments { mean: Vec::new(), deviation: Vec::new() };
    for row in 0..layer.rows() {
        let weights = layer.weights[row * cols..][..cols].iter().enumerate();
        let [mean, variance] = weights.fold([f64::from(layer.bias[row]), 0.0], |[mean, variance], (col, weight)| {
            let channel = own(row, col).min(input.mean.len() - 1);
            let term = f64::from(*weight * input.deviation[channel]);
            [mean + f64::from(*weight * input.mean[channel]), variance + term * term]
        });
        moments.mean.push(mean as f32);
        moments.deviation.push(variance.sqrt() as f32);
    }
    moments
}

/// Takes off each bias what quantised weights change in the expected sum.
pub fn correct(network: &Network, approximate: &mut Network, statistics: &Statistics) {
    for ((layer, approximate), mean) in network.layers().iter().zip(approximate.layers_mut()).zip(&statistics.layer_inputs) {
        let input = Moments { mean: mean.clone(), deviation: vec![0.0; mean.len()] };
        let [wanted, found] = [layer, &*approximate].map(|layer| through_layer(layer, &input).mean);
        for ((bias, wanted), found) in approximate.bias.iter_mut().zip(wanted).zip(found) {
            *bias += wanted - found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_behind_a_rectifier() {
        let known = Known::normal(Moments { mean: vec![0.0, 1.0], deviation: vec![1.0, 0.5] });
        assert_eq!(known.ends, [-6.0, 6.0]);
        let behind = known.through(|x| x.max(0.0));
        // E[max(z, 0)] = 1 / sqrt(2 pi), its second moment is 1/2.
        let expected = 0.3989423f32;
        assert!((behind.moments.mean[0] - expected).abs() < 1e-3, "{}", behind.moments.mean[0]);
        assert!((behind.moments.deviation[0] - (0.5 - expected * expected).sqrt()).abs() < 1e-3);
        assert_eq!(behind.ends, [0.0, 6.0]);
    }
}
