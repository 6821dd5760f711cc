//! Pruned and weight-shared networks, sparse layers on the engine, the rest on the other cores.

use fretwork::plan::{CoreChoice, Request};
use fretwork_hdl::Kind;
use fretwork_hdl::eie::Eie;
use fretwork_tests::networks::{Network, workspace};

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
fn lenet5_with_convolutions_and_pools() {
    agrees("examples/lenet5_caffe/lenet5_caffe_deep_int8.tflite", &engine(16, 8, 8), 4);
}

#[test]
fn the_planner_takes_the_engine_where_it_is_faster() {
    let request = Request { core: CoreChoice::Auto, ..engine(16, 8, 8) };
    let network = Network::load(&workspace().join("examples/lenet5_caffe/lenet5_caffe_deep_int8.tflite"), &request);
    for choice in &network.program.choices {
        let wins = choice.eie_cycles.as_ref().is_ok_and(|&cycles| cycles < choice.systolic_cycles);
        assert_eq!(choice.kind == Kind::Eie, wins, "{choice}");
    }
    let kinds: Vec<Kind> = network.program.design.steps.iter().map(|step| step.kind).collect();
    assert!(kinds.contains(&Kind::Eie) && kinds.contains(&Kind::Lane), "{kinds:?}");
    network.compare(&network.inputs(1), true);
}
