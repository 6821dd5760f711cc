use super::*;

const BASELINE: &str = "\
[[design]]
name = \"small\"
model = \"MODEL\"
options = \"--rows 4 --cols 4\"

[[design]]
name = \"sparse\"
model = \"MODEL\"
options = \"--rows 4 --cols 4 --pes 8\"
";

/// A folder with a baseline of the LeNet, whose figures were written.
fn baseline() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hardware.toml");
    fs::copy(lenet(), folder.path().join("net.tflite")).unwrap();
    fs::write(&path, BASELINE.replace("MODEL", "net.tflite")).unwrap();
    let name = path.display().to_string();
    fails(&["check", "--baseline", &name], 2, "design 'small' has no figures yet; write them with --update");
    assert!(succeeds(&["check", "--baseline", &name, "--update"]).contains("2 designs written"));
    (folder, name)
}

#[test]
fn what_became_worse_is_an_error() {
    let (folder, name) = baseline();
    assert_eq!(succeeds(&["check", "--baseline", &name]).matches(": the same, ").count(), 2);
    let text = fs::read_to_string(&name).unwrap();
    let cycles = json(&succeeds(&["simulate", &lenet(), "--rows", "4", "--cols", "4", "--json"]))["latency_cycles"][0].as_u64().unwrap();
    assert!(text.contains(&format!("cycles = {cycles}\n")), "{text}");
    // Somebody once had a faster one.
    fs::write(&name, text.replacen(&format!("cycles = {cycles}\n"), &format!("cycles = {}\n", cycles - 100), 1)).unwrap();
    let junit = folder.path().join("hardware.xml").display().to_string();
    let ran = run(&["check", "--baseline", &name, "--junit", &junit]);
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    assert!(ran.err.starts_with("error: regression: design 'small': cycles ") && ran.err.contains("(+0.19 %)"), "{}", ran.err);
    assert!(fs::read_to_string(&junit).unwrap().contains("failures=\"1\""));
    assert!(succeeds(&["check", "--baseline", &name, "--tolerance", "0.01"]).contains("small: the same"));
    // A slower one is better now.
    fs::write(&name, text.replacen(&format!("cycles = {cycles}\n"), &format!("cycles = {}\n", cycles + 100), 1)).unwrap();
    assert!(succeeds(&["check", "--baseline", &name]).contains("small: better, see --update"));
}

#[test]
fn what_is_no_baseline_is_refused() {
    let (folder, name) = baseline();
    let broken = folder.path().join("broken.toml");
    fs::write(&broken, fs::read_to_string(&name).unwrap().replace("--rows 4", "--rows 5")).unwrap();
    fails(&["check", "--baseline", &broken.display().to_string()], 2, "variant 'small': options '--rows 5 --cols 4': ");
    fs::write(&broken, "design = 3").unwrap();
    fails(&["check", "--baseline", &broken.display().to_string()], 2, "broken.toml': TOML parse error");
}
