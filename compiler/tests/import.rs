//! What the importer makes of small models: the graphs it prints, and the words in which it refuses.
//!
//! `BLESS=1` rewrites the expectations.

use std::path::{Path, PathBuf};

use fretwork::import::{import, load};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/tflm").join(name)
}

fn models(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut models: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "tflite")).collect();
    models.sort();
    models
}

fn check(actual: &str, expectation: &Path) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(expectation, actual).unwrap();
    }
    let expected = std::fs::read_to_string(expectation).unwrap_or_default();
    let place = expectation.display();
    assert!(actual == expected, "{place} says\n{expected}\nbut it is\n{actual}\nIf that is right, run with BLESS=1");
}

#[test]
fn text_form_of_small_models() {
    for name in ["small", "int16"] {
        let graphs = models(&folder(name)).iter().map(|model| load(model).unwrap().to_string()).collect::<Vec<_>>();
        check(&graphs.join("\n"), &folder(name).join("graphs.txt"));
    }
}

#[test]
fn refusals_name_the_node_the_reason_and_what_fits() {
    let refusal = |model: &PathBuf| {
        let message = load(model).expect_err(&model.display().to_string()).to_string();
        let start = model.parent().unwrap().display().to_string();
        message.strip_prefix(&start).unwrap().trim_start_matches('/').to_owned() + "\n"
    };
    check(&models(&folder("refused")).iter().map(refusal).collect::<String>(), &folder("refused/messages.txt"));
}

#[test]
fn compressed_constants_are_decoded() {
    let graph = |file: &str| import(&std::fs::read(folder("compressed").join(file)).unwrap(), "model").unwrap();
    let plain = graph("plain.tflite");
    assert_eq!(graph("decoded.tflite"), plain);
    assert_eq!(graph("metadata.tflite"), plain);
}
