//! The Python package `fretwork`: load or quantise a network, plan it on an accelerator, simulate it, compare it with its Verilog, and read the
//! reports as dictionaries. It has no logic of its own: options are those of the command line, texts and figures are the library's.

// `cargo test --lib` makes a program of every library. This one has no tests in Rust, and as a program would need libpython.
#![cfg(not(test))]

mod arguments;
mod arrays;
mod compress;
mod error;
mod estimate;
mod json;
mod network;
mod program;

use pyo3::prelude::*;

#[pymodule]
mod _fretwork {
    #[pymodule_export]
    use super::compress::{compress, quantise};
    #[pymodule_export]
    use super::error::{DisagreementError, Error, FileError, InputError, InternalError, ModelError, PlanError, ToolError, UsageError};
    #[pymodule_export]
    use super::estimate::{Estimator, Totals};
    #[pymodule_export]
    use super::network::{Layer, Network, Tensor, load};
    #[pymodule_export]
    use super::program::{Program, Result, compare};
    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
