//! Random lane work, with a few convolutions between it.

use fretwork_tests::suite::{BUILT, FULL, PLAIN, Suite};

#[test]
fn kernels_simulator_verilog() {
    Suite { cases: 300, shapes: BUILT, streams: PLAIN, lean: FULL, conv_percent: 15, verilog: true }.run();
}

#[test]
fn kernels_simulator() {
    const SHAPES: &[[usize; 3]] = &[[4, 4, 4], [8, 8, 8], [8, 4, 4], [16, 8, 16], [16, 4, 4], [32, 32, 8], [64, 16, 64], [128, 8, 16]];
    Suite { cases: 5000, shapes: SHAPES, streams: PLAIN, lean: FULL, conv_percent: 15, verilog: false }.run();
}
