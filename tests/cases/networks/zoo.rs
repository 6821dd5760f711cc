//! The survey's nine networks with a quarter of their channels on small images: everything that their shapes ask of planner and hardware, in few
//! cycles. On one accelerator, so that there is one Verilog model.

use fretwork::graph::Graph;
use fretwork::plan::{PlanError, Request, plan};
use fretwork::zoo::{NETWORKS, Options, find};
use fretwork_tests::networks::{Network, request};

/// A share of the channels, ten classes, and no more pixels than it takes.
fn small(name: &str, width: f64) -> Graph {
    let network = find(name).unwrap_or_else(|error| panic!("{error}"));
    let options = Options { size: Some(network.least_size), width: Some(width), classes: 10, seed: 9 };
    network.build(&options).unwrap_or_else(|error| panic!("{error}"))
}

fn all(shape: [usize; 3]) -> Vec<Network> {
    NETWORKS.iter().map(|network| Network::plan(small(network.name, 0.25), &request(shape))).collect()
}

/// The network in the least memory, where convolutions write over their inputs; `None` where that needs no less.
fn tight(graph: &Graph) -> Option<Network> {
    let lanes = 8;
    // Few rows are computed together, so that an output may begin close to its input.
    let given = Request { acc_depth: Some(32), ..request([lanes; 3]) };
    let usual = plan(graph, &given).unwrap_or_else(|error| panic!("{}: {error}", graph.name)).design.accelerator.activation_words;
    let limited = |words: usize| Request { activation_words: Some(words), ..given.clone() };
    let Err(PlanError::Memory { needed_kib, .. }) = plan(graph, &limited(2)) else { panic!("{} fits two words", graph.name) };
    let least = (needed_kib * 1024.0) as usize / lanes;
    (least < usual).then(|| Network::plan(graph.clone(), &limited(least)))
}

fn compare(mut networks: Vec<Network>, verilog: &[&str]) {
    Network::share_accelerators(&mut networks);
    for network in networks {
        network.compare(&network.inputs(2), verilog.contains(&network.name.as_str()));
    }
}

#[test]
fn nine_networks_8x8() {
    let tight = tight(&Graph { name: "tight".to_owned(), ..small("vgg-16", 0.1) }).expect("a network whose largest tensors are those of one layer");
    compare(all([8; 3]).into_iter().chain([tight]).collect(), &["shufflenet-v1", "tight"]);
}

#[test]
fn nine_networks_in_wide_words() {
    compare(all([32, 8, 16]), &[]);
    compare(all([128, 32, 8]), &[]);
}

#[test]
#[ignore = "some two million cycles of Verilog"]
fn nine_networks_in_verilog() {
    compare(all([8; 3]), &NETWORKS.map(|network| network.name));
}

#[test]
fn convolutions_write_over_their_inputs_where_memory_is_short() {
    let mut found = Vec::new();
    for network in &NETWORKS {
        let Some(tight) = tight(&small(network.name, 0.25)) else { continue };
        tight.compare(&tight.inputs(2), false);
        found.push(network.name);
    }
    assert!(found.contains(&"vgg-16") && found.len() >= 3, "{found:?}");
    println!("{found:?}");
}
