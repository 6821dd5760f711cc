//! What synthesis made of a design computes what the simulator computes: the netlist in the place of the RTL, in Yosys's models of the family's cells, under
//! the design's own bench, without stalls and with them.

use super::FOLDER;
use super::flow::{self, Stage};
use super::run::{BuildError, run};
use super::tools::{self, Tool};
use crate::area::Family;
use crate::board::Board;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cells that only exist after placement; their models hold what simulators do not take.
const PLACED: &str = "TRELLIS_COMB";

/// A netlist that agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The simulator.
    pub simulator: &'static str,
    /// Writes, starts and ends of steps and output words that were compared, without stalls.
    pub checks: u64,
    /// Cycles of that run, from reset on.
    pub cycles: u64,
}

/// How simulators read the models, from the design's folder.
pub const MODELS: &str = "-Ibuild/models -DNO_INCLUDES -DNO_ICE40_DEFAULT_ASSIGNMENTS build/models/cells_sim.v";
const SCRIPT: &str = "build/netlist.ys";
const SIMULATION: &str = "netlist simulation";
/// A simulator and the target of a design's Makefile that runs it.
const SIMULATORS: [(&str, &str); 2] = [("verilator", "verilator"), ("iverilog", "icarus")];

/// A simulation of the netlist whose programs are there.
pub(super) struct Verification {
    synthesis: Stage,
    commands: Vec<String>,
    yosys: Tool,
    simulation: Stage,
    make: Tool,
    simulator: &'static str,
    share: PathBuf,
}

impl Verification {
    /// Looks for everything before anything runs.
    ///
    /// # Errors
    /// A family without models of all cells, a missing program.
    pub fn new(folder: &Path, board: &Board) -> Result<Verification, BuildError> {
        let family = family(board.family).ok_or(BuildError::NoModels { family: board.family.name() })?;
        let args = ["-q", "-l", "build/netlist.log", "-s", SCRIPT].map(str::to_owned).to_vec();
        let synthesis = Stage { name: "netlist", log: "build/netlist.log", args, ..flow::yosys() };
        let yosys = tools::find_or_say(&synthesis)?;
        let missing = |tools: &str, install| BuildError::Missing { stage: SIMULATION, tools: tools.to_owned(), install };
        let share = share(&yosys).map(|share| share.join(family)).filter(|share| share.is_dir());
        let share = share.ok_or_else(|| missing("the cell models of Yosys", "pip install pyosys"))?;
        let simulator = SIMULATORS.into_iter().find(|(program, _)| tools::on_path(program).is_some());
        let (simulator, target) = simulator.ok_or_else(|| missing("verilator or iverilog", "apt-get install verilator"))?;
        let simulation = simulation(folder, target);
        let make = tools::find_or_say(&simulation)?;
        Ok(Verification { synthesis, commands: flow::netlist(board), yosys, simulation, make, simulator, share })
    }

    /// Synthesises the design without the board around it and simulates the netlist; `announce` hears of both stages before they begin.
    ///
    /// # Errors
    /// A program that fails, a bench that does not pass, what the file system refuses.
    pub fn run<P>(&self, folder: &Path, mut announce: impl FnMut(&'static str, &str) -> P) -> Result<Verified, BuildError> {
        let path = folder.join(SCRIPT);
        fs::write(&path, self.commands.join("\n") + "\n").map_err(BuildError::io(&path))?;
        copy_models(&self.share, folder, &[])?;
        let stages = [(&self.synthesis, &self.yosys, self.yosys.name.as_str()), (&self.simulation, &self.make, self.simulator)];
        for (stage, tool, name) in stages {
            let _shown = announce(stage.name, name);
            run(folder, stage, tool)?;
        }
        let log = folder.join(self.simulation.log);
        let text = fs::read_to_string(&log).map_err(BuildError::io(&log))?;
        let (checks, cycles) = passed(&text).ok_or_else(|| BuildError::Report { path: log, reason: "two runs should end with PASS".to_owned() })?;
        Ok(Verified { simulator: self.simulator, checks, cycles })
    }
}

/// Yosys's folder of a family of whose cells all have models.
fn family(family: Family) -> Option<&'static str> {
    match family {
        Family::Ice40 => Some("ice40"),
        Family::Ecp5 | Family::Gowin | Family::Xilinx7 | Family::Sg13g2 => None,
    }
}

/// The design's bench with the netlist as its source.
fn simulation(folder: &Path, target: &str) -> Stage {
    let outside = ["tb_axi.sv", "tb_flash.sv"].into_iter().filter(|name| folder.join(name).is_file());
    let sources: Vec<&str> = outside.chain(["tb.sv"]).collect();
    let args = [vec![target.to_owned()], variables(&sources).to_vec()].concat();
    let install = "apt-get install make";
    Stage { name: SIMULATION, variable: "MAKE", tools: &["make"], install, args, log: "build/netlist_simulation.log", seeded: &[] }
}

/// Variables of a design's Makefile that put the netlist and the models of its cells in the place of the RTL, beside other sources.
pub fn variables(sources: &[&str]) -> [String; 2] {
    // Options and files go to the simulator in one variable; make has no rule for options, so that the file it depends on is named apart.
    [format!("SOURCES={MODELS} build/netlist.v {}", sources.join(" ")), "INPUTS=build/netlist.v".to_owned()]
}

/// Copies Yosys's models of a family's cells, `share`, into a design's build; without some modules, and without those that only exist after placement.
///
/// # Errors
/// What the file system refuses.
pub fn copy_models(share: &Path, folder: &Path, left_out: &[&str]) -> Result<(), BuildError> {
    let target = &folder.join(FOLDER).join("models");
    fs::create_dir_all(target).map_err(BuildError::io(target))?;
    for entry in fs::read_dir(share).map_err(BuildError::io(share))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "cells_sim.v" || name.ends_with(".vh") {
            let (from, to) = (entry.path(), target.join(name));
            let text = fs::read_to_string(&from).map_err(BuildError::io(&from))?;
            let text = left_out.iter().chain(&[PLACED]).fold(text, |text, module| without(&text, module));
            fs::write(&to, text).map_err(BuildError::io(&to))?;
        }
    }
    Ok(())
}

/// The folder of what comes with Yosys.
pub fn share(yosys: &Tool) -> Option<PathBuf> {
    if yosys.name != "pyosys" {
        // `yosys-config` would know, but distributions keep it in a package of its own.
        return Some(yosys.program.canonicalize().ok()?.parent()?.parent()?.join("share/yosys"));
    }
    let folder = "import os, pyosys; print(os.path.join(os.path.dirname(pyosys.__file__), 'share'))";
    let output = Command::new(&yosys.program).args(["-c", folder]).output().ok()?;
    output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// A Verilog text without one of its modules.
fn without(text: &str, module: &str) -> String {
    let begin = ["(", " ("].iter().find_map(|end| text.find(&format!("module {module}{end}")));
    let range = begin.and_then(|begin| Some((begin, begin + text[begin..].find("endmodule")? + "endmodule".len())));
    range.map_or_else(|| text.to_owned(), |(begin, end)| format!("{}{}", &text[..begin], &text[end..]))
}

/// Checks and cycles of the first run, of two that have to pass: `PASS 12 checks in 345 cycles, no stalls`.
fn passed(log: &str) -> Option<(u64, u64)> {
    let mut runs = log.lines().filter_map(|line| {
        let words: Vec<&str> = line.strip_prefix("PASS ")?.split(' ').collect();
        Some((words.first()?.parse().ok()?, words.get(3)?.parse().ok()?))
    });
    let first = runs.next()?;
    runs.next().map(|_| first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runs_have_to_pass() {
        let line = "PASS 12 checks in 345 cycles, no stalls\n";
        assert_eq!(passed(&format!("make\n{line}- tb.sv:236: Verilog $finish\nPASS 11 checks in 400 cycles, stalls\n")), Some((12, 345)));
        assert_eq!(passed(line), None);
        assert_eq!(passed("FAIL in cycle 3: x\n"), None);
    }

    #[test]
    fn a_module_is_left_out() {
        assert_eq!(without("a\nmodule b(c);\nendmodule\nd\n", "b"), "a\n\nd\n");
        assert_eq!(without("module b (c);\nendmodule\nmodule bb();\n", "b"), "\nmodule bb();\n");
        assert_eq!(without("a\n", "b"), "a\n");
    }
}
