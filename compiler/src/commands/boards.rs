//! `fretwork boards`: which boards there are, and what is known of one.

use super::board::load;
use super::context::Context;
use super::error::CommandError;
use fretwork::board::{Board, Link};
use std::fmt::Write;

const EXAMPLES: &str = "\
Examples:
  fretwork boards
  fretwork boards ulx3s-25f
  fretwork boards my_board.toml --json";

/// List the boards that designs can be written for, or everything that is known of one.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A board, or a TOML file of the same form, which is checked.
    #[arg(value_name = "NAME|FILE")]
    board: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    if let Some(name) = &args.board {
        let board = load(name)?;
        let text = board.to_toml().map_err(|error| CommandError::Internal(error.to_string()))?;
        return if args.json { context.print_json(&board) } else { context.print(&text) };
    }
    let boards = Board::names().map(load).collect::<Result<Vec<_>, _>>()?;
    if args.json { context.print_json(&boards) } else { context.print(&table(&boards)) }
}

fn table(boards: &[Board]) -> String {
    let mut text = format!(
        "{:<14} {:<22} {:>6} {:>7} {:>4} {:>16} {:>6}  {:<5} {}\n",
        "board", "part", "LUTs", "FFs", "DSP", "block RAM, Kbit", "MHz", "link", "boot"
    );
    for board in boards {
        let r = &board.resources;
        let link = match board.link {
            Link::Uart => "uart",
            Link::Axi => "axi",
        };
        let memory = format!("{} x {}", r.block_rams, r.block_ram_bits / 1024);
        let boot = match (board.flash_clock(), &board.flash) {
            (Some(_), Some(flash)) => format!("from {:#x} of {} MiB", flash.data, flash.mib),
            _ => "-".to_owned(),
        };
        let _ = writeln!(
            text,
            "{:<14} {:<22} {:>6} {:>7} {:>4} {memory:>16} {:>6}  {link:<5} {boot}",
            board.name, board.part, r.luts, r.flip_flops, r.dsp_blocks, board.clock.mhz
        );
    }
    text
}
