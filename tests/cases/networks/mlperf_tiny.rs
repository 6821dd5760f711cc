//! The four networks of MLPerf Tiny.

use fretwork::graph::Op;
use fretwork_tests::networks::{Network, mlperf_tiny, request};

fn network(name: &str, shape: [usize; 3]) -> Option<Network> {
    mlperf_tiny(name).map(|path| Network::load(&path, &request(shape)))
}

fn check(name: &str, shape: [usize; 3]) -> Option<Network> {
    let network = network(name, shape)?;
    network.compare(&network.inputs(3), true);
    Some(network)
}

#[test]
fn resnet8_16x16_takes_at_most_75000_cycles() {
    let Some(network) = check("pretrainedResnet_quant", [16, 16, 16]) else { return };
    let cycles = network.latency_cycles();
    println!("ResNet-8: {cycles} cycles");
    assert!(cycles <= 75_000, "{cycles} cycles");
}

#[test]
fn resnet8_8x8() {
    check("pretrainedResnet_quant", [8, 8, 8]);
}

#[test]
fn keyword_spotting_16x16() {
    check("kws_ref_model", [16, 16, 16]);
}

#[test]
fn visual_wake_words_16x16() {
    check("vww_96_int8", [16, 16, 16]);
}

/// A network of matrix-vector products runs as fast as its weights arrive.
#[test]
fn anomaly_detection_16x16_reads_a_weight_word_per_cycle() {
    let Some(network) = check("ad01_int8", [16, 16, 16]) else { return };
    let weights = |op: &Op| if let Op::FullyConnected { weights, .. } = op { weights.len() } else { 0 };
    let weight_bytes: usize = network.graph.nodes.iter().map(|node| weights(&node.op)).sum();
    let bound = weight_bytes.div_ceil(16) as f64 * 1.10;
    let cycles = network.latency_cycles();
    println!("AD: {cycles} cycles, at most {bound}");
    assert!(cycles as f64 <= bound, "{cycles} cycles, at most {bound}");
}
