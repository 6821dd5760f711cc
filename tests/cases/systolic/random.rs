//! Random convolutions, with some lane work between them, on random arrays.

use fretwork_tests::suite::{BUILT, FULL, PLAIN, Suite};

#[test]
fn kernels_simulator_verilog() {
    Suite { cases: 400, shapes: BUILT, streams: PLAIN, lean: FULL, conv_percent: 85, verilog: true }.run();
}

/// Every shape with rows and columns of 4 to 32 and words of up to 32 bytes.
const SHAPES: &[[usize; 3]] = &[
    [4, 4, 4],
    [8, 4, 4],
    [8, 4, 8],
    [8, 8, 4],
    [8, 8, 8],
    [16, 4, 4],
    [16, 4, 8],
    [16, 4, 16],
    [16, 8, 4],
    [16, 8, 8],
    [16, 8, 16],
    [16, 16, 4],
    [16, 16, 8],
    [16, 16, 16],
    [32, 4, 4],
    [32, 4, 16],
    [32, 4, 32],
    [32, 8, 8],
    [32, 8, 32],
    [32, 16, 4],
    [32, 16, 16],
    [32, 32, 4],
    [32, 32, 8],
    [32, 32, 32],
    [64, 16, 4],
    [64, 4, 64],
    [64, 64, 16],
    [64, 64, 64],
    [128, 8, 16],
];

#[test]
fn kernels_simulator() {
    Suite { cases: 5000, shapes: SHAPES, streams: PLAIN, lean: FULL, conv_percent: 85, verilog: false }.run();
}
