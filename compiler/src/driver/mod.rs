//! What the command line and the Python package share: options and what they mean, a model on its accelerator, what commands compute and the
//! summaries that they print as JSON, and why they end early. Every option has one definition, which both read.

pub mod arguments;
pub mod board;
pub mod comparison;
pub mod compile;
pub mod compress;
pub mod cosimulation;
pub mod engine;
pub mod error;
pub mod memory;
pub mod quantise;
pub mod report;
pub mod save;
pub mod shape;
pub mod simulation;
pub mod stimulus;
pub mod stream;
pub mod target;
pub mod technology;

/// Is told of every stage of long work: what is done, and the units that there are of it. Gets a function to be told the units done, and drops
/// it when the stage ends.
pub type Watch<'a> = &'a dyn Fn(&'static str, Option<u64>) -> Box<dyn Fn(u64)>;

/// Nobody watches.
pub fn unwatched(_: &'static str, _: Option<u64>) -> Box<dyn Fn(u64)> {
    Box::new(|_| {})
}
