//! Two products of one multiplier, under Icarus: exact for every activation and every pair of weights.

use fretwork_hdl::rtl;
use std::process::Command;

const BENCH: &str = include_str!("pair_tb.sv");

/// Runs the bench; the number of activations and pairs that it checked.
fn checked(weight_bits: usize, exhaustive: bool) -> usize {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in rtl::FILES.iter().filter(|(name, _)| *name == "fw_pe_pair.sv" || name.ends_with("product.sv")) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    std::fs::write(folder.path().join("pair_tb.sv"), BENCH).unwrap();
    let parameters = format!("-P pair_tb.WeightBits={weight_bits} -P pair_tb.Exhaustive={}", usize::from(exhaustive));
    let script = format!("iverilog -g2012 -s pair_tb {parameters} -o pair.vvp *.sv && vvp -N pair.vvp");
    let output = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let done = text.trim().strip_prefix("done ").unwrap_or_else(|| panic!("{weight_bits} bits: {text}"));
    done.parse().unwrap()
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
