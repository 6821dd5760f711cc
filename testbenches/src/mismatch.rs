//! A difference between two recordings, and how it is told in one line.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where two recordings part, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Mismatch {
    /// The step's index in the step table, where a step differs.
    pub step: Option<u32>,
    /// The step's name, where it has one.
    pub name: Option<String>,
    /// The inference, counted from 0.
    pub inference: usize,
    /// What differs.
    pub difference: Difference,
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs, reason = "`expected` and `found` say themselves in every variant; the variants are documented")]
pub enum Difference {
    /// Another step runs; `None` where one recording has no more steps.
    Step { expected: Option<u32>, found: Option<u32> },
    /// The launch.
    Start { expected: u64, found: u64 },
    /// The end.
    End { expected: u64, found: u64 },
    /// How many words the step writes.
    WriteCount { expected: usize, found: usize },
    /// The address of the step's write number `write`.
    WriteAddr { write: usize, expected: u32, found: u32 },
    /// The banks of the step's write number `write`.
    WriteMask { write: usize, addr: u32, expected: u64, found: u64 },
    /// The first byte that differs in the step's write number `write`.
    WriteValue { write: usize, addr: u32, lane: usize, expected: u8, found: u8 },
    /// How many inferences delivered an output.
    Inferences { expected: usize, found: usize },
    /// How many bytes the output has.
    OutputLength { expected: usize, found: usize },
    /// The first byte that differs in the output.
    OutputValue { byte: usize, expected: u8, found: u8 },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(step) = self.step {
            write!(f, "step {step}")?;
            if let Some(name) = &self.name {
                write!(f, " ({name})")?;
            }
            write!(f, ", ")?;
        }
        write!(f, "inference {}: {}", self.inference, self.difference)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = |step: &Option<u32>| step.map_or("no more step".to_owned(), |step| format!("step {step}"));
        let value = |value: &u8| format!("{} (0x{value:02x})", *value as i8);
        match self {
            Difference::Step { expected, found } => write!(f, "expected {} to run, found {}", step(expected), step(found)),
            Difference::Start { expected, found } => {
                write!(f, "starts in cycle {found}, expected {expected}")
            }
            Difference::End { expected, found } => {
                write!(f, "ends in cycle {found}, expected {expected}")
            }
            Difference::WriteCount { expected, found } => {
                write!(f, "writes {found} words, expected {expected}")
            }
            Difference::WriteAddr { write, expected, found } => write!(f, "write {write} goes to address {found}, expected {expected}"),
            Difference::WriteMask { write, addr, expected, found } => {
                write!(f, "write {write} to address {addr} has bank mask {found:#b}, expected {expected:#b}")
            }
            Difference::WriteValue { write, addr, lane, expected, found } => {
                write!(f, "write {write} to address {addr} has {} in lane {lane}, expected {}", value(found), value(expected))
            }
            Difference::Inferences { expected, found } => write!(f, "{found} inferences delivered an output, expected {expected}"),
            Difference::OutputLength { expected, found } => {
                write!(f, "the output has {found} bytes, expected {expected}")
            }
            Difference::OutputValue { byte, expected, found } => write!(f, "output byte {byte} is {}, expected {}", value(found), value(expected)),
        }
    }
}
