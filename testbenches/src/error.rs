//! The crate's error type. Every variant says what failed and, where it can, what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a model could not be built or a run did not end well.
#[derive(Debug, thiserror::Error)]
pub enum CosimError {
    /// A program that is needed is not installed.
    #[error("`{tool}` was not found; install it with `{install}`")]
    ToolMissing {
        /// The program as it was called.
        tool: String,
        /// The command that installs it.
        install: &'static str,
    },
    /// A program refused its input.
    #[error("{tool} failed on {}:\n{log}", design.display())]
    ToolFailed {
        /// The program.
        tool: String,
        /// The design folder.
        design: PathBuf,
        /// The first lines of what it said.
        log: String,
    },
    /// The folder is not a design that this crate can drive.
    #[error("{} is not a design folder: {reason}", design.display())]
    Layout {
        /// The folder.
        design: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
    /// A file operation failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// The compiled model could not be loaded.
    #[error("the compiled model {} cannot be loaded ({reason}); remove its folder to have it built again", path.display())]
    Load {
        /// The shared library.
        path: PathBuf,
        /// The loader's answer.
        reason: String,
    },
    /// The stimulus does not fit the design.
    #[error("the stimulus does not fit the design: {0}")]
    Stimulus(String),
    /// `$error`, `$fatal`, a failed assertion or a missing image.
    #[error("the RTL reported an error {when}:\n{messages}")]
    Rtl {
        /// When it happened.
        when: When,
        /// What the RTL printed.
        messages: String,
    },
    /// The probes contradict themselves.
    #[error("the probes are inconsistent in cycle {cycle}: {reason}")]
    Probe {
        /// The cycle.
        cycle: u64,
        /// The rule that was broken.
        reason: String,
    },
    /// The run did not end.
    #[error("the design hangs: {0}")]
    Hang(Hang),
}

/// When the RTL reported an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// While the model was constructed or held in reset.
    Reset,
    /// In this cycle of the run.
    Cycle(u64),
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            When::Reset => write!(f, "before the end of reset"),
            When::Cycle(cycle) => write!(f, "in cycle {cycle}"),
        }
    }
}

/// Where a run stood when its cycles were used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hang {
    /// Cycles simulated.
    pub cycles: u64,
    /// The last step that was launched, with its start cycle and whether it has ended.
    pub last_step: Option<(u32, u64, bool)>,
    /// Inferences completed.
    pub inferences: u64,
    /// Input words taken, and input words there were.
    pub words_in: (u64, u64),
    /// Output words delivered.
    pub words_out: u64,
}

impl fmt::Display for Hang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last_step {
            None => write!(f, "no step was launched in {} cycles", self.cycles)?,
            Some((step, start, false)) => write!(f, "step {step}, launched in cycle {start}, has not ended after {} cycles", self.cycles)?,
            Some((step, start, true)) => {
                write!(f, "nothing follows step {step}, launched in cycle {start} and ended, within {} cycles", self.cycles)?;
            }
        }
        let (taken, all) = self.words_in;
        write!(f, " ({} inferences complete, {taken} of {all} input words taken, {} output words sent)", self.inferences, self.words_out)
    }
}

/// Turns an I/O error into a [`CosimError`] that names the file.
pub(crate) fn io_error(path: &Path) -> impl FnOnce(std::io::Error) -> CosimError + '_ {
    move |source| CosimError::Io { path: path.to_owned(), source }
}
