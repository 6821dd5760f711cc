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
    assert_eq!(report["multipliers"], 64 + 2 * 8 + 4 * 8);
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

/// The liberty file of IHP's open PDK, which is not ours to ship.
fn liberty() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/technology/sg13g2_stdcell_typ_1p20V_25C.lib");
    if !path.is_file() {
        println!("skipped: ../shared is not here");
    }
    path.is_file().then(|| path.display().to_string())
}

/// A 4x4 array of elements of 8 bits, on one digit.
#[test]
fn an_element_is_measured_in_standard_cells() {
    let Some(liberty) = liberty() else { return };
    let digits = example("digits.npy");
    let words =
        ["synth", &lenet(), "--rows", "4", "--cols", "4", "--technology", "sg13g2", "--liberty", &liberty, "--input", &digits, "--inputs", "1"];
    let report = json(&succeeds(&[&words[..], &["--module", "fw_pe", "--json"]].concat()));
    assert_eq!(report["conditions"], "pre-layout, no clock tree, zero delay");
    assert_eq!((&report["instances"], &report["area"]["flip_flops"]), (&16.into(), &64.into()));
    let number = |key: &str| report.pointer(key).and_then(serde_json::Value::as_f64).unwrap();
    // Every output bit in every cycle.
    assert!(number("/cycles") > 50_000.0 && number("/compared_bits") / number("/cycles") >= 32.0, "{report}");
    // A flip-flop's clock takes 0.031 pJ; at 100 MHz 64 of them are 0.2 mW.
    assert!((0.15..0.35).contains(&number("/sequential/total_mw")), "{report}");
    assert!((0.02..0.2).contains(&number("/combinational/total_mw")) && number("/slack_ns") > 0.0, "{report}");
    let groups = ["sequential", "combinational", "macro"].map(|group| number(&format!("/{group}/total_mw")));
    assert!((groups.iter().sum::<f64>() - number("/total/total_mw")).abs() < 1e-6, "{report}");
    assert!((7000.0..11_000.0).contains(&number("/area/cells_um2")), "{report}");
    fails(&[&words[..], &["--module", "fw_eie_pe"]].concat(), 1, "the design has no instance of a module fw_eie_pe");
}

#[test]
fn standard_cells_take_a_liberty_file() {
    let given = |more: &[&str]| [&["synth", &lenet(), "--rows", "4", "--cols", "4", "--technology", "sg13g2"][..], more].concat().join(" ");
    let refused = |more: &[&str], code: i32, says: &str| fails(&given(more).split(' ').collect::<Vec<_>>(), code, says);
    refused(&[], 2, "sg13g2_stdcell_typ_1p20V_25C.lib of IHP's open PDK");
    refused(&["--liberty", "nowhere.lib"], 1, "'nowhere.lib': No such file");
    refused(&["--liberty", &lenet()], 1, "is no liberty file: line 1");
    refused(&["--clock-mhz", "0"], 2, "parameter 'clock-mhz' is 0, must be in 1..=10000");
    refused(&["--family", "ecp5"], 2, "cannot be used with");
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.lib");
    fs::write(&empty, "library (empty) { }").unwrap();
    refused(&["--liberty", &empty.display().to_string()], 1, "the library empty has no NAND of two inputs");
}
