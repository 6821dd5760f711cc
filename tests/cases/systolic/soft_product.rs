//! Products made of look-up tables, under Icarus: exact for all operands of the widths that the array and the lanes have, or for those at the ends of
//! their ranges and many others where all are too many.

use crate::bench;

const BENCH: &str = include_str!("soft_product_tb.sv");

/// Runs the bench; the number of products that it checked.
fn checked(a_bits: usize, b_bits: usize) -> usize {
    bench::checked("soft_product_tb", BENCH, |name| name == "fw_soft_product.sv", &[("ABits", a_bits), ("BBits", b_bits)])
}

#[test]
fn products_of_the_array_are_exact() {
    for weight_bits in 2..=8 {
        assert_eq!(checked(8, weight_bits), 256 << weight_bits);
    }
}

#[test]
fn products_of_pairs_and_of_lanes_are_exact() {
    for (a_bits, b_bits) in [(12, 8), (16, 8), (24, 8), (9, 9), (17, 9)] {
        assert_eq!(checked(a_bits, b_bits), 65_536);
    }
}
