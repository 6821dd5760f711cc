//! From a design folder for a board to a bitstream: synthesis, placement and routing, packing, by other people's tools; and what they report.

pub mod flow;
mod report;
mod run;
pub mod tools;
pub mod verify;

pub use report::{BuildReport, Clock, Resource};
pub use run::{BuildError, Options, build};
pub use verify::Verified;

/// Folder of a design that holds what a build makes.
pub const FOLDER: &str = "build";
