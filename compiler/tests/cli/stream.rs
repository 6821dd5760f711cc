use super::*;

/// LeNet with weights of four bits.
fn four_bits() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.safetensors").display().to_string();
    succeeds(&["quantise", &example("lenet5_float.onnx"), "--input", &example("digits_float.npy"), "--weight-bits", "4", "-o", &file]);
    (folder, file)
}

#[test]
fn narrow_weights_take_less_memory() {
    let (folder, file) = four_bits();
    let design = folder.path().join("design").display().to_string();
    let compiled = succeeds(&["compile", &file, "-o", &design, "--weight-bits", "auto", "--paired-products"]);
    assert!(compiled.contains("weights 35.5"), "{compiled}");
    let top = fs::read_to_string(Path::new(&design).join("top.sv")).unwrap();
    assert!(top.contains(".WeightBits(4)") && top.contains(".PairedProducts(1)"), "{top}");
    let labels = example("digits_labels.npy");
    let simulated = succeeds(&["simulate", &design, "--input", &example("digits_float.npy"), "--labels", &labels]);
    assert!(simulated.contains("20 of 20") && simulated.contains(" 0 differing"), "{simulated}");
    let report = json(&succeeds(&["report", &design, "--json"]));
    let bytes = json(&succeeds(&["report", &file, "--json"]));
    assert_eq!(report["totals"]["weight_bytes"].as_u64().map(|bytes| 2 * bytes), bytes["totals"]["weight_bytes"].as_u64());
    assert_eq!(report["totals"]["latency_cycles"], bytes["totals"]["latency_cycles"]);
}

#[test]
fn weights_that_are_too_wide_go_elsewhere_or_are_refused() {
    let refused = "layer 'conv1' does not fit: weight 127 has 8 bits, the array's weights have 4; weight_bits 8 or auto, or another core";
    fails(&["compile", &lenet(), "--dump", "program", "--weight-bits", "4"], 1, refused);
    let program = succeeds(&["compile", &lenet(), "--dump", "program", "--weight-bits", "4", "--pes", "16", "--codebook-bits", "0"]);
    assert!(program.contains("choice eie: 'conv1' does not fit systolic: weight 127 has 8 bits"), "{program}");
    fails(&["compile", &lenet(), "--dump", "program", "--weight-bits", "9"], 2, "parameter 'weight-bits' is 9, must be in 2..=8, or auto");
    let (_folder, design) = design();
    fails(&["simulate", &design, "--weight-bits", "8"], 2, "--weight-bits is for model files");
}

#[test]
fn few_distinct_weights_become_codes() {
    let (folder, file) = four_bits();
    let design = folder.path().join("design").display().to_string();
    let compiled = succeeds(&["compile", &file, "-o", &design, "--codebook", "auto"]);
    assert!(compiled.contains("weights 35.5") && compiled.contains("codebooks 0.2"), "{compiled}");
    let text = |name: &str| fs::read_to_string(Path::new(&design).join(name)).unwrap();
    assert!(text("top.sv").contains(".CodebookBits(4)") && text("README.md").contains("images/weight_codebooks.hex"));
    let simulated = succeeds(&["simulate", &design]);
    assert!(simulated.contains(" 0 differing"), "{simulated}");
    let pairs = succeeds(&["compile", &file, "--dump", "program", "--codebook", "8", "--codebook-group", "2"]);
    assert!(pairs.starts_with("program small"), "{pairs}");
    let says = "layer 'conv2.relu' does not fit: more than 256 distinct vectors of 4 weights with those that fill tiles up";
    fails(&["compile", &file, "--dump", "program", "--codebook", "8", "--codebook-group", "4"], 1, says);
}

#[test]
fn many_distinct_weights_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let design = folder.path().join("design").display().to_string();
    let compiled = succeeds(&["compile", &lenet(), "-o", &design, "--codebook", "auto"]);
    assert!(compiled.contains("weights 71.0") && !compiled.contains("codebooks"), "{compiled}");
    fails(&["compile", &lenet(), "--dump", "program", "--codebook", "6"], 1, "layer 'conv1' does not fit: 102 distinct weights");
    fails(&["compile", &lenet(), "--dump", "program", "--codebook", "9"], 2, "parameter 'codebook' is 9, must be in 1..=8, off or auto");
    fails(&["compile", &lenet(), "--dump", "program", "--codebook", "8", "--codebook-group", "3"], 2, "must be 1, 2, 4 or 8");
    let eight = ["--codebook", "8", "--codebook-group", "8", "--cols", "4"];
    fails(
        &[&["compile", &lenet(), "--dump", "program"][..], &eight].concat(),
        1,
        "codebook group is 8; codebook group must be a power of two in 1..=4",
    );
}

#[test]
fn weights_at_the_pace_of_a_memory_outside() {
    let (folder, file) = four_bits();
    let paced = |model: &str, bandwidth: &str| json(&succeeds(&["report", model, "--json", "--weight-bandwidth", bandwidth]))["totals"].clone();
    let (slow, bytes) = (paced(&lenet(), "4"), paced(&lenet(), "16"));
    let stream = serde_json::json!({
        "word_bytes": 16, "interval_cycles": 4, "bytes_per_cycle": 4.0, "streamed_bytes": slow["weight_bytes"], "stalled_cycles": 15824
    });
    assert_eq!((&slow["weight_stream"], &slow["latency_cycles"]), (&stream, &24459.into()));
    assert_eq!((&bytes["weight_stream"]["interval_cycles"], &bytes["latency_cycles"]), (&1.into(), &12364.into()));

    let design = folder.path().join("design").display().to_string();
    succeeds(&["compile", &file, "-o", &design, "--weight-bandwidth", "3", "--weight-bits", "auto", "--codebook", "auto", "--pes", "4"]);
    let report = succeeds(&["report", &design]);
    assert!(report.contains("KiB streamed at 2.667 bytes per cycle (8 bytes every 3 cycles)"), "{report}");
    let simulated = succeeds(&["simulate", &design]);
    assert!(simulated.contains(" 0 differing"), "{simulated}");
    for value in ["0", "-1", "NaN", "inf", "x"] {
        let option = format!("--weight-bandwidth={value}");
        fails(&["report", &file, &option], 2, "must be a number of bytes per cycle above 0");
    }
    fails(&["report", &file, "--weight-bandwidth", "0.0001"], 1, "weight interval is 160000; weight interval must be in 1..=65536 cycles");
}

#[test]
fn weights_over_axi_and_from_flash() {
    let axi = ["--weights", "axi", "--memory-latency", "40", "--axi-bits", "128", "--axi-burst", "32"];
    let totals = json(&succeeds(&[&["report", &lenet(), "--json"][..], &axi].concat()))["totals"].clone();
    let stream = &totals["weight_stream"];
    assert_eq!([&stream["bus_bits"], &stream["bus_bytes"]], [&128.into(), &totals["weight_bytes"]]);
    assert_eq!(stream["latency_cycles"], serde_json::json!([40, 40]));
    let text = succeeds(&[&["report", &lenet(), "--technology", "45nm"][..], &axi].concat());
    assert!(text.contains("KiB read over AXI4 of 128 bits, latency 40 cycles") && text.contains("outside memory"), "{text}");
    let folder = tempfile::tempdir().unwrap();
    let design = folder.path().join("design").display().to_string();
    succeeds(&["compile", &lenet(), "-o", &design, "--weights", "boot", "--flash-quad", "--single-port-weights", "--cols", "4", "--rows", "4"]);
    assert!(succeeds(&["simulate", &design]).contains(" 0 differing"));
    let file = |name: &str| std::fs::metadata(folder.path().join("design").join(name)).map(|file| file.len());
    assert!(file("images/flash.bin").unwrap() > 60_000 && file("ice40/fw_spram.sv").is_ok());
    let says = "--axi-burst is for weights from elsewhere: add --weights axi";
    fails(&["report", &lenet(), "--axi-burst", "4"], 2, says);
    fails(&["report", &lenet(), "--weights", "axi", "--axi-burst", "5"], 1, "axi burst must be a power of two");
    fails(&["report", &lenet(), "--weights", "axi", "--memory-latency", "9..3"], 2, "parameter 'memory-latency' is 9..3");
    fails(&["report", &lenet(), "--weights", "axi", "--weight-bandwidth", "3"], 2, "--weight-bandwidth stands for a memory outside");
}
