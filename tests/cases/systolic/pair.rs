//! Two products of one multiplier, under Icarus: exact for every activation and every pair of weights.

use crate::bench;

const BENCH: &str = include_str!("pair_tb.sv");

/// Runs the bench; the number of activations and pairs that it checked.
fn checked(weight_bits: usize, exhaustive: bool) -> usize {
    let parameters = [("WeightBits", weight_bits), ("Exhaustive", usize::from(exhaustive))];
    bench::checked("pair_tb", BENCH, |name| name == "fw_pe_pair.sv" || name.ends_with("product.sv"), &parameters)
}

#[test]
fn every_pair_of_narrow_weights() {
    for weight_bits in 2..=4 {
        assert_eq!(checked(weight_bits, true), 256 << (2 * weight_bits));
    }
}

#[test]
fn the_ends_of_the_range_of_wide_weights() {
    for weight_bits in 5..=8 {
        assert_eq!(checked(weight_bits, false), 256 * 64);
    }
}

/// The widest that one 18 x 18 block multiplies.
#[test]
#[ignore = "takes seconds"]
fn every_pair_of_five_bits() {
    assert_eq!(checked(5, true), 256 << 10);
}
