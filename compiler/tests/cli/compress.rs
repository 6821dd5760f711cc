use super::*;
use fretwork::graph::evaluate;
use fretwork::import::compressed::{read, write};
use fretwork::import::load;
use fretwork::inputs;

/// Compresses the LeNet with the options; the folder and the file.
fn compressed(options: &[&str]) -> (TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.safetensors").display().to_string();
    let out = succeeds(&[&["compress", &lenet(), "-o", &file], options].concat());
    (folder, file, out)
}

#[test]
fn deep_compression_of_a_tenth() {
    let (folder, file, out) = compressed(&["--method", "deep-compression", "--density", "0.1", "--input", &example("digits.npy"), "--json"]);
    let summary = json(&out);
    assert_eq!(summary["file_bytes"], fs::metadata(&file).unwrap().len());
    assert!(summary["ratio"].as_f64().unwrap() > 25.0, "{out}");
    assert!((summary["density"].as_f64().unwrap() - 0.1).abs() < 1e-4, "{out}");
    assert_eq!((&summary["calibration_inputs"], &summary["calibration_random"]), (&20.into(), &false.into()));
    let layers = summary["layers"].as_array().unwrap();
    assert_eq!(layers.iter().map(|layer| layer["name"].as_str().unwrap()).collect::<Vec<_>>(), ["conv1", "conv2", "fc1", "fc2", "fc3"]);
    assert!(layers.iter().all(|layer| layer["distinct"].as_u64().unwrap() <= 31), "{out}");
    assert_eq!(entries(folder.path()), ["small.safetensors"]);

    // The file is a model: the same graph whenever it is read or written again, and every command takes it.
    let (graph, bytes) = (load(Path::new(&file)).unwrap(), fs::read(&file).unwrap());
    assert_eq!(read(&bytes).unwrap(), graph);
    assert_eq!(write(&graph).unwrap().bytes, bytes);
    assert_eq!(graph.name, "small");
    assert!(succeeds(&["compile", &file, "--dump", "graph"]).starts_with("graph small\n"));
    succeeds(&["simulate", &file, "--rows", "4", "--cols", "4"]);
}

#[test]
fn stored_weights_are_the_same_weights() {
    let (_folder, file, out) = compressed(&["--method", "huffman"]);
    assert!(out.contains("change       0.00 % of the outputs") && out.contains("random"), "{out}");
    let (original, stored) = (load(Path::new(&lenet())).unwrap(), load(Path::new(&file)).unwrap());
    assert_eq!((&original.nodes, &original.tensors, &original.host), (&stored.nodes, &stored.tensors, &stored.host));
    let inference = &inputs::random(&original, 1, 3)[0];
    assert_eq!(evaluate(&original, inference), evaluate(&stored, inference));
}

#[test]
fn surgery_changes_less_than_magnitude() {
    let change = |method: &str| {
        let (_folder, _, out) = compressed(&["--method", method, "--density", "0.2", "--input", &example("digits.npy"), "--json"]);
        json(&out)["output_relative_rms"].as_f64().unwrap()
    };
    let (surgery, damage, magnitude) = (change("obs"), change("obd"), change("prune"));
    assert!(surgery < damage / 2.0 && damage < magnitude, "{surgery} {damage} {magnitude}");
}

#[test]
fn a_layer_may_have_its_own_density() {
    let (_folder, _, out) =
        compressed(&["--method", "prune", "--scope", "layer", "--density", "0.5", "--layer", "fc3=1", "--layer", "conv1=0.2", "--json"]);
    let density: Vec<f64> = json(&out)["layers"].as_array().unwrap().iter().map(|layer| layer["density"].as_f64().unwrap()).collect();
    assert_eq!((density[0], density[1]), (0.2, 0.5));
    assert!(density[4] > 0.99, "{density:?}");
}

#[test]
fn the_same_seed_gives_the_same_file() {
    let file = |seed: &str| {
        let (_folder, file, _) = compressed(&["--method", "kmeans", "--bits", "3", "--init", "random", "--seed", seed]);
        fs::read(file).unwrap()
    };
    assert_eq!(file("1"), file("1"));
    assert_ne!(file("1"), file("2"));
}

#[test]
fn options_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.safetensors").display().to_string();
    let fails = |options: &[&str], says: &str| fails(&[&["compress", &lenet(), "-o", &file], options].concat(), 2, says);
    fails(&["--method", "prune", "--density", "1.5"], "parameter 'density' is 1.5, must be in 0..=1");
    fails(&["--method", "prune", "--layer", "fc1"], "parameter 'layer' is fc1, must be NAME=DENSITY");
    fails(
        &["--method", "prune", "--layer", "fc9=0.1"],
        "parameter 'layer' names \"fc9\", must be one of the layers that can be pruned: conv1, conv2",
    );
    fails(&["--method", "prune", "--bits", "4"], "--bits is not for the method 'prune'");
    fails(&["--method", "kmeans", "--density", "0.5"], "--density is not for the method 'kmeans'");
    fails(&["--method", "kmeans", "--bits", "9"], "9 is not in 1..=8");
    fails(&["--method", "obs", "--depthwise"], "--depthwise is not for the method 'obs'");
    fails(&["--method", "huffman", "--input", &example("digits.npy"), "--inputs", "21"], "parameter 'inputs' is 21, must be in 1..=20");
    assert_eq!(entries(folder.path()), [""; 0]);
}

#[test]
fn what_cannot_be_written_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("absent/small.safetensors").display().to_string();
    fails(&["compress", &lenet(), "--method", "huffman", "-o", &file], 1, "small.safetensors': ");
    fails(&["compress", &lenet(), "--method", "huffman", "-o", &folder.path().display().to_string()], 1, "': ");
    assert_eq!(entries(folder.path()), [""; 0]);
}

#[test]
fn networks_with_thresholds_are_compressed() {
    let folder = tempfile::tempdir().unwrap();
    let [binary, shared] = ["binary", "shared"].map(|name| folder.path().join(format!("{name}.safetensors")).display().to_string());
    let (model, digits) = (example("lenet5_float.onnx"), example("digits_float.npy"));
    succeeds(&["quantise", &model, "--input", &digits, "--weights", "xnor-net", "--activation-bits", "1", "-o", &binary]);
    let out = succeeds(&["compress", &binary, "--method", "kmeans", "--bits", "8", "--input", &digits, "--json", "-o", &shared]);
    assert_eq!(json(&out)["output_relative_rms"].as_f64(), Some(0.0), "{out}");
    assert!(succeeds(&["simulate", &shared]).contains("0 differing"));
}
