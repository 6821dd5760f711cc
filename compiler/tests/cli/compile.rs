use super::*;

#[test]
fn writes_the_folder_and_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/lenet5").display().to_string();
    let out = succeeds(&["compile", &lenet(), "-o", &path]);
    assert!(out.starts_with("lenet5_int8 on a 16x16 array with 16 lanes\n"), "{out}");
    for says in ["steps     9", "from first input word to last output word", "activations 24.5, weights 71.0", &path] {
        assert!(out.contains(says), "{out}");
    }
    let design = json(&fs::read_to_string(Path::new(&path).join("design.json")).unwrap());
    assert_eq!(design["accelerator"]["rows"], 16);
    assert_eq!(fs::read(Path::new(&path).join("model/lenet5_int8.tflite")).unwrap(), fs::read(lenet()).unwrap());
    assert_eq!(entries(&folder.path().join("new")), ["lenet5"]);
}

#[test]
fn the_same_input_gives_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["a", "b"] {
        succeeds(&["compile", &lenet(), "-o", &path(name).display().to_string(), "--rows", "8", "--cols", "8", "--seed", "5"]);
    }
    let files = |name: &str| {
        let names = entries(&path(name)).into_iter().flat_map(|entry| {
            let entry = path(name).join(entry);
            if entry.is_dir() { entries(&entry).into_iter().map(|file| entry.join(file)).collect() } else { vec![entry] }
        });
        names.map(|file| fs::read(file).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(files("a"), files("b"));
}

#[test]
fn shape_options_reach_the_design() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d").display().to_string();
    let shape = ["--rows", "8", "--cols", "4", "--lanes", "32", "--acc-depth", "64", "--activation-kib", "64", "--weight-kib", "128"];
    let out = succeeds(&[&["compile", &lenet(), "-o", &path, "--json", "--vectors", "1"][..], &shape[..]].concat());
    let summary = json(&out);
    assert_eq!((&summary["rows"], &summary["cols"], &summary["lanes"]), (&8.into(), &4.into(), &32.into()));
    assert_eq!(summary["memories"][0], serde_json::json!({ "name": "activations", "kib": 64.0 }));
    assert_eq!(summary["memories"][1], serde_json::json!({ "name": "weights", "kib": 128.0 }));
    let design = json(&fs::read_to_string(Path::new(&path).join("design.json")).unwrap());
    assert_eq!(design["accelerator"]["acc_depth"], 64);
    succeeds(&["report", &path]);
}

#[test]
fn dumps_need_no_folder() {
    let graph = succeeds(&["compile", &lenet(), "--dump", "graph"]);
    assert!(graph.starts_with("graph lenet5_int8\ninput %"), "{graph}");
    let program = succeeds(&["compile", &lenet(), "--dump", "program", "--quiet"]);
    assert!(program.starts_with("program lenet5_int8\narray 16x16 lanes 16"), "{program}");
    fails(&["compile", &lenet()], 2, "--output <DIR>");
    assert_eq!(succeeds(&["compile", &lenet(), "-q", "-o", &tempfile::tempdir().unwrap().path().join("d").display().to_string()]), "");
}

#[test]
fn an_earlier_design_is_replaced_and_other_files_are_not() {
    let (folder, design) = design();
    fs::write(Path::new(&design).join("extra"), "").unwrap();
    succeeds(&["compile", &lenet(), "-o", &design]);
    assert!(!Path::new(&design).join("extra").exists());

    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("notes.txt"), "mine").unwrap();
    fails(&["compile", &lenet(), "-o", &other.display().to_string()], 1, "exists and is no design folder (it has no design.json)");
    assert_eq!(entries(&other), ["notes.txt"]);
    let file = other.join("notes.txt");
    fails(&["compile", &lenet(), "-o", &file.display().to_string()], 1, "exists and is no design folder");
    fails(&["compile", &lenet(), "-o", &file.join("d").display().to_string()], 1, "nothing was left behind");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(entries(folder.path()), ["lenet5", "other"]);
}

#[test]
fn bad_models_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("d").display().to_string();
    let bytes = fs::read(lenet()).unwrap();
    let says = |name: &str, bytes: &[u8], says: &str| {
        let path = folder.path().join(name).display().to_string();
        fs::write(&path, bytes).unwrap();
        fails(&["compile", &path, "-o", &target], 1, says);
    };
    says("half.tflite", &bytes[..bytes.len() / 2], "half.tflite: the file is damaged");
    says("empty.tflite", &[], "empty.tflite: the file is empty");
    says("text.tflite", b"hello world, no model", "unknown file format");
    fails(&["compile", "/nowhere/model.tflite", "-o", &target], 1, "/nowhere/model.tflite: cannot be read");
    assert_eq!(entries(folder.path()), ["empty.tflite", "half.tflite", "text.tflite"]);
}

#[test]
fn memories_that_are_too_small_say_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("d").display().to_string();
    let compile = |option: &str, value: &str, says: &str| fails(&["compile", &lenet(), "-o", &target, option, value], 1, says);
    compile("--activation-kib", "4", "the activation memory is 17.0 KiB short: the network needs 21.0 KiB, 4.0 KiB are there");
    compile("--activation-kib", "4", "(--activation-kib 21)");
    compile("--weight-kib", "4", "the weight memory is 67.0 KiB short");
    compile("--weight-kib", "4", "(--weight-kib 71)");
    compile("--acc-depth", "4", "layer 'conv1' does not fit: an output row has 28 pixels");
    assert_eq!(entries(folder.path()), [""; 0]);
    succeeds(&["compile", &lenet(), "-o", &target, "--activation-kib", "21", "--weight-kib", "71"]);
}
