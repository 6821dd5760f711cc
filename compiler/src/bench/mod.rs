//! How fast the cycle simulator is: simulated cycles per second beside Verilator's on the same emitted design, measured in the same run.
//!
//! Both sides simulate the same inferences from the first cycle to the last, loads and stores included, on one thread: the simulator with every
//! value computed, Verilator without a log. What is left out on both sides: planning, packing of weights, translation to C++, construction and
//! reset. Each side's fastest repetition counts. Verilator's model is the one that cosimulation builds: assertions on, C++ compiled quickly.
//! One inference of both is also compared with logs on, every write and every cycle.

pub mod eie_cosim;
pub mod eie_layers;
pub mod eie_matrix;
pub mod eie_power;
pub mod eie_speed;
pub mod eie_table;
pub mod estimates;
mod measure;
mod products;
mod xnor;

pub use measure::{BenchError, measure};
pub use products::{binary_convolutions, binary_products, products};
pub use xnor::{Binary, Rate, kernel, layers};

use serde::Serialize;
use std::fmt::Write;

/// One workload on one array.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The network.
    pub network: String,
    /// Rows of the array.
    pub rows: usize,
    /// Columns of the array.
    pub cols: usize,
    /// Bytes per word.
    pub lanes: usize,
    /// Inferences in the measured run.
    pub inferences: usize,
    /// Cycles of the measured run; simulator and Verilator agree on them.
    pub cycles: u64,
    /// Memory writes, output words and step times found equal, in the run that was compared.
    pub compared_words: u64,
    /// Multiply-accumulates and other operations that the network asks for in the measured run.
    pub operations: u64,
    /// The same per second of the cycle simulator, with values.
    pub simulator_operations_per_s: f64,
    /// Cycle simulator, with values.
    pub simulator_cycles_per_s: f64,
    /// Cycle simulator, without values.
    pub timing_cycles_per_s: f64,
    /// Verilator; absent when it was not asked for.
    pub verilator_cycles_per_s: Option<f64>,
    /// Simulator with values over Verilator.
    pub speedup: Option<f64>,
}

/// The rows as a table for a terminal.
pub fn table(rows: &[Row]) -> String {
    let mut text =
        String::from("network           array        cycles   Verilator cycles/s   simulator cycles/s   speed-up   timing only cycles/s\n");
    for row in rows {
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let _ = writeln!(
            text,
            "{:<16}  {:<7}  {:>10}   {:>18}   {:>18}   {:>8}   {:>20}",
            row.network,
            format!("{}x{}", row.rows, row.cols),
            row.cycles,
            or_dash(row.verilator_cycles_per_s.map(mega)),
            mega(row.simulator_cycles_per_s),
            or_dash(row.speedup.map(|speedup| format!("{speedup:.0}x"))),
            mega(row.timing_cycles_per_s),
        );
    }
    text
}

fn mega(per_s: f64) -> String {
    format!("{:.2} M", per_s / 1e6)
}
