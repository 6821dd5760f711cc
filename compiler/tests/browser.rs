//! The pages of `fretwork report --html` in Chromium: at a phone's and a desk's width, light and dark, and on paper. Nothing is logged to the console,
//! nothing is wider than the window, and no text leaves its drawing. Screenshots stay in the target folder for who wants to look. Without Chromium
//! the tests say that they were skipped.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Widths in pixels: a small phone, a desk.
const WIDTHS: [u32; 2] = [360, 1280];
/// Pixels of a screenshot.
const HEIGHT: u32 = 4000;

/// In the frame's page: is it as wide as its frame, and does all text lie inside its drawing?
const MEASURE: &str = "onload = () => {
  const wrong = [];
  for (const frame of document.querySelectorAll('iframe')) {
    const page = frame.contentDocument.documentElement;
    if (page.scrollWidth !== page.clientWidth) wrong.push(`page of ${page.scrollWidth} pixels`);
    for (const drawing of page.querySelectorAll('svg')) {
      const outer = drawing.getBoundingClientRect();
      for (const text of drawing.querySelectorAll('text')) {
        const inner = text.getBoundingClientRect();
        if (inner.width === 0) continue;
        if (inner.left - outer.left < -1 || inner.right - outer.right > 1) wrong.push(`text ${text.textContent}`);
        const figure = text.classList.contains('name') ? text.parentNode.querySelector(`.figure[y='${text.getAttribute('y')}']`) : null;
        if (figure !== null) {
          if (inner.right > figure.getBoundingClientRect().left) wrong.push(`name ${text.textContent}`);
        }
      }
    }
  }
  document.title = 'wrong: ' + JSON.stringify(wrong);
};";

/// The browser; without one, a word on standard error that the test was skipped.
fn chromium(test: &str) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file());
    if found.is_none() {
        // Not by a macro: the harness keeps what macros print to itself.
        let _ = writeln!(std::io::stderr(), "skipped: {test} needs Chromium (apt-get install chromium)");
    }
    found
}

/// Runs the browser on a file; what it printed and what it logged.
fn browse(chromium: &Path, folder: &TempDir, file: &str, options: &[&str]) -> (String, String) {
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr", "--no-first-run"]);
    command.arg(format!("--user-data-dir={}", folder.path().join("profile").display())).args(options);
    let output = command.arg(format!("file://{}", folder.path().join(file).display())).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{err}");
    (out, err)
}

fn console(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains("CONSOLE")).collect()
}

/// The pages of a dense network and of one on the sparse engine.
fn pages(folder: &TempDir) -> Vec<String> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let models: [(&str, &[&str]); 2] = [("lenet5/lenet5_int8.tflite", &[]), ("lenet300/lenet300_deep_int8.tflite", &["--pes", "64"])];
    let page = |(index, (model, options)): (usize, (&str, &[&str]))| {
        let file = folder.path().join(format!("page{index}.html"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_fretwork"));
        let output = command.arg("report").arg(examples.join(model)).args(options).arg("--html").arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(file).unwrap()
    };
    models.into_iter().enumerate().map(page).collect()
}

/// A file with the pages beside each other in frames of a width, which windows cannot be as narrow as.
fn frames(folder: &TempDir, file: &str, pages: &[String], width: u32) {
    let frame = |page: &String| {
        let page = page.replace('&', "&amp;").replace('"', "&quot;");
        format!("<iframe style=\"border:0;width:{width}px;height:{HEIGHT}px\" srcdoc=\"{page}\"></iframe>")
    };
    let frames: String = pages.iter().map(frame).collect();
    let text = format!(
        "<!DOCTYPE html><meta charset=utf-8><meta name=color-scheme content=\"light dark\"><style>body{{margin:0;white-space:nowrap}}</style>\
         <script>{MEASURE}</script>{frames}"
    );
    fs::write(folder.path().join(file), text).unwrap();
}

#[test]
fn pages_fit_a_phone_and_a_desk_in_light_and_dark() {
    let Some(chromium) = chromium("the test of the report's pages on screens") else { return };
    let folder = tempfile::tempdir().unwrap();
    let pages = pages(&folder);
    for width in WIDTHS {
        frames(&folder, "frames.html", &pages, width);
        let window = format!("--window-size={},{HEIGHT}", 2 * width);
        let (out, log) = browse(&chromium, &folder, "frames.html", &[&window, "--dump-dom"]);
        assert!(out.contains("<title>wrong: []</title>"), "{width}: {}", out.lines().find(|line| line.contains("<title>wrong")).unwrap_or(&log));
        assert!(console(&log).is_empty(), "{:?}", console(&log));
        let shot = |(scheme, number): (&str, u32)| {
            let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{width}-{scheme}.png"));
            let _ = fs::remove_file(&file);
            let [screenshot, scheme] = [format!("--screenshot={}", file.display()), format!("--blink-settings=preferredColorScheme={number}")];
            let (_, log) = browse(&chromium, &folder, "frames.html", &[&window, &scheme, &screenshot]);
            assert!(console(&log).is_empty(), "{:?}", console(&log));
            fs::read(file).unwrap()
        };
        let [dark, light] = [("dark", 0), ("light", 1)].map(shot);
        assert!(dark.starts_with(b"\x89PNG") && light.starts_with(b"\x89PNG") && dark != light);
    }
}

#[test]
fn pages_can_be_printed() {
    let Some(chromium) = chromium("the test of the report's pages on paper") else { return };
    let folder = tempfile::tempdir().unwrap();
    pages(&folder);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.pdf");
    let (_, log) = browse(&chromium, &folder, "page0.html", &[&format!("--print-to-pdf={}", file.display())]);
    assert!(console(&log).is_empty(), "{:?}", console(&log));
    assert!(fs::read(file).unwrap().starts_with(b"%PDF"));
}

#[test]
fn the_tests_would_see_an_error_and_a_page_that_is_too_wide() {
    let Some(chromium) = chromium("the test of the tests of the report's pages") else { return };
    let folder = tempfile::tempdir().unwrap();
    let [page, ..] = &pages(&folder)[..] else { panic!("there are pages") };
    let spoilt = page.replace("<main>", "<main><img src=\"http://localhost:9/x.png\"/><p style=\"width:2000px\">wide</p>");
    frames(&folder, "frames.html", &[spoilt], WIDTHS[0]);
    let (out, log) = browse(&chromium, &folder, "frames.html", &["--window-size=800,800", "--dump-dom"]);
    assert!(!console(&log).is_empty() && out.contains("wrong: [\"page of"), "{log}");
}
