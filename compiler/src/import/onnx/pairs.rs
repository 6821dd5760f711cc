//! Sums of two activations, element by element. Nothing is taken on trust: every pair of integers that can meet is tried.

use fretwork_sim::requantise::{Rounding, Scale, requantise};

use super::chosen;
use super::emit::{PIXEL, levels};
use super::link::{self, Function, Link, Side};
use super::lower::{Context, Lowered, refuse};
use super::quantiser::{Method, Quantiser};
use super::signal::{Signal, Source, Sums, SumsKind};
use crate::graph::fixed_point::quantise_multiplier;
use crate::graph::{Levels, Op, Output, Staircase, Tensor, TensorId};

const FITS: &str = "sums whose every result an integer addition reproduces; activations of one quantiser (same scale, same bits) always do";

/// The quantised sum of a pair of signals.
pub fn quantise(context: &mut Context, pair: &[Signal; 2], whole: &Signal, quantiser: &Quantiser, name: &str) -> Lowered<TensorId> {
    if !whole.is_uniform() || !quantiser.is_uniform() || whole.is_approximate() {
        return refuse("functions that differ from channel to channel follow a sum of two activations", FITS);
    }
    let (a, scale_a) = context.integers(&pair[0])?;
    let (b, scale_b) = context.integers(&pair[1])?;
    let target = quantiser.tensor(name, whole.stored.clone());
    if let Some(op) = quantiser.chosen.then(|| chosen::addition([scale_a, scale_b], whole, quantiser, &target)).flatten() {
        return context.node(op, vec![a, b], target);
    }
    let zero_points = [a, b].map(|id| context.graph.tensors[id].zero_point);
    let real = |i: usize, stored: i32, scale: f32| (stored - zero_points[i]) as f32 * scale;
    let store = |x: f32| Some(link::apply(&whole.chain, x, 0, Side::Exact)).filter(|x| x.is_finite()).map(|x| quantiser.store(x, 0));
    if let (Method::Linear { scale }, true) = (&quantiser.method, whole.chain.is_empty()) {
        let terms = Linear { ratios: [scale_a / scale, scale_b / scale], zero_points, target: quantiser.zero_point - quantiser.shift() };
        return emit(context, [a, b], [scale_a, scale_b], target, |x, y| terms.sum(x, y));
    }
    emit(context, [a, b], [scale_a, scale_b], target, |x, y| store(real(0, x, scale_a) + real(1, y, scale_b)))
}

/// Addition as ONNX Runtime's integer kernel computes it.
pub struct Linear {
    pub ratios: [f32; 2],
    pub zero_points: [i32; 2],
    pub target: i32,
}

impl Linear {
    /// The stored sum, or `None` where machines with and without fused multiply-add disagree.
    pub fn sum(&self, a: i32, b: i32) -> Option<i32> {
        let ([ra, rb], [za, zb]) = (self.ratios, self.zero_points.map(|zero| zero as f32));
        let (a, b) = (a as f32, b as f32);
        let plain = self.target as f32 - (ra * za + rb * zb);
        let fused = self.target as f32 - ra.mul_add(za, rb * zb);
        let also = self.target as f32 - rb.mul_add(zb, ra * za);
        let round = |x: f32| (x.round_ties_even() as i32).clamp(-128, 127);
        let found = round((a * ra + plain) + b * rb);
        let agree = [plain, fused, also].iter().all(|fixed| round(b.mul_add(rb, a.mul_add(ra, *fixed))) == found);
        agree.then_some(found)
    }
}

/// The node that computes `sum` (of stored integers) for all pairs.
pub fn emit(context: &mut Context, ids: [TensorId; 2], scales: [f32; 2], target: Tensor, sum: impl Fn(i32, i32) -> Option<i32>) -> Lowered<TensorId> {
    let tensors = ids.map(|id| context.graph.tensors[id].clone());
    if tensors[0].shape != tensors[1].shape {
        let reason = format!("it adds activations stored as {:?} and {:?}", tensors[0].shape, tensors[1].shape);
        return refuse(reason, "two activations of the same shape");
    }
    let mut wanted = Vec::new();
    for a in levels(&tensors[0]) {
        for b in levels(&tensors[1]) {
            let Some(sum) = sum(a, b) else {
                return refuse(format!("machines disagree about the sum of the integers {a} and {b}, or it overflows"), FITS);
            };
            wanted.push([a, b, sum]);
        }
    }
    if let Some(op) = addition(&tensors, scales, &target, &wanted) {
        return context.node(op, ids.to_vec(), target);
    }
    joined(context, ids, &tensors, target, &wanted)
}

/// An addition that equals all of `wanted`, if there is one.
fn addition(tensors: &[Tensor; 2], scales: [f32; 2], target: &Tensor, wanted: &[[i32; 3]]) -> Option<Op> {
    if target.levels == Levels::Bipolar {
        return None;
    }
    let (low, high) = (wanted.iter().map(|w| w[2]).min()?, wanted.iter().map(|w| w[2]).max()?);
    let largest = f64::from(scales[0].max(scales[1]));
    [2.0 * largest, 2f64.powi((2.0 * largest).log2().ceil() as i32), 4.0 * largest].into_iter().find_map(|unit| {
        let one = |scale: f32| quantise_multiplier(f64::from(scale) / unit);
        let inputs = [one(scales[0])?, one(scales[1])?];
        let scale = quantise_multiplier(unit / (f64::from(1 << 20) * f64::from(target.scale)))?;
        let term = |i: usize, stored: i32| requantise((stored - tensors[i].zero_point) << 20, inputs[i], Rounding::Double);
        let found = |a: i32, b: i32| requantise(term(0, a) + term(1, b), scale, Rounding::Double) + target.zero_point;
        let sound = inputs.iter().all(|input: &Scale| input.shift <= 0) && scale.shift <= 0;
        let equal = sound && wanted.iter().all(|[a, b, sum]| found(*a, *b).clamp(low, high) == *sum);
        let output =
            Output { bias: Vec::new(), scales: vec![scale], rounding: Rounding::Double, clamp: [low as i16, high as i16], thresholds: Vec::new() };
        equal.then_some(Op::Add { inputs, output })
    })
}

/// Both activations side by side, and a convolution of one pixel that adds them: exact wherever equal sums have equal results.
fn joined(context: &mut Context, ids: [TensorId; 2], tensors: &[Tensor; 2], target: Tensor, wanted: &[[i32; 3]]) -> Lowered<TensorId> {
    const UNEQUAL: &str = "no integer addition gives all its results";
    let alike = Tensor { name: tensors[0].name.clone(), ..tensors[1].clone() } == tensors[0];
    let (Some([height, width, channels]), true) = (tensors[0].image().or(Some([1, 1, tensors[0].len()])), alike) else {
        return refuse(UNEQUAL, FITS);
    };
    let zero = tensors[0].zero_point;
    let mut by_sum: Vec<(i32, i32)> = wanted.iter().map(|[a, b, sum]| (a + b - 2 * zero, *sum)).collect();
    by_sum.sort_unstable();
    by_sum.dedup();
    let values: Vec<i32> = by_sum.iter().map(|(_, sum)| *sum).collect();
    let falling = !values.is_sorted();
    let one_each = by_sum.windows(2).all(|pair| pair[0].0 != pair[1].0);
    if !one_each || falling && !values.iter().rev().is_sorted() {
        return refuse(UNEQUAL, FITS);
    }
    let unit = if target.levels == Levels::Bipolar { 2 } else { 1 };
    let [low, high] = if unit == 2 { [-1, 1] } else { [*values.iter().min().unwrap_or(&0), *values.iter().max().unwrap_or(&0)] };
    let mut steps: Vec<i32> = Vec::new();
    for level in (low + 1..=high).step_by(unit) {
        let mut reached = by_sum.iter().filter(|(_, sum)| *sum >= level).map(|(acc, _)| *acc);
        steps.extend(if falling { reached.next_back() } else { reached.next() });
    }
    steps.sort_unstable();
    let mut weights = vec![0i8; channels * 2 * channels];
    context.hold(weights.len())?;
    for channel in 0..channels {
        weights[channel * 2 * channels + channel] = 1;
        weights[channel * 2 * channels + channels + channel] = 1;
    }
    let thresholds = vec![Staircase { falling, steps }];
    let clamp = [low as i16, high as i16];
    let output = Output { bias: Vec::new(), scales: Vec::new(), rounding: Rounding::NearestEven, clamp, thresholds };
    let image = vec![1, height, width, channels];
    let both = ids.map(|id| context.reshaped(id, &image));
    let [a, b] = both;
    let joint = Tensor { name: format!("{}/both", target.name), shape: vec![1, height, width, 2 * channels], ..tensors[0].clone() };
    let input = context.node(Op::Concat, vec![a?, b?], joint)?;
    let sums = Sums { kind: SumsKind::Conv(PIXEL), input, weights, bias: Vec::new(), reach: Vec::new() };
    let shape = target.shape.clone();
    let id = context.emit_sums(&sums, output, Tensor { shape: image, ..target })?;
    context.reshaped(id, &shape)
}

/// One side of a sum as an activation times a scale.
fn term(context: &mut Context, signal: &Signal) -> Lowered<Signal> {
    let (id, scale) = context.integers(signal)?;
    Ok(Signal { chain: vec![Link::with(Function::Mul, vec![scale])], ..context.activation(id, signal) })
}

/// The sum of two signals.
pub fn add(context: &mut Context, a: Signal, b: Signal) -> Lowered<Signal> {
    if a.shape != b.shape || a.layout != b.layout || a.stored_now() != b.stored_now() {
        return refuse("it adds activations of different shapes", "activations of the same shape (a constant may be broadcast)");
    }
    if matches!(a.source, Source::Sums(_) | Source::Input(_)) || matches!(b.source, Source::Sums(_) | Source::Input(_)) {
        return refuse("one side of the sum is not quantised", "a quantiser on both sides of a residual sum");
    }
    let (stored, shape, layout) = (a.stored_now().to_vec(), a.shape.clone(), a.layout);
    let pair = [term(context, &a)?, term(context, &b)?];
    Ok(Signal { source: Source::Pair(std::rc::Rc::new(pair)), stored, shape, layout, chain: Vec::new(), pools: Vec::new(), raw: false })
}
