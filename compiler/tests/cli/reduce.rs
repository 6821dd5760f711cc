use super::*;
use fretwork::import::load;

/// Quantises the float LeNet after some passes; the folder, the file and what was printed.
fn reduced(options: &[&str]) -> (TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("less.safetensors").display().to_string();
    let (model, digits) = (example("lenet5_float.onnx"), example("digits_float.npy"));
    let out = succeeds(&[&["quantise", &model, "--input", &digits, "-o", &file], options].concat());
    (folder, file, out)
}

#[test]
fn passes_come_one_after_the_other() {
    let passes = ["--reduce", "slimming:keep=0.875", "--reduce", "low-rank:energy=0.8,layers=fc1+fc2", "--correct-bias"];
    let (_folder, file, out) = reduced(&[&passes[..], &["--json", "--layer", "fc1/first=7"]].concat());
    let summary = json(&out);
    let [slimming, low_rank] = &summary["reductions"].as_array().unwrap()[..] else { panic!("{out}") };
    assert_eq!((&slimming["pass"], &low_rank["pass"]), (&"slimming".into(), &"low-rank".into()));
    assert_eq!(slimming["before"], serde_json::json!({"parameters": 61706, "nonzero_weights": 61470, "macs": 416520}));
    assert_eq!(low_rank["before"], slimming["after"]);
    let first = low_rank["layers"].as_array().unwrap().iter().find(|layer| layer["name"] == "fc1/first").unwrap();
    assert!(first["before"].is_null() && first["after"]["parameters"].as_u64().unwrap() > 0, "{out}");
    let layers = summary["layers"].as_array().unwrap();
    let bits: Vec<_> = layers.iter().map(|layer| (layer["name"].as_str().unwrap(), layer["weight_bits"].as_u64().unwrap())).collect();
    assert_eq!(bits, [("conv1", 8), ("conv2", 8), ("fc1/first", 7), ("fc1", 8), ("fc2/first", 8), ("fc2", 8), ("fc3", 8)]);
    assert_eq!(load(Path::new(&file)).unwrap().nodes.len(), 9);
    let simulated = succeeds(&["simulate", &file, "--input", &example("digits_float.npy"), "--labels", &example("digits_labels.npy")]);
    assert!(simulated.contains("0 differing") && simulated.contains("20 of 20"), "{simulated}");
}

#[test]
fn tables_tell_what_a_pass_did() {
    let (_folder, _, out) = reduced(&["--reduce", "tetris:density=0.75,tile=8x8,layers=fc1+fc2", "--reduce", "merge_neurons:keep=0.9"]);
    for text in ["48000 -> 36", "tiles of 8x8", "48120 -> ", "fc3: stays: it is an output of the network", "2 of 16 channels merged"] {
        assert!(out.contains(text), "{text} is not in\n{out}");
    }
}

#[test]
fn passes_that_do_not_fit_are_usage_errors() {
    let cases = [
        ("pruning:keep=0.5", "must be one of slimming, merge-neurons, coreset, low-rank, tetris"),
        ("slimming", "slimming needs keep"),
        ("slimming:keep", "must be KEY=VALUE"),
        ("coreset:keep=0", "keep of coreset is 0, must be above 0 and at most 1"),
        ("merge-neurons:keep=NaN", "must be above 0 and at most 1"),
        ("slimming:keep=0.5,rank=2", "slimming has no \"rank\""),
        ("low-rank:energy=0.5,rank=2", "low-rank needs one of energy, macs and rank"),
        ("low-rank:rank=0", "must be a whole number above 0"),
        ("tetris:tile=8x8", "tetris needs density"),
        ("tetris:density=0.5,tile=8x65", "must be ROWSxCOLS with 1 to 64 of each"),
        ("slimming:keep=0.5,layers=fc1+fc9", "slimming names layer \"fc9\", must be one of the network's layers: conv1, conv2, fc1, fc2, fc3"),
    ];
    for (pass, message) in cases {
        refused(pass, 2, message);
    }
}

#[test]
fn layers_that_cannot_be_reduced_are_named() {
    refused("slimming:keep=0.5,layers=fc3", 1, "slimming cannot reduce layer \"fc3\": it is an output of the network");
    refused("tetris:density=0.5,layers=conv1", 1, "tetris cannot reduce layer \"conv1\": it reads an input of the network");
    refused("low-rank:macs=0.01", 1, "what fits: macs of at least 0.0");
}

#[track_caller]
fn refused(pass: &str, code: i32, message: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none").display().to_string();
    let (model, digits) = (example("lenet5_float.onnx"), example("digits_float.npy"));
    fails(&["quantise", &model, "--input", &digits, "-o", &file, "--reduce", pass], code, message);
    assert!(entries(folder.path()).is_empty());
}
