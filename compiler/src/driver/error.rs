//! What ends a command early, and the exit code it has.

use crate::bench::BenchError;
use crate::compress::reduce::ReduceError;
use crate::emit::EmitError;
use crate::explore::ExploreError;
use crate::import::ImportError;
use crate::import::compressed::WriteError;
use crate::inputs::InputError;
use crate::plan::PlanError;
use crate::synth::asic::AsicError;
use crate::verify::Disagreement;
use fretwork_cosim::CosimError;
use fretwork_sim::trace::TraceError;
use std::path::{Path, PathBuf};

/// Exit code of errors.
pub const ERROR: u8 = 1;
/// Exit code of options that do not fit; clap uses the same.
pub const USAGE: u8 = 2;
/// Exit code of disagreements.
pub const DISAGREEMENT: u8 = 3;

/// Exit code of figures that are worse than a baseline's.
pub const REGRESSION: u8 = 4;

/// Why a command did not end well.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Options that contradict each other, or the target.
    #[error("{0}")]
    Usage(String),
    /// Kernels, simulator and Verilog differ.
    #[error("disagreement: {0}")]
    Disagreement(Box<Disagreement>),
    /// The model cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A pass cannot reduce the network.
    #[error(transparent)]
    Reduce(#[from] ReduceError),
    /// The network does not fit.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A memory that an option limits is too small.
    #[error("{error} ({option} {kib})")]
    Memory {
        /// Needed and given.
        error: PlanError,
        /// The option.
        option: &'static str,
        /// Its least value that fits.
        kib: u64,
    },
    /// The compressed network cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The design cannot be written.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The Verilog cannot be run.
    #[error(transparent)]
    Cosim(#[from] CosimError),
    /// Synthesis gave no figures.
    #[error(transparent)]
    Synth(#[from] crate::synth::SynthError),
    /// Standard cells gave no figures.
    #[error(transparent)]
    Asic(AsicError),
    /// The netlist and the RTL differ.
    #[error("disagreement: {0}")]
    Netlist(crate::synth::asic::replay::NetlistMismatch),
    /// The board cannot be talked to.
    #[error("{port}: {source}")]
    Host {
        /// Its serial port.
        port: String,
        /// What failed.
        source: crate::host::HostError,
    },
    /// The board holds another design.
    #[error("{port}: {reason}")]
    OtherDesign {
        /// Its serial port.
        port: String,
        /// What differs and what would fit.
        reason: String,
    },
    /// The board and the simulator differ.
    #[error("disagreement: board = simulator differ in inference {inference}, tensor '{tensor}', index {index}: expected {expected}, found {found}")]
    Board {
        /// Inference, counted from 0.
        inference: usize,
        /// The output's name.
        tensor: String,
        /// Element of the output, in the model's order.
        index: usize,
        /// The simulator's value.
        expected: i16,
        /// The board's value.
        found: i16,
    },
    /// The inputs do not fit.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The waveform cannot be written.
    #[error("'{}': {source}", path.display())]
    Trace {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: TraceError,
    },
    /// The folder is no design folder, or one that was changed.
    #[error("'{}' cannot be used: {reason}", path.display())]
    Design {
        /// The folder.
        path: PathBuf,
        /// What is wrong and what would fit.
        reason: String,
    },
    /// A variant of a comparison cannot be measured.
    #[error("variant '{name}': {error}")]
    Variant {
        /// The variant.
        name: String,
        /// The reason.
        error: Box<CommandError>,
    },
    /// A search ended without a design.
    #[error("{0}")]
    NothingFound(String),
    /// A figure is worse than the baseline's.
    #[error("regression: design '{design}': {worse}")]
    Regression {
        /// The first design that is worse.
        design: String,
        /// Its figures.
        worse: String,
    },
    /// The design does not fit the board.
    #[error("the design does not fit the board '{board}': {reason}; take another board, a smaller array or --force")]
    TooLarge {
        /// The board.
        board: String,
        /// What there is too little of.
        reason: String,
    },
    /// There is no bitstream.
    #[error(transparent)]
    Build(#[from] crate::build::BuildError),
    /// There is a bitstream, and it is too slow.
    #[error(
        "the clock is not reached: {reached} MHz of {target} MHz with seed {seed}. The bitstream is there, but may compute wrongly at {target} MHz; \
         compile with --clock-mhz {fitting}, try another --seed, or accept it with --allow-slow"
    )]
    Slow {
        /// What was reached, MHz.
        reached: f64,
        /// What was asked for, MHz.
        target: f64,
        /// The placement's seed.
        seed: u64,
        /// A clock that would be reached, MHz.
        fitting: f64,
    },
    /// A file operation failed.
    #[error("'{}': {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Standard output cannot be written.
    #[error("standard output cannot be written: {0}")]
    Output(std::io::Error),
    /// A bug.
    #[error("this is a bug in fretwork: {0}")]
    Internal(String),
}

impl CommandError {
    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            CommandError::Usage(_) | CommandError::Reduce(ReduceError::Unknown { .. }) => USAGE,
            CommandError::Disagreement(_) | CommandError::Netlist(_) | CommandError::Board { .. } => DISAGREEMENT,
            CommandError::Regression { .. } => REGRESSION,
            CommandError::Variant { error, .. } => error.exit_code(),
            CommandError::Import(_)
            | CommandError::Reduce(_)
            | CommandError::Plan(_)
            | CommandError::Memory { .. }
            | CommandError::NothingFound(_)
            | CommandError::Write(_)
            | CommandError::Emit(_)
            | CommandError::Cosim(_)
            | CommandError::Synth(_)
            | CommandError::Asic(_)
            | CommandError::Host { .. }
            | CommandError::OtherDesign { .. }
            | CommandError::Input(_)
            | CommandError::Trace { .. }
            | CommandError::Design { .. }
            | CommandError::TooLarge { .. }
            | CommandError::Build(_)
            | CommandError::Slow { .. }
            | CommandError::Io { .. }
            | CommandError::Output(_)
            | CommandError::Internal(_) => ERROR,
        }
    }

    /// Names the file of an I/O error.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> CommandError + '_ {
        move |source| CommandError::Io { path: path.to_owned(), source }
    }
}

impl From<ExploreError> for CommandError {
    fn from(error: ExploreError) -> CommandError {
        match error {
            ExploreError::Plan(error) => CommandError::Plan(error),
            ExploreError::Choice(reason) => CommandError::Usage(reason),
            ExploreError::Internal(reason) => CommandError::Internal(reason),
        }
    }
}

impl From<AsicError> for CommandError {
    fn from(error: AsicError) -> CommandError {
        match error {
            AsicError::Mismatch(mismatch) => CommandError::Netlist(mismatch),
            other => CommandError::Asic(other),
        }
    }
}

impl From<BenchError> for CommandError {
    fn from(error: BenchError) -> CommandError {
        match error {
            BenchError::Plan(error) => CommandError::Plan(error),
            BenchError::Emit(error) => CommandError::Emit(error),
            BenchError::Cosim(error) => CommandError::Cosim(error),
            BenchError::Disagreement(disagreement) => CommandError::Disagreement(disagreement),
            BenchError::Folder(source) => CommandError::Io { path: std::env::temp_dir(), source },
            BenchError::Internal(reason) => CommandError::Internal(reason),
        }
    }
}
