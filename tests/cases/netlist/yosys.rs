//! Yosys as `fretwork build` finds it, and its simulation models of a family's cells.

use fretwork::board::Board;
use fretwork::build::{flow, tools, verify};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cells that only exist after placement; their models hold what Icarus does not take.
const PLACED: &str = "TRELLIS_COMB";

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

    /// Copies the models of a family's cells to `models/` in a folder, some files (name, text) in the place of Yosys's modules of their names; returns the
    /// options and files with which Icarus reads them.
    pub fn models(&self, family: &str, folder: &Path, ours: &[(&str, &str)]) -> String {
        let target = folder.join("models");
        std::fs::create_dir_all(&target).unwrap();
        let lines = ours.iter().flat_map(|(_, text)| text.lines());
        let replaced: Vec<&str> = lines.filter_map(|line| line.strip_prefix("module ")?.split_whitespace().next()).chain([PLACED]).collect();
        for entry in std::fs::read_dir(self.share.join(family)).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name == "cells_sim.v" || name.ends_with(".vh") {
                let text = std::fs::read_to_string(entry.path()).unwrap();
                std::fs::write(target.join(name), replaced.iter().fold(text, |text, module| without(&text, module))).unwrap();
            }
        }
        let mut sources = "-I models -DNO_INCLUDES -DNO_ICE40_DEFAULT_ASSIGNMENTS models/cells_sim.v".to_owned();
        for (name, text) in ours {
            std::fs::write(target.join(name), text).unwrap();
            sources += &format!(" models/{name}");
        }
        sources
    }
}

/// A Verilog text without one of its modules.
fn without(text: &str, module: &str) -> String {
    let found = ["(", " ("].iter().find_map(|end| text.find(&format!("module {module}{end}")));
    let Some(begin) = found else { return text.to_owned() };
    let end = begin + text[begin..].find("endmodule").expect("an end") + "endmodule".len();
    format!("{}{}", &text[..begin], &text[end..])
}
