//! Pruned and weight-shared networks, sparse layers on the engine, the rest on the other cores.

use fretwork::compress::deep_compression;
use fretwork::compress::kmeans::{Init, Sharing};
use fretwork::compress::prune::{Scope, Target};
use fretwork::plan::{CoreChoice, Request};
use fretwork_hdl::Kind;
use fretwork_hdl::eie::Eie;
use fretwork_tests::networks::{Network, mlperf_tiny, models, workspace};

fn engine(pes: usize, queue_depth: usize, code_bits: usize) -> Request {
    let mut eie = Eie::with_pes(pes);
    (eie.queue_depth, eie.code_bits) = (queue_depth, code_bits);
    Request { eie: Some(eie), core: CoreChoice::Eie, ..Request::square(16) }
}

fn agrees(model: &str, request: &Request, sparse_steps: usize) {
    let network = Network::load(&workspace().join(model), request);
    let steps = network.program.design.steps.iter().filter(|step| step.kind == Kind::Eie).count();
    assert_eq!(steps, sparse_steps, "{model}: steps on the engine");
    network.compare(&network.inputs(2), true);
}

#[test]
fn lenet_300_100_on_one_and_sixteen_elements() {
    agrees("examples/lenet300/lenet300_deep_int8.tflite", &engine(1, 2, 8), 8);
    agrees("examples/lenet300/lenet300_deep_int8.tflite", &engine(16, 8, 8), 3);
}

#[test]
fn lenet_300_100_on_four_elements() {
    agrees("examples/lenet300/lenet300_deep_int8.tflite", &engine(4, 1, 8), 4);
}

#[test]
fn lenet5_with_convolutions_and_pools() {
    agrees("examples/lenet5_caffe/lenet5_caffe_deep_int8.tflite", &engine(16, 8, 8), 4);
    agrees("examples/lenet5_caffe/lenet5_caffe_deep_int8.tflite", &engine(64, 1, 8), 4);
}

#[test]
fn lenet_300_100_with_int16_activations() {
    let model = "examples/lenet300/lenet300_deep_int16.tflite";
    agrees(model, &engine(1, 2, 8), 8);
    agrees(model, &Request { core: CoreChoice::Auto, ..engine(16, 8, 4) }, 3);
}

#[test]
fn small_int16_models() {
    let models = models("int16");
    assert!(models.len() >= 5, "{models:?}");
    for path in models {
        let mut request = engine(4, 2, 8);
        if let Some(eie) = &mut request.eie {
            eie.plain = true;
        }
        let network = Network::load(&path, &Request { lanes: 8, rows: 8, cols: 8, ..request });
        network.compare(&network.inputs(2), true);
    }
}

#[test]
fn the_planner_takes_the_engine_where_it_is_faster() {
    let request = Request { core: CoreChoice::Auto, ..engine(16, 8, 8) };
    let network = Network::load(&workspace().join("examples/lenet5_caffe/lenet5_caffe_deep_int8.tflite"), &request);
    for choice in &network.program.choices {
        let wins = choice.other_cycles.as_ref().is_ok_and(|&cycles| choice.systolic_cycles.as_ref().is_ok_and(|&array| cycles < array));
        assert_eq!(choice.kind == Kind::Eie, wins, "{choice}");
    }
    let kinds: Vec<Kind> = network.program.design.steps.iter().map(|step| step.kind).collect();
    assert!(kinds.contains(&Kind::Eie) && kinds.contains(&Kind::Lane), "{kinds:?}");
    network.compare(&network.inputs(1), true);
}

/// A network of MLPerf Tiny with a tenth of its weights in 15 values, its convolutions on the engine and its other layers on the lanes; or
/// where the planner puts them.
fn pruned(name: &str, core: CoreChoice, pes: usize, queue_depth: usize) {
    let Some(path) = mlperf_tiny(name) else { return };
    let graph = fretwork::import::load(&path).expect("a model");
    let target = Target { density: 0.1, scope: Scope::Layer, own: Vec::new(), depthwise: false };
    let sharing = Sharing { bits: 4, init: Init::Linear, depthwise: false };
    let request = Request { core, ..engine(pes, queue_depth, 4) };
    let network = Network::plan(deep_compression::compress(&graph, &target, &sharing), &request);
    let kinds: Vec<Kind> = network.program.design.steps.iter().map(|step| step.kind).collect();
    assert!(kinds.contains(&Kind::Eie), "{name}: {kinds:?}");
    network.compare(&network.inputs(1), true);
}

#[test]
fn pruned_anomaly_detection() {
    pruned("ad01_int8", CoreChoice::Eie, 1, 1);
    pruned("ad01_int8", CoreChoice::Eie, 64, 8);
}

#[test]
fn pruned_keyword_spotting() {
    pruned("kws_ref_model", CoreChoice::Eie, 4, 2);
    pruned("kws_ref_model", CoreChoice::Auto, 64, 8);
}

#[test]
fn pruned_resnet8() {
    pruned("pretrainedResnet_quant", CoreChoice::Auto, 16, 2);
}

#[test]
fn pruned_visual_wake_words() {
    pruned("vww_96_int8", CoreChoice::Auto, 64, 8);
}
