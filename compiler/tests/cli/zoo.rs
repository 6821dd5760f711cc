//! `fretwork zoo`.

use super::{fails, succeeds};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn nine_networks_are_listed_beside_the_survey() {
    let listed = succeeds(&["zoo"]);
    assert_eq!(listed.lines().count(), 11, "{listed}");
    let row = listed.lines().find(|line| line.starts_with("alexnet")).unwrap();
    assert_eq!(row.split_whitespace().collect::<Vec<_>>().join(" "), "alexnet 60,965,224 60.9 M +0.1 % 724.4 725 -0.1 %");
    let text = succeeds(&["zoo", "shufflenet-v1"]);
    assert!(text.contains("3,405,448, 3.4 M in the survey, +0.2 %") && text.contains("because     parameters and accuracy"), "{text}");
    let text = succeeds(&["zoo", "shufflenet-v1", "--width", "2"]);
    assert!(text.contains("MACs        524,045,184\n") && !text.contains("survey"), "{text}");
}

#[test]
fn a_network_is_written_and_compiles_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (model, design) = (at("tiny.safetensors"), at("tiny"));
    succeeds(&["zoo", "mobilenet-v2", "--size", "32", "--width", "0.1", "--classes", "5", "--seed", "7", "-o", &model]);
    let text = succeeds(&["compile", &model, "-o", &design, "--rows", "4", "--cols", "4"]);
    assert!(text.starts_with("tiny on a 4x4 array with 4 lanes"), "{text}");
    let text = succeeds(&["simulate", &design, "--inputs", "1"]);
    assert!(text.contains("with the reference kernels, 0 differing"), "{text}");
}

#[test]
fn report_times_a_network_with_words_as_wide_as_it_needs() {
    let arguments = ["zoo", "vgg-16", "--report", "--json", "--size", "192", "--width", "0.25", "--classes", "10", "--rows", "8", "--cols", "8"];
    let all: Value = serde_json::from_str(&succeeds(&arguments)).unwrap();
    let (network, timed) = (&all[0], &all[0]["timed"]);
    assert_eq!((network["network"].as_str(), network["survey"].is_null()), (Some("vgg-16"), true));
    // Rows of 16 channels: two words of 8 bytes a pixel are more than 65,536 words, even where convolutions write over their inputs.
    assert_eq!((timed["rows"].as_u64(), timed["lanes"].as_u64()), (Some(8), Some(16)));
    let (macs, cycles) = (network["macs"].as_f64().unwrap(), timed["latency_cycles"].as_f64().unwrap());
    assert_eq!(timed["macs_per_cycle"].as_f64(), Some(macs / cycles));
    let text = succeeds(&["zoo", "mobilenet-v1", "--report", "--size", "32", "--width", "0.25"]);
    assert!(text.contains("array       32x32 with 32 lanes, 31 steps\n"), "{text}");
}

#[test]
fn options_that_do_not_fit_are_refused() {
    fails(&["zoo", "lenet"], 2, "there is no network 'lenet'; there are mobilenet-v1, mobilenet-v2, ");
    fails(&["zoo", "vgg-16", "--size", "16"], 2, "parameter 'size' is 16, must be in 32..=512 for vgg-16");
    fails(&["zoo", "vgg-16", "--rows", "16"], 2, "--rows is for --report");
    fails(&["zoo", "vgg-16", "--report", "--lanes", "32"], 1, "the activation memory is");
}

/// The document, and the lines of its table.
fn document() -> (PathBuf, String, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/zoo.md");
    let text = fs::read_to_string(&path).unwrap();
    let table = text.split("```\n").nth(1).unwrap().to_owned();
    (path, text, table)
}

#[test]
fn the_document_has_the_figures_that_are_listed() {
    let (_, _, table) = document();
    for row in succeeds(&["zoo"]).lines().skip(2) {
        assert!(table.lines().any(|line| line.starts_with(row)), "docs/zoo.md has no line\n{row}");
    }
}

#[test]
#[ignore = "simulates nine networks of full size"]
fn the_document_shows_what_the_report_prints() {
    let ((path, text, table), report) = (document(), succeeds(&["zoo", "--report"]));
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, text.replacen(&format!("```\n{table}```"), &format!("```\n{report}```"), 1)).unwrap();
    } else {
        assert_eq!(table, report, "BLESS=1 rewrites docs/zoo.md");
    }
}
