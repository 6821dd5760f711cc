//! Energy in the report: sums, technologies, toggles.

use super::*;
use serde_json::Value;

fn energy(arguments: &[&str]) -> Value {
    let report = json(&succeeds(&[&["report", "--json"], arguments].concat()));
    let (energy, totals) = (report["energy"].clone(), &report["totals"]);
    let sum = |parts: &Value| parts.as_array().unwrap().iter().map(|part| part["energy_pj"].as_f64().unwrap()).sum::<f64>();
    let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * a.max(b), "{a} {b}");
    let whole = energy["energy_pj"].as_f64().unwrap();
    close(sum(&energy["steps"]), whole);
    close(sum(&energy["parts"]), whole);
    energy["steps"].as_array().unwrap().iter().for_each(|step| close(sum(&step["parts"]), step["energy_pj"].as_f64().unwrap()));
    let latency_us = totals["latency_cycles"].as_f64().unwrap() / energy["clock_mhz"].as_f64().unwrap();
    close(energy["latency_us"].as_f64().unwrap(), latency_us);
    close(energy["power_mw"].as_f64().unwrap(), whole / latency_us * 1e-3);
    energy
}

fn part(energy: &Value, name: &str) -> f64 {
    energy["parts"].as_array().unwrap().iter().find(|part| part["part"] == name).map_or(0.0, |part| part["energy_pj"].as_f64().unwrap())
}

#[test]
fn parts_and_steps_sum_to_the_whole_in_every_technology() {
    let whole = |technology: &str| energy(&[&lenet(), "--technology", technology])["energy_pj"].as_f64().unwrap();
    let [cells, fpga] = ["45nm", "ecp5"].map(whole);
    // No less than 8-bit products and sums of 32 bits alone, and no more than a hundred times that.
    let macs = 416_520.0 * (0.2 + 0.1);
    assert!(cells > macs && cells < 100.0 * macs, "{cells}");
    assert!(fpga > cells, "{fpga} {cells}");
    whole("ice40up5k");
}

#[test]
fn slower_clocks_take_more_static_energy_and_nothing_else() {
    let [slow, fast] = ["40", "80"].map(|clock| energy(&[&lenet(), "--technology", "ecp5", "--clock-mhz", clock]));
    assert!((part(&slow, "static") / part(&fast, "static") - 2.0).abs() < 1e-9);
    for name in ["clock", "array", "accumulators", "epilogue"] {
        assert_eq!(part(&slow, name), part(&fast, name), "{name}");
    }
}

#[test]
fn weights_from_outside_take_the_outside_memory_energy() {
    let narrow = energy(&[&lenet(), "--weight-bandwidth", "4"]);
    let report = json(&succeeds(&["report", "--json", &lenet(), "--weight-bandwidth", "4"]));
    let bytes = report["totals"]["weight_stream"]["streamed_bytes"].as_f64().unwrap();
    assert!((part(&narrow, "outside memory") / (bytes * 8.0 * 20.0) - 1.0).abs() < 1e-9);
    assert_eq!(part(&narrow, "array weights"), 0.0);
}

#[test]
fn toggles_of_real_operands_take_less_than_random_ones() {
    let [random, real] = [&["--rows", "8", "--cols", "8"][..], &["--rows", "8", "--cols", "8", "--toggles"]]
        .map(|options| energy(&[&[&lenet()[..]], options].concat()));
    assert!(part(&real, "array") < part(&random, "array"), "{real}");
    assert_eq!(part(&real, "array weights"), part(&random, "array weights"));
}

#[test]
fn a_technology_may_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    let known = Path::new(env!("CARGO_MANIFEST_DIR")).join("../constraints/technologies/45nm.toml");
    let text = fs::read_to_string(known).unwrap();
    let own = |text: &str| {
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let base = energy(&[&lenet()]);
    let doubled = energy(&[&lenet(), "--technology", &own(&text.replacen("value = 0.0031", "value = 0.0062", 1))]);
    assert!(part(&doubled, "array") > part(&base, "array") && part(&doubled, "activations") == part(&base, "activations"));
    let refused = own(&text.replacen("value = 0.0031", "value = -1.0", 1));
    fails(&["report", &lenet(), "--technology", &refused], 2, "multiply.pj_per_bit_pair is -1: it must be a finite number, not negative");
    fails(&["report", &lenet(), "--technology", "3nm"], 2, "there is no technology '3nm'; known are");
    fails(&["report", &lenet(), "--clock-mhz", "0"], 2, "--clock-mhz is 0; it must be above 0");
}
