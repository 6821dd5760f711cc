use super::*;

#[test]
fn parts_sum_to_the_total_on_every_family() {
    let report = json(&succeeds(&["area", &lenet(), "--rows", "8", "--cols", "8", "--json"]));
    let estimates = report["estimates"].as_array().unwrap();
    assert!(estimates.len() > 1);
    for estimate in estimates {
        for resource in ["luts", "flip_flops", "lut_rams", "dsp_blocks", "block_rams", "um2"] {
            let of = |area: &serde_json::Value| area[resource].as_u64().unwrap();
            let parts = estimate["parts"].as_array().unwrap();
            let sum: u64 = parts.iter().map(|part| of(&part["logic"]) + of(&part["memories"])).sum();
            assert_eq!(sum, of(&estimate["total"]), "{} {resource}", estimate["family"]);
        }
    }
}

#[test]
fn checking_needs_yosys() {
    let mut command = fretwork(&["area", &lenet(), "--rows", "4", "--cols", "4", "--family", "ecp5", "--check"]);
    let ran = finished(command.env("PATH", "/nonexistent").output().unwrap());
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("apt-get install yosys"), "{}", ran.err);
}

#[test]
fn a_cell_library_cannot_be_checked() {
    fails(&["area", &lenet(), "--family", "sg13g2", "--check"], 2, "FPGA");
}
