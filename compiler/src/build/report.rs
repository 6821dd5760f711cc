//! What a build took and reached, from the tools' own reports.

use super::flow;
use super::run::{BuildError, report_path};
use super::verify::Verified;
use crate::area::{self, Family};
use crate::board::Board;
use crate::synth;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What is used of a resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resource {
    /// Its name.
    pub name: &'static str,
    /// Used.
    pub used: u64,
    /// What the device has.
    pub available: u64,
    /// Used, in per cent.
    pub percent: f64,
}

/// A clock after routing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clock {
    /// The net, as place and route names it.
    pub net: String,
    /// Largest frequency, MHz.
    pub achieved_mhz: f64,
    /// What was asked for, MHz.
    pub target_mhz: f64,
}

/// A finished build.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BuildReport {
    /// Board.
    pub board: String,
    /// Part.
    pub part: String,
    /// Network.
    pub network: String,
    /// Rows of the array.
    pub rows: usize,
    /// Columns of the array.
    pub cols: usize,
    /// Bytes of an activation word.
    pub lanes: usize,
    /// Seed of the placement.
    pub seed: u64,
    /// The programs that did it.
    pub tools: Vec<String>,
    /// What is used.
    pub resources: Vec<Resource>,
    /// Clocks, where they are known.
    pub clocks: Vec<Clock>,
    /// Every clock reaches what was asked for; unknown where there are no clocks.
    pub timing_met: Option<bool>,
    /// The core's clock as it was asked for, MHz.
    pub target_mhz: f64,
    /// The clock that the latency is given at: what was asked for, or what was reached where that is less, MHz.
    pub clock_mhz: f64,
    /// Cycles from the first input word to the last output word, by the simulator.
    pub cycles: u64,
    /// The same as time, us; without the transfer between host and board.
    pub latency_us: f64,
    /// The netlist agreed with the simulator; unknown where that was not asked for.
    pub netlist: Option<Verified>,
    /// Files and their sizes, bytes.
    pub files: BTreeMap<String, u64>,
    /// What has to be known of these figures.
    pub notes: Vec<&'static str>,
}

impl BuildReport {
    /// The slowest clock's share of what was asked for: 1 where every clock is reached, or none is known.
    pub fn share_of_clock(&self) -> f64 {
        if self.timing_met != Some(false) {
            return 1.0;
        }
        self.clocks.iter().map(|clock| clock.achieved_mhz / clock.target_mhz).fold(1.0, f64::min)
    }
}

/// Reads the reports of a build.
pub(super) fn read(folder: &Path, board: &Board, seed: u64, tools: Vec<String>) -> Result<BuildReport, BuildError> {
    let chosen = board.chosen.as_ref();
    let placed = board.family != Family::Xilinx7;
    let path = report_path(folder, placed);
    let text = fs::read_to_string(&path).map_err(BuildError::io(&path))?;
    let unreadable = |reason: String| BuildError::Report { path: path.clone(), reason };
    let mut notes = Vec::new();
    let (resources, mut clocks) = if placed {
        let report: Value = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        (used(&report, board), clocks(&report))
    } else {
        notes.push(
            "look-up tables and flip-flops as Yosys counts them; nothing is placed: `vivado -mode batch -source vivado/build.tcl` does the rest",
        );
        (counted(&text, board).map_err(|error| unreadable(error.to_string()))?, Vec::new())
    };
    if board.family == Family::Gowin && resources.iter().any(|r| r.name == "DSP blocks" && r.used > 0) {
        clocks.clear();
        notes.push("no clock is reported: nextpnr has no timing of the paths through Gowin's DSP blocks");
    }
    let target_mhz = chosen.map_or(board.clock.mhz, |chosen| chosen.clock_mhz);
    // A target is a little rounded on its way through the tools.
    let met = |clock: &Clock| clock.achieved_mhz >= clock.target_mhz * 0.9999;
    let timing_met = (!clocks.is_empty()).then(|| clocks.iter().all(met));
    let reached = clocks.iter().filter(|clock| !met(clock)).map(|clock| clock.achieved_mhz).fold(target_mhz, f64::min);
    let cycles = chosen.map_or(0, |chosen| chosen.cycles);
    Ok(BuildReport {
        board: board.name.clone(),
        part: board.part.clone(),
        network: chosen.map_or_else(String::new, |chosen| chosen.network.clone()),
        rows: chosen.map_or(0, |chosen| chosen.rows),
        cols: chosen.map_or(0, |chosen| chosen.cols),
        lanes: chosen.map_or(0, |chosen| chosen.lanes),
        seed,
        tools,
        resources,
        clocks,
        timing_met,
        target_mhz,
        clock_mhz: reached,
        cycles,
        latency_us: cycles as f64 / reached,
        netlist: None,
        files: sizes(folder, board),
        notes,
    })
}

/// The resources' names here and, by family, the cells that nextpnr counts as them.
fn cells(family: Family) -> &'static [(&'static str, &'static [&'static str])] {
    match family {
        Family::Ecp5 => &[("LUTs", &["TRELLIS_COMB"]), ("flip-flops", &["TRELLIS_FF"]), ("DSP blocks", &["MULT18X18D"]), ("block RAMs", &["DP16KD"])],
        Family::Ice40 => &[
            ("logic cells", &["ICESTORM_LC"]),
            ("DSP blocks", &["ICESTORM_DSP"]),
            ("block RAMs", &["ICESTORM_RAM"]),
            ("large RAMs", &["ICESTORM_SPRAM"]),
        ],
        Family::Gowin => &[
            ("LUTs", &["LUT4"]),
            ("flip-flops", &["DFF"]),
            ("DSP blocks", &["MULT9X9", "MULT18X18", "MULT36X36", "MULTALU18X18", "MULTALU36X18", "MULTADDALU18X18"]),
            ("block RAMs", &["BSRAM"]),
        ],
        Family::Xilinx7 | Family::Sg13g2 => &[],
    }
}

fn resource(name: &'static str, used: u64, available: u64) -> Resource {
    let percent = if available == 0 { 0.0 } else { (1000.0 * used as f64 / available as f64).round() / 10.0 };
    Resource { name, used, available, percent }
}

fn used(report: &Value, board: &Board) -> Vec<Resource> {
    let count = |cell: &str, key: &str| report["utilization"][cell][key].as_u64().unwrap_or(0);
    cells(board.family)
        .iter()
        .map(|(name, cells)| {
            let used = cells.iter().map(|cell| count(cell, "used")).sum();
            // One DSP block counts several times among cells of different widths, so that the device's own number stands there.
            let available = if *name == "DSP blocks" { board.resources.dsp_blocks } else { cells.iter().map(|cell| count(cell, "available")).sum() };
            resource(name, used, available)
        })
        .collect()
}

fn clocks(report: &Value) -> Vec<Clock> {
    let all = report["fmax"].as_object().into_iter().flatten();
    all.filter_map(|(net, clock)| {
        Some(Clock { net: net.clone(), achieved_mhz: clock["achieved"].as_f64()?, target_mhz: clock["constraint"].as_f64()? })
    })
    .collect()
}

/// Yosys's counts where nothing is placed.
fn counted(text: &str, board: &Board) -> Result<Vec<Resource>, synth::SynthError> {
    let area = area::measured(&synth::utilisation(text, synth::Family::Xilinx)?.cells, Family::Xilinx7);
    let has = &board.resources;
    Ok(vec![
        resource("LUTs", area.luts + area.lut_rams, has.luts),
        resource("flip-flops", area.flip_flops, has.flip_flops),
        resource("DSP blocks", area.dsp_blocks, has.dsp_blocks),
        resource("block RAMs", area.block_rams, has.block_rams),
    ])
}

/// Sizes of what a build leaves.
fn sizes(folder: &Path, board: &Board) -> BTreeMap<String, u64> {
    let names = [board.bitstream_file(), flow::NETLIST, flow::PLACED, flow::COUNTS];
    names.into_iter().filter_map(|name| Some((name.to_owned(), fs::metadata(folder.join(name)).ok()?.len()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_clocks_are_those_of_the_report() {
        let report = serde_json::json!({
            "fmax": { "clk": { "achieved": 68.57, "constraint": 60.0 } },
            "utilization": { "TRELLIS_COMB": { "available": 24288, "used": 14199 }, "DP16KD": { "available": 56, "used": 48 } },
        });
        let board = Board::named("ulx3s-25f").unwrap().unwrap();
        let found = used(&report, &board);
        assert_eq!((found[0].name, found[0].used, found[0].percent), ("LUTs", 14199, 58.5));
        assert_eq!((found[3].name, found[3].available), ("block RAMs", 56));
        assert_eq!(clocks(&report), [Clock { net: "clk".to_owned(), achieved_mhz: 68.57, target_mhz: 60.0 }]);
    }
}
