//! Runs emitted Verilog: builds the Verilator model of a design folder, drives it, records what it does, compares recordings, and writes the bench that
//! travels with the design. It knows ports and files, no cores: what a design should do comes in as a [`Recording`](fretwork_sim::record::Recording).
//!
//! | module | purpose |
//! |---|---|
//! | [`build`] | design folder -> cached shared library -> [`Model`] |
//! | [`run`] | [`Model::run`]: stimulus in, recording out |
//! | [`compare`](mod@compare), [`mismatch`] | the first difference between two recordings |
//! | [`mod@board`] | a design behind a UART: [`Board`] steps it, bytes in and bytes out |
//! | [`faults`] | what a bad line does to bytes |
//! | [`mod@bench`] | the self-checking bench for Icarus and Verilator |
//! | [`junit`] | test results as JUnit XML |
//! | [`error`] | everything that can go wrong |

mod abi;
pub mod bench;
pub mod board;
pub mod build;
mod cache;
pub mod compare;
pub mod error;
pub mod faults;
mod job;
pub mod junit;
pub mod mismatch;
mod recorder;
pub mod run;
mod toolchain;

pub use bench::{Bench, write_bench};
pub use board::{Board, Serial};
pub use build::{BuildOptions, Model};
pub use compare::{compare, compare_values};
pub use error::CosimError;
pub use mismatch::{Difference, Mismatch};
pub use run::{Run, Stimulus};
