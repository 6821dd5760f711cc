//! Post-training quantisation: float networks beside ONNX Runtime, integers beside the real numbers that they stand for.
//!
//! Needs `python3` with the packages `onnx` and `onnxruntime`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use fretwork::compress::binarise::Scale;
use fretwork::compress::inq::STEPS;
use fretwork::compress::quantise::{Form, Options, Quantised, Ranges, WeightRange, quantise};
use fretwork::compress::syq::Share;
use fretwork::graph::host::{Value, finish, prepare};
use fretwork::graph::{Graph, Levels, Op, evaluate};
use fretwork::import::onnx::float::{Array, Network};
use fretwork::inputs::{Data, load, reals};
use fretwork_sim::stalls::splitmix;

/// Damaged files.
const VARIANTS: usize = 5_000;

/// A float network with inputs, and the outputs of ONNX Runtime.
struct Case {
    name: String,
    network: Network,
    inputs: Vec<Vec<Array>>,
    outputs: Vec<f32>,
}

fn cases() -> Vec<Case> {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/onnx/floats.py");
    let run = Command::new("python3").arg(&script).arg(folder.path()).output().expect("python3");
    assert!(run.status.success(), "needs pip install onnx onnxruntime\n{}", String::from_utf8_lossy(&run.stderr));
    let mut models: Vec<PathBuf> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    models.retain(|path| path.extension().is_some_and(|extension| extension == "onnx"));
    models.sort();
    let array = |path: &Path| load(path.to_str().unwrap()).unwrap();
    let case = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let network = fretwork::import::load_float(path, &name).unwrap_or_else(|error| panic!("{error}"));
        let all = reals(&network.inputs(), &[("inputs".to_owned(), array(&path.with_extension("input.npy")))]).unwrap();
        let inputs = all.into_iter().map(|inference| network.arrays(inference)).collect();
        let Data::Float(outputs) = array(&path.with_extension("output.npy")).data else { panic!("{name}: no floats") };
        Case { name, network, inputs, outputs }
    };
    models.iter().map(case).collect()
}

fn options(network: &Network, form: Form, activations: u32, ranges: Ranges) -> Options {
    let count = network.layers().len();
    let mut forms = vec![form; count];
    // The last layer keeps its resolution, so that what is measured there is what the others changed.
    forms[count - 1] = Form::Uniform { bits: 8 };
    let other_activations = activations.max(2);
    let activations = vec![activations; count];
    Options {
        forms,
        activations,
        other_activations,
        ranges,
        weight_range: WeightRange::Mse,
        per_tensor: false,
        correct_bias: true,
        inq_steps: STEPS.to_vec(),
    }
}

fn quantised(case: &Case, options: &Options) -> Quantised {
    quantise(&case.network, &case.inputs, options).unwrap_or_else(|error| panic!("{}: {error}", case.name))
}

/// The real outputs of the integer graph for all inputs.
fn outputs(case: &Case, graph: &Graph) -> Vec<f32> {
    let one = |arrays: &Vec<Array>| {
        let reals = Value::Float(arrays[0].iter().copied().collect());
        let values = evaluate(graph, &prepare(graph, &[reals]));
        match finish(graph, &[values[graph.outputs[0]].clone()]).remove(0) {
            Value::Float(values) => values,
            other => panic!("{other:?}"),
        }
    };
    case.inputs.iter().flat_map(one).collect()
}

/// Root mean square of the difference, relative to that of the wanted values.
fn relative(found: &[f32], wanted: &[f32]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    let square = |values: &mut dyn Iterator<Item = f32>| values.map(|x| f64::from(x).powi(2)).sum::<f64>();
    let change = square(&mut found.iter().zip(wanted).map(|(found, wanted)| found - wanted));
    (change / square(&mut wanted.iter().copied())).sqrt()
}

#[test]
fn float_networks_equal_onnx_runtime() {
    for case in cases() {
        let name = &case.network.outputs()[0];
        let run = |arrays: &Vec<Array>| case.network.run(arrays).unwrap()[name].iter().copied().collect::<Vec<_>>();
        let found: Vec<f32> = case.inputs.iter().flat_map(run).collect();
        let error = relative(&found, &case.outputs);
        assert!(error < 1e-5, "{}: {error}", case.name);
    }
}

#[test]
fn eight_bits_are_near_the_float_network() {
    for case in cases() {
        for ranges in [Ranges::MinMax, Ranges::Percentile(99.99), Ranges::Mse] {
            let found = quantised(&case, &options(&case.network, Form::Uniform { bits: 8 }, 8, ranges));
            let error = relative(&outputs(&case, &found.graph), &case.outputs);
            println!("{}, {ranges:?}: {:.2} %", case.name, error * 100.0);
            assert!(error < 0.04, "{}, {ranges:?}: {error}", case.name);
        }
    }
}

/// The integers compute what was predicted with real numbers: forms, widths, thresholds and corrected biases are lowered as they were chosen.
#[test]
fn every_form_computes_what_was_predicted() {
    let forms = [
        (Form::Uniform { bits: 8 }, 8),
        (Form::Uniform { bits: 4 }, 4),
        (Form::Uniform { bits: 2 }, 3),
        (Form::Binary(Scale::Mean), 8),
        (Form::Binary(Scale::Mean), 2),
        (Form::Binary(Scale::Mean), 1),
        (Form::Binary(Scale::One), 4),
        (Form::Syq { bits: 1, share: Share::Layer }, 1),
        (Form::Syq { bits: 2, share: Share::Layer }, 8),
        (Form::Syq { bits: 2, share: Share::Pixel }, 8),
        (Form::Twn, 4),
        (Form::Ttq, 8),
        (Form::Inq { bits: 5 }, 8),
        (Form::Apot { bits: 4 }, 4),
        (Form::Pwlq { bits: 4 }, 8),
        (Form::Lcq { bits: 3 }, 8),
        (Form::Admm { largest: 4 }, 8),
        (Form::Slq { bits: 4 }, 8),
        (Form::Kmeans { bits: 4 }, 8),
        (Form::Pq { bits: 6, outputs: 4, seed: 0 }, 8),
    ];
    for case in cases() {
        for (form, bits) in forms {
            let options = options(&case.network, form, bits, Ranges::Mse);
            let found = quantised(&case, &options);
            let error = relative(&outputs(&case, &found.graph), &case.outputs);
            let expected = found.output_relative_rms.unwrap();
            println!("{}, {form:?}, {bits} bits: {:.2} %, predicted {:.2} %", case.name, error * 100.0, expected * 100.0);
            assert!((error - expected).abs() < 0.05 * expected + 0.004, "{}, {form:?}, {bits} bits: {error} against {expected}", case.name);
        }
    }
}

#[test]
fn weights_and_activations_keep_to_their_bits() {
    for case in cases() {
        let mut wanted = options(&case.network, Form::Uniform { bits: 3 }, 5, Ranges::MinMax);
        wanted.activations[0] = 4;
        let found = quantised(&case, &wanted);
        let graph = &found.graph;
        for (index, node) in graph.nodes.iter().enumerate() {
            let tensor = &graph.tensors[node.output];
            let [low, high] = tensor.range().map(i32::from);
            // What comes from the input or becomes the output without another scale keeps eight bits as well.
            if [graph.inputs[0], graph.outputs[0]].iter().all(|end| graph.tensors[*end].scale != tensor.scale) {
                assert!(high - low < 32, "{}: {tensor}", case.name);
            }
            if let (Op::Conv { weights, .. } | Op::FullyConnected { weights, .. }, false) = (&node.op, index + 1 == graph.nodes.len()) {
                let layer = found.layers.iter().position(|layer| layer.weights == weights.len());
                let last = layer == Some(found.layers.len() - 1);
                assert!(last || weights.iter().all(|weight| weight.abs() <= 3), "{}: {}", case.name, node.name);
            }
        }
        // There the first layer's output is joined with a part of the input.
        assert_eq!(found.layers[0].activation_bits, if case.name == "channel_lists" { 8 } else { 4 }, "{}", case.name);
    }
}

#[test]
fn binary_activations_are_binary() {
    let all = cases();
    let case = all.iter().find(|case| case.name == "batch_norm").unwrap();
    let mut wanted = options(&case.network, Form::Binary(Scale::Mean), 1, Ranges::MinMax);
    wanted.forms[0] = Form::Uniform { bits: 8 };
    let found = quantised(case, &wanted);
    let bipolar = found.graph.tensors.iter().filter(|tensor| tensor.levels == Levels::Bipolar).count();
    // The first layer's output, before and behind the pool; the second's is averaged and keeps its bits.
    assert_eq!((bipolar, found.layers[0].activation_bits, found.layers[1].activation_bits), (2, 1, 8));
}

#[test]
fn ranges_from_batch_normalisation_need_no_inputs() {
    let all = cases();
    for name in ["batch_norm", "residual", "norm_behind_relu"] {
        let case = all.iter().find(|case| case.name == name).unwrap();
        let signed = name != "batch_norm";
        let ranges = Ranges::BatchNorm { inputs: [if signed { -1.0 } else { 0.0 }, 1.0] };
        let options = options(&case.network, Form::Uniform { bits: 8 }, 8, ranges);
        let found = quantise(&case.network, &[], &options).unwrap();
        assert_eq!(found.layers[0].relative_rms, None);
        let error = relative(&outputs(case, &found.graph), &case.outputs);
        println!("{name}: {:.2} %", error * 100.0);
        // The statistics of these networks are made up, so that ranges are wider than their values.
        assert!(error < 0.15, "{name}: {error}");
    }
    let functions = all.iter().find(|case| case.name == "functions").unwrap();
    let options = options(&functions.network, Form::Uniform { bits: 8 }, 8, Ranges::BatchNorm { inputs: [-1.0, 1.0] });
    let message = quantise(&functions.network, &[], &options).unwrap_err().to_string();
    assert!(message.contains("LeakyRelu") && message.contains("calibration inputs"), "{message}");
}

#[test]
fn corrected_biases_and_scales_per_channel_help() {
    let all = cases();
    let case = all.iter().find(|case| case.name == "batch_norm").unwrap();
    let error = |change: &dyn Fn(&mut Options)| {
        let mut options = options(&case.network, Form::Uniform { bits: 3 }, 8, Ranges::MinMax);
        change(&mut options);
        relative(&outputs(case, &quantised(case, &options).graph), &case.outputs)
    };
    let [plain, uncorrected, per_tensor] = [error(&|_| {}), error(&|o| o.correct_bias = false), error(&|o| o.per_tensor = true)];
    println!("{plain} uncorrected {uncorrected} per tensor {per_tensor}");
    assert!(plain < uncorrected && plain < per_tensor);
}

/// Whatever is in a file, it is refused or quantised: no panic, and no waiting.
#[test]
fn damaged_float_models_are_refused_or_quantised() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/onnx/float");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let originals: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let (mut seed, mut done) = (0, 0);
    let mut below = |bound: usize| {
        seed += 1;
        (splitmix(seed) % bound as u64) as usize
    };
    for variant in 0..VARIANTS {
        let mut bytes = originals[variant % originals.len()].clone();
        for _ in 0..=below(4) {
            let at = below(bytes.len());
            match below(4) {
                0 => bytes.truncate(at.max(1)),
                1 => drop(bytes.drain(at..(at + 1 + below(8)).min(bytes.len()))),
                2 => bytes[at] ^= 1 << below(8),
                _ => bytes[at] = below(256) as u8,
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        let start = Instant::now();
        let outcome = Network::read(&bytes, "damaged").and_then(|network| {
            let zeros = network.inputs().iter().map(|(_, shape)| Array::zeros(shape.as_slice())).collect();
            quantise(&network, &[zeros], &options(&network, Form::Uniform { bits: 8 }, 8, Ranges::Mse))
        });
        assert!(start.elapsed() < Duration::from_secs(20), "variant {variant} took {:?}", start.elapsed());
        match outcome {
            Ok(_) => done += 1,
            Err(error) => assert!(!error.to_string().contains("bug"), "variant {variant}: {error}"),
        }
    }
    println!("{done} of {VARIANTS} damaged models were quantised");
    assert!(done > VARIANTS / 100);
}

#[test]
fn quantised_networks_are_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/onnx/small");
    for name in ["dense_w1a1", "qdq_residual"] {
        let message = fretwork::import::load_float(&folder.join(name).with_extension("onnx"), name).err().map(|error| error.to_string());
        assert!(message.as_ref().is_some_and(|message| message.contains("quantised already")), "{name}: {message:?}");
    }
}
