//! Other weights for single layers of an integer graph, without training: fewer bits, other levels, fewer weights. The layer's real weights are what
//! its integers stand for; its scales and biases follow, activations stay as they are.

use super::binarise::Scale;
use super::calibration::{Moments, moments};
use super::curvature::Curvature;
use super::layers::{Layer, add_bias, layers, rescale, with_weights};
use super::quantise::{Form, Integers, Style, WeightRange, integers};
use super::{inq, prune};
use crate::graph::Graph;
use crate::import::onnx::float;
use crate::inputs::Inference;
use std::fmt;
use std::str::FromStr;

/// What is done to a layer's weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Treatment {
    /// Nothing.
    Keep,
    /// They get another form.
    Form(Form),
    /// So large a share of them stays, the largest; the others become zero.
    Density(f64),
}

const FITS: &str = "keep, w2 to w8, binary, twn, ttq, inq2 to inq5, apot2 to apot6, kmeans1 to kmeans8, slq1 to slq8, lcq2 to lcq8, pwlq2 to pwlq6, or d0.1 (density)";

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Treatment::Keep => write!(f, "keep"),
            Treatment::Density(density) => write!(f, "d{density}"),
            Treatment::Form(Form::Uniform { bits }) => write!(f, "w{bits}"),
            Treatment::Form(Form::Binary(_)) => write!(f, "binary"),
            Treatment::Form(form @ (Form::Twn | Form::Ttq)) => write!(f, "{}", form.name()),
            Treatment::Form(form @ Form::Pwlq { bits }) => write!(f, "{}{bits}", form.name()),
            Treatment::Form(form) => write!(f, "{}{}", form.name(), form.bits()),
        }
    }
}

impl FromStr for Treatment {
    type Err = String;

    /// `keep`, `w4`, `binary`, `twn`, `ttq`, `inq5`, `apot4`, `kmeans4`, `slq4`, `lcq4`, `pwlq4` or `d0.3`.
    fn from_str(text: &str) -> Result<Treatment, String> {
        let refused = || format!("there is no treatment {text:?} of weights; must be {FITS}");
        let number = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let (name, number) = text.split_at(number);
        if name == "d" {
            let density = number.parse().ok().filter(|density| (0.0..=1.0).contains(density));
            return density.map(Treatment::Density).ok_or_else(refused);
        }
        let whole = |form: Treatment| if number.is_empty() { Ok(form) } else { Err(refused()) };
        let bits = |least: u32, most: u32| number.parse().ok().filter(|bits| (least..=most).contains(bits)).ok_or_else(refused);
        let form = match name {
            "keep" => return whole(Treatment::Keep),
            "binary" => return whole(Treatment::Form(Form::Binary(Scale::Mean))),
            "twn" => return whole(Treatment::Form(Form::Twn)),
            "ttq" => return whole(Treatment::Form(Form::Ttq)),
            "w" => Form::Uniform { bits: bits(2, 8)? },
            "inq" => Form::Inq { bits: bits(2, 5)? },
            "apot" => Form::Apot { bits: bits(2, 6)? },
            "kmeans" => Form::Kmeans { bits: bits(1, 8)? },
            "slq" => Form::Slq { bits: bits(1, 8)? },
            "lcq" => Form::Lcq { bits: bits(2, 8)? },
            "pwlq" => Form::Pwlq { bits: bits(2, 6)? },
            _ => return Err(refused()),
        };
        Ok(Treatment::Form(form))
    }
}

impl Treatment {
    /// Bits in which a weight could be stored, of so many different ones.
    pub fn bits(self) -> f64 {
        match self {
            Treatment::Keep | Treatment::Density(_) => 8.0,
            Treatment::Form(form) => f64::from(form.bits()),
        }
    }
}

/// The layers that may be treated: convolutions and fully connected layers; depthwise convolutions keep their weights.
pub fn treatable(graph: &Graph) -> Vec<Layer> {
    layers(graph, false)
}

/// A network whose layers may be treated.
#[derive(Clone, Debug)]
pub struct Recoder {
    graph: Graph,
    layers: Vec<Layer>,
    /// Mean of every input of each layer, in the integers' units; empty without calibration inputs.
    means: Vec<Vec<f64>>,
}

impl Recoder {
    /// A network, its biases as they are.
    pub fn new(graph: &Graph) -> Recoder {
        Recoder { graph: graph.clone(), layers: treatable(graph), means: Vec::new() }
    }

    /// The same, where biases take back what a treatment changes in the mean of each channel (M. Nagel et al., *Data-Free Quantization Through
    /// Weight Equalization and Bias Correction*, ICCV 2019, section 4.2), for what the layers read in the network as it is.
    pub fn calibrated(graph: &Graph, inferences: &[Inference]) -> Recoder {
        let layers = treatable(graph);
        let mean = |moments: &Moments| moments.sums.iter().map(|sum| sum / moments.patches.max(1) as f64).collect();
        let means = moments(graph, &layers, inferences, false).iter().map(mean).collect();
        Recoder { graph: graph.clone(), layers, means }
    }

    /// The network as it is.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The layers that may be treated.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The network with a treatment for each layer.
    ///
    /// # Errors
    /// The layer that cannot be treated so, and why.
    pub fn recode(&self, treatments: &[Treatment]) -> Result<Graph, String> {
        let mut recoded = self.graph.clone();
        for (index, treatment) in treatments.iter().enumerate().take(self.layers.len()) {
            let named = |why| format!("layer '{}' cannot become {treatment}: {why}", self.layers[index].name);
            self.treat(&mut recoded, index, *treatment).map_err(named)?;
        }
        Ok(recoded)
    }

    /// Treats one layer of a network whose layer it is still as it was.
    ///
    /// # Errors
    /// Why it cannot be treated so.
    pub fn treat(&self, graph: &mut Graph, index: usize, treatment: Treatment) -> Result<(), String> {
        let layer = &self.layers[index];
        let (weights, ratios) = match treatment {
            Treatment::Keep => return Ok(()),
            Treatment::Density(density) => (prune::thinned(layer, density).weights, None),
            Treatment::Form(form) => {
                let Integers { values, scales } = in_form(layer, form);
                (values, Some(scales.iter().zip(&layer.steps).map(|(scale, step)| f64::from(*scale) / step).collect::<Vec<f64>>()))
            }
        };
        if let Some(means) = self.means.get(index) {
            let lost = |row: usize| -> f64 {
                let (own, ratio) = (row * layer.cols..(row + 1) * layer.cols, ratios.as_ref().map_or(1.0, |ratios| ratios[row]));
                let pairs = layer.weights[own.clone()].iter().zip(&weights[own]).zip(means);
                pairs.map(|((before, after), mean)| (f64::from(*before) - f64::from(*after) * ratio) * mean).sum()
            };
            add_bias(graph, layer.node, &(0..layer.rows).map(|row| lost(row).round() as i32).collect::<Vec<i32>>());
        }
        match ratios {
            None => *graph = with_weights(graph, &[Layer { weights, ..layer.clone() }]),
            Some(ratios) => rescale(graph, layer.node, &weights, &ratios)?,
        }
        Ok(())
    }
}

/// The integers that come nearest to a layer's real weights.
fn in_form(layer: &Layer, form: Form) -> Integers {
    let weights = (0..layer.weights.len()).map(|index| layer.real(index) as f32).collect();
    let real = float::Layer::new(&layer.name, vec![layer.rows, layer.cols], weights);
    let style = Style { range: WeightRange::Mse, per_tensor: false, inq_steps: &inq::STEPS };
    integers(&real, form, &style, &Curvature::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::layers::stored;
    use crate::compress::testing::two_layers;
    use crate::graph::evaluate;

    #[test]
    fn texts_are_treatments_again() {
        for text in ["keep", "w2", "w8", "binary", "twn", "ttq", "inq5", "apot4", "kmeans1", "slq3", "lcq4", "pwlq6", "d0.25", "d1"] {
            assert_eq!(text.parse::<Treatment>().map(|treatment| treatment.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "w", "w1", "w9", "keep8", "d2", "d", "d-1", "dNaN", "pq4", "W4", "twn2"] {
            let error = text.parse::<Treatment>().expect_err(text);
            assert!(error.contains(FITS), "{error}");
        }
    }

    #[test]
    fn eight_bits_are_nearly_what_was_there() {
        let graph = two_layers(1.0);
        let recoder = Recoder::new(&graph);
        let of = |bits| recoder.recode(&[Treatment::Form(Form::Uniform { bits }); 2]).expect("scales follow");
        assert_ne!(of(8), graph);
        let input = [vec![1, 2, 3, 4]];
        let (before, after) = (evaluate(&graph, &input), evaluate(&of(8), &input));
        let output = graph.outputs[0];
        assert!(before[output].iter().zip(&after[output]).all(|(a, b)| (a - b).abs() <= 1), "{:?} {:?}", before[output], after[output]);
        assert!(treatable(&of(2)).iter().all(|layer| layer.weights.iter().all(|weight| weight.abs() <= 1)));
    }

    #[test]
    fn biases_take_back_what_means_change() {
        let graph = two_layers(1.0);
        let calibrated = Recoder::calibrated(&graph, &[vec![vec![1, 2, 3, 4]], vec![vec![3, 0, 1, 4]]]);
        // Half of the weights go; of the first neuron 1 and 3 with the mean inputs 1 and 4, of the second 2 and 4 with 2 and 2.
        let mut pruned = graph.clone();
        calibrated.treat(&mut pruned, 0, Treatment::Density(0.5)).expect("weights may be zero");
        let (weights, output) = stored(&pruned.nodes[0].op).expect("it has weights");
        assert_eq!((weights, &output.bias[..]), (&[10, 0, -8, 0, 0, 9, 0, -7][..], &[13, 12][..]));
    }
}
