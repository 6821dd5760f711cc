//! Kernels, simulator and Verilog against each other, step by step, with tolerance zero: which pairs are compared, what is compared in
//! a step, and where they first differ.
//!
//! | pair | compared for every step of every inference |
//! |---|---|
//! | kernels = simulator | every element that the step writes; for stores, every element of the output tensor |
//! | simulator = verilog | start cycle, end cycle, every memory write (address, banks, bytes, order); then every output word |

mod disagreement;
mod junit;
mod kernels;
mod locate;
mod verilog;

pub use disagreement::{Disagreement, Pair};
pub use junit::test_suite;
pub use kernels::{check_inference, kernels};
pub use verilog::{Hardware, VerilogRun};

use crate::plan::Program;
use fretwork_sim::stalls::Stalls;

/// What one pair's comparison found.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Who was compared.
    pub pair: Pair,
    /// Back-pressure during the run.
    pub stalls: Stalls,
    /// One entry per step, then, for recordings, one for the output stream.
    pub checks: Vec<Check>,
    /// The first difference in the order of execution.
    pub first: Option<Disagreement>,
    /// Values (kernels) or words (recordings) compared.
    pub compared: u64,
}

/// One step's part of a comparison.
#[derive(Clone, Debug)]
pub struct Check {
    /// The step's name.
    pub name: String,
    /// What was found.
    pub outcome: Outcome,
}

/// What was found in a step.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// All inferences are equal.
    Equal,
    /// The first difference in this step.
    Differs(Disagreement),
    /// It could not be compared.
    Unknown(String),
}

impl Comparison {
    /// Nothing compared yet.
    pub fn new(pair: Pair, program: &Program, stalls: Stalls) -> Comparison {
        let checks = program.design.steps.iter().map(|step| Check { name: step.name.clone(), outcome: Outcome::Equal }).collect();
        Comparison { pair, stalls, checks, first: None, compared: 0 }
    }

    /// Steps that differ.
    pub fn differing(&self) -> usize {
        self.checks.iter().filter(|check| matches!(check.outcome, Outcome::Differs(_))).count()
    }
}
