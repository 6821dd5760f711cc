//! What a design folder gets for a board: the board's top level, constraints, scripts, and a copy of the description with what was chosen.

pub mod asic;
mod constraints;
mod ipxact;
mod script;
mod top;
mod vivado;

use super::EmitError;
use crate::area::Family;
use crate::board::{Board, Chosen, FlashClock, Link};
use crate::plan::Program;
use fretwork_hdl::rtl;

/// The driver for PYNQ boards, `fretwork_pynq.py`.
pub const PYNQ_DRIVER: &str = include_str!("fretwork_pynq.py");

/// A file of a folder: path and content.
pub type File = (String, Vec<u8>);

/// The files of a design for a board; `board` says what was chosen.
///
/// # Errors
/// A bug: a board without a choice, or a description that cannot be written.
pub fn files(board: &Board, program: &Program) -> Result<Vec<File>, EmitError> {
    let bug = |what: &str| EmitError::Internal(what.to_owned());
    let chosen: &Chosen = board.chosen.as_ref().ok_or_else(|| bug("nothing was chosen for the board"))?;
    let mut files = vec![file("board.toml", board.to_toml().map_err(|error| bug(&error.to_string()))?), file("board.ys", script::yosys(board))];
    if board.link == Link::Uart {
        files.push(file("board.sv", top::board(board, chosen, program)));
        files.push(file(board.constraints_file(), constraints::constraints(board, chosen)));
        for (path, family) in [("board/fw_clock.sv", board.family.name()), ("board/sim/fw_clock.sv", "sim")] {
            files.push(file(path, rtl::clock(family).ok_or_else(|| bug("the family has no clock"))?));
        }
        if chosen.flash_offset.is_some() && board.flash_clock() == Some(FlashClock::Block) {
            for (path, family) in [("board/fw_flash_clock.sv", board.family.name()), ("board/sim/fw_flash_clock.sv", "sim")] {
                files.push(file(path, rtl::flash_clock(family).ok_or_else(|| bug("the family has no clock of the flash"))?));
            }
        }
        let blocks = rtl::blocks(board.family.name()).iter().chain(rtl::LINK_FILES);
        files.extend(blocks.map(|(name, text)| file(&format!("board/{name}"), *text)));
    }
    files.push(file("build.sh", script::shell(board)));
    if board.family == Family::Xilinx7 {
        let accelerator = &program.design.accelerator;
        let images: Vec<String> = program.images.to_hex(accelerator).into_iter().map(|(name, _)| format!("images/{name}")).collect();
        files.push(file("component.xml", ipxact::component(accelerator, &images)));
        files.push(file("vivado/package_ip.tcl", vivado::package(board, chosen, accelerator.lanes)));
        match board.link {
            Link::Uart => files.push(file("vivado/build.tcl", vivado::build(board))),
            Link::Axi => {
                files.push(file("vivado/block_design.tcl", vivado::block_design(board, chosen, accelerator.lanes)));
                files.push(file("fretwork_pynq.py", PYNQ_DRIVER));
            }
        }
    }
    Ok(files)
}

/// A text file.
fn file(path: &str, text: impl Into<String>) -> File {
    (path.to_owned(), text.into().into_bytes())
}
