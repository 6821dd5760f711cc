//! Test results in the JUnit XML dialect that CI systems read.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::error::{CosimError, io_error};

/// A suite of test cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestSuite {
    /// The suite's name.
    pub name: String,
    /// Its cases, in order.
    pub cases: Vec<TestCase>,
}

/// One test case.
#[derive(Clone, Debug, PartialEq)]
pub struct TestCase {
    /// What it belongs to, dots between the parts: `networks.lenet`.
    pub class: String,
    /// The case's name within its class.
    pub name: String,
    /// How long it took.
    pub time: Duration,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a test case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As expected.
    Passed,
    /// The thing tested is wrong: one line, and all there is to say.
    Failed {
        /// The line that lists show.
        message: String,
        /// Everything else.
        detail: String,
    },
    /// The test could not be carried out.
    Error {
        /// The line that lists show.
        message: String,
    },
    /// Not run, and why.
    Skipped {
        /// The reason.
        reason: String,
    },
}

/// Writes the suites to `path`; the file is replaced as a whole.
pub fn write_junit(path: &Path, suites: &[TestSuite]) -> Result<(), CosimError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = Path::new(&beside);
    fs::write(beside, junit_xml(suites)).map_err(io_error(beside))?;
    fs::rename(beside, path).map_err(io_error(path))
}

/// The suites as an XML document.
pub fn junit_xml(suites: &[TestSuite]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all: Vec<&TestCase> = suites.iter().flat_map(|suite| &suite.cases).collect();
    let _ = writeln!(xml, "<testsuites {}>", counts(&all));
    for suite in suites {
        let cases: Vec<&TestCase> = suite.cases.iter().collect();
        let _ = writeln!(xml, "  <testsuite name=\"{}\" {}>", escape(&suite.name), counts(&cases));
        for case in &suite.cases {
            push_case(&mut xml, case);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn counts(cases: &[&TestCase]) -> String {
    let count = |kind: fn(&Outcome) -> bool| cases.iter().filter(|case| kind(&case.outcome)).count();
    let time_s: f64 = cases.iter().map(|case| case.time.as_secs_f64()).sum();
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{time_s:.3}\"",
        cases.len(),
        count(|outcome| matches!(outcome, Outcome::Failed { .. })),
        count(|outcome| matches!(outcome, Outcome::Error { .. })),
        count(|outcome| matches!(outcome, Outcome::Skipped { .. })),
    )
}

fn push_case(xml: &mut String, case: &TestCase) {
    let (class, name, time_s) = (escape(&case.class), escape(&case.name), case.time.as_secs_f64());
    let _ = write!(xml, "    <testcase classname=\"{class}\" name=\"{name}\" time=\"{time_s:.3}\"");
    let inner = match &case.outcome {
        Outcome::Passed => {
            xml.push_str("/>\n");
            return;
        }
        Outcome::Failed { message, detail } => format!("<failure message=\"{}\">{}</failure>", escape(message), escape_text(detail)),
        Outcome::Error { message } => format!("<error message=\"{}\"/>", escape(message)),
        Outcome::Skipped { reason } => format!("<skipped message=\"{}\"/>", escape(reason)),
    };
    let _ = writeln!(xml, ">\n      {inner}\n    </testcase>");
}

/// For attributes: as for text, with quotes and line ends too, which a parser would otherwise turn into spaces.
fn escape(text: &str) -> String {
    escape_text(text).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;").replace('\r', "&#13;")
}

/// For text: markup escaped, characters that XML 1.0 has no way to carry replaced.
fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str, outcome: Outcome) -> TestCase {
        TestCase { class: "networks.lenet".into(), name: name.into(), time: Duration::from_millis(1500), outcome }
    }

    fn suites() -> Vec<TestSuite> {
        let failed = Outcome::Failed { message: "a < b & \"c\"\nd".into(), detail: "x ]]> \u{1b}[0m".into() };
        let skipped = Outcome::Skipped { reason: "no board".into() };
        let error = Outcome::Error { message: "no tool".into() };
        let cases = vec![case("fits", Outcome::Passed), case("differs", failed), case("flash", skipped), case("build", error)];
        vec![TestSuite { name: "all".into(), cases }]
    }

    #[test]
    fn document() {
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" errors="1" skipped="1" time="6.000">
  <testsuite name="all" tests="4" failures="1" errors="1" skipped="1" time="6.000">
    <testcase classname="networks.lenet" name="fits" time="1.500"/>
    <testcase classname="networks.lenet" name="differs" time="1.500">
      <failure message="a &lt; b &amp; &quot;c&quot;&#10;d">x ]]&gt; �[0m</failure>
    </testcase>
    <testcase classname="networks.lenet" name="flash" time="1.500">
      <skipped message="no board"/>
    </testcase>
    <testcase classname="networks.lenet" name="build" time="1.500">
      <error message="no tool"/>
    </testcase>
  </testsuite>
</testsuites>
"#;
        assert_eq!(junit_xml(&suites()), expected);
    }

    #[test]
    fn file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("junit.xml");
        fs::write(&path, "old").unwrap();
        write_junit(&path, &suites()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), junit_xml(&suites()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
