//! Products made of look-up tables, under Icarus: exact for all operands of the widths that the array and the lanes have, or for those at the ends of
//! their ranges and many others where all are too many.

use fretwork_hdl::rtl;
use std::process::Command;

const BENCH: &str = include_str!("soft_product_tb.sv");

/// Runs the bench; the number of products that it checked.
fn checked(a_bits: usize, b_bits: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let (_, text) = rtl::FILES.iter().find(|(name, _)| *name == "fw_soft_product.sv").unwrap();
    std::fs::write(folder.path().join("fw_soft_product.sv"), text).unwrap();
    std::fs::write(folder.path().join("soft_product_tb.sv"), BENCH).unwrap();
    let parameters = format!("-P soft_product_tb.ABits={a_bits} -P soft_product_tb.BBits={b_bits}");
    let script = format!("iverilog -g2012 -s soft_product_tb {parameters} -o it.vvp *.sv && vvp -N it.vvp");
    let output = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let done = text.trim().strip_prefix("done ").unwrap_or_else(|| panic!("{a_bits} by {b_bits} bits: {text}"));
    done.parse().unwrap()
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
