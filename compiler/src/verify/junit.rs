//! Comparisons as JUnit suites: one suite per comparison, one case per step.

use super::{Check, Comparison, Outcome};
use fretwork_cosim::junit::{self, TestCase, TestSuite};
use std::time::Duration;

/// The suite of one comparison; `design` is the network's name. Times are left at 0, so that equal results make equal files.
pub fn test_suite(design: &str, comparison: &Comparison) -> TestSuite {
    let mut name = comparison.pair.to_string();
    if comparison.stalls.probability > 0.0 {
        name.push_str(&format!(", stalls {}", comparison.stalls.probability));
    }
    let class = format!("{}.{name}", design.replace('.', "_"));
    let cases = comparison.checks.iter().enumerate().map(|(index, check)| case(&class, index, check)).collect();
    TestSuite { name, cases }
}

fn case(class: &str, index: usize, check: &Check) -> TestCase {
    let outcome = match &check.outcome {
        Outcome::Equal => junit::Outcome::Passed,
        Outcome::Differs(disagreement) => {
            let detail = serde_json::to_string_pretty(disagreement).unwrap_or_default();
            junit::Outcome::Failed { message: disagreement.to_string(), detail }
        }
        Outcome::Unknown(reason) => junit::Outcome::Skipped { reason: reason.clone() },
    };
    TestCase { class: class.to_owned(), name: format!("{index:03} {}", check.name), time: Duration::ZERO, outcome }
}
