//! Network slimming: the channels with the smallest scales of batch normalisation are removed, all layers together.
//!
//! Source: Z. Liu et al., *Learning Efficient Convolutional Networks through Network Slimming*, ICCV 2017: one threshold for the magnitude of
//! the scales (gamma) of all layers. Where no layer has batch normalisation: H. Li et al., *Pruning Filters for Efficient ConvNets*, ICLR 2017,
//! the sum of magnitudes of a filter, here over the mean of its layer so that layers compare. In both the network is trained with that in
//! view and once more afterwards; here nothing is trained. Channels that a sum adds go together, and count with the mean of their scales.

use std::collections::{HashMap, HashSet};

use super::reduce::{Note, Outcome, Part, ReduceError, chosen};
use crate::import::onnx::float::{Channels, ClassId, Layer, Network};

/// The pass's name.
pub const NAME: &str = "slimming";

/// Removes the least important channels of the chosen layers.
pub fn reduce(network: &Network, part: &Part) -> Result<Outcome, ReduceError> {
    let chosen = chosen(network, NAME, &part.layers)?;
    let channels = network.channels()?;
    let normalised = network.layers().iter().any(|layer| layer.moments.is_some());
    let mut notes = vec![Note::network(if normalised {
        "by the scales of batch normalisation (Liu 2017)"
    } else {
        "by the sums of magnitudes of filters (Li 2017), as no layer has batch normalisation"
    })];
    let mut scores: HashMap<ClassId, Vec<f64>> = HashMap::new();
    for (number, layer) in network.layers().iter().enumerate().filter(|(number, _)| chosen[*number]) {
        let own = importance(layer, normalised);
        let reason = match channels.stays(number) {
            Some(reason) => Some(reason.to_owned()),
            None if own.is_none() => Some("it has no batch normalisation".to_owned()),
            None => None,
        };
        if let Some(reason) = reason {
            if !part.layers.is_empty() {
                let fits = "layers whose channels may go, with batch normalisation where any layer has it";
                return Err(ReduceError::Layer { pass: NAME, layer: layer.name.clone(), reason, fits });
            }
            notes.push(Note::layer(&layer.name, format!("stays: {reason}")));
            continue;
        }
        let free = |class: &ClassId| channels.class(*class).stays.is_none();
        let classes = channels.outputs(number).iter().zip(own.unwrap_or_default()).filter(|(class, _)| free(class));
        classes.for_each(|(class, score)| scores.entry(*class).or_default().push(score));
    }
    let removed = least(&channels, scores, part.keep);
    Outcome::without(network, &channels, &removed, notes)
}

/// How much each output channel of a layer counts.
fn importance(layer: &Layer, normalised: bool) -> Option<Vec<f64>> {
    if normalised {
        return Some(layer.moments.as_ref()?.deviation.iter().map(|scale| f64::from(*scale)).collect());
    }
    let sum = |filter: &[f32]| filter.iter().map(|weight| f64::from(weight.abs())).sum::<f64>();
    let sums: Vec<f64> = layer.weights.chunks(layer.cols()).map(sum).collect();
    let mean = sums.iter().sum::<f64>() / sums.len() as f64;
    Some(sums.into_iter().map(|sum| sum / mean.max(f64::MIN_POSITIVE)).collect())
}

/// The classes of least importance, so many that the given part is left; the last channel of a layer never goes.
fn least(channels: &Channels, scores: HashMap<ClassId, Vec<f64>>, keep: f64) -> HashSet<ClassId> {
    let mean = |own: Vec<f64>| own.iter().sum::<f64>() / own.len() as f64;
    let mut order: Vec<(ClassId, f64)> = scores.into_iter().map(|(class, own)| (class, mean(own))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let mut wanted = order.len() - (order.len() as f64 * keep).round() as usize;
    let mut removed = HashSet::new();
    let places: Vec<HashMap<ClassId, Vec<usize>>> = (0..channels.layers()).map(|layer| Channels::places(channels.outputs(layer))).collect();
    let mut left: Vec<usize> = (0..channels.layers()).map(|layer| channels.outputs(layer).len()).collect();
    for (class, _) in order {
        let own = |layer: usize| places[layer].get(&class).map_or(0, Vec::len);
        if wanted > 0 && (0..left.len()).all(|layer| own(layer) == 0 || own(layer) < left[layer]) {
            (0..left.len()).for_each(|layer| left[layer] -= own(layer));
            removed.insert(class);
            wanted -= 1;
        }
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::onnx::float::testing::Builder;

    /// Two convolutions of three channels each, behind each of them batch normalisation with these scales, if there are any.
    fn network(gammas: Option<[[f32; 3]; 2]>) -> Network {
        let weights: [&[f32]; 2] = [&[0.1, 3.0, -2.0], &[1.0, 1.0, 1.0, -4.0, 0.0, 0.0, 0.5, 0.0, 0.5]];
        let mut made = Builder::new(&[1, 1, 2, 2]).constant("zero", &[3], &[0.0; 3]).constant("one", &[3], &[1.0; 3]);
        let mut input = "x".to_owned();
        for (index, weights) in weights.into_iter().enumerate() {
            let [conv, gamma, norm, relu] = ["conv", "gamma", "norm", "relu"].map(|name| format!("{name}{index}"));
            made = made.layer(&conv, &input, &[3, weights.len() / 3, 1, 1], weights);
            let last = match gammas {
                Some(gammas) => {
                    made = made.constant(&gamma, &[3], &gammas[index]);
                    made = made.node("BatchNormalization", &norm, &[&conv, &gamma, "zero", "zero", "one"], &[]);
                    norm
                }
                None => conv,
            };
            made = made.node("Relu", &relu, &[&last], &[]);
            input = relu;
        }
        made.layer("last", &input, &[2, 3, 1, 1], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).read("last")
    }

    fn reduced(gammas: Option<[[f32; 3]; 2]>, keep: f64) -> (Vec<Vec<f32>>, Vec<Note>) {
        let outcome = reduce(&network(gammas), &Part { keep, layers: Vec::new() }).unwrap();
        (outcome.network.layers().iter().map(|layer| layer.weights.clone()).collect(), outcome.notes)
    }

    #[test]
    fn the_smallest_scales_go_wherever_they_are() {
        // Three of six: 0.1 and -0.2 of the second layer, 0.3 of the first.
        let (weights, notes) = reduced(Some([[0.5, 0.3, -0.6], [0.1, 1.0, -0.2]]), 0.5);
        let norm = (1.0f32 + 1e-5).sqrt();
        assert_eq!(weights[0], [0.1 * (0.5 / norm), -2.0 * (-0.6 / norm)]);
        assert_eq!(weights[1], [-4.0 * (1.0 / norm), 0.0]);
        assert_eq!(weights[2], [2.0, 5.0]);
        assert!(notes[0].text.contains("Liu 2017") && notes[1].text.contains("output of the network"), "{notes:?}");
    }

    #[test]
    fn a_layer_keeps_its_last_channel() {
        let (weights, _) = reduced(Some([[0.5, 0.3, 0.6], [0.01, 0.02, 0.03]]), 0.3);
        assert_eq!(weights.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 2]);
    }

    #[test]
    fn without_normalisation_filters_are_weighed() {
        // Sums over the layers' means: 0.1, 3, 2 over 1.7; 3, 4, 1 over 2.67: the first filter of the first, the last of the second go.
        let (weights, notes) = reduced(None, 0.67);
        assert_eq!((&weights[0][..], &weights[1][..]), (&[3.0, -2.0][..], &[1.0, 1.0, 0.0, 0.0][..]));
        assert!(notes[0].text.contains("Li 2017"), "{notes:?}");
    }
}
