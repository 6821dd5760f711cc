//! Other weights for single layers of an integer graph, without training and without inputs: fewer bits, other levels, fewer weights. The
//! layer's real weights are what its integers stand for; its scales and biases follow, activations stay as they are.

use super::binarise::Scale;
use super::curvature::Curvature;
use super::layers::{Layer, layers, rescale, with_weights};
use super::quantise::{Form, Integers, Sharing, WeightRange, integers};
use super::{inq, prune};
use crate::graph::Graph;
use crate::import::onnx::float;
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

/// The graph with `treatments` applied to its layers, one for each of [`treatable`].
///
/// # Errors
/// The layer that cannot be treated so, and why.
pub fn recode(graph: &Graph, treatments: &[Treatment]) -> Result<Graph, String> {
    let layers = treatable(graph);
    let mut recoded = graph.clone();
    for (layer, treatment) in layers.iter().zip(treatments) {
        recode_layer(&mut recoded, layer, *treatment).map_err(|why| format!("layer '{}' cannot become {treatment}: {why}", layer.name))?;
    }
    Ok(recoded)
}

/// Treats one layer, which is as [`treatable`] gave it.
///
/// # Errors
/// Why it cannot be treated so.
pub fn recode_layer(graph: &mut Graph, layer: &Layer, treatment: Treatment) -> Result<(), String> {
    match treatment {
        Treatment::Keep => Ok(()),
        Treatment::Density(density) => {
            *graph = with_weights(graph, &[prune::thinned(layer, density)]);
            Ok(())
        }
        Treatment::Form(form) => {
            let Integers { values, scales } = in_form(layer, form);
            let ratios: Vec<f64> = scales.iter().zip(&layer.steps).map(|(scale, step)| f64::from(*scale) / step).collect();
            rescale(graph, layer.node, &values, &ratios)
        }
    }
}

/// The integers that come nearest to a layer's real weights.
fn in_form(layer: &Layer, form: Form) -> Integers {
    let weights = (0..layer.weights.len()).map(|index| layer.real(index) as f32).collect();
    let real = float::Layer::product(layer.name.clone(), vec![layer.rows, layer.cols], weights);
    let sharing = Sharing { range: WeightRange::Mse, per_tensor: false, inq_steps: &inq::STEPS };
    integers(&real, form, &sharing, &Curvature::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let layers = treatable(&graph);
        let recoded = recode(&graph, &vec![Treatment::Form(Form::Uniform { bits: 8 }); layers.len()]).expect("scales follow");
        assert_ne!(recoded, graph);
        let input = [vec![1, 2, 3, 4]];
        let (before, after) = (evaluate(&graph, &input), evaluate(&recoded, &input));
        let output = graph.outputs[0];
        assert!(before[output].iter().zip(&after[output]).all(|(a, b)| (a - b).abs() <= 1), "{:?} {:?}", before[output], after[output]);
        let narrow = recode(&graph, &vec![Treatment::Form(Form::Uniform { bits: 2 }); layers.len()]).expect("scales follow");
        assert!(treatable(&narrow).iter().all(|layer| layer.weights.iter().all(|weight| weight.abs() <= 1)));
    }
}
