use super::*;

/// The document, which `fretwork methods --check --markdown` made.
fn document() -> String {
    std::fs::read_to_string(workspace().join("docs/methods.md")).unwrap()
}

fn workspace() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Columns of the document's rows.
fn columns(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

/// Values and cycles of a status: the words of Verilog, which a check without it has not, left out.
fn counts(status: &str) -> Vec<&str> {
    let parts = status.trim_start_matches("equal: ").split([',', ';']).map(str::trim);
    parts.filter(|part| part.ends_with(" values") || part.ends_with(" cycles")).collect()
}

#[test]
fn every_row_is_as_the_document_says() {
    let checked = succeeds(&["methods", "--check", "--no-verilog", "--markdown"]);
    let document = document();
    let rows = |text: &str| text.lines().filter(|line| line.starts_with("| F")).map(str::to_owned).collect::<Vec<_>>();
    let (checked, written) = (rows(&checked), rows(&document));
    assert_eq!(checked.len(), written.len(), "`fretwork methods --check --markdown > docs/methods.md` makes the document anew");
    for (checked, written) in checked.iter().zip(&written) {
        let (checked, written) = (columns(checked), columns(written));
        let last = checked.len() - 1;
        assert_eq!(checked[..last], written[..last], "`fretwork methods --check --markdown > docs/methods.md` makes the document anew");
        assert_eq!(counts(checked[last]), counts(written[last]), "{written:?}");
        assert!(written[last].starts_with("equal: ") && written[last].contains(" words of Verilog"), "{written:?}");
        let suite = written[last - 1].trim_matches('`');
        assert!(workspace().join(suite).exists(), "{suite} does not exist");
    }
}

#[test]
fn forms_are_chosen_and_run_in_verilog() {
    let lines = json(&succeeds(&["methods", "--check", "--form", "F20", "--json"]));
    let lines = lines.as_array().unwrap();
    assert_eq!(lines.len(), 2);
    for line in lines {
        let status = line["status"].as_str().unwrap();
        assert!(status.starts_with("equal: ") && status.contains("words of Verilog"), "{status}");
    }
}

#[test]
fn without_a_check_nothing_is_claimed() {
    let text = succeeds(&["methods", "--form", "f5"]);
    assert!(text.contains("XNOR-Net") && text.contains("not checked") && !text.contains("equal"), "{text}");
    fails(&["methods", "--form", "F25"], 2, "must be in F1..=F24");
}
