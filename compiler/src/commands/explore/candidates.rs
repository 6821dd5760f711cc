//! The accelerators that are tried.

use super::Args;
use super::budget::combinations;
use crate::commands::board;
use crate::commands::error::CommandError;
use crate::commands::shape::Shape;
use fretwork::area::Family;
use fretwork::board::{Board, shapes, variants};
use fretwork::compress::recode::Treatment;
use fretwork::explore::Candidate;
use fretwork::plan::Request;
use fretwork_sim::energy::Technology;

/// The accelerators, and where they are to fit.
pub struct Space {
    /// In the order in which they are numbered.
    pub candidates: Vec<Candidate>,
    /// The board.
    pub board: Option<Board>,
}

/// All accelerators of a command line.
pub fn space(args: &Args) -> Result<Space, CommandError> {
    let board = args.board.as_deref().map(board::load).transpose()?;
    let given = if args.accelerator.is_empty() { vec![String::new()] } else { args.accelerator.clone() };
    let mut candidates = Vec::new();
    for options in combinations(&given, &args.vary) {
        match &board {
            None => candidates.push(Candidate { request: Shape::parse(&options)?.request()?, options }),
            Some(board) => on_board(&options, board, &mut candidates)?,
        }
    }
    Ok(Space { candidates, board })
}

/// The accelerators for a board: of the given size, or of all sizes; where requantisers may be shared, as many as lanes, half and a quarter of them.
fn on_board(options: &str, board: &Board, candidates: &mut Vec<Candidate>) -> Result<(), CommandError> {
    let sizes = match Shape::parse(options)?.gives_size() {
        true => vec![options.to_owned()],
        false => shapes(board).into_iter().map(|[rows, cols, lanes]| format!("{options} --rows {rows} --cols {cols} --lanes {lanes}")).collect(),
    };
    for options in sizes {
        let options = options.trim().to_owned();
        let asked = Shape::parse(&options)?.request()?;
        for request in variants(board, &asked) {
            // What a variant adds has to be said, so that the design is compiled the same.
            let options =
                match request.lean.requantisers.filter(|requantisers| asked.lean.requantisers != Some(*requantisers) && !request.lean.single_port) {
                    Some(requantisers) => format!("{options} --requantisers {requantisers}"),
                    None => options.clone(),
                };
            candidates.push(Candidate { options, request });
        }
    }
    Ok(())
}

impl Space {
    /// The accelerator of these options.
    pub fn candidate(&self, options: &str) -> Result<&Candidate, CommandError> {
        let known = self.candidates.iter().find(|candidate| candidate.options == options);
        known.ok_or_else(|| CommandError::Internal(format!("'{options}' was not tried")))
    }

    /// The technology whose figures are nearest to the board's.
    pub fn technology(&self) -> &'static str {
        match self.board.as_ref().map(|board| board.family) {
            Some(Family::Ecp5) => "ecp5",
            Some(Family::Ice40) => "ice40up5k",
            Some(Family::Sg13g2) => "sg13g2",
            Some(Family::Gowin | Family::Xilinx7) | None => "45nm",
        }
    }

    /// What area is counted in.
    pub fn family(&self, technology: &Technology) -> Family {
        self.board.as_ref().map(|board| board.family).or_else(|| Family::of(technology).ok()).unwrap_or(Family::Sg13g2)
    }

    /// The clock, MHz.
    pub fn clock_mhz(&self, args: &Args, technology: &Technology) -> f64 {
        args.clock_mhz.or_else(|| self.board.as_ref().map(Board::default_clock_mhz)).unwrap_or(technology.clock_mhz)
    }

    /// What is worth being tried on these accelerators.
    pub fn treatments(&self) -> Vec<Treatment> {
        let has = |core: fn(&Request) -> bool| self.candidates.iter().any(|candidate| core(&candidate.request));
        let texts: [(bool, &[&str]); 5] = [
            (true, &["keep"]),
            (has(|request| request.xnor.is_some()), &["binary"]),
            (has(|request| request.xnor.as_ref().is_some_and(|core| core.weight_bits > 1)), &["w2", "w3", "w4", "w5", "w6", "w7"]),
            (has(|request| request.eie.is_some()), &["d0.1", "d0.2", "d0.4"]),
            (has(|request| request.shift.is_some()), &["twn", "inq4", "apot4"]),
        ];
        texts.iter().filter(|(there, _)| *there).flat_map(|(_, texts)| *texts).filter_map(|text| text.parse().ok()).collect()
    }
}
