//! Calls of Verilator and make. What they are asked for is decided in `build`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use crate::error::CosimError;

/// Lines of a tool's output that an error shows.
const SHOWN_LINES: usize = 25;

/// How to install what `tool` names.
fn install_hint(tool: &str) -> &'static str {
    if tool.contains("verilator") { "apt-get install verilator" } else { "apt-get install make g++ zlib1g-dev" }
}

/// The programs, and the design they are called for.
pub(crate) struct Toolchain<'a> {
    pub verilator: &'a Path,
    pub design: &'a Path,
}

impl Toolchain<'_> {
    /// The text of `verilator --version`, asked once per process.
    pub fn verilator_version(&self) -> Result<String, CosimError> {
        static KNOWN: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(version) = known().get(self.verilator) {
            return Ok(version.clone());
        }
        let version = self.call(Command::new(self.verilator).arg("--version"))?;
        known().insert(self.verilator.to_owned(), version.clone());
        Ok(version)
    }

    /// Translates the design's RTL to C++ in `build`. Runs in the design folder, so that messages name files relative to it.
    pub fn verilate(&self, build: &Path, flags: &[&str], sources: &[PathBuf]) -> Result<String, CosimError> {
        let mut command = Command::new(self.verilator);
        command.current_dir(self.design).args(flags).arg("--Mdir").arg(build).args(sources);
        self.call(&mut command)
    }

    /// Makes `target` in `build` with the given variables.
    pub fn make(&self, build: &Path, target: &str, variables: &[String]) -> Result<String, CosimError> {
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        let mut command = Command::new("make");
        command.current_dir(build).arg("-f").arg("fw_model.mk").arg(format!("-j{jobs}")).args(variables).arg(target);
        // A surrounding make's job server is not ours.
        command.env_remove("MAKEFLAGS").env_remove("MFLAGS").env_remove("MAKELEVEL");
        self.call(&mut command)
    }

    /// Runs to the end; what the program said, or the error that shows its first lines.
    fn call(&self, command: &mut Command) -> Result<String, CosimError> {
        let tool = command.get_program().to_string_lossy().into_owned();
        let output = command.output().map_err(|source| match source.kind() {
            ErrorKind::NotFound => CosimError::ToolMissing { install: install_hint(&tool), tool: tool.clone() },
            _ => CosimError::Io { path: PathBuf::from(&tool), source },
        })?;
        if output.status.success() {
            return Ok(text(&output));
        }
        Err(CosimError::ToolFailed { log: first_lines(&output), design: self.design.to_owned(), tool })
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout))
}

/// The first lines of the output, and a word on a missing program or header that only shows inside it.
fn first_lines(output: &Output) -> String {
    let text = text(output);
    let mut lines: Vec<&str> = text.lines().take(SHOWN_LINES).collect();
    if text.lines().count() > SHOWN_LINES {
        lines.push("...");
    }
    if text.contains("zlib.h") || text.contains("g++: not found") || text.contains("g++: No such file") {
        lines.push("this needs `apt-get install g++ zlib1g-dev`");
    }
    lines.join("\n")
}
