use super::*;

const SHAPE: [&str; 4] = ["--rows", "4", "--cols", "4"];

#[test]
fn a_model_agrees_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let junit = folder.path().join("junit.xml");
    let arguments = ["cosim", &lenet(), "--stalls", "0.3", "--seed", "3", "--junit", &junit.display().to_string()];
    let ran = finished(fretwork(&[&arguments[..], &SHAPE].concat()).env("TMPDIR", folder.path()).output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    for says in ["2 inputs", "kernels = simulator: 24048 values, 0 differing", "simulator = verilog, stalls 0.3: ", "start and end of 18 steps"] {
        assert!(ran.out.contains(says), "{}", ran.out);
    }
    assert_eq!(entries(folder.path()), ["junit.xml"]);
    let xml = fs::read_to_string(&junit).unwrap();
    assert!(xml.contains("<testsuites tests=\"29\" failures=\"0\" errors=\"0\" skipped=\"0\""), "{xml}");
    assert!(xml.contains("classname=\"lenet5_int8.simulator = verilog, stalls 0.3\" name=\"003 conv2\""), "{xml}");
}

#[test]
fn a_kept_folder_runs_as_it_is_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let design = folder.path().join("kept").display().to_string();
    succeeds(&[&["cosim", &lenet(), "--inputs", "1", "--keep", &design][..], &SHAPE].concat());
    let summary = json(&succeeds(&["cosim", &design, "--input", &example("digits.npy"), "--inputs", "3", "--json"]));
    assert_eq!((&summary["inputs"], &summary["disagreement"]), (&3.into(), &serde_json::Value::Null));
    assert_eq!(summary["comparisons"][1]["compared_step_times"], 27);

    let junit = folder.path().join("junit.xml").display().to_string();
    edit(&design, "images/params.hex", "\n", "\n0");
    let second = fs::read_to_string(Path::new(&design).join("images/params.hex")).unwrap();
    let flipped: Vec<String> = second.lines().enumerate().map(|(i, line)| if i == 1 { line[1..].replace('1', "2") } else { line.into() }).collect();
    fs::write(Path::new(&design).join("images/params.hex"), flipped.join("\n") + "\n").unwrap();
    let ran = run(&["cosim", &design, "--junit", &junit, "--stalls", "0.5"]);
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    assert!(
        ran.err.starts_with("error: disagreement: simulator = verilog differ in step 1 'conv1', inference 0, tensor 'conv1', index "),
        "{}",
        ran.err
    );
    assert!(ran.err.contains(": expected ") && ran.err.contains(", found "), "{}", ran.err);
    assert!(ran.out.contains("kernels = simulator: 24048 values, 0 differing") && !ran.out.contains("stalls"), "{}", ran.out);
    let xml = fs::read_to_string(&junit).unwrap();
    assert!(
        xml.contains("name=\"000 load input\" time=\"0.000\"/>") && xml.contains("<failure message=\"simulator = verilog differ in step 1"),
        "{xml}"
    );
    // What is expected does not come from the folder's images.
    succeeds(&["simulate", &design]);
}

#[test]
fn a_design_that_hangs_or_is_late_disagrees() {
    let (_folder, design) = design();
    let table = Path::new(&design).join("images/steps.hex");
    let good = fs::read_to_string(&table).unwrap();
    let with = |index: usize, word: &str| {
        let words: Vec<&str> = good.lines().enumerate().map(|(i, line)| if i == index { word } else { line }).collect();
        fs::write(&table, words.join("\n") + "\n").unwrap();
    };
    // The load waits for more words than there are.
    let words = u32::from_str_radix(good.lines().nth(19).unwrap(), 16).unwrap();
    with(19, &format!("{:08x}", words | 0xf000));
    fails_running(&["cosim", &design, "--inputs", "1"], "the design hangs: step 0, launched in cycle ");
    // The load takes a word less.
    with(19, &format!("{:08x}", words - 1));
    fails_running(&["cosim", &design, "--inputs", "1"], "differ in step 0 'load input', inference 0: expected 1568, found 1567 (writes 1567 words");
}

#[track_caller]
fn fails_running(args: &[&str], says: &str) {
    let ran = run(args);
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains(says), "{}", ran.err);
}

#[test]
fn what_cannot_be_run_is_an_error() {
    let (folder, design) = design();
    let junit = folder.path().join("junit.xml");
    let arguments = ["cosim", &design, "--junit", &junit.display().to_string()];
    let ran = finished(fretwork(&arguments).env("PATH", folder.path()).output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), "error: `verilator` was not found; install it with `apt-get install verilator`\n"));
    assert!(fs::read_to_string(&junit).unwrap().contains("<error message=\"`verilator` was not found"));

    fs::remove_file(Path::new(&design).join("images/params.hex")).unwrap();
    fails(&["cosim", &design], 1, "params.hex");
    fs::remove_file(Path::new(&design).join("top.sv")).unwrap();
    fails(&["cosim", &design], 1, "top.sv");
    fails(&["cosim", &lenet(), "--keep", &folder.path().join("junit.xml/d").display().to_string()], 1, "nothing was left behind");
}
