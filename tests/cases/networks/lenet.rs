//! LeNet-5 on arrays of every size, random inputs and real digits.

use fretwork_tests::networks::{Network, digits, lenet5, request};

fn check(shape: [usize; 3], verilog: bool) {
    let network = Network::load(&lenet5(), &request(shape));
    let inputs = [network.inputs(3), digits()].concat();
    assert_eq!(inputs.len(), 23);
    network.compare(&inputs, verilog);
}

#[test]
fn lenet5_16x16() {
    check([16, 16, 16], true);
}

#[test]
fn lenet5_8x8() {
    check([8, 8, 8], true);
}

#[test]
fn lenet5_4x4() {
    check([4, 4, 4], true);
}

#[test]
fn lenet5_several_slices_and_banks() {
    check([16, 8, 4], true);
    check([64, 16, 32], false);
}

#[test]
fn lenet5_64x64() {
    check([64, 64, 64], false);
}
