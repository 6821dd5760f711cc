use serde::Serialize;
use std::fmt;

/// Two of the three that compute every result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pair {
    /// Reference kernels and cycle simulator.
    KernelsSimulator,
    /// Cycle simulator and emitted Verilog.
    SimulatorVerilog,
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Pair::KernelsSimulator => "kernels = simulator",
            Pair::SimulatorVerilog => "simulator = verilog",
        })
    }
}

/// A difference: where, what was expected, what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Disagreement {
    /// Who differs; the first of the two says what is expected.
    pub pair: Pair,
    /// Share of stalled cycles in the run.
    pub stalls: f64,
    /// Inference, counted from 0.
    pub inference: usize,
    /// Index of the step; `null` when no single step is to blame.
    pub step: Option<usize>,
    /// The step's name.
    pub step_name: Option<String>,
    /// The tensor that differs; `null` for differences in time.
    pub tensor: Option<String>,
    /// The element of the tensor, in the model's order.
    pub index: Option<usize>,
    /// What was expected.
    pub expected: Option<i64>,
    /// What was found.
    pub found: Option<i64>,
    /// The difference in words.
    pub what: String,
}

impl Disagreement {
    /// Simulator and Verilog differ, and no place is known; `stalls` is the share of stalled cycles.
    pub fn in_verilog(stalls: f64, what: String) -> Disagreement {
        Disagreement {
            pair: Pair::SimulatorVerilog,
            stalls,
            inference: 0,
            step: None,
            step_name: None,
            tensor: None,
            index: None,
            expected: None,
            found: None,
            what,
        }
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.pair)?;
        if self.stalls > 0.0 {
            write!(f, " (stalls {})", self.stalls)?;
        }
        write!(f, " differ in ")?;
        if let (Some(step), Some(name)) = (self.step, &self.step_name) {
            write!(f, "step {step} '{name}', ")?;
        }
        write!(f, "inference {}", self.inference)?;
        if let Some(tensor) = &self.tensor {
            write!(f, ", tensor '{tensor}'")?;
        }
        if let Some(index) = self.index {
            write!(f, ", index {index}")?;
        }
        match (self.expected, self.found) {
            (Some(expected), Some(found)) => write!(f, ": expected {expected}, found {found} ({})", self.what),
            _ => write!(f, ": {}", self.what),
        }
    }
}
