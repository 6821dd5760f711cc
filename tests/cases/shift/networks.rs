//! Networks with powers of two: layers of the shift core beside those of the array.

use fretwork::plan::{CoreChoice, Request};
use fretwork_hdl::Kind;
use fretwork_hdl::shift::ShiftCore;
use fretwork_tests::networks::{Network, request};
use fretwork_tests::shift::shift_network;

fn core(shape: [usize; 3], [cols, simd, terms]: [usize; 3], choice: CoreChoice) -> Request {
    Request { shift: Some(ShiftCore { terms, ..ShiftCore::new(cols, simd) }), core: choice, ..request(shape) }
}

fn network(request: &Request) -> Network {
    Network::plan(shift_network([9, 8], [20, 33, 14, 9]), request)
}

fn on_shift(network: &Network) -> usize {
    network.program.design.steps.iter().filter(|step| step.kind == Kind::Shift).count()
}

#[test]
fn every_kind_of_weight_on_the_shift_core() {
    for (shape, sizes) in [([4, 4, 4], [8, 4, 2]), ([8, 8, 4], [4, 2, 2]), ([16, 8, 8], [16, 16, 3])] {
        let network = network(&core(shape, sizes, CoreChoice::Shift));
        assert_eq!(on_shift(&network), 4, "{}", network.program);
        let core = network.program.design.accelerator.shift.as_ref().expect("a shift core");
        // The sums of two powers have 30 values beside 0.
        assert_eq!(core.code_bits, 5, "{core:?}");
        network.compare(&network.inputs(3), true);
    }
}

#[test]
fn codes_are_as_wide_as_the_layers_on_the_core_need() {
    // With one term, powers of two remain; their 14 values need four bits. With terms for all, every layer is there.
    let network = network(&core([8, 8, 8], [8, 8, 1], CoreChoice::Shift));
    assert_eq!(on_shift(&network), 1, "{}", network.program);
    assert_eq!(network.program.design.accelerator.shift.as_ref().map(|core| core.code_bits), Some(4));
    let text = network.program.to_string();
    assert!(text.contains("does not fit shift: weight -96 is the sum of 2 powers of two, and shift_terms is 1"), "{text}");
    network.compare(&network.inputs(2), true);
    let all = self::network(&core([8, 8, 8], [8, 8, 4], CoreChoice::Shift));
    assert_eq!(on_shift(&all), 5, "{}", all.program);
    all.compare(&all.inputs(2), false);
}

#[test]
fn the_planner_takes_the_shift_core_where_it_is_faster() {
    let sizes = [16, 8, 2];
    let chosen = network(&core([8, 8, 8], sizes, CoreChoice::Auto));
    let array = network(&core([8, 8, 8], sizes, CoreChoice::Systolic));
    assert!(on_shift(&chosen) > 0 && on_shift(&array) == 0, "{}", chosen.program);
    assert!(chosen.latency_cycles() < array.latency_cycles(), "{} against {}", chosen.latency_cycles(), array.latency_cycles());
    chosen.compare(&chosen.inputs(2), true);
    // A single unit is slower than the array: nothing goes there, and the core is left out.
    let slow = network(&core([8, 8, 8], [1, 1, 2], CoreChoice::Auto));
    assert_eq!((on_shift(&slow), &slow.program.design.accelerator.shift), (0, &None));
}

#[test]
fn the_same_values_on_the_array() {
    let network = network(&request([8, 8, 8]));
    assert_eq!(on_shift(&network), 0);
    network.compare(&network.inputs(2), true);
}
