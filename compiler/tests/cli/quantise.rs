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
fn options_that_do_not_fit_are_usage_errors() {
    let (model, digits) = (example("lenet5_float.onnx"), example("digits_float.npy"));
    let cases: [(&[&str], &str); 8] = [
        (&[], "--input is missing"),
        (&["--input", &digits, "--weights", "binary", "--weight-bits", "2"], "must be in 1..=1 for --weights binary"),
        (&["--input", &digits, "--weights", "syq", "--weight-bits", "3"], "must be in 1..=2 for --weights syq"),
        (&["--input", &digits, "--weight-bits", "1"], "must be in 2..=8"),
        (&["--input", &digits, "--share", "row"], "--share is for"),
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
