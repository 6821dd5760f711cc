//! First synthesis of an emitted design with Yosys: cell counts by family, before placement. No figure here is modelled.

use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// FPGA family that Yosys maps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Lattice ECP5.
    Ecp5,
    /// Lattice iCE40 UltraPlus (with its DSP blocks).
    Ice40,
    /// Xilinx 7 series.
    Xilinx,
}

/// What a design takes of a family's resources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Utilisation {
    /// Look-up tables.
    pub luts: u64,
    /// Flip-flops.
    pub flip_flops: u64,
    /// Multiplier or DSP blocks.
    pub dsp_blocks: u64,
    /// Block RAMs of the family's size.
    pub block_rams: u64,
    /// Memory cells made of look-up tables.
    pub lut_rams: u64,
    /// Every cell type and its number.
    pub cells: BTreeMap<String, u64>,
}

/// Why a synthesis gave no figures.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// Yosys is not there.
    #[error("yosys is not installed: apt-get install yosys")]
    Missing,
    /// It could not be started.
    #[error("cannot run yosys: {0}")]
    Start(std::io::Error),
    /// It refused the design.
    #[error("yosys failed: {0}")]
    Failed(String),
    /// Its report is not the expected one.
    #[error("yosys printed no statistics that can be read: {0}")]
    Report(String),
}

impl Family {
    fn command(self) -> &'static str {
        match self {
            Family::Ecp5 => "synth_ecp5 -top top",
            Family::Ice40 => "synth_ice40 -dsp -top top",
            Family::Xilinx => "synth_xilinx -family xc7 -top top",
        }
    }

    /// Adds a cell type to the count that it belongs to, if any.
    fn count(self, cell: &str, u: &mut Utilisation) {
        let n = u.cells.get(cell).copied().unwrap_or(0);
        let slot = match (self, cell) {
            (Family::Ecp5, "LUT4") | (Family::Ice40, "SB_LUT4") => &mut u.luts,
            (Family::Xilinx, c) if c.starts_with("LUT") => &mut u.luts,
            (Family::Ecp5, "TRELLIS_FF") => &mut u.flip_flops,
            (Family::Ice40, c) if c.starts_with("SB_DFF") => &mut u.flip_flops,
            (Family::Xilinx, c) if c.starts_with("FD") => &mut u.flip_flops,
            (Family::Ecp5, "MULT18X18D") | (Family::Ice40, "SB_MAC16") | (Family::Xilinx, "DSP48E1") => &mut u.dsp_blocks,
            (Family::Ecp5, "DP16KD") | (Family::Ice40, "SB_RAM40_4K") => &mut u.block_rams,
            (Family::Xilinx, "RAMB18E1" | "RAMB36E1") => &mut u.block_rams,
            (Family::Ecp5, "TRELLIS_DPR16X4") => &mut u.lut_rams,
            (Family::Xilinx, c) if c.starts_with("RAM") && !c.starts_with("RAMB") => &mut u.lut_rams,
            (Family::Ecp5 | Family::Ice40 | Family::Xilinx, _) => return,
        };
        *slot += n;
    }
}

/// Synthesises a design folder.
///
/// # Errors
/// A missing or failing Yosys, with its first error line.
pub fn synthesise(folder: &Path, family: Family) -> Result<Utilisation, SynthError> {
    let script = format!("read_verilog -sv rtl/*.sv top.sv; {}; tee -o /dev/stdout stat -json", family.command());
    let output = Command::new("yosys").args(["-q", "-p", &script]).current_dir(folder).output().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => SynthError::Missing,
        _ => SynthError::Start(e),
    })?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let line = errors.lines().chain(text.lines()).find(|line| line.contains("ERROR")).unwrap_or("no message");
        return Err(SynthError::Failed(line.to_string()));
    }
    utilisation(&text, family)
}

fn utilisation(report: &str, family: Family) -> Result<Utilisation, SynthError> {
    // The statistics of a hierarchy are no valid JSON in every version; the last table of cells is.
    let table = report.rfind("\"num_cells_by_type\":").and_then(|key| {
        let open = key + report[key..].find('{')?;
        let close = open + report[open..].find('}')?;
        serde_json::from_str::<BTreeMap<String, u64>>(&report[open..=close]).ok()
    });
    let cells = table.ok_or_else(|| SynthError::Report(report.chars().take(200).collect()))?;
    let mut u = Utilisation { cells, ..Utilisation::default() };
    for cell in u.cells.keys().cloned().collect::<Vec<_>>() {
        family.count(&cell, &mut u);
    }
    Ok(u)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_statistics() {
        let report = r#"noise { "design": { "num_cells_by_type": { "LUT4": 7, "MULT18X18D": 2, "DP16KD": 3, "CCU2C": 9 } } } tail"#;
        let u = utilisation(report, Family::Ecp5).unwrap();
        assert_eq!((u.luts, u.dsp_blocks, u.block_rams, u.flip_flops), (7, 2, 3, 0));
    }

    #[test]
    fn a_report_without_statistics_is_an_error() {
        assert!(utilisation("nothing here", Family::Ecp5).is_err());
    }
}
