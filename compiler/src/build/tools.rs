//! Where the tools are: on PATH, or for Yosys as a Python package.

use super::flow::Stage;
use super::run::BuildError;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Runs a script's commands with the package pyosys, as `yosys -s` does.
const DRIVER: &str = "\
import sys
from pyosys import libyosys as yosys
design = yosys.Design()
with open(sys.argv[1]) as script:
    for line in script:
        if line.strip() and not line.startswith('#'):
            yosys.run_pass(line.strip(), design)
";

/// A program with its arguments.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Name for messages.
    pub name: String,
    /// What is run.
    pub program: PathBuf,
    /// All arguments.
    pub args: Vec<String>,
}

/// The preferred program that is there for a stage.
pub fn find(stage: &Stage) -> Option<Tool> {
    if stage.tools.contains(&"yosys") {
        return pyosys(stage).or_else(|| {
            let program = on_path("yosys")?;
            Some(Tool { name: "yosys".to_owned(), program, args: vec!["-s".to_owned(), script(stage)] })
        });
    }
    let (name, program) = stage.tools.iter().find_map(|name| Some((*name, on_path(name)?)))?;
    Some(Tool { name: name.to_owned(), program, args: stage.args.clone() })
}

/// The same; an error that says how to get one where there is none.
pub fn find_or_say(stage: &Stage) -> Result<Tool, BuildError> {
    find(stage).ok_or_else(|| BuildError::Missing { stage: stage.name, tools: stage.tools.join(" or "), install: stage.install })
}

/// The package is preferred: it is newer than what distributions have, and faster than builds for WebAssembly.
fn pyosys(stage: &Stage) -> Option<Tool> {
    let program = on_path("python3")?;
    let probe = Command::new(&program).args(["-c", "import pyosys"]).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    let args = vec!["-c".to_owned(), DRIVER.to_owned(), script(stage)];
    probe.success().then(|| Tool { name: "pyosys".to_owned(), program, args })
}

fn script(stage: &Stage) -> String {
    stage.args.last().cloned().unwrap_or_default()
}

/// A program of this name in the folders of PATH.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &std::path::Path) -> bool {
    file.is_file()
}
