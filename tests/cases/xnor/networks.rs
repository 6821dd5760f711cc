//! Binary networks: layers of the binary core between those of the array and the lanes.

use fretwork::plan::{CoreChoice, Request};
use fretwork_hdl::xnor::XnorCore;
use fretwork_hdl::{BitPlanes, Kind, LaneOp, Work};
use fretwork_tests::binary::{binary_network, three_bit_network};
use fretwork_tests::graphs::every_operator;
use fretwork_tests::networks::{Network, onnx_models, request, workspace};
use std::path::PathBuf;

fn core(shape: [usize; 3], cols: usize, simd: usize, choice: CoreChoice) -> Request {
    Request { xnor: Some(XnorCore::new(cols, simd)), core: choice, ..request(shape) }
}

#[test]
fn every_kind_of_layer_on_the_binary_core() {
    for (shape, cols, simd) in [([4, 4, 4], 8, 16), ([8, 8, 4], 8, 64), ([16, 8, 8], 4, 32)] {
        let network = Network::plan(binary_network([9, 8], [40, 70, 33, 21]), &core(shape, cols, simd, CoreChoice::Xnor));
        let steps = &network.program.steps;
        let packed = steps.iter().filter(|step| matches!(&step.work, Work::Xnor(x) if matches!(x.planes, BitPlanes::Packed { .. })));
        assert_eq!(packed.count(), 2, "{}", network.program);
        let pools = steps.iter().filter(|step| matches!(&step.work, Work::Lane(work) if work.op == LaneOp::Or));
        assert_eq!(pools.count(), 1, "{}", network.program);
        assert_eq!(network.program.design.steps.iter().filter(|step| step.kind == Kind::Xnor).count(), 5, "{}", network.program);
        network.compare(&network.inputs(3), true);
    }
}

/// Products on the binary core, of all that are on it or on the array.
fn share(network: &Network) -> [usize; 2] {
    let of = |kind: Kind| network.program.design.steps.iter().filter(|step| step.kind == kind).count();
    [of(Kind::Xnor), of(Kind::Xnor) + of(Kind::Systolic)]
}

#[test]
fn weights_of_several_bits_on_the_binary_core() {
    let own = |shape: [usize; 3], cols: usize, weight_bits: usize| Request {
        xnor: Some(XnorCore { weight_bits, ..XnorCore::new(cols, 16) }),
        ..core(shape, cols, 16, CoreChoice::Xnor)
    };
    // Bits, bytes and both paddings where activations are -1 and 1; activations of eight bits with zero points.
    for (shape, cols, weight_bits) in [([4, 4, 4], 8, 3), ([8, 8, 4], 4, 8)] {
        let network = Network::plan(three_bit_network([9, 8], [40, 70, 33, 21]), &own(shape, cols, weight_bits));
        assert_eq!(share(&network), [5, 5], "{}", network.program);
        network.compare(&network.inputs(3), true);
    }
    let network = Network::plan(every_operator(), &own([8, 4, 4], 4, 8));
    let [binary, all] = share(&network);
    assert!(binary > 2 && binary <= all, "{}", network.program);
    network.compare(&network.inputs(2), true);
    // Weights that do not fit, and binary ones that do.
    let network = Network::plan(three_bit_network([9, 8], [40, 70, 33, 21]), &own([8, 8, 4], 4, 2));
    assert_eq!(share(&network)[0], 1, "{}", network.program);
    network.compare(&network.inputs(1), false);
}

fn example(name: &str, cols: usize, simd: usize, inputs: u64) {
    let path = workspace().join("examples").join(name).join(name).with_extension("onnx");
    let network = Network::load(&path, &core([16, 16, 16], cols, simd, CoreChoice::Auto));
    assert!(network.program.design.steps.iter().any(|step| step.kind == Kind::Xnor), "{}", network.program);
    network.compare(&network.inputs(inputs), true);
}

/// Small models in Verilog: binary, of four bits with a multiplication behind, with residuals, with products of float32, with channels that are
/// split, shuffled and displaced, with kernels of one row and of one column.
const IN_VERILOG: [&str; 10] = [
    "dense_w1a1",
    "conv_w4a4",
    "branch_add_concat",
    "qdq_residual",
    "resize_floor",
    "depth_to_space",
    "split_and_shuffle",
    "displaced_channels",
    "qdq_rows_and_columns",
    "qlinear_split",
];

/// All on the simulator, some in Verilog, those with thresholds of one width on one accelerator.
#[test]
fn small_onnx_models() {
    let models = onnx_models();
    assert!(models.len() >= 14, "{models:?}");
    let on_binary = |path: &PathBuf| Network::load(path, &core([8, 8, 8], 4, 16, CoreChoice::Auto));
    let mut networks: Vec<Network> = models.iter().map(on_binary).filter(|network| IN_VERILOG.contains(&&network.name[..])).collect();
    assert_eq!(networks.len(), IN_VERILOG.len());
    Network::share_accelerators(&mut networks);
    for network in &networks {
        network.compare(&network.inputs(3), true);
    }
    for path in &models {
        let network = on_binary(path);
        network.compare(&network.inputs(3), false);
        let array = Network::load(path, &request([16, 16, 16]));
        array.compare(&array.inputs(3), false);
    }
}

#[test]
fn binary_perceptron() {
    example("binary_mlp", 32, 64, 2);
}

#[test]
fn binary_lenet5() {
    example("binary_lenet5", 16, 32, 1);
}

#[test]
fn binary_layers_on_the_array() {
    let network = Network::plan(binary_network([9, 8], [40, 70, 33, 21]), &request([8, 8, 8]));
    assert!(network.program.design.steps.iter().all(|step| step.kind != Kind::Xnor), "{}", network.program);
    network.compare(&network.inputs(2), true);
}

#[test]
fn the_planner_takes_the_binary_core_where_it_is_faster() {
    let chosen = Network::plan(binary_network([9, 8], [40, 70, 33, 21]), &core([16, 16, 16], 16, 128, CoreChoice::Auto));
    let array = Network::plan(binary_network([9, 8], [40, 70, 33, 21]), &core([16, 16, 16], 16, 128, CoreChoice::Systolic));
    let kinds: Vec<Kind> = chosen.program.design.steps.iter().map(|step| step.kind).collect();
    assert!(kinds.contains(&Kind::Xnor), "{kinds:?}");
    assert!(chosen.latency_cycles() < array.latency_cycles(), "{} against {}", chosen.latency_cycles(), array.latency_cycles());
    chosen.compare(&chosen.inputs(2), true);
}
