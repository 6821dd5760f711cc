//! `fretwork check`: the figures of designs against those of a baseline.

use super::context::Context;
use super::error::CommandError;
use super::shape::Shape;
use super::technology;
use fretwork::compare::{Baseline, Entry, Figures, figures};
use fretwork::driver::save::save;
use fretwork::import;
use fretwork::plan::plan;
use fretwork_cosim::junit::{Outcome, TestCase, TestSuite, write_junit};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const EXAMPLES: &str = "\
Examples:
  fretwork check --baseline hardware.toml
  fretwork check --baseline hardware.toml --junit hardware.xml
  fretwork check --baseline hardware.toml --update

The baseline is a TOML file; --update writes the figures of every design into it:

  technology = \"45nm\"
  tolerance = 0.01

  [[design]]
  name = \"lenet5 8x8\"
  model = \"lenet5_int8.tflite\"
  options = \"--rows 8 --cols 8\"

Exit code 4 when a figure is worse than the baseline's.";

/// Compare cycles, energy, memory and area of designs with a committed baseline.
///
/// Every design of the baseline is planned and simulated, its values are compared with the reference kernels (exit code 3 when they differ). Paths are
/// relative to the baseline.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, verbatim_doc_comment)]
pub struct Args {
    /// The baseline.
    #[arg(long, value_name = "FILE.toml")]
    baseline: PathBuf,
    /// Write the figures into the baseline instead of comparing them.
    #[arg(long)]
    update: bool,
    /// By how much a figure may be worse, as a part of it [default: the baseline's, or 0].
    #[arg(long, value_name = "T", conflicts_with = "update", value_parser = tolerance)]
    tolerance: Option<f64>,
    /// Write the result as JUnit XML: a test case for each design.
    #[arg(long, value_name = "FILE.xml", conflicts_with = "update")]
    junit: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..1.0).contains(&value) => Ok(value),
        _ => Err(format!("parameter 'tolerance' is {text}, must be at least 0 and below 1")),
    }
}

/// A design beside its baseline.
#[derive(Serialize)]
struct Checked {
    name: String,
    figures: Figures,
    before: Option<Figures>,
    worse: Vec<String>,
    better: Vec<String>,
    #[serde(skip)]
    time: Duration,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let wrong = |reason: String| CommandError::Usage(format!("'{}': {reason}", args.baseline.display()));
    let text = std::fs::read_to_string(&args.baseline).map_err(CommandError::io(&args.baseline))?;
    let mut baseline = Baseline::from_toml(&text).map_err(wrong)?;
    let folder = args.baseline.parent().unwrap_or(Path::new("."));
    let progress = context.progress("checking designs", Some(baseline.designs.len() as u64));
    let mut all = Vec::new();
    for entry in &baseline.designs {
        let named = |error| CommandError::Variant { name: entry.name.clone(), error: Box::new(error) };
        all.push(checked(entry, &baseline, folder, args).map_err(named)?);
        progress.at(all.len() as u64);
    }
    drop(progress);
    if args.update {
        baseline.designs.iter_mut().zip(&all).for_each(|(entry, checked)| entry.figures = Some(checked.figures));
        let text = toml::to_string(&baseline).map_err(|error| CommandError::Internal(error.to_string()))?;
        save(&args.baseline, text.as_bytes())?;
        return context.say(&format!("{} designs written to {}\n", all.len(), args.baseline.display()));
    }
    if let Some(entry) = all.iter().find(|checked| checked.before.is_none()) {
        return Err(wrong(format!("design '{}' has no figures yet; write them with --update", entry.name)));
    }
    if let Some(path) = &args.junit {
        write_junit(path, &[suite(&all)])?;
    }
    if args.json {
        context.print_json(&all)?;
    } else {
        context.say(&summary(&all))?;
    }
    match all.iter().find(|checked| !checked.worse.is_empty()) {
        None => Ok(()),
        Some(first) => Err(CommandError::Regression { design: first.name.clone(), worse: first.worse.join(", ") }),
    }
}

fn checked(entry: &Entry, baseline: &Baseline, folder: &Path, args: &Args) -> Result<Checked, CommandError> {
    let started = Instant::now();
    let technology = technology::load(&baseline.technology)?;
    let graph = import::load(&folder.join(&entry.model))?;
    let program = plan(&graph, &Shape::parse(&entry.options)?.request()?)?;
    let clock_mhz = baseline.clock_mhz.unwrap_or(technology.clock_mhz);
    let (figures, disagreement) = figures(&graph, &program, &technology, clock_mhz).map_err(CommandError::Internal)?;
    if let Some(disagreement) = disagreement {
        return Err(CommandError::Disagreement(Box::new(disagreement)));
    }
    let tolerance = args.tolerance.unwrap_or(baseline.tolerance);
    let [worse, better] = entry.figures.map_or_else(Default::default, |before| figures.changes(&before, tolerance));
    Ok(Checked { name: entry.name.clone(), figures, before: entry.figures, worse, better, time: started.elapsed() })
}

fn suite(all: &[Checked]) -> TestSuite {
    let case = |checked: &Checked| TestCase {
        class: "baseline".to_owned(),
        name: checked.name.clone(),
        time: checked.time,
        outcome: match checked.worse.first() {
            None => Outcome::Passed,
            Some(first) => Outcome::Failed { message: first.clone(), detail: checked.worse.join("\n") },
        },
    };
    TestSuite { name: "baseline".to_owned(), cases: all.iter().map(case).collect() }
}

fn summary(all: &[Checked]) -> String {
    let mut text = String::new();
    for Checked { name, figures, worse, better, .. } in all {
        let verdict = match (worse.is_empty(), better.is_empty()) {
            (false, _) => "worse",
            (true, false) => "better, see --update",
            (true, true) => "the same",
        };
        let _ = writeln!(text, "{name}: {verdict}, {} cycles", figures.cycles);
        worse.iter().chain(better).for_each(|change| _ = writeln!(text, "  {change}"));
    }
    text
}
