//! What a design folder gets for a board: the board's top level, constraints, scripts, and a copy of the description with what was chosen.

mod constraints;
mod script;
mod top;

use super::EmitError;
use crate::board::{Board, Chosen, Link};
use crate::plan::Program;
use fretwork_hdl::rtl;

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
        files.push(file(board.constraints_file(), constraints::constraints(board)));
        for (path, family) in [("board/fw_clock.sv", board.family.name()), ("board/sim/fw_clock.sv", "sim")] {
            files.push(file(path, rtl::clock(family).ok_or_else(|| bug("the family has no clock"))?));
        }
        files.extend(rtl::LINK_FILES.iter().map(|(name, text)| file(&format!("board/{name}"), *text)));
    }
    files.push(file("build.sh", script::shell(board)));
    Ok(files)
}

/// A text file.
fn file(path: &str, text: impl Into<String>) -> File {
    (path.to_owned(), text.into().into_bytes())
}
