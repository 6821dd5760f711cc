//! The small models, and a graph of every operator.

use fretwork_tests::graphs::{channel_meetings, channel_operators, every_operator};
use fretwork_tests::networks::{Network, all_small, request};

/// All small models on one shape. They run one after the other, so that the builds do.
fn check(shape: [usize; 3], verilog: bool) {
    let models = all_small();
    assert!(models.len() >= 8, "{models:?}");
    for path in models {
        let network = Network::load(&path, &request(shape));
        network.compare(&network.inputs(3), verilog);
    }
}

#[test]
fn small_models_4x4() {
    check([4, 4, 4], true);
}

#[test]
fn small_models_in_wide_words() {
    check([16, 8, 4], false);
    check([32, 32, 32], false);
}

#[test]
fn every_operator_on_every_kind_of_array() {
    for (shape, verilog) in [([4, 4, 4], true), ([8, 4, 4], true), ([16, 8, 4], false), ([16, 16, 8], false), ([64, 64, 64], false)] {
        let network = Network::plan(every_operator(), &request(shape));
        network.compare(&network.inputs(10), verilog);
    }
}

#[test]
fn groups_shuffles_splits_and_displacements() {
    for (shape, verilog) in [([4, 4, 4], true), ([8, 4, 4], true), ([16, 8, 4], false), ([16, 16, 8], false), ([64, 64, 64], false)] {
        let network = Network::plan(channel_operators(), &request(shape));
        let steps: Vec<&str> = network.program.steps.iter().map(|step| &step.name[..]).filter(|name| name.contains("copy")).collect();
        assert!(steps.is_empty(), "{steps:?}");
        network.compare(&network.inputs(10), verilog);
    }
}

#[test]
fn channels_that_meet_others_in_another_place() {
    for (shape, verilog) in [([4, 4, 4], true), ([8, 4, 4], false), ([16, 8, 4], false), ([16, 16, 8], false), ([64, 64, 64], false)] {
        let network = Network::plan(channel_meetings(), &request(shape));
        network.compare(&network.inputs(10), verilog);
    }
}
