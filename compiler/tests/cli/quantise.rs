use super::*;
use fretwork::graph::Levels;
use fretwork::import::load;

/// Quantises the float LeNet with the options; the folder and the file.
fn quantised(options: &[&str]) -> (TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.safetensors").display().to_string();
    let (model, digits) = (example("lenet5_float.onnx"), example("digits_float.npy"));
    let out = succeeds(&[&["quantise", &model, "--input", &digits, "-o", &file], options].concat());
    (folder, file, out)
}

#[test]
fn eight_bits_know_the_digits() {
    let (folder, file, out) = quantised(&["--json"]);
    let summary = json(&out);
    assert_eq!(summary["file_bytes"], fs::metadata(&file).unwrap().len());
    assert_eq!((&summary["calibration_inputs"], &summary["weights"], &summary["bits_per_weight"]), (&20.into(), &61470.into(), &8.0.into()));
    assert!(summary["output_relative_rms"].as_f64().unwrap() < 0.02, "{out}");
    assert_eq!(entries(folder.path()), ["small.safetensors"]);
    let labels = example("digits_labels.npy");
    let simulated = succeeds(&["simulate", &file, "--input", &example("digits_float.npy"), "--labels", &labels]);
    assert!(simulated.contains("20 of 20"), "{simulated}");
    assert_eq!(load(Path::new(&file)).unwrap().name, "small");
}

#[test]
fn layers_may_have_bits_of_their_own() {
    let options = ["--weight-bits", "4", "--layer", "fc3=8", "--layer", "conv2=1/1", "--ranges", "mse", "--correct-bias", "--json"];
    let (_folder, file, out) = quantised(&options);
    let layers = json(&out)["layers"].clone();
    let bits = |key: &str| layers.as_array().unwrap().iter().map(|layer| layer[key].as_u64().unwrap()).collect::<Vec<_>>();
    // What the second layer gives is read by one that is not binary, and keeps eight bits.
    assert_eq!((bits("weight_bits"), bits("activation_bits")), (vec![4, 1, 4, 4, 8], vec![8, 8, 8, 8, 8]));
    assert!(!load(Path::new(&file)).unwrap().tensors.iter().any(|tensor| tensor.levels == Levels::Bipolar));
}

/// Layers in between, each with its codes, their bits and its distinct weights.
fn codes(out: &str) -> Vec<[u64; 3]> {
    let layers = json(out)["layers"].clone();
    let one = |layer: &serde_json::Value| ["codes", "weight_bits", "distinct"].map(|key| layer[key].as_u64().unwrap());
    layers.as_array().unwrap()[1..4].iter().map(one).collect()
}

#[test]
fn codebooks_of_weights_and_of_vectors() {
    let (_folder, file, shared) = quantised(&["--weights", "kmeans", "--weight-bits", "4", "--correct-bias", "--json"]);
    assert_eq!(codes(&shared), [[2400, 4, 16], [48000, 4, 16], [10080, 4, 16]]);
    let program = succeeds(&["compile", &file, "--pes", "4", "--codebook-bits", "4", "--core", "eie", "--dump", "program"]);
    assert_eq!(program.matches(" eie      [").count(), 3, "{program}");
    // Clusters that are fixed group by group change the outputs less.
    let (_folder, _, fixed) = quantised(&["--weights", "slq", "--weight-bits", "4", "--correct-bias", "--json"]);
    let change = |out: &str| json(out)["output_relative_rms"].as_f64().unwrap();
    assert!(change(&fixed) < 0.8 * change(&shared), "{fixed} {shared}");
    assert!(codes(&fixed).iter().all(|[_, bits, distinct]| *bits == 4 && *distinct <= 16), "{fixed}");

    // Vectors of four output channels: 16, 120 and 84 of them for 150, 400 and 120 inputs.
    let (_folder, _, vectors) = quantised(&["--weights", "pq", "--weight-bits", "6", "--seed", "3", "--json"]);
    assert_eq!(codes(&vectors), [[600, 6, 64], [12000, 6, 64], [2520, 6, 64]]);
    assert!((json(&vectors)["bits_per_weight"].as_f64().unwrap() - (60480.0 * 1.5 + 990.0 * 8.0) / 61470.0).abs() < 1e-9, "{vectors}");
    let (_folder, _, text) = quantised(&["--weights", "pq", "--pq-outputs", "8", "--weight-bits", "6"]);
    assert!(text.contains("distinct") && text.contains(" 6000 "), "{text}");
}

#[test]
fn powers_of_two_step_by_step() {
    let at_once = quantised(&["--weights", "inq", "--inq-steps", "1", "--json"]).2;
    let (_folder, file, steps) = quantised(&["--weights", "inq", "--inq-steps", "0.5,0.75,0.875,1", "--json"]);
    assert!(codes(&steps).iter().all(|[_, bits, distinct]| *bits == 5 && *distinct <= 15), "{steps}");
    let change = |out: &str| json(out)["output_relative_rms"].as_f64().unwrap();
    assert!(change(&steps) < 0.8 * change(&at_once), "{steps} {at_once}");
    let (_folder, _, admm) = quantised(&["--weights", "admm", "--weight-bits", "3", "--admm-largest", "2", "--json"]);
    assert!(codes(&admm).iter().all(|[_, bits, distinct]| *bits == 3 && *distinct == 5), "{admm}");
    let program = succeeds(&["compile", &file, "--shift-cols", "32", "--shift-terms", "1", "--dump", "program"]);
    assert_eq!(program.matches(" shift    [").count(), 3, "{program}");
}

#[test]
fn binary_networks_are_compiled_for_the_binary_core() {
    let (_folder, file, out) = quantised(&["--weights", "xnor-net", "--activation-bits", "1"]);
    assert!(out.contains("xnor-net") && out.contains("1.11 bits each"), "{out}");
    let program = succeeds(&["compile", &file, "--xnor-cols", "16", "--xnor-simd", "64", "--dump", "program"]);
    assert!(program.contains("xnor") && program.contains("packed"), "{program}");
    let simulated = succeeds(&["simulate", &file, "--xnor-cols", "16", "--xnor-simd", "64"]);
    assert!(simulated.contains("0 differing"), "{simulated}");
}

#[test]
fn weights_of_four_bits_are_compiled_for_the_binary_core_plane_by_plane() {
    let (_folder, file, _) = quantised(&["--weight-bits", "4", "--activation-bits", "4"]);
    let core = ["--rows", "4", "--cols", "4", "--lanes", "8", "--core", "xnor", "--xnor-cols", "8", "--xnor-simd", "8"];
    let with = |command: &str, bits: &'static str, more: &[&'static str]| {
        [&[command, &file][..], &core, &["--xnor-weight-bits", bits], more].concat().into_iter().map(String::from).collect::<Vec<_>>()
    };
    let texts = |arguments: &[String]| succeeds(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let program = texts(&with("compile", "4", &["--dump", "program"]));
    assert!(program.contains(" uint4 weights int4  #"), "{program}");
    let simulated = texts(&with("simulate", "4", &[]));
    assert!(simulated.contains("0 differing"), "{simulated}");
    let arguments = with("simulate", "9", &[]);
    fails(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), 1, "xnor_weight_bits must be in 1..=8");
}

#[test]
fn a_network_that_splits_and_shuffles_channels_becomes_verilog() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shufflenet.safetensors").display().to_string();
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/onnx/float/shufflenet_v2.onnx");
    succeeds(&["quantise", model, "--ranges", "batch-norm", "--input-range", "0,1", "-o", &file]);
    let ran = succeeds(&["cosim", &file, "--rows", "4", "--cols", "4", "--lanes", "4", "--inputs", "2", "--stalls", "0.2"]);
    assert_eq!(ran.matches(", 0 differing").count(), 3, "{ran}");
}

#[test]
fn options_that_do_not_fit_are_usage_errors() {
    let (model, digits) = (example("lenet5_float.onnx"), example("digits_float.npy"));
    let cases: [(&[&str], &str); 14] = [
        (&[], "--input is missing"),
        (&["--input", &digits, "--weights", "binary", "--weight-bits", "2"], "must be in 1..=1 for --weights binary"),
        (&["--input", &digits, "--weights", "syq", "--weight-bits", "3"], "must be in 1..=2 for --weights syq"),
        (&["--input", &digits, "--weight-bits", "1"], "must be in 2..=8"),
        (&["--input", &digits, "--share", "row"], "--share is for"),
        (&["--input", &digits, "--weights", "inq", "--inq-steps", "0.5,0.4,1"], "must ascend from above 0 to 1"),
        (&["--input", &digits, "--weights", "inq", "--inq-steps", "0.5,0.9"], "must ascend from above 0 to 1"),
        (&["--input", &digits, "--inq-steps", "0.5,1"], "--inq-steps is for"),
        (&["--input", &digits, "--weights", "admm", "--admm-largest", "2"], "2 or 4 with --weight-bits 3"),
        (&["--input", &digits, "--weights", "admm", "--admm-largest", "3"], "must be 1, 2 or 4"),
        (&["--input", &digits, "--weights", "pq", "--pq-outputs", "3"], "must be 2, 4 or 8"),
        (&["--ranges", "batch-norm"], "--input-range is missing"),
        (&["--input", &digits, "--layer", "fc9=4"], "must be one of the network's layers: conv1, conv2, fc1, fc2, fc3"),
        (&["--input", &digits, "--inputs", "21"], "must be in 1..=20"),
    ];
    for (options, message) in cases {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("none").display().to_string();
        fails(&[&["quantise", &model, "-o", &file], options].concat(), 2, message);
        assert!(entries(folder.path()).is_empty());
    }
}

#[test]
fn models_and_inputs_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none").display().to_string();
    let digits = example("digits_float.npy");
    fails(&["quantise", &lenet(), "--input", &digits, "-o", &file], 1, "it is no ONNX model");
    fails(&["quantise", &example("lenet5_float.onnx"), "--input", &example("digits_labels.npy"), "-o", &file], 1, "[N, 1, 28, 28]");
    assert!(entries(folder.path()).is_empty());
}
