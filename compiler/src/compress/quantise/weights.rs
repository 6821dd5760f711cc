//! Weights in few bits: integers, and what an integer of 1 stands for.

use super::Options;
use crate::compress::curvature::Curvature;
use crate::compress::{admm, apot, binarise, inq, kmeans, lcq, pq, pwlq, slq, syq, ttq, twn};
use crate::import::onnx::float::{Layer, Network};

/// What a layer's weights become.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// Evenly spaced integers of 2 to 8 bits, from `-(2^(bits-1) - 1)` to `2^(bits-1) - 1`.
    Uniform {
        /// Bits.
        bits: u32,
    },
    /// -1 and 1.
    Binary(binarise::Scale),
    /// -1 and 1 (1 bit) or -1, 0 and 1 (2 bits), with a scale per part of the filters.
    Syq {
        /// 1 or 2.
        bits: u32,
        /// Which weights share a scale.
        share: syq::Share,
    },
    /// -1, 0 and 1.
    Twn,
    /// -b, 0 and a.
    Ttq,
    /// Powers of two in codes of 2 to 5 bits.
    Inq {
        /// Bits.
        bits: u32,
    },
    /// Sums of powers of two in codes of 2 to 6 bits.
    Apot {
        /// Bits.
        bits: u32,
    },
    /// Steps of two sizes, 2 to 6 bits in either region.
    Pwlq {
        /// Bits.
        bits: u32,
    },
    /// A codebook that follows the weights, 2 to 8 bits.
    Lcq {
        /// Bits.
        bits: u32,
    },
    /// 0 and powers of two up to a largest one, by ADMM.
    Admm {
        /// 1, 2 or 4.
        largest: u32,
    },
    /// Clusters that are fixed group by group, in codes of 1 to 8 bits.
    Slq {
        /// Bits.
        bits: u32,
    },
    /// Clusters, in codes of 1 to 8 bits.
    Kmeans {
        /// Bits.
        bits: u32,
    },
    /// Vectors of weights, in codes of 1 to 8 bits.
    Pq {
        /// Bits of a vector's code.
        bits: u32,
        /// Output channels of a vector.
        outputs: usize,
        /// Where clusters start.
        seed: u64,
    },
}

impl Form {
    /// The name of the form.
    pub fn name(self) -> &'static str {
        match self {
            Form::Uniform { .. } => "uniform",
            Form::Binary(binarise::Scale::One) => "binary",
            Form::Binary(binarise::Scale::Mean) => "xnor-net",
            Form::Syq { .. } => "syq",
            Form::Twn => "twn",
            Form::Ttq => "ttq",
            Form::Inq { .. } => "inq",
            Form::Apot { .. } => "apot",
            Form::Pwlq { .. } => "pwlq",
            Form::Lcq { .. } => "lcq",
            Form::Admm { .. } => "admm",
            Form::Slq { .. } => "slq",
            Form::Kmeans { .. } => "kmeans",
            Form::Pq { .. } => "pq",
        }
    }

    /// Whether every weight is -1 or 1.
    pub fn is_binary(self) -> bool {
        matches!(self, Form::Binary(_) | Form::Syq { bits: 1, share: syq::Share::Layer })
    }

    /// Whether the inputs that weights are multiplied with have a say.
    pub fn weighs_inputs(self) -> bool {
        matches!(self, Form::Inq { .. } | Form::Ttq | Form::Admm { .. } | Form::Slq { .. })
    }

    /// Output channels whose weights have one code together.
    pub fn outputs_per_code(self) -> usize {
        if let Form::Pq { outputs, .. } = self { outputs } else { 1 }
    }

    /// Bits of a code.
    pub fn bits(self) -> u32 {
        match self {
            Form::Uniform { bits } | Form::Syq { bits, .. } | Form::Inq { bits } | Form::Apot { bits } | Form::Lcq { bits } => bits,
            Form::Slq { bits } | Form::Kmeans { bits } | Form::Pq { bits, .. } => bits,
            // A bit tells the regions apart.
            Form::Pwlq { bits } => bits + 1,
            Form::Admm { largest: 1 } => 2,
            Form::Admm { .. } => 3,
            Form::Binary(_) => 1,
            Form::Twn | Form::Ttq => 2,
        }
    }
}

/// How the range of uniform weights is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightRange {
    /// Up to the largest weight.
    MinMax,
    /// The range with the least mean square error.
    Mse,
}

/// Integers of a layer's weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Integers {
    /// `[row][column]` as the layer has them.
    pub values: Vec<i8>,
    /// What 1 stands for, one per row.
    pub scales: Vec<f32>,
}

impl Integers {
    /// Rows of zeros get the smallest scale of the others: any would do for the weights, but biases are whole numbers of a row's steps. Scales of
    /// nearly nothing become numbers that can be divided by.
    fn with_empty_rows(mut self) -> Integers {
        let cols = self.values.len() / self.scales.len().max(1);
        let empty: Vec<bool> = self.values.chunks(cols.max(1)).map(|row| row.iter().all(|value| *value == 0)).collect();
        let least = self.scales.iter().zip(&empty).filter(|(_, empty)| !**empty).map(|(scale, _)| *scale).min_by(f32::total_cmp);
        if let Some(least) = least {
            self.scales.iter_mut().zip(&empty).filter(|(_, empty)| **empty).for_each(|(scale, _)| *scale = least);
        }
        self.scales.iter_mut().filter(|scale| !scale.is_normal()).for_each(|scale| *scale = f32::MIN_POSITIVE * 256.0);
        self
    }

    /// The real weights that they stand for.
    pub fn real(&self) -> Vec<f32> {
        let cols = self.values.len() / self.scales.len().max(1);
        self.values.iter().enumerate().map(|(index, value)| f32::from(*value) * self.scales[index / cols]).collect()
    }

    /// The vectors that the weights of `outputs` adjacent rows are in each column.
    pub fn vectors(&self, outputs: usize) -> impl Iterator<Item = Vec<i8>> {
        let (rows, cols) = (self.scales.len(), self.values.len() / self.scales.len().max(1));
        let at = move |first: usize, col: usize| (first..(first + outputs).min(rows)).map(|row| self.values[row * cols + col]).collect();
        (0..rows).step_by(outputs).flat_map(move |first| (0..cols).map(move |col| at(first, col)))
    }
}

/// How integers are chosen.
pub struct Style<'a> {
    /// How the range of uniform weights is found.
    pub range: WeightRange,
    /// One scale for all weights of a layer.
    pub per_tensor: bool,
    /// Shares of the weights of [`Form::Inq`] that are quantised after each step, ascending up to 1.
    pub inq_steps: &'a [f64],
}

/// The integers of all layers.
pub fn all(network: &Network, options: &Options, curvatures: &[Curvature]) -> Vec<Integers> {
    let style = Style { range: options.weight_range, per_tensor: options.per_tensor, inq_steps: &options.inq_steps };
    let layers = network.layers().iter().zip(&options.forms).zip(curvatures);
    layers.map(|((layer, form), curvature)| integers(layer, *form, &style, curvature)).collect()
}

/// The integers of a layer.
pub fn integers(layer: &Layer, form: Form, style: &Style<'_>, curvature: &Curvature) -> Integers {
    let per_tensor = style.per_tensor;
    let integers = match form {
        Form::Uniform { bits } => uniform(layer, bits, style.range, per_tensor),
        Form::Binary(scale) => binarise::weights(layer, scale),
        Form::Syq { bits, share } => syq::weights(layer, bits, share),
        Form::Twn => twn::weights(layer, per_tensor),
        Form::Ttq => ttq::weights(layer, per_tensor, curvature),
        Form::Inq { bits } => inq::weights(layer, bits, style.inq_steps, curvature),
        Form::Apot { bits } => apot::weights(layer, bits, per_tensor),
        Form::Pwlq { bits } => pwlq::weights(layer, bits, per_tensor),
        Form::Lcq { bits } => lcq::weights(layer, bits),
        Form::Admm { largest } => admm::weights(layer, largest, per_tensor, curvature),
        Form::Slq { bits } => slq::weights(layer, bits, per_tensor, curvature),
        Form::Kmeans { bits } => kmeans::weights(layer, bits, per_tensor),
        Form::Pq { bits, outputs, seed } => pq::weights(layer, bits, outputs, seed),
    };
    integers.with_empty_rows()
}

/// Candidates for the largest weight that is kept as it is: these many parts of the largest there is.
const CANDIDATES: u32 = 80;

/// Evenly spaced integers.
pub fn uniform(layer: &Layer, bits: u32, range: WeightRange, per_tensor: bool) -> Integers {
    let largest = ((1u32 << (bits - 1)) - 1) as f32;
    let size = if per_tensor { layer.weights.len() } else { layer.cols() };
    let (mut values, mut scales) = (Vec::with_capacity(layer.weights.len()), Vec::with_capacity(layer.rows()));
    for part in layer.weights.chunks(size.max(1)) {
        let scale = scale(part, largest, range);
        values.extend(part.iter().map(|weight| (weight / scale).round_ties_even().clamp(-largest, largest) as i8));
        scales.extend(std::iter::repeat_n(scale, part.len() / layer.cols().max(1)));
    }
    Integers { values, scales }
}

/// The scale of weights that share one.
fn scale(weights: &[f32], largest: f32, range: WeightRange) -> f32 {
    let most = weights.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
    if most < f32::MIN_POSITIVE * 256.0 {
        return 1.0;
    }
    let error = |scale: f32| {
        let one = |weight: &f32| f64::from((weight / scale).round_ties_even().clamp(-largest, largest) * scale - weight).powi(2);
        weights.iter().map(one).sum::<f64>()
    };
    let candidate = |part: u32| most * part as f32 / CANDIDATES as f32 / largest;
    match range {
        WeightRange::MinMax => candidate(CANDIDATES),
        WeightRange::Mse => {
            let all = (CANDIDATES / 4..=CANDIDATES).rev().map(|part| (error(candidate(part)), candidate(part)));
            all.fold((f64::INFINITY, candidate(CANDIDATES)), |best, next| if next.0 < best.0 { next } else { best }).1
        }
    }
}

/// Signal to noise of the integers in decibels; infinite where nothing changed.
pub fn sqnr_db(layer: &Layer, integers: &Integers) -> f64 {
    let signal: f64 = layer.weights.iter().map(|weight| f64::from(*weight).powi(2)).sum();
    let noise: f64 = layer.weights.iter().zip(integers.real()).map(|(weight, real)| f64::from(weight - real).powi(2)).sum();
    10.0 * (signal.max(f64::MIN_POSITIVE) / noise).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_zeros_have_steps_as_small_as_the_others() {
        let integers = Integers { values: vec![0, 0, 1, -2, 3, 0], scales: vec![1.0, 0.25, 0.5] };
        assert_eq!(integers.with_empty_rows().scales, [0.25, 0.25, 0.5]);
        let zeros = Integers { values: vec![0; 4], scales: vec![1.0; 2] };
        assert_eq!(zeros.with_empty_rows().scales, [1.0; 2]);
    }
}
