//! QONNX networks of every pair of widths, dense and convolutional, on binary cores of several shapes: kernels = simulator = Verilog.
//!
//! Networks of one shape run on one accelerator, with memories that are large enough for all, so that they share a Verilator model.

use fretwork::plan::{CoreChoice, Request};
use fretwork_hdl::Kind;
use fretwork_hdl::xnor::XnorCore;
use fretwork_tests::networks::{Compared, Network, onnx_model, request};

/// Bits of weights and activations.
const WIDTHS: [&str; 7] = ["w1a1", "w1a2", "w2a2", "w3a3", "w4a4", "w4a8", "w8a8"];

/// Lanes, columns, gates per column, bits of the widest weights.
type Shape = [usize; 4];

/// Runs the networks of the widths on a shape.
fn check(widths: &[&str], [lanes, cols, simd, weight_bits]: Shape, inputs: u64) -> Compared {
    let array = request([lanes, 4, 8.min(lanes)]);
    let core = if weight_bits > 1 { CoreChoice::Xnor } else { CoreChoice::Auto };
    let request = Request { xnor: Some(XnorCore { weight_bits, ..XnorCore::new(cols, simd) }), core, ..array };
    let names = widths.iter().flat_map(|width| ["dense", "conv"].map(|kind| format!("{kind}_{width}")));
    let mut networks: Vec<Network> = names.map(|name| Network::load(&onnx_model(&name), &request)).collect();
    Network::share_accelerators(&mut networks);
    let mut all = Compared::default();
    for network in &networks {
        let binary = network.program.design.steps.iter().any(|step| step.kind == Kind::Xnor);
        let fits = (1..=weight_bits).any(|bits| network.name.contains(&format!("_w{bits}")));
        assert_eq!(binary, fits, "{}", network.program);
        let Compared { values, cycles, .. } = network.compare(&network.inputs(inputs), true);
        (all.values, all.cycles) = (all.values + values, all.cycles + cycles);
    }
    println!(
        "{} networks on {cols} columns of {simd} gates, {lanes} lanes: {} values, {} cycles, none differ",
        networks.len(),
        all.values,
        all.cycles
    );
    all
}

#[test]
fn every_width_on_few_columns() {
    check(&WIDTHS, [8, 4, 8, 1], 3);
}

#[test]
fn binary_weights_on_many_columns() {
    check(&WIDTHS[..2], [8, 32, 64, 1], 3);
}

#[test]
fn binary_weights_on_wide_columns() {
    check(&WIDTHS[..2], [16, 8, 64, 1], 3);
}

#[test]
fn every_width_plane_by_plane() {
    check(&["w1a2", "w2a2", "w3a3", "w4a8", "w8a8"], [8, 8, 8, 8], 1);
}

/// All networks on all shapes, which takes minutes: `cargo test --release -p fretwork-tests --test xnor -- --ignored every_width_on_every_shape`.
#[test]
#[ignore = "takes minutes"]
fn every_width_on_every_shape() {
    let shapes = [[8, 4, 8, 1], [8, 8, 64, 3], [8, 32, 64, 1], [16, 64, 128, 8]];
    let all = shapes.map(|shape| check(&WIDTHS, shape, 4));
    let values: usize = all.iter().map(|compared| compared.values).sum();
    let cycles: u64 = all.iter().map(|compared| compared.cycles).sum();
    println!("{} shapes: {values} values, {cycles} cycles", shapes.len());
}
