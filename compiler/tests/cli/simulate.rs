use super::*;

#[test]
fn digits_are_recognised() {
    let inputs = ["--input", &example("digits.npy"), "--labels", &example("digits_labels.npy")];
    let out = succeeds(&[&["simulate", &lenet()][..], &inputs].concat());
    assert!(out.contains("20 inputs\n") && out.contains("top-1     20 of 20, 100.00 %") && out.contains(" 0 differing"), "{out}");
    assert!(out.contains("from first input word to last output word, every inference"), "{out}");
    let summary = json(&succeeds(&[&["simulate", &lenet(), "--inputs", "5", "--json", "--quiet"][..], &inputs].concat()));
    assert_eq!(summary["top1"], serde_json::json!({ "correct": 5, "accuracy": 1.0, "predictions": [0, 1, 2, 3, 4] }));
    assert_eq!(summary["latency_cycles"].as_array().unwrap().len(), 5);
    assert_eq!((&summary["disagreement"], &summary["steps_differing"]), (&serde_json::Value::Null, &0.into()));
}

#[test]
fn a_folder_is_simulated_as_its_model_is() {
    let (_folder, design) = design();
    let of_folder = succeeds(&["simulate", &design, "--inputs", "3", "--json"]);
    assert_eq!(of_folder, succeeds(&["simulate", &lenet(), "--rows", "4", "--cols", "4", "--inputs", "3", "--json"]));
}

#[test]
fn stalls_cost_cycles_and_depend_on_the_seed() {
    let cycles = |args: &[&str]| json(&succeeds(&[&["simulate", &lenet(), "--json"], args].concat()))["latency_cycles"][0].as_u64().unwrap();
    let none = cycles(&[]);
    let (stalled, other) = (cycles(&["--stalls", "0.3"]), cycles(&["--stalls", "0.3", "--seed", "1"]));
    assert!(none < stalled && none < other && stalled != other, "{none} {stalled} {other}");
    assert_eq!(stalled, cycles(&["--stalls", "0.3"]));
}

/// Cycles in which a signal of the waveform changes, and its values.
fn changes(waveform: &mut wellen::simple::Waveform, name: &str) -> Vec<(u64, u64)> {
    let mut path: Vec<&str> = ["fretwork"].into_iter().chain(name.split('.')).collect();
    let leaf = path.pop().unwrap();
    let hierarchy = waveform.hierarchy();
    let signal = hierarchy[hierarchy.lookup_var(&path, leaf).unwrap()].signal_ref();
    waveform.load_signals(&[signal]);
    let times = waveform.time_table().to_vec();
    let values = waveform.get_signal(signal).unwrap().iter_changes();
    let value = |digits: String| u64::from_str_radix(&digits, 2).unwrap();
    values.map(|(at, digits)| (times[at as usize], value(digits.to_bit_string().unwrap()))).collect()
}

#[test]
fn traces_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.fst");
    succeeds(&["simulate", &lenet(), "--inputs", "2", "--trace", &path.display().to_string()]);
    let mut waveform = wellen::simple::read(&path).unwrap();
    let starts: Vec<u64> = changes(&mut waveform, "step").into_iter().map(|(cycle, _)| cycle).collect();
    let report = json(&succeeds(&["report", &lenet(), "--json"]));
    let expected: Vec<u64> = report["steps"].as_array().unwrap().iter().map(|step| step["start_cycle"].as_u64().unwrap()).collect();
    assert_eq!((starts.len(), &starts[1..9]), (18, &expected[1..]));
    let busy = changes(&mut waveform, "busy.systolic").into_iter().filter(|(_, value)| *value == 1).count();
    assert_eq!(busy, 2 * 5);
    fails(&["simulate", &lenet(), "--trace", &folder.path().join("no/run.fst").display().to_string()], 1, "no/run.fst': waveform:");
    let help = succeeds(&["simulate", "--help"]);
    assert!(help.contains("fretwork.waiting_for_config"), "{help}");
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let simulate = |input: &str, says: &str| fails(&["simulate", &lenet(), "--input", input], 1, says);
    simulate("/nowhere.npy", "/nowhere.npy: cannot be read");
    simulate(&lenet(), "the file is no NumPy array; supported are .npy and .npz files");
    let flat = npy(folder.path(), "flat.npy", "|i1", "(784,)", &[0; 784]);
    simulate(&flat, "the array's shape is [784], input 'input' is [1, 28, 28, 1]; it must be [N, 28, 28, 1] or [28, 28, 1]");
    let unsigned = npy(folder.path(), "unsigned.npy", "|u1", "(28, 28, 1)", &[0; 784]);
    simulate(&unsigned, "the array's type is '|u1', must be int8 ('|i1') or float32 ('<f4')");
    let short = npy(folder.path(), "short.npy", "|i1", "(2, 28, 28, 1)", &[0; 784]);
    simulate(&short, "takes 1568 bytes, there are 784");
    let digits = example("digits.npy");
    simulate(&format!("{digits}.npz:x"), "cannot be read");
    fails(&["simulate", &lenet(), "--input", &digits, "--input", &digits], 1, "2 input files were given, the network takes 1 ('input')");
    fails(&["simulate", &lenet(), "--input", &digits, "--inputs", "21"], 2, "parameter 'inputs' is 21, must be in 1..=20");
    let few = npy(folder.path(), "few.npy", "|u1", "(2,)", &[0, 1]);
    fails(&["simulate", &lenet(), "--input", &digits, "--labels", &few], 1, "few.npy: the array holds 2 labels");
    let wrong = npy(folder.path(), "wrong.npy", "|u1", "(20,)", &[11; 20]);
    fails(&["simulate", &lenet(), "--input", &digits, "--labels", &wrong], 1, "label 0 is 11, must be in 0..10");
}

#[test]
fn images_of_onnx_models_in_either_layout() {
    let folder = tempfile::tempdir().unwrap();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/onnx/small/qdq_residual.onnx").display().to_string();
    let nchw: Vec<u8> = (0..2 * 192).map(|at| (at * at * 7 + at * 31) as u8).collect();
    let nhwc: Vec<u8> = nchw.chunks(192).flat_map(|image| (0..192).map(|at| image[at % 3 * 64 + at / 3])).collect();
    let given = |name: &str, shape: &str, body: &[u8]| npy(folder.path(), name, "|u1", shape, body);
    let (first, last) = (given("nchw.npy", "(2, 3, 8, 8)", &nchw), given("nhwc.npy", "(2, 8, 8, 3)", &nhwc));
    let mixed = given("mixed.npy", "(2, 8, 8, 3)", &nchw);
    let labels = given("labels.npy", "(2,)", &[0, 0]);
    let largest = |target: &str, input: &str| {
        json(&succeeds(&["simulate", target, "--input", input, "--labels", &labels, "--json"]))["top1"]["predictions"].clone()
    };
    let expected = largest(&model, &first);
    assert_eq!(largest(&model, &last), expected);
    assert_ne!(largest(&model, &mixed), expected);

    let path = |name: &str| folder.path().join(name).display().to_string();
    let (design, small) = (path("design"), path("small.safetensors"));
    succeeds(&["compile", &model, "-o", &design]);
    assert_eq!(largest(&design, &first), expected);
    let steps = json(&fs::read_to_string(Path::new(&design).join("design.json")).unwrap())["host_steps"].clone();
    assert_eq!((&steps[0], &steps[3]), (&"transpose input 0 from NCHW to NHWC".into(), &"transpose output 0 from NHWC to NCHW".into()));
    succeeds(&["compress", &model, "--method", "huffman", "--input", &first, "-o", &small]);
    assert_eq!(largest(&small, &first), expected);
    fails(&["simulate", &model, "--input", &labels], 1, "it must be [N, 3, 8, 8] or [3, 8, 8], or channels last [N, 8, 8, 3] or [8, 8, 3]");
}

#[test]
fn archives_hold_arrays_by_key() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("digits.npz");
    let mut archive = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    for (key, file) in [("x", "digits.npy"), ("y", "digits_labels.npy")] {
        archive.start_file(format!("{key}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&fs::read(example(file)).unwrap()).unwrap();
    }
    archive.finish().unwrap();
    let (x, y) = (format!("{}:x", path.display()), format!("{}:y", path.display()));
    let out = succeeds(&["simulate", &lenet(), "--input", &x, "--labels", &y]);
    assert!(out.contains("top-1     20 of 20"), "{out}");
    fails(&["simulate", &lenet(), "--input", &path.display().to_string()], 1, "the archive holds 2 arrays; choose one");
    fails(&["simulate", &lenet(), "--input", &format!("{}:z", path.display())], 1, "there is no array 'z'; there are x, y");
}

#[test]
fn design_folders_that_were_changed_are_refused() {
    let (_folder, design) = design();
    let fields = [
        ("\"rows\": 4", "\"rows\": 12", "rows is 12; rows must be a power of two in 4..=4"),
        ("\"rows\": 12", "\"rows\": 18446744073709551615", "rows is 18446744073709551615"),
        ("\"rows\": 18446744073709551615", "\"rows\": \"many\"", "invalid type: string \"many\""),
        ("\"rows\": \"many\"", "\"rows\": 4", ""),
        ("\"steps\": 9", "\"steps\": 10", "accelerator.steps is 10, the model plans to 9"),
        ("\"steps\": 10", "\"steps\": 9", ""),
        ("\"activation_words\": ", "\"activation_words\": 1", ""),
        ("\"weight_words\": ", "\"weight_words\": 99999999999", "must be in 1..="),
    ];
    for (from, to, says) in fields {
        edit(&design, "design.json", from, to);
        if !says.is_empty() {
            fails(&["simulate", &design], 1, says);
        }
    }
    fs::write(Path::new(&design).join("design.json"), "{}").unwrap();
    fails(&["report", &design], 1, "missing field");
    fs::remove_file(Path::new(&design).join("design.json")).unwrap();
    fails(&["report", &design], 1, "it is a folder without design.json");
}

#[test]
fn the_model_of_a_folder_is_one_whole_file() {
    let (_folder, design) = design();
    let model = Path::new(&design).join("model/lenet5_int8.tflite");
    fs::write(&model, &fs::read(&model).unwrap()[..1000]).unwrap();
    fails(&["simulate", &design], 1, "the file is damaged");
    fs::write(Path::new(&design).join("model/second"), "").unwrap();
    fails(&["simulate", &design], 1, "it holds 2 files, must be the 1 model");
    fs::remove_dir_all(Path::new(&design).join("model")).unwrap();
    fails(&["simulate", &design], 1, "model': No such file");
}
