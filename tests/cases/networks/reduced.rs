//! Float networks with another structure, quantised: separable kernels, fewer channels, tiles of zeros.

use fretwork::compress::low_rank::{self, Rank};
use fretwork::compress::quantise::{Form, Options, Ranges, WeightRange, quantise};
use fretwork::compress::reduce::{Part, Pass, reduce};
use fretwork::compress::tetris;
use fretwork::graph::Graph;
use fretwork::import::load_float;
use fretwork::inputs::{load, reals};
use fretwork_tests::networks::{Network, float_models, request, workspace};
use std::path::Path;

/// The network after some passes, with 8-bit weights; calibrated on the digits of the LeNet example, or on ramps.
fn quantised(path: &Path, passes: &[Pass]) -> Graph {
    let mut network = load_float(path, &path.file_stem().unwrap().to_string_lossy()).unwrap_or_else(|error| panic!("{error}"));
    let borders = network.inputs();
    let digits = load(&workspace().join("examples/lenet5/digits_float.npy").display().to_string()).unwrap();
    let inferences = match reals(&borders, &[("digits".to_owned(), digits)]) {
        Ok(digits) => digits,
        Err(_) => {
            let ramp = |shape: &[usize]| (0..shape.iter().product::<usize>()).map(|at| (at * 7 % 32) as f32 / 31.0).collect();
            vec![borders.iter().map(|(_, shape)| ramp(shape)).collect()]
        }
    };
    let inputs: Vec<_> = inferences.into_iter().map(|inference| network.arrays(inference)).collect();
    for pass in passes {
        network = reduce(&network, pass, Some(&inputs)).unwrap_or_else(|error| panic!("{error}")).0;
    }
    let count = network.layers().len();
    let (forms, activations) = (vec![Form::Uniform { bits: 8 }; count], vec![8; count]);
    let (ranges, weight_range) = (Ranges::MinMax, WeightRange::MinMax);
    let options =
        Options { forms, activations, other_activations: 8, ranges, weight_range, per_tensor: false, correct_bias: true, inq_steps: Vec::new() };
    quantise(&network, &inputs, &options).unwrap_or_else(|error| panic!("{error}")).graph
}

fn passes() -> [Pass; 5] {
    let part = |keep: f64| Part { keep, layers: Vec::new() };
    [
        Pass::Slimming(part(0.8)),
        Pass::MergeNeurons(part(0.8)),
        Pass::Coreset(part(0.8)),
        Pass::LowRank(low_rank::Options { rank: Rank::Macs(0.75), layers: Vec::new() }),
        Pass::Tetris(tetris::Options { tile: [8, 8], density: 0.5, layers: Vec::new() }),
    ]
}

/// Kernels = simulator after every pass alone; after all of them = Verilog too.
#[test]
fn reduced_networks() {
    let lenet = workspace().join("examples/lenet5/lenet5_float.onnx");
    for path in float_models().iter().chain([&lenet]) {
        for pass in passes() {
            let planned = Network::plan(quantised(path, &[pass]), &request([8, 8, 8]));
            planned.compare(&planned.inputs(1), false);
        }
    }
    let [slimming, _, _, low_rank, tetris] = passes();
    let planned = Network::plan(quantised(&lenet, &[slimming, low_rank, tetris]), &request([8, 8, 8]));
    let names = planned.program.design.step_names();
    assert!(names.iter().any(|name| name.contains("conv2/first")), "{names:?}");
    planned.compare(&planned.inputs(2), true);
}
