use super::*;

/// LeNet with weights of four bits: sums of two powers of two.
fn four_bits() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.safetensors").display().to_string();
    succeeds(&["quantise", &example("lenet5_float.onnx"), "--input", &example("digits_float.npy"), "--weight-bits", "4", "-o", &file]);
    (folder, file)
}

#[test]
fn weights_of_four_bits_need_no_multiplier() {
    let (folder, file) = four_bits();
    let shape = ["--rows", "8", "--cols", "8", "--shift-cols", "16", "--core", "shift"];
    let program = succeeds(&[&["compile", &file, "--dump", "program"][..], &shape[..]].concat());
    assert_eq!(program.matches(" shift    [").count(), 5, "{program}");
    let design = folder.path().join("design").display().to_string();
    let compiled = succeeds(&[&["compile", &file, "-o", &design][..], &shape[..]].concat());
    assert!(compiled.contains("shift codes"), "{compiled}");
    let text = |name: &str| fs::read_to_string(Path::new(&design).join(name)).unwrap();
    assert!(text("top.sv").contains(".ShiftCodeBits(4)") && text("README.md").contains("images/shift_tables.hex"));
    let labels = example("digits_labels.npy");
    let simulated = succeeds(&["simulate", &design, "--input", &example("digits_float.npy"), "--labels", &labels]);
    assert!(simulated.contains("20 of 20") && simulated.contains(" 0 differing"), "{simulated}");
    let report = succeeds(&["report", &design]);
    assert!(report.contains("shift"), "{report}");
}

#[test]
fn layers_that_need_more_terms_go_to_the_array() {
    let (_folder, file) = four_bits();
    let program = succeeds(&["compile", &file, "--shift-cols", "16", "--shift-terms", "1", "--dump", "program"]);
    assert!(program.contains("does not fit shift: weight -7 is the sum of 2 powers of two, and shift_terms is 1; shift_terms 2"), "{program}");
}

#[test]
fn the_core_has_to_be_there() {
    let output = fretwork(&["compile", &lenet(), "--core", "shift", "--dump", "program"]).output().unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("--core shift needs a shift core: give its size with --shift-cols"), "{message}");
}
