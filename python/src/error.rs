//! Exceptions: one class for each kind of error, with the text that the command line prints.

use fretwork::compress::reduce::ReduceError;
use fretwork::driver::error::CommandError;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::json;

create_exception!(fretwork, Error, PyException, "Whatever keeps fretwork from doing what was asked.");
create_exception!(fretwork, UsageError, Error, "An option is unknown, out of range, or contradicts another.");
create_exception!(fretwork, ModelError, Error, "The model cannot be read, or has what is not supported.");
create_exception!(fretwork, PlanError, Error, "The network does not fit the accelerator or the board.");
create_exception!(fretwork, InputError, Error, "Arrays do not fit the network.");
create_exception!(fretwork, FileError, Error, "A file or folder cannot be read or written.");
create_exception!(fretwork, ToolError, Error, "Another program (Verilator, a compiler) is missing or failed.");
create_exception!(
    fretwork,
    DisagreementError,
    Error,
    "Kernels, simulator and Verilog do not compute the same; `disagreement` is a dictionary that says where, or None where no place is known."
);
create_exception!(fretwork, InternalError, Error, "A bug in fretwork.");

/// The exception for an error.
pub fn raise(py: Python<'_>, error: CommandError) -> PyErr {
    let text = error.to_string();
    match error {
        CommandError::Usage(_) | CommandError::Reduce(ReduceError::Unknown { .. }) => UsageError::new_err(text),
        CommandError::Import(_) | CommandError::Reduce(_) | CommandError::Write(_) => ModelError::new_err(text),
        CommandError::Plan(_) | CommandError::Memory { .. } | CommandError::TooLarge { .. } => PlanError::new_err(text),
        CommandError::Input(_) => InputError::new_err(text),
        CommandError::Emit(_) | CommandError::Trace { .. } | CommandError::Design { .. } | CommandError::Io { .. } | CommandError::Output(_) => {
            FileError::new_err(text)
        }
        CommandError::Cosim(_) | CommandError::Synth(_) | CommandError::Asic(_) | CommandError::Build(_) | CommandError::Slow { .. } => {
            ToolError::new_err(text)
        }
        CommandError::Disagreement(first) => disagreement(py, text, json::object(py, &first).ok()),
        CommandError::Netlist(_) | CommandError::Board { .. } => disagreement(py, text, None),
        CommandError::Regression { .. } | CommandError::NothingFound(_) => Error::new_err(text),
        CommandError::Host { .. } | CommandError::OtherDesign { .. } => Error::new_err(text),
        CommandError::Variant { name, error } => {
            let inner = raise(py, *error);
            PyErr::from_type(inner.get_type(py), format!("variant '{name}': {}", inner.value(py)))
        }
        CommandError::Internal(_) => InternalError::new_err(text),
    }
}

fn disagreement(py: Python<'_>, text: String, place: Option<Bound<'_, PyAny>>) -> PyErr {
    let error = DisagreementError::new_err(text);
    // An attribute that cannot be set leaves the text, which says the same.
    let _ = error.value(py).setattr("disagreement", place);
    error
}

/// Computes without the interpreter's lock, so that other threads of Python run meanwhile. A panic becomes an [`InternalError`].
pub fn compute<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, CommandError> + Send) -> PyResult<T> {
    let done = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    let done = done.unwrap_or_else(|panic| {
        let reason = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(CommandError::Internal(reason.unwrap_or("no reason given").to_owned()))
    });
    done.map_err(|error| raise(py, error))
}
