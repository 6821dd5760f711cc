//! Runs the stages of a build one after the other and keeps their logs.

use super::flow::{self, Stage, stages};
use super::report::{self, BuildReport};
use super::verify::Verification;
use super::{FOLDER, tools};
use crate::board::Board;
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// Why there is no bitstream.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A program is missing.
    #[error("{stage} needs {tools}, which is not installed: {install}")]
    Missing {
        /// The stage.
        stage: &'static str,
        /// Programs that could do it.
        tools: String,
        /// How to get one of them.
        install: &'static str,
    },
    /// A program refused the design, or ended otherwise.
    #[error("{stage} with {tool} failed: {message}{hint}; its output is in '{}'", log.display())]
    Failed {
        /// The stage.
        stage: &'static str,
        /// The program.
        tool: String,
        /// Its own words.
        message: String,
        /// What would fit.
        hint: &'static str,
        /// Its whole output.
        log: PathBuf,
    },
    /// A netlist of this family cannot be simulated.
    #[error("there are no simulation models of all cells of {family}; leave out --verify")]
    NoModels {
        /// The family.
        family: &'static str,
    },
    /// What a tool reports cannot be read.
    #[error("'{}' cannot be read: {reason}", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The file system refused.
    #[error("'{}': {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl BuildError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> BuildError + '_ {
        move |source| BuildError::Io { path: path.to_owned(), source }
    }
}

/// How a design is built.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seeds of the placement, tried one after the other until the clock is reached; the fastest is kept.
    pub seeds: Range<u64>,
    /// The netlist is simulated first.
    pub verify: bool,
    /// More arguments of place and route.
    pub place_args: Vec<String>,
}

/// Builds a design folder. What an earlier build left is removed first, so that no bitstream is older than its report. `announce` hears the name of
/// every stage and its program before it begins.
///
/// # Errors
/// A missing or failing program; what the file system refuses; a netlist that does not agree. Timing that is not met is none: the report says so.
pub fn build<P>(
    folder: &Path,
    board: &Board,
    options: &Options,
    mut announce: impl FnMut(&'static str, &str) -> P,
) -> Result<BuildReport, BuildError> {
    let seeds = &options.seeds;
    let stages = stages(board, seeds.start);
    let found = stages.iter().map(tools::find_or_say).collect::<Result<Vec<_>, _>>()?;
    let netlist = if options.verify { Some(Verification::new(folder, board)?) } else { None };
    let out = folder.join(FOLDER);
    if out.exists() {
        fs::remove_dir_all(&out).map_err(BuildError::io(&out))?;
    }
    fs::create_dir(&out).map_err(BuildError::io(&out))?;
    let verified = netlist.map(|netlist| netlist.run(folder, &mut announce)).transpose()?;
    let mut seed = seeds.start;
    for (index, (stage, tool)) in stages.iter().zip(&found).enumerate() {
        if stage.seeded.is_empty() {
            let _shown = announce(stage.name, &tool.name);
            run(folder, stage, tool)?;
        } else {
            seed = place(folder, board, seeds, |seed| {
                let _shown = announce(stage.name, &tool.name);
                let stage = &flow::stages(board, seed)[index];
                let args = [&stage.args[..], &options.place_args].concat();
                run(folder, stage, &tools::Tool { args, ..tool.clone() }).map(|()| stage.seeded)
            })?;
        }
    }
    let mut report = report::read(folder, board, seed, found.iter().map(|tool| tool.name.clone()).collect())?;
    report.netlist = verified;
    let path = out.join("report.json");
    let text = serde_json::to_string_pretty(&report).map_err(|error| BuildError::Report { path: path.clone(), reason: error.to_string() })?;
    fs::write(&path, text).map_err(BuildError::io(&path))?;
    Ok(report)
}

/// Places with one seed after the other until every clock is reached; what is left is the fastest one's, whose seed is returned. `run` returns
/// the files it wrote.
fn place<R>(folder: &Path, board: &Board, seeds: &Range<u64>, mut run: R) -> Result<u64, BuildError>
where
    R: FnMut(u64) -> Result<&'static [&'static str], BuildError>,
{
    let mut best: Option<(f64, u64)> = None;
    for seed in seeds.clone() {
        let files = run(seed)?;
        let share = report::read(folder, board, seed, Vec::new())?.share_of_clock();
        if best.is_none_or(|(most, _)| share > most) {
            best = Some((share, seed));
            rename(folder, files, "", ".best")?;
        }
        if share >= 1.0 || seed + 1 == seeds.end {
            rename(folder, files, ".best", "")?;
            break;
        }
    }
    Ok(best.map_or(seeds.start, |(_, seed)| seed))
}

/// Moves files to others of the same name with another ending.
fn rename(folder: &Path, files: &[&str], from: &str, to: &str) -> Result<(), BuildError> {
    for file in files {
        let path = folder.join(format!("{file}{from}"));
        fs::rename(&path, folder.join(format!("{file}{to}"))).map_err(BuildError::io(&path))?;
    }
    Ok(())
}

pub(super) fn run(folder: &Path, stage: &Stage, tool: &tools::Tool) -> Result<(), BuildError> {
    let path = folder.join(stage.log);
    let log = File::create(&path).map_err(BuildError::io(&path))?;
    let errors = log.try_clone().map_err(BuildError::io(&path))?;
    let mut command = Command::new(&tool.program);
    command.args(&tool.args).current_dir(folder).stdin(Stdio::null()).stdout(log).stderr(errors);
    let status = command.status().map_err(BuildError::io(&tool.program))?;
    if status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned();
    let message = message(&text, status);
    let hint = hint(stage, &message);
    Err(BuildError::Failed { stage: stage.name, tool: tool.name.clone(), message, hint, log: path })
}

/// A tool's own error, or its last words.
fn message(log: &str, status: ExitStatus) -> String {
    let error = log.lines().find(|line| ["ERROR", "FAIL"].iter().any(|word| line.starts_with(word)) || line.contains("Error:"));
    let last = || log.lines().rev().find(|line| !line.trim().is_empty());
    error.or_else(last).map_or_else(|| format!("it ended without a message ({status})"), |line| line.trim().to_owned())
}

/// What would fit, where that is known.
fn hint(stage: &Stage, message: &str) -> &'static str {
    let full = ["Unable to place", "no Bels remaining", "failed to place", "exceeds", "not enough", "Unable to find legal placement"];
    if stage.name == "place and route" && full.iter().any(|words| message.to_lowercase().contains(&words.to_lowercase())) {
        return " (the device is full: compile with a smaller array or for a larger board)";
    }
    if message.contains("EHXPLLL") || message.contains("rPLL") || message.contains("SB_PLL40") {
        return " (the board's clock cannot be made: compile with --clock-mhz of the oscillator)";
    }
    ""
}

/// Where place and route, or Yosys alone, reports.
pub(super) fn report_path(folder: &Path, placed: bool) -> PathBuf {
    folder.join(if placed { flow::PLACED } else { flow::COUNTS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_failure_says_what_happened_and_what_would_fit() {
        use std::os::unix::process::ExitStatusExt;
        let board = Board::named("ulx3s-25f").unwrap().unwrap();
        let place = &stages(&board, 1)[1];
        let log = "Info: x\nERROR: Unable to place cell 'a', no Bels remaining of type 'TRELLIS_COMB'\n0 warnings, 1 error\n";
        let text = message(log, ExitStatus::from_raw(256));
        assert_eq!(text, "ERROR: Unable to place cell 'a', no Bels remaining of type 'TRELLIS_COMB'");
        assert!(hint(place, &text).contains("a smaller array"));
        assert_eq!(hint(place, "ERROR: syntax"), "");
        assert!(message("", ExitStatus::from_raw(11)).contains("signal: 11"));
    }
}
