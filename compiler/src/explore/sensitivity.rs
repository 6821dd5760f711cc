//! What treating a layer's weights does to the network's outputs, without training: the network with that layer alone treated beside the network
//! as it is, on calibration inputs.

use super::error::ExploreError;
use crate::compress::recode::{Recoder, Treatment};
use crate::graph::Graph;
use crate::inputs::Inference;
use crate::plan::{Request, plan};
use fretwork_hdl::Machine;
use fretwork_hdl::eie::Eie;
use fretwork_sim::stalls::Stalls;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// How far a network's outputs are from another one's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distance {
    /// Mean square of the difference of all outputs, relative to their variance.
    pub relative_mse: f64,
    /// Mean Kullback-Leibler divergence of the first output's softmax, nats.
    pub kl: f64,
    /// Share of inputs with the same class by the first output.
    pub agreement: f64,
    /// Share of inputs whose class is the label, where there are labels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accuracy: Option<f64>,
}

/// The outputs of a network for some inputs, as real numbers.
#[derive(Clone, Debug, PartialEq)]
struct Outputs {
    /// `[inference][element]` of all outputs, the first one's first.
    values: Vec<Vec<f64>>,
    /// Elements of the first output.
    first: usize,
}

/// Computes a network's outputs with the simulator. They are the same on every accelerator: an array, and a sparse engine where activations have 16 bits.
///
/// # Errors
/// A network that does not fit the accelerator.
fn outputs(graph: &Graph, inputs: &[Inference]) -> Result<Outputs, ExploreError> {
    let wide = graph.tensors.iter().any(|tensor| tensor.wide);
    let program = plan(graph, &Request { eie: wide.then(|| Eie::with_pes(16)), ..Request::square(16) })?;
    let machine = Machine::new(&program.design.accelerator, &program.images);
    let machine = machine.ok_or_else(|| ExploreError::Internal("the step table does not decode".to_owned()))?;
    let streams: Vec<Vec<u8>> = inputs.iter().map(|tensors| program.stream(tensors)).collect();
    let real = |stream: &Vec<u8>| {
        let tensors = program.tensors(stream);
        let tensors = graph.outputs.iter().map(|&output| &graph.tensors[output]).zip(&tensors);
        let reals = tensors.flat_map(|(tensor, bytes)| {
            let of = |value: i16| f64::from(tensor.scale) * f64::from(i32::from(value) - tensor.zero_point);
            tensor.elements(bytes).into_iter().map(of).collect::<Vec<f64>>()
        });
        reals.collect()
    };
    let first = graph.outputs.first().map_or(0, |&output| graph.tensors[output].len());
    Ok(Outputs { values: machine.run(&streams, Stalls::NONE, false).recording.outputs.iter().map(real).collect(), first })
}

impl Outputs {
    /// The class of every inference: the first of the largest elements of the first output.
    pub fn classes(&self) -> Vec<usize> {
        self.values.iter().map(|values| largest(&values[..self.first])).collect()
    }

    /// How far these are from `reference`'s outputs for the same inputs, whose classes may be known.
    pub fn distance(&self, reference: &Outputs, labels: Option<&[usize]>) -> Distance {
        let count = self.values.len().max(1) as f64;
        let pairs = || self.values.iter().zip(&reference.values);
        let share = |right: usize| right as f64 / count;
        let (classes, wanted) = (self.classes(), reference.classes());
        let same = |a: &[usize], b: &[usize]| a.iter().zip(b).filter(|(a, b)| a == b).count();
        Distance {
            relative_mse: pairs().map(|(own, other)| square_distance(own, other)).sum::<f64>() / reference.square_deviation(),
            kl: pairs().map(|(own, other)| divergence(&other[..self.first], &own[..self.first])).sum::<f64>() / count,
            agreement: share(same(&classes, &wanted)),
            accuracy: labels.map(|labels| share(same(&classes, labels))),
        }
    }

    /// Sum of the squared differences from the mean of all; never nothing.
    fn square_deviation(&self) -> f64 {
        let all = || self.values.iter().flatten();
        let mean = all().sum::<f64>() / all().count().max(1) as f64;
        all().map(|value| (value - mean).powi(2)).sum::<f64>().max(f64::MIN_POSITIVE)
    }
}

fn largest(values: &[f64]) -> usize {
    (0..values.len()).rev().max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0)
}

fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// Kullback-Leibler divergence of the softmax of `other` from that of `wanted`.
fn divergence(wanted: &[f64], other: &[f64]) -> f64 {
    let [wanted, other] = [wanted, other].map(log_softmax);
    wanted.iter().zip(&other).map(|(p, q)| p.exp() * (p - q)).sum::<f64>().max(0.0)
}

fn log_softmax(values: &[f64]) -> Vec<f64> {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum = values.iter().map(|value| (value - most).exp()).sum::<f64>().ln();
    values.iter().map(|value| value - most - sum).collect()
}

/// An error that layers add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Proxy {
    /// Mean square of the outputs' change, relative to their variance.
    #[default]
    Mse,
    /// Kullback-Leibler divergence of the first output's softmax, nats.
    Kl,
}

impl Proxy {
    /// The error of a network.
    pub fn of(self, distance: &Distance) -> f64 {
        match self {
            Proxy::Mse => distance.relative_mse,
            Proxy::Kl => distance.kl,
        }
    }

    /// The errors that add up; infinite for what is not possible.
    pub fn errors(self, sensitivities: &Sensitivities) -> Vec<Vec<f64>> {
        let error = |distance: &Option<Distance>| distance.as_ref().map_or(f64::INFINITY, |distance| self.of(distance));
        sensitivities.iter().map(|layer| layer.iter().map(error).collect()).collect()
    }
}

/// What every treatment of every layer does to the outputs; `None` where the layer cannot take it or the network does not fit.
pub type Sensitivities = Vec<Vec<Option<Distance>>>;

/// A network, inputs, and its outputs for them, which other networks' are held against.
pub struct Measure {
    recoder: Recoder,
    inputs: Vec<Inference>,
    labels: Option<Vec<usize>>,
    reference: OnceLock<Outputs>,
}

/// Inferences whose mean counts where time or energy depends on activations.
const COUNTED: usize = 4;

impl Measure {
    /// A network and one or more inputs, whose classes may be known. Its outputs are computed when they are needed first.
    pub fn new(recoder: Recoder, inputs: Vec<Inference>, labels: Option<Vec<usize>>) -> Measure {
        Measure { recoder, inputs, labels, reference: OnceLock::new() }
    }

    /// The network and what may be done to its layers.
    pub fn recoder(&self) -> &Recoder {
        &self.recoder
    }

    /// The inputs.
    pub fn inputs(&self) -> &[Inference] {
        &self.inputs
    }

    /// Those of them whose mean counts where time or energy depends on activations.
    pub fn counted(&self) -> &[Inference] {
        &self.inputs[..self.inputs.len().min(COUNTED)]
    }

    fn reference(&self) -> Result<&Outputs, ExploreError> {
        match self.reference.get() {
            Some(reference) => Ok(reference),
            None => {
                let outputs = outputs(self.recoder.graph(), &self.inputs)?;
                Ok(self.reference.get_or_init(|| outputs))
            }
        }
    }

    /// How far a treated network's outputs are from those of the network as it is.
    ///
    /// # Errors
    /// A network that has no values.
    pub fn distance(&self, treated: &Graph) -> Result<Distance, ExploreError> {
        Ok(outputs(treated, &self.inputs)?.distance(self.reference()?, self.labels.as_deref()))
    }

    /// Percentage points that a distance's accuracy is below the network's own, where classes are known.
    pub fn drop(&self, distance: &Distance) -> Option<f64> {
        let reference = self.reference().ok()?;
        let own = reference.distance(reference, self.labels.as_deref()).accuracy?;
        Some((own - distance.accuracy?) * 100.0)
    }

    /// The distance for every layer that may be treated and every treatment, this layer alone treated. `progress` is told of every network that is done.
    ///
    /// # Errors
    /// A network that has no values as it is.
    pub fn sensitivity(&self, treatments: &[Treatment], progress: impl Fn() + Sync) -> Result<Sensitivities, ExploreError> {
        let (graph, layers) = (self.recoder.graph(), self.recoder.layers());
        let reference = self.reference()?;
        let pairs: Vec<(usize, Treatment)> = (0..layers.len()).flat_map(|layer| treatments.iter().map(move |t| (layer, *t))).collect();
        let of = |&(layer, treatment): &(usize, Treatment)| {
            let mut treated = graph.clone();
            let distance = match self.recoder.treat(&mut treated, layer, treatment) {
                Err(_) => None,
                Ok(()) if treatment == Treatment::Keep => Some(reference.distance(reference, self.labels.as_deref())),
                Ok(()) => self.distance(&treated).ok(),
            };
            progress();
            distance
        };
        let all: Vec<Option<Distance>> = pairs.par_iter().map(of).collect();
        Ok(all.chunks(treatments.len().max(1)).map(<[_]>::to_vec).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::class;

    fn of(values: &[&[f64]]) -> Outputs {
        Outputs { values: values.iter().map(|values| values.to_vec()).collect(), first: values[0].len() }
    }

    #[test]
    fn distances_by_hand() {
        let reference = of(&[&[1.0, 0.0], &[0.0, 1.0]]);
        assert_eq!(reference.distance(&reference, Some(&[0, 0])), Distance { relative_mse: 0.0, kl: 0.0, agreement: 1.0, accuracy: Some(0.5) });
        // The mean is a half: squares of a half, four times. The difference is 1 in two elements.
        let swapped = of(&[&[0.0, 1.0], &[0.0, 1.0]]).distance(&reference, None);
        assert_eq!((swapped.relative_mse, swapped.agreement, swapped.accuracy), (2.0, 0.5, None));
        // p = (e, 1) / (e + 1) against its mirror image, in one of two inferences.
        let e = std::f64::consts::E;
        assert!((swapped.kl - (e - 1.0) / (e + 1.0) / 2.0).abs() < 1e-12, "{}", swapped.kl);
        // Classes are those of the simulator's report: the first of equals.
        assert_eq!(of(&[&[2.0, 2.0, 1.0]]).classes(), [class(&[2, 2, 1])]);
    }
}
