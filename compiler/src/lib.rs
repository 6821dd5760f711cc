//! The compiler: model file -> [`graph`] -> program -> emitted design, and what is around it.
pub mod area;
pub mod bench;
pub mod board;
pub mod build;
pub mod compare;
pub mod compress;
pub mod driver;
pub mod emit;
pub mod graph;
pub mod host;
pub mod import;
pub mod inputs;
pub mod plan;
pub mod report;
pub mod synth;
pub mod verify;
pub mod zoo;
