//! Passes that change the structure of float networks: all of them on all small networks, and on LeNet-5.

use std::path::{Path, PathBuf};

use fretwork::compress::low_rank::Rank;
use fretwork::compress::quantise::{Form, Options, Ranges, WeightRange, quantise};
use fretwork::compress::reduce::{Part, Pass, groups, reduce};
use fretwork::compress::{low_rank, tetris};
use fretwork::graph::host::{Value, prepare};
use fretwork::graph::{Graph, evaluate};
use fretwork::import::load_float;
use fretwork::import::onnx::float::{Array, Network};
use fretwork::inputs::{Data, load};
use fretwork_sim::stalls::splitmix;
use rayon::prelude::*;

/// Networks none of whose channels may go: convolutions with groups, or channels that are taken by their numbers.
const ALL_STAY: [&str; 5] = ["grouped", "channel_lists", "shiftnet", "shufflenet_v1", "shufflenet_v2"];

/// Part of LeNet-5's accuracy that a pass may cost, in points; measured on the test digits by `accuracy_on_ten_thousand_digits`.
const MOST_LOST: f64 = 1.0;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The small float networks, and LeNet-5.
fn networks() -> Vec<Network> {
    let entries = std::fs::read_dir(workspace().join("tests/onnx/float")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|extension| extension == "onnx")).collect();
    paths.sort();
    assert!(paths.len() >= 8);
    let read = |path: &PathBuf| load_float(path, &path.file_stem().unwrap().to_string_lossy()).unwrap_or_else(|error| panic!("{error}"));
    paths.iter().map(read).chain([lenet()]).collect()
}

fn lenet() -> Network {
    load_float(&workspace().join("examples/lenet5/lenet5_float.onnx"), "lenet5").unwrap_or_else(|error| panic!("{error}"))
}

fn part(keep: f64, layers: &[&str]) -> Part {
    Part { keep, layers: layers.iter().map(|name| (*name).to_owned()).collect() }
}

fn low_rank(rank: Rank, layers: &[&str]) -> Pass {
    Pass::LowRank(low_rank::Options { rank, layers: part(1.0, layers).layers })
}

fn tetris(tile: [usize; 2], density: f64, layers: &[&str]) -> Pass {
    Pass::Tetris(tetris::Options { tile, density, layers: part(1.0, layers).layers })
}

/// Inputs of values between 0 and 1.
fn inputs(network: &Network, count: u64) -> Vec<Vec<Array>> {
    let value = |seed: u64| (splitmix(seed) >> 40) as f32 / (1u64 << 24) as f32;
    let list = |shape: &[usize], seed: u64| (0..shape.iter().product::<usize>()).map(|at| value(splitmix(seed).wrapping_add(at as u64))).collect();
    (0..count).map(|seed| network.arrays(network.inputs().iter().map(|(_, shape)| list(shape, seed)).collect())).collect()
}

fn output(network: &Network, input: &[Array]) -> Array {
    network.run(input).unwrap_or_else(|error| panic!("{}: {error}", network.name())).remove(&network.outputs()[0]).unwrap()
}

/// The largest difference of the outputs, over the largest output.
fn difference(a: &Network, b: &Network) -> f32 {
    let largest = |array: &Array| array.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    let one = |input: &Vec<Array>| {
        let (a, b) = (output(a, input), output(b, input));
        assert_eq!(a.shape(), b.shape());
        largest(&(&a - &b)) / largest(&a).max(f32::MIN_POSITIVE)
    };
    inputs(a, 4).iter().map(one).fold(0.0, f32::max)
}

fn quantised(network: &Network, inputs: &[Vec<Array>]) -> Graph {
    let count = network.layers().len();
    let (forms, activations) = (vec![Form::Uniform { bits: 8 }; count], vec![8; count]);
    let (ranges, weight_range) = (Ranges::MinMax, WeightRange::Mse);
    let options =
        Options { forms, activations, other_activations: 8, ranges, weight_range, per_tensor: false, correct_bias: true, inq_steps: Vec::new() };
    quantise(network, inputs, &options).unwrap_or_else(|error| panic!("{}: {error}", network.name())).graph
}

#[test]
fn every_pass_leaves_a_network_that_runs_and_quantises() {
    let passes = [
        Pass::Slimming(part(0.6, &[])),
        Pass::MergeNeurons(part(0.6, &[])),
        Pass::Coreset(part(0.6, &[])),
        low_rank(Rank::Macs(0.7), &[]),
        tetris([4, 4], 0.5, &[]),
    ];
    for network in networks() {
        let inputs = inputs(&network, 8);
        for pass in &passes {
            let what = format!("{}, {}", network.name(), pass.name());
            let (reduced, report) = reduce(&network, pass, Some(&inputs)).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(output(&reduced, &inputs[0]).shape(), output(&network, &inputs[0]).shape(), "{what}");
            let (before, after) = (report.before, report.after);
            let less = after.nonzero_weights < before.nonzero_weights && after.macs <= before.macs;
            assert!(less || ALL_STAY.contains(&network.name()) && report.notes.len() > 1, "{what}: {before:?} {after:?}");
            assert_eq!(report.layers.iter().filter(|layer| layer.after.is_some()).count(), reduced.layers().len(), "{what}");
            quantised(&reduced, &inputs).check().unwrap_or_else(|error| panic!("{what}: {error}"));
        }
    }
}

#[test]
fn the_order_of_channels_makes_no_difference() {
    for network in networks() {
        let channels = network.channels().unwrap();
        let mut rows: Vec<Vec<usize>> = network.layers().iter().map(|layer| (0..layer.rows()).collect()).collect();
        let mut moved = 0;
        for (layer, places) in groups(&channels).iter().flat_map(|group| &group.producers) {
            for (place, from) in places.iter().zip(places.iter().rev()) {
                place.iter().zip(from).for_each(|(place, from)| rows[*layer][*place] = *from);
            }
            moved += places.len();
        }
        let turned = network.select(&channels, &rows).unwrap_or_else(|error| panic!("{}: {error}", network.name()));
        println!("{}: {moved} channels change places", network.name());
        assert!(moved >= 6 && turned.layers() != network.layers() || ALL_STAY.contains(&network.name()), "{}", network.name());
        assert!(difference(&network, &turned) < 1e-5, "{}: {}", network.name(), difference(&network, &turned));
    }
}

#[test]
fn full_rank_and_all_channels_are_the_network_itself() {
    let all = [
        low_rank(Rank::Fixed(10_000), &[]),
        Pass::Slimming(part(1.0, &[])),
        Pass::MergeNeurons(part(1.0, &[])),
        Pass::Coreset(part(1.0, &[])),
        tetris([8, 8], 1.0, &[]),
    ];
    for network in networks() {
        for pass in &all {
            let (reduced, _) = reduce(&network, pass, None).unwrap_or_else(|error| panic!("{error}"));
            let found = difference(&network, &reduced);
            assert!(found < 1e-4, "{}, {}: {found}", network.name(), pass.name());
            assert!(pass.name() == "low-rank" || reduced.layers() == network.layers(), "{}, {}", network.name(), pass.name());
        }
    }
}

/// What LeNet-5 stands with less than a point of loss: passes, and whether biases are corrected.
fn settings() -> Vec<(Vec<Pass>, bool)> {
    let dense = &["fc1", "fc2"];
    vec![
        (vec![Pass::Slimming(part(0.875, &[]))], false),
        (vec![Pass::Slimming(part(0.7, dense))], true),
        (vec![Pass::MergeNeurons(part(0.6, dense))], false),
        (vec![Pass::Coreset(part(0.5, dense))], false),
        (vec![low_rank(Rank::Energy(0.5), dense)], true),
        (vec![low_rank(Rank::Energy(0.8), &["conv2"])], true),
        (vec![low_rank(Rank::Energy(0.8), &["conv2"]), low_rank(Rank::Energy(0.5), dense)], true),
        (vec![tetris([16, 16], 0.6, dense)], false),
        (vec![Pass::Slimming(part(0.875, &[])), low_rank(Rank::Energy(0.6), dense)], true),
    ]
}

/// LeNet-5 after some passes, in 8 bits, and a line that says how large it is.
fn reduced(passes: &[Pass], corrects: bool, inputs: &[Vec<Array>]) -> (Graph, String) {
    let (mut network, mut text) = (lenet(), String::new());
    for pass in passes {
        let report;
        (network, report) = reduce(&network, pass, corrects.then_some(inputs)).unwrap_or_else(|error| panic!("{error}"));
        let size = report.after;
        text = format!("{text}{pass:?}: {} parameters, {} weights not 0, {} MACs; ", size.parameters, size.nonzero_weights, size.macs);
    }
    (quantised(&network, inputs), format!("{text}biases corrected: {corrects}"))
}

/// How many digits of 28 x 28 pixels a graph recognises.
fn recognised(graph: &Graph, pixels: &[f32], labels: &[i64]) -> usize {
    let right = |(image, label): (&[f32], &i64)| {
        let values = evaluate(graph, &prepare(graph, &[Value::Float(image.to_vec())]));
        let logits = &values[graph.outputs[0]];
        (0..logits.len()).rev().max_by_key(|class| logits[*class]) == usize::try_from(*label).ok()
    };
    pixels.par_chunks(784).zip(labels).filter(|(image, label)| right((image, label))).count()
}

fn floats(argument: &str) -> Vec<f32> {
    match load(argument).unwrap_or_else(|error| panic!("{error}")).data {
        Data::Float(values) => values,
        Data::Integers(values) => values.into_iter().map(|value| value as f32 / 255.0).collect(),
        other => panic!("{other:?}"),
    }
}

fn integers(argument: &str) -> Vec<i64> {
    match load(argument).unwrap_or_else(|error| panic!("{error}")).data {
        Data::Integers(values) => values,
        other => panic!("{other:?}"),
    }
}

fn arrays(pixels: &[f32]) -> Vec<Vec<Array>> {
    let network = lenet();
    pixels.chunks(784).map(|image| network.arrays(vec![image.to_vec()])).collect()
}

#[test]
fn reduced_lenets_know_the_shipped_digits() {
    let file = |name: &str| workspace().join("examples/lenet5").join(name).display().to_string();
    let (pixels, labels) = (floats(&file("digits_float.npy")), integers(&file("digits_labels.npy")));
    for (passes, corrects) in settings() {
        let (graph, text) = reduced(&passes, corrects, &arrays(&pixels));
        let right = recognised(&graph, &pixels, &labels);
        println!("{text}: {right} of {}", labels.len());
        assert!(right + 1 >= labels.len(), "{text}: {right} of {}", labels.len());
    }
}

#[test]
#[ignore = "takes minutes, and needs the MNIST digits in ../shared"]
fn accuracy_on_ten_thousand_digits() {
    let digits = workspace().join("../shared/data/mnist_full.npz");
    if !digits.is_file() {
        println!("skipped: ../shared is not here");
        return;
    }
    let array = |key: &str| format!("{}:{key}", digits.display());
    let (pixels, labels) = (floats(&array("x_test")), integers(&array("y_test")));
    let calibration = arrays(&floats(&array("x_train"))[..256 * 784]);
    let percent = |right: usize| 100.0 * right as f64 / labels.len() as f64;
    let whole = percent(recognised(&quantised(&lenet(), &calibration), &pixels, &labels));
    println!("as it is, 8 bits: {whole:.2} %");
    for (passes, corrects) in settings() {
        let (graph, text) = reduced(&passes, corrects, &calibration);
        let found = percent(recognised(&graph, &pixels, &labels));
        println!("{text}: {found:.2} %");
        assert!(found > whole - MOST_LOST, "{text}: {found:.2} %, whole {whole:.2} %");
    }
}
