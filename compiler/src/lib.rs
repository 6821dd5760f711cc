//! The compiler: model file -> [`graph`] -> program -> emitted design, and the commands around it.
pub mod emit;
pub mod graph;
pub mod import;
pub mod plan;
