//! Scripts that build a bitstream without this tool: the same calls as `fretwork build` makes.

use crate::area::Family;
use crate::board::{Board, Link};
use crate::build::flow::{Stage, stages, synthesis};
use std::fmt::Write;

/// The text of `board.ys`.
pub fn yosys(board: &Board) -> String {
    let mut text = format!("# Synthesis of this design for {}; run in the design's folder.\n", board.title);
    for command in synthesis(board) {
        let _ = writeln!(text, "{command}");
    }
    text
}

/// The text of `build.sh`.
pub fn shell(board: &Board) -> String {
    let stages = stages(board, 1);
    let mut text = format!(
        "#!/usr/bin/env bash\n# Builds this design for {}. The tools are taken from PATH, or as YOSYS, NEXTPNR and PACK name them; SEED is the placement's.\n\
         set -euo pipefail\ncd \"$(dirname \"${{BASH_SOURCE[0]}}\")\"\nmkdir -p build\n",
        board.title
    );
    for Stage { variable, tools, args, .. } in &stages {
        let args = args.iter().map(|arg| quoted(arg)).collect::<Vec<_>>().join(" ").replace("--seed 1", "--seed \"${SEED:-1}\"");
        let _ = writeln!(text, "\"${{{variable}:-{}}}\" {args}", tools[0]);
    }
    if board.family == Family::Xilinx7 {
        let script = if board.link == Link::Uart { "build" } else { "package_ip.tcl, then vivado/block_design" };
        let _ = writeln!(text, "echo \"Yosys only counts here; the bitstream: vivado -mode batch -source vivado/{script}.tcl\"");
    } else {
        let load = board.program.replace("{bitstream}", board.bitstream_file());
        let offset = board.chosen.as_ref().and_then(|chosen| chosen.flash_offset);
        if let Some((flash, offset)) = board.flash.as_ref().zip(offset) {
            let by_hand = || "images/flash.bin to byte {offset} of the flash".to_owned();
            let program = flash.program.clone().unwrap_or_else(by_hand);
            let data = program.replace("{offset}", &offset.to_string()).replace("{file}", "images/flash.bin");
            let _ = writeln!(text, "echo \"once, the weights: {data}\"");
        }
        let _ = writeln!(text, "echo \"done; to load it: {load}\"");
    }
    text
}

/// An argument as a shell takes it.
fn quoted(arg: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:".contains(c);
    if arg.chars().all(plain) { arg.to_owned() } else { format!("'{}'", arg.replace('\'', "'\\''")) }
}
