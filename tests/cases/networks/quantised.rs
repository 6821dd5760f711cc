//! Float networks quantised after training, in several forms, on the cores that they go to.

use fretwork::compress::binarise::Scale;
use fretwork::compress::inq::STEPS;
use fretwork::compress::quantise::{Form, Options, Ranges, WeightRange, quantise};
use fretwork::compress::syq::Share;
use fretwork::graph::Graph;
use fretwork::import::load_float;
use fretwork::import::onnx::float;
use fretwork::plan::Request;
use fretwork_hdl::Kind;
use fretwork_hdl::xnor::XnorCore;
use fretwork_sim::stalls::splitmix;
use fretwork_tests::networks::{Network, float_models, request};
use std::path::PathBuf;
use std::process::Command;

/// Calibration inputs of values between 0 and 1.
fn inputs(network: &float::Network) -> Vec<Vec<float::Array>> {
    let value = |seed: u64| (splitmix(seed) >> 40) as f32 / (1u64 << 24) as f32;
    let one = |seed: u64| {
        let reals = |(input, (_, shape)): (usize, &(String, Vec<usize>))| {
            let stream = splitmix(seed << 8 | input as u64);
            (0..shape.iter().product::<usize>()).map(|index| value(stream.wrapping_add(index as u64))).collect()
        };
        network.arrays(network.inputs().iter().enumerate().map(reals).collect())
    };
    (0..16).map(one).collect()
}

fn quantised(network: &float::Network, form: Form, bits: u32) -> Graph {
    let count = network.layers().len();
    let (forms, activations, other_activations) = (vec![form; count], vec![bits; count], bits.max(2));
    let weight_range = WeightRange::Mse;
    let options = Options {
        forms,
        activations,
        other_activations,
        ranges: Ranges::Mse,
        weight_range,
        per_tensor: false,
        correct_bias: true,
        inq_steps: STEPS.to_vec(),
    };
    quantise(network, &inputs(network), &options).unwrap_or_else(|error| panic!("{error}")).graph
}

fn xnor([lanes, rows, cols]: [usize; 3], columns: usize, simd: usize) -> Request {
    Request { xnor: Some(XnorCore::new(columns, simd)), ..request([lanes, rows, cols]) }
}

/// The float network for MNIST that the Python package qonnx ships.
#[test]
fn mnist_network_of_the_qonnx_package() {
    let script = "import pathlib, qonnx; print(pathlib.Path(qonnx.__path__[0]) / 'data/onnx/mnist-conv/model.onnx')";
    let run = Command::new("python3").args(["-c", script]).output().expect("python3");
    assert!(run.status.success(), "needs pip install qonnx\n{}", String::from_utf8_lossy(&run.stderr));
    let path = PathBuf::from(String::from_utf8_lossy(&run.stdout).trim());
    let network = load_float(&path, "mnist").unwrap_or_else(|error| panic!("{error}"));
    let planned = Network::plan(quantised(&network, Form::Uniform { bits: 8 }, 8), &request([16, 16, 16]));
    planned.compare(&planned.inputs(2), true);
}

/// Kernels = simulator for every network in every form, and Verilog for some.
#[test]
fn float_networks_after_quantisation() {
    let forms = [
        (Form::Uniform { bits: 8 }, 8, request([8, 8, 8])),
        (Form::Uniform { bits: 4 }, 4, request([16, 8, 16])),
        (Form::Binary(Scale::Mean), 1, xnor([8, 8, 8], 8, 16)),
        (Form::Syq { bits: 1, share: Share::Layer }, 2, xnor([8, 4, 4], 16, 32)),
        (Form::Syq { bits: 2, share: Share::Pixel }, 8, request([8, 8, 8])),
    ];
    let verilog = [("residual", 0), ("scaled_input", 2), ("grouped", 3), ("upsampled", 1)];
    let modules = ["shufflenet_v1", "shufflenet_v2", "shiftnet", "active_shift", "inception", "channel_lists"];
    let models = float_models();
    assert!(models.len() >= 14, "{models:?}");
    let (mut binary, mut shared) = (0, Vec::new());
    for path in &models {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let network = load_float(path, &name).unwrap_or_else(|error| panic!("{error}"));
        for (index, (form, bits, request)) in forms.iter().enumerate() {
            let planned = Network::plan(quantised(&network, *form, *bits), request);
            binary += usize::from(planned.program.design.steps.iter().any(|step| step.kind == Kind::Xnor));
            if index == 0 && modules.contains(&&name[..]) {
                shared.push(planned);
                continue;
            }
            planned.compare(&planned.inputs(2), verilog.contains(&(&name[..], index)));
        }
    }
    assert!(binary >= 5, "{binary} networks on the binary core");
    assert_eq!(shared.len(), modules.len());
    Network::share_accelerators(&mut shared);
    for planned in &shared {
        planned.compare(&planned.inputs(2), true);
    }
}
