//! A shell that does without: requantisers that share lanes, an activation memory with one port, late fetches, products made of look-up tables, what
//! a network does not use.

use fretwork::plan::Request;
use fretwork_hdl::Machine;
use fretwork_tests::graphs::every_operator;
use fretwork_tests::networks::{Network, lenet5, request};
use fretwork_tests::random::Lean;
use fretwork_tests::suite::{PLAIN, Suite};

const LEAN: &[Lean] = &[
    Lean { parts: 4, single_port: true, fetch_late: true, soft: 3 },
    Lean { parts: 2, single_port: false, fetch_late: false, soft: 4 },
    Lean { parts: 1, single_port: true, fetch_late: false, soft: 0 },
];

#[test]
fn random_programs_agree() {
    Suite { cases: 300, shapes: &[[4, 4, 2], [8, 4, 8]], streams: PLAIN, lean: LEAN, conv_percent: 55, verilog: true }.run();
}

#[test]
fn networks_without_what_they_do_not_use() {
    let lean = Request { trim: true, lean: fretwork_hdl::Lean { requantisers: Some(2), ..Default::default() }, ..request([8, 4, 4]) };
    let all = Network::plan(every_operator(), &lean);
    all.compare(&all.inputs(2), true);
    let least = fretwork_hdl::Lean { requantisers: Some(1), single_port: true, fetch_late: true, soft_rows: 3, ..Default::default() };
    let small = Request { trim: true, lean: least, ..request([4, 4, 2]) };
    let network = Network::load(&lenet5(), &small);
    let trim = network.program.design.accelerator.trim.clone().expect("it was asked for");
    assert_eq!((trim.lane_ops, trim.left_shifts), (0b10, 0), "maxima alone, no shift to the left");
    network.compare(&network.inputs(2), true);
}

/// What was left out of the hardware is refused, be it a bit of the step table, an operation, a rounding mode or a shift.
#[test]
fn what_was_left_out_is_refused() {
    let network = Network::load(&lenet5(), &Request { trim: true, ..request([4, 4, 4]) });
    let (accelerator, images) = (&network.program.design.accelerator, &network.program.images);
    let trim = accelerator.trim.clone().expect("it was asked for");
    assert!(Machine::new(accelerator, images).is_some());
    let refused = |trim| assert!(Machine::new(&fretwork_hdl::Accelerator { trim: Some(trim), ..accelerator.clone() }, images).is_none());
    for (word, mask) in trim.step_mask.iter().enumerate().filter(|(_, mask)| **mask != 0) {
        let mut less = trim.clone();
        less.step_mask[word] = mask & (mask - 1);
        refused(less);
    }
    refused(fretwork_hdl::Trim { lane_ops: 1, ..trim.clone() });
    refused(fretwork_hdl::Trim { roundings: 1, ..trim.clone() });
    refused(fretwork_hdl::Trim { right_shifts: trim.right_shifts >> 1, ..trim.clone() });
}
