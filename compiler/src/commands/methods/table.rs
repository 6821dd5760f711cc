//! The table of methods as text, Markdown and JSON.

use super::check::Outcome;
use super::rows::{Row, UNMAPPED};
use serde::Serialize;
use std::fmt::Write;

/// A row as it is printed.
#[derive(Serialize)]
pub struct Line {
    form: &'static str,
    hardware_sees: &'static str,
    methods: &'static str,
    passes: Vec<String>,
    accelerator: &'static str,
    cores: Vec<&'static str>,
    test: &'static str,
    status: String,
}

/// The rows with what their checks found, in the order of the forms; then those without hardware.
pub fn lines(rows: &[&Row], outcomes: &[Option<Outcome>]) -> Vec<Line> {
    let line = |(row, outcome): (&&Row, &Option<Outcome>)| Line {
        form: row.form,
        hardware_sees: row.sees,
        methods: row.methods,
        passes: row.passes.iter().map(|pass| (*pass).to_owned()).collect(),
        accelerator: row.shape,
        cores: row.cores.to_vec(),
        test: row.test,
        status: status(outcome.as_ref()),
    };
    rows.iter().zip(outcomes).map(line).collect()
}

fn status(outcome: Option<&Outcome>) -> String {
    match outcome {
        None => "not checked".to_owned(),
        Some(Outcome::Failed(reason)) => format!("failed: {reason}"),
        Some(Outcome::Differs(disagreement)) => format!("differs: {disagreement}"),
        Some(Outcome::Good(figures)) => match figures.words {
            Some(words) => format!("equal: {} values, {words} words of Verilog, {} cycles", figures.values, figures.cycles),
            None => format!("equal: {} values, {} cycles; without Verilog", figures.values, figures.cycles),
        },
    }
}

/// For a terminal: a few lines per row.
pub fn text(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{:4} {}: {}", line.form, line.hardware_sees, line.methods);
        let _ = writeln!(text, "     fretwork {}", line.passes.join("; fretwork "));
        let _ = writeln!(text, "     {} on {}: {}", line.accelerator, line.cores.join(" and "), line.status);
    }
    text
}

/// The document.
pub fn markdown(lines: &[Line]) -> String {
    let mut text = "# Methods\n\n\
        Compression methods, the form in which the hardware sees them, and the passes and cores that they take. Made by\n\
        `fretwork methods --check --markdown`, which runs each row's command lines on a small network with random weights, looks whether the\n\
        weights have the row's form and the row's cores execute it, and compares the reference kernels with the cycle simulator (every value) and the\n\
        simulator with the Verilog (every word, every cycle), with back-pressure, over two inferences. Accuracy is another matter: that of trained\n\
        networks is in [examples](../examples/README.md).\n\n\
        | form | hardware sees | methods | pass | accelerator | core | test | status |\n|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for line in lines {
        let passes: Vec<String> = line.passes.iter().map(|pass| format!("`{pass}`")).collect();
        let Line { form, hardware_sees, methods, accelerator, test, status, .. } = line;
        let (passes, cores) = (passes.join(", then "), line.cores.join(", "));
        let _ = writeln!(text, "| {form} | {hardware_sees} | {methods} | {passes} | `{accelerator}` | {cores} | `{test}` | {status} |");
    }
    text.push_str("\nNot mapped:\n\n");
    for (form, methods, why) in UNMAPPED {
        let _ = writeln!(text, "- {form}, {methods}: {why}");
    }
    text
}
