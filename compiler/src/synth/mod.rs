//! First synthesis of an emitted design with Yosys: cell counts by family, before placement. No figure here is modelled.

pub mod asic;

use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitStatus};

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
    /// Gowin. Yosys 0.23 makes multipliers of look-up tables, 0.70 of DSP blocks.
    Gowin,
}

/// What `synth_ice40 -dsp` does in its part `coarse`, without `ice40_dsp`: that pass moves registers and adders into multiplier blocks, and gets them
/// wrong. In Yosys 0.23 and 0.70, of two registers in a row behind a product the netlist's value is undefined, a register that two blocks take loses
/// one product, and sums lose their sign; 0.23 also runs out of stack when a multiplier is made of several blocks. `tests/cases/netlist` finds such
/// netlists. Without the pass registers stay outside the blocks.
const ICE40_COARSE: [&str; 24] = [
    "opt_expr",
    "opt_clean",
    "check",
    "opt -nodffe -nosdff",
    "fsm",
    "opt",
    "wreduce",
    "peepopt",
    "opt_clean",
    "share",
    "techmap -map +/cmp2lut.v -D LUT_WIDTH=4",
    "opt_expr",
    "opt_clean",
    "memory_dff",
    "wreduce t:$mul",
    "techmap -map +/mul2dsp.v -map +/ice40/dsp_map.v -D DSP_A_MAXWIDTH=16 -D DSP_B_MAXWIDTH=16 -D DSP_A_MINWIDTH=2 -D DSP_B_MINWIDTH=2 \
     -D DSP_Y_MINWIDTH=11 -D DSP_NAME=$__MUL16X16",
    "setattr -unset mul2dsp a:mul2dsp",
    "opt_expr -fine",
    "wreduce",
    "chtype -set $mul t:$__soft_mul",
    "alumacc",
    "opt",
    "memory -nomap",
    "opt_clean",
];

/// The commands that map a design to an iCE40 with its multiplier blocks; `options` follow `synth_ice40 -dsp`.
pub fn ice40(options: &str) -> Vec<String> {
    let part = |labels: &str| format!("synth_ice40 -dsp{options} -run {labels}");
    [vec![part("begin:coarse")], ICE40_COARSE.map(str::to_owned).to_vec(), vec![part("map_ram:")]].concat()
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
    /// It refused the design, or ended otherwise.
    #[error("yosys failed: {0}")]
    Failed(String),
    /// Its log cannot be kept.
    #[error("no temporary file for the log of yosys: {0}")]
    Log(std::io::Error),
    /// There is no such module.
    #[error("the design has no module {0}; its modules are the files in rtl/")]
    Module(String),
    /// Its report is not the expected one.
    #[error("yosys printed no statistics that can be read: {0}")]
    Report(String),
}

impl Family {
    /// The commands that map the design's top module.
    fn commands(self) -> String {
        match self {
            Family::Ecp5 => "synth_ecp5".to_owned(),
            Family::Ice40 => ice40("").join("; "),
            Family::Xilinx => "synth_xilinx -family xc7".to_owned(),
            Family::Gowin => "synth_gowin -noiopads".to_owned(),
        }
    }

    /// Adds a cell type to the count that it belongs to, if any.
    fn count(self, cell: &str, u: &mut Utilisation) {
        let n = u.cells.get(cell).copied().unwrap_or(0);
        let slot = match (self, cell) {
            (Family::Ecp5, "LUT4") | (Family::Ice40, "SB_LUT4") => &mut u.luts,
            (Family::Xilinx | Family::Gowin, c) if c.starts_with("LUT") => &mut u.luts,
            (Family::Ecp5, "TRELLIS_FF") => &mut u.flip_flops,
            (Family::Ice40, c) if c.starts_with("SB_DFF") => &mut u.flip_flops,
            (Family::Xilinx, c) if c.starts_with("FD") => &mut u.flip_flops,
            (Family::Gowin, c) if c.starts_with("DFF") => &mut u.flip_flops,
            (Family::Ecp5, "MULT18X18D") | (Family::Ice40, "SB_MAC16") | (Family::Xilinx, "DSP48E1") => &mut u.dsp_blocks,
            (Family::Gowin, c) if c.starts_with("MULT") => &mut u.dsp_blocks,
            (Family::Ecp5, "DP16KD") | (Family::Ice40, "SB_RAM40_4K") => &mut u.block_rams,
            (Family::Xilinx, "RAMB18E1" | "RAMB36E1") => &mut u.block_rams,
            (Family::Gowin, "SP" | "SPX9" | "SDPB" | "SDPX9B" | "DPB" | "DPX9B" | "pROM" | "pROMX9") => &mut u.block_rams,
            (Family::Ecp5, "TRELLIS_DPR16X4") => &mut u.lut_rams,
            (Family::Xilinx, c) if c.starts_with("RAM") && !c.starts_with("RAMB") => &mut u.lut_rams,
            (Family::Gowin, c) if c.starts_with("RAM16S") => &mut u.lut_rams,
            (Family::Ecp5 | Family::Ice40 | Family::Xilinx | Family::Gowin, _) => return,
        };
        *slot += n;
    }
}

/// Synthesises a design folder, or one of its modules alone with the parameters that it has in the design.
///
/// # Errors
/// A module that the design does not have; a missing or failing Yosys, with its error or the pass in which it ended.
pub fn synthesise(folder: &Path, family: Family, module: Option<&str>) -> Result<Utilisation, SynthError> {
    if let Some(name) = module.filter(|name| !folder.join("rtl").join(name).with_extension("sv").is_file()) {
        return Err(SynthError::Module(name.to_owned()));
    }
    // The attribute `top` decides which module is mapped; all others that it does not contain are removed.
    let alone = module.map_or(String::new(), |name| format!("setattr -mod -unset top top; setattr -mod -set top 1 *{name}; "));
    run(folder, family, &family.commands(), &alone)
}

/// Synthesises a design folder as it lies in a board's top level: nobody reads its registers and its probes.
///
/// # Errors
/// As [`synthesise`].
pub fn synthesise_for_board(folder: &Path, family: Family) -> Result<Utilisation, SynthError> {
    let commands = if family == Family::Ice40 { ice40(" -device u").join("; ") } else { family.commands() };
    run(folder, family, &commands, "delete -input top/s_axil_*; delete -output top/s_axil_* top/probe_*; setundef -undriven -zero top; ")
}

fn run(folder: &Path, family: Family, commands: &str, change: &str) -> Result<Utilisation, SynthError> {
    // Wrappers of the family's own blocks take the place of those for simulators.
    let own = match family {
        Family::Ice40 if folder.join("ice40").is_dir() => "read_verilog -lib +/ice40/cells_sim.v; read_verilog -sv -overwrite ice40/*.sv; ",
        Family::Ecp5 | Family::Ice40 | Family::Xilinx | Family::Gowin => "",
    };
    let script = format!(
        "read_verilog -sv rtl/*.sv top.sv; {own}hierarchy -check -top top; {change}hierarchy -check -auto-top; {commands}; tee -o /dev/stdout stat -json"
    );
    let log = tempfile::NamedTempFile::new().map_err(SynthError::Log)?;
    let mut command = Command::new("yosys");
    command.args(["-q", "-l"]).arg(log.path()).args(["-p", &script]).current_dir(folder);
    let output = command.output().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => SynthError::Missing,
        _ => SynthError::Start(e),
    })?;
    if !output.status.success() {
        let log = std::fs::read(log.path()).unwrap_or_default();
        return Err(SynthError::Failed(failure(output.status, &String::from_utf8_lossy(&log))));
    }
    utilisation(&String::from_utf8_lossy(&output.stdout), family)
}

/// Yosys's own error, or how it ended and in which pass.
fn failure(status: ExitStatus, log: &str) -> String {
    if let Some(error) = log.lines().find(|line| line.contains("ERROR")) {
        return error.to_owned();
    }
    let pass = log.lines().rev().find(|line| line.contains("Executing")).unwrap_or("before its first pass");
    format!("it ended without a message ({status}), as when memory or stack runs out; its last pass: {pass}")
}

/// The counts in what `stat -json` printed.
///
/// # Errors
/// There are none.
pub fn utilisation(report: &str, family: Family) -> Result<Utilisation, SynthError> {
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

    #[cfg(unix)]
    #[test]
    fn a_failure_says_what_happened() {
        use std::os::unix::process::ExitStatusExt;
        let log = "1. Executing HIERARCHY pass.\n29.25. Executing ICE40_DSP pass (map multipliers).\n";
        let text = failure(ExitStatus::from_raw(11), log);
        assert!(text.contains("signal: 11") && text.ends_with("29.25. Executing ICE40_DSP pass (map multipliers)."), "{text}");
        assert_eq!(failure(ExitStatus::from_raw(256), "x\nERROR: syntax\n"), "ERROR: syntax");
    }

    #[test]
    fn a_report_without_statistics_is_an_error() {
        assert!(utilisation("nothing here", Family::Ecp5).is_err());
    }
}
