//! Yosys as `fretwork build` finds it, and its simulation models of a family's cells.

use fretwork::board::Board;
use fretwork::build::{flow, tools, verify};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Yosys, and the folder of what comes with it.
pub struct Yosys {
    tool: tools::Tool,
    share: PathBuf,
}

impl Yosys {
    /// The one that builds for a board; otherwise the test is skipped, and says so.
    pub fn find(board: &Board) -> Option<Yosys> {
        let found = tools::find(&flow::stages(board, 1)[0]).and_then(|tool| {
            let share = verify::share(&tool).filter(|share| share.is_dir())?;
            Some(Yosys { tool, share })
        });
        if found.is_none() {
            println!("skipped: yosys is not here");
        }
        found
    }

    /// Runs commands in a folder, as `board.ys` there.
    pub fn run(&self, folder: &Path, commands: &[String]) {
        std::fs::write(folder.join("board.ys"), commands.join("\n") + "\n").unwrap();
        let output = Command::new(&self.tool.program).args(&self.tool.args).current_dir(folder).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let end: Vec<&str> = text.lines().rev().take(20).collect();
        assert!(output.status.success(), "{}: {end:?} {}", self.tool.name, String::from_utf8_lossy(&output.stderr));
    }

    /// Copies the models of a family's cells into a design's build, some files (name, text) in the place of Yosys's modules of their names.
    pub fn models(&self, family: &str, folder: &Path, ours: &[(&str, &str)]) {
        let lines = ours.iter().flat_map(|(_, text)| text.lines());
        let replaced: Vec<&str> = lines.filter_map(|line| line.strip_prefix("module ")?.split_whitespace().next()).collect();
        verify::copy_models(&self.share.join(family), folder, &replaced).unwrap();
        for (name, text) in ours {
            std::fs::write(folder.join("build/models").join(name), text).unwrap();
        }
    }
}
