//! Forms of weights: whatever the weights are, the integers are of the form's set, the report counts them, and the same seed gives the same.

use std::collections::HashSet;
use std::path::Path;

use fretwork::compress::inq::STEPS;
use fretwork::compress::layers::{Layer, layers};
use fretwork::compress::quantise::{Form, LayerReport, Options, Quantised, Ranges, WeightRange, quantise};
use fretwork::graph::evaluate;
use fretwork::graph::host::{Value, finish, prepare};
use fretwork::import::load_float;
use fretwork::import::onnx::float::{Array, Network};
use fretwork_sim::stalls::splitmix;
use proptest::prelude::*;

/// Numbers between 0 and 1.
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f32 {
        self.0 = splitmix(self.0);
        (self.0 >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// How weights are distributed.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Even,
    /// Many small ones and few large ones.
    Tail,
    /// Every third channel is zero, the others differ in size.
    Channels,
    /// Five different ones.
    Few,
    Zero,
    /// As small as they can be.
    Tiny,
}

const SHAPES: [Shape; 6] = [Shape::Even, Shape::Tail, Shape::Channels, Shape::Few, Shape::Zero, Shape::Tiny];

/// A network of two convolutions and a matrix product with weights at random, and inputs for it.
fn network(shape: Shape, seed: u64) -> (Network, Vec<Vec<Array>>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/onnx/float/batch_norm.onnx");
    let mut network = load_float(&path, "batch_norm").unwrap_or_else(|error| panic!("{error}"));
    let mut uniform = Uniform(seed);
    for layer in network.layers_mut() {
        let cols = layer.cols();
        for (at, weight) in layer.weights.iter_mut().enumerate() {
            let x = uniform.next() * 2.0 - 1.0;
            *weight = match shape {
                Shape::Even => x,
                Shape::Tail => x.powi(9),
                Shape::Channels => x * ((at / cols) % 3) as f32 * 0.2,
                Shape::Few => (x * 2.4).round() * 0.37,
                Shape::Zero => 0.0,
                Shape::Tiny => x * 1e-42,
            };
        }
    }
    let mut inference = || network.inputs().iter().map(|(_, shape)| Array::from_shape_fn(shape.as_slice(), |_| uniform.next())).collect();
    let inputs = (0..8).map(|_| inference()).collect();
    (network, inputs)
}

fn options(network: &Network, form: Form) -> Options {
    let count = network.layers().len();
    Options {
        forms: vec![form; count],
        activations: vec![8; count],
        other_activations: 8,
        ranges: Ranges::MinMax,
        weight_range: WeightRange::Mse,
        per_tensor: false,
        correct_bias: true,
        inq_steps: STEPS.to_vec(),
    }
}

fn quantised(shape: Shape, seed: u64, form: Form, data: bool, per_tensor: bool) -> Quantised {
    let (network, inputs) = network(shape, seed);
    let ranges = if data { Ranges::MinMax } else { Ranges::BatchNorm { inputs: [0.0, 1.0] } };
    let options = Options { ranges, per_tensor, correct_bias: seed.is_multiple_of(2), ..options(&network, form) };
    quantise(&network, if data { &inputs } else { &[] }, &options).unwrap_or_else(|error| panic!("{form:?}: {error}"))
}

fn distinct(weights: &[i8]) -> HashSet<i8> {
    weights.iter().copied().collect()
}

/// The vectors that adjacent output channels have in each column; the last ones may be shorter.
fn vectors(layer: &Layer, outputs: usize) -> Vec<Vec<i8>> {
    let rows: Vec<&[i8]> = layer.weights.chunks(layer.cols).collect();
    rows.chunks(outputs).flat_map(|rows| (0..layer.cols).map(|col| rows.iter().map(|row| row[col]).collect())).collect()
}

/// Whether entries of a codebook of so many vectors can begin like all of these.
fn fit_a_codebook(vectors: &[Vec<i8>], outputs: usize, most: usize) -> bool {
    let all: HashSet<&Vec<i8>> = vectors.iter().collect();
    let (whole, short): (Vec<&Vec<i8>>, Vec<&Vec<i8>>) = all.into_iter().partition(|vector| vector.len() == outputs);
    let more = short.iter().filter(|short| !whole.iter().any(|whole| whole.starts_with(short))).count();
    whole.len() + more <= most
}

/// Whether the integers of a layer are of the form's set.
fn belongs(layer: &Layer, form: Form) -> bool {
    let values = distinct(&layer.weights);
    let magnitudes = |set: &[i8]| values.iter().all(|value| set.contains(&value.abs()));
    match form {
        Form::Uniform { bits } => values.iter().all(|value| i32::from(value.abs()) < 1 << (bits - 1)),
        Form::Binary(_) => magnitudes(&[1]),
        Form::Syq { bits, .. } => magnitudes(if bits == 1 { &[1] } else { &[0, 1] }),
        Form::Twn => magnitudes(&[0, 1]),
        Form::Ttq => values.iter().filter(|value| **value > 0).count() <= 1 && values.iter().filter(|value| **value < 0).count() <= 1,
        Form::Inq { bits } => magnitudes(&[&[0], &[1, 2, 4, 8, 16, 32, 64][..(1 << (bits - 2)).min(7)]].concat()),
        Form::Apot { bits: 4 } => magnitudes(&[0, 1, 4, 8, 9, 12, 16, 24]),
        Form::Apot { .. } => magnitudes(&[0, 1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 33, 36, 48]),
        Form::Admm { largest } => magnitudes(&[0, 1, 2, 4]) && values.iter().all(|value| i64::from(value.abs()) <= i64::from(largest)),
        Form::Pwlq { bits } => values.len() < 1 << (bits + 1),
        Form::Lcq { bits } => values.len() < 1 << bits,
        // 0 is one of them whether it occurs or not.
        Form::Kmeans { bits } | Form::Slq { bits } => values.iter().filter(|value| **value != 0).count() < 1 << bits,
        Form::Pq { bits, outputs, .. } => fit_a_codebook(&vectors(layer, outputs), outputs, 1 << bits),
    }
}

fn check_report(layer: &Layer, report: &LayerReport, form: Form) {
    let outputs = if let Form::Pq { outputs, .. } = form { outputs } else { 1 };
    let vectors = vectors(layer, outputs);
    assert_eq!((report.codes, report.distinct), (vectors.len(), vectors.iter().collect::<HashSet<_>>().len()), "{form:?}");
    assert_eq!((report.weight_bits, report.weights), (form.bits(), layer.weights.len()));
    // Short vectors begin like others that they are not.
    let short = vectors.last().is_some_and(|vector| vector.len() < outputs);
    assert!(short || report.distinct <= 1 << report.weight_bits, "{form:?}: {report:?}");
}

const FORMS: [Form; 25] = [
    Form::Uniform { bits: 3 },
    Form::Twn,
    Form::Ttq,
    Form::Inq { bits: 2 },
    Form::Inq { bits: 3 },
    Form::Inq { bits: 4 },
    Form::Inq { bits: 5 },
    Form::Apot { bits: 4 },
    Form::Apot { bits: 5 },
    Form::Pwlq { bits: 3 },
    Form::Lcq { bits: 4 },
    Form::Admm { largest: 1 },
    Form::Admm { largest: 2 },
    Form::Admm { largest: 4 },
    Form::Slq { bits: 1 },
    Form::Slq { bits: 3 },
    Form::Slq { bits: 5 },
    Form::Kmeans { bits: 1 },
    Form::Kmeans { bits: 4 },
    Form::Kmeans { bits: 8 },
    Form::Pq { bits: 1, outputs: 2, seed: 0 },
    Form::Pq { bits: 4, outputs: 2, seed: 7 },
    Form::Pq { bits: 5, outputs: 4, seed: 1 },
    Form::Pq { bits: 8, outputs: 8, seed: 0 },
    Form::Syq { bits: 2, share: fretwork::compress::syq::Share::Layer },
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn integers_are_of_the_set(shape in 0..SHAPES.len(), seed: u64, form in 0..FORMS.len(), data: bool, per_tensor: bool) {
        let (shape, form) = (SHAPES[shape], FORMS[form]);
        let found = quantised(shape, seed, form, data, per_tensor);
        // An average over the image becomes a depthwise convolution, which is no layer of the network.
        for (layer, report) in layers(&found.graph, false).iter().zip(&found.layers) {
            prop_assert!(belongs(layer, form), "{form:?}, {shape:?}: {:?}", distinct(&layer.weights));
            check_report(layer, report, form);
        }
    }

    #[test]
    fn same_seed_same_integers_on_any_number_of_threads(seed: u64, form in 0..FORMS.len(), data: bool) {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| quantised(Shape::Tail, seed, FORMS[form], data, false).graph)
        };
        prop_assert_eq!(run(1), run(3));
    }
}

#[test]
fn another_seed_starts_other_clusters() {
    let form = |seed: u64| Form::Pq { bits: 3, outputs: 4, seed };
    let graphs: Vec<_> = (0..5).map(|seed| quantised(Shape::Even, 1, form(seed), false, false).graph).collect();
    assert!(graphs[1..].iter().any(|graph| *graph != graphs[0]));
}

/// Forms in which calibration inputs have a say change the outputs less than those of the same codes that look at the weights alone.
#[test]
fn calibration_inputs_help() {
    let error = |seed: u64, form: Form, inq_steps: &[f64]| {
        let (network, inputs) = network(Shape::Even, seed);
        let name = &network.outputs()[0];
        let options = Options { inq_steps: inq_steps.to_vec(), ..options(&network, form) };
        let graph = quantise(&network, &inputs, &options).unwrap_or_else(|error| panic!("{form:?}: {error}")).graph;
        let one = |arrays: &Vec<Array>| {
            let reals = Value::Float(arrays[0].iter().copied().collect());
            let values = evaluate(&graph, &prepare(&graph, &[reals]));
            let Value::Float(found) = finish(&graph, &[values[graph.outputs[0]].clone()]).remove(0) else { panic!("no floats") };
            let wanted = &network.run(arrays).unwrap()[name];
            found.iter().zip(wanted).map(|(found, wanted)| f64::from(found - wanted).powi(2)).sum::<f64>()
        };
        inputs.iter().map(one).sum::<f64>()
    };
    let pairs = [
        (Form::Ttq, Form::Twn, &STEPS[..]),
        (Form::Admm { largest: 1 }, Form::Twn, &STEPS),
        (Form::Admm { largest: 4 }, Form::Inq { bits: 4 }, &[1.0]),
        (Form::Inq { bits: 4 }, Form::Inq { bits: 4 }, &[1.0]),
    ];
    for (form, other, steps) in pairs {
        let [own, alone] = [(form, &STEPS[..]), (other, steps)].map(|(form, steps)| (0..8).map(|seed| error(seed, form, steps)).sum::<f64>());
        println!("{form:?}: {own:.1}, {other:?} {steps:?}: {alone:.1}");
        assert!(own < 0.9 * alone, "{form:?}: {own}, {other:?}: {alone}");
    }
}
