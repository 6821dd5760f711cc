use super::*;

/// Cells of the output queue of eight words of 8 lanes and its end mark: 65 bits in memories of 16 by 4.
const QUEUE_CELLS: u64 = 17;

/// The estimate of the same design, which no fit has seen. Versions of Yosys differ, so the bounds are wider than those of the fit.
fn the_estimate_is_near(report: &serde_json::Value) {
    let estimate = json(&succeeds(&["area", &lenet(), "--rows", "8", "--cols", "8", "--family", "ecp5", "--json"]));
    let (estimate, used) = (&estimate["estimates"][0]["total"], &report["utilisation"]);
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    // A carry cell takes the place of two look-up tables.
    let luts = number(&used["luts"]) + 2.0 * number(&used["cells"]["CCU2C"]);
    let counts = [("luts", luts, 0.25), ("flip_flops", number(&used["flip_flops"]), 0.10)];
    let blocks = [("dsp_blocks", number(&used["dsp_blocks"]), 0.0), ("block_rams", number(&used["block_rams"]), 0.0)];
    for (resource, measured, bound) in counts.into_iter().chain(blocks) {
        let estimated = number(&estimate[resource]);
        assert!((estimated / measured - 1.0).abs() <= bound, "{resource}: {estimated} estimated, {measured} measured");
    }
}

#[test]
fn every_multiplier_is_a_dsp_block_and_every_memory_a_block_ram_on_ecp5() {
    let report = json(&succeeds(&["synth", &lenet(), "--rows", "8", "--cols", "8", "--family", "ecp5", "--json"]));
    the_estimate_is_near(&report);
    let used = &report["utilisation"];
    // 18 by 18 bits a block: an element takes one, a lane's 9 by 32 two, a requantiser's 32 by 32 four.
    assert_eq!(report["multipliers"], 64 + 8 + 8);
    assert_eq!(used["dsp_blocks"], 64 + 2 * 8 + 4 * 8);
    assert_eq!(used["lut_rams"], QUEUE_CELLS);
    let block_ram_bits = used["block_rams"].as_u64().unwrap() * 18 * 1024;
    assert!(block_ram_bits >= report["memory_bits"].as_u64().unwrap(), "{report}");
    for flip_flop_memory in ["$mem", "$mem_v2", "$memrd", "$memwr"] {
        assert!(used["cells"].get(flip_flop_memory).is_none(), "{report}");
    }
}

#[test]
fn a_missing_yosys_is_named_with_its_package() {
    let mut command = fretwork(&["synth", &lenet(), "--rows", "4", "--cols", "4", "--family", "ecp5"]);
    let ran = finished(command.env("PATH", "/nonexistent").output().unwrap());
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("apt-get install yosys"), "{}", ran.err);
}
