//! Binary multiply-accumulates per second: of the multiplication alone, and of whole simulated layers around it.
//!
//! The multiplication compares its sums with thresholds, as binary layers do. A layer's run has everything that `Machine::run` does: activations
//! are gathered from the activation memory, sums become activations, these are packed and written.

use super::measure::{BenchError, fastest};
use super::{Row, binary_convolutions, binary_products, mega};
use crate::graph::Graph;
use crate::inputs;
use crate::plan::{Request, plan};
use fretwork_hdl::Machine;
use fretwork_sim::bgemm::{Output, PackedBits, Path, Patterns, TILE, Thresholds, bgemm_on};
use fretwork_sim::stalls::{Stalls, splitmix};
use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;

/// Time for which each measurement is repeated; the fastest repetition counts.
const TIME: Duration = Duration::from_millis(400);
/// Rows of a product, pixels of an image.
const ROWS: usize = 256;
/// Inferences of a run; the machine computes sixteen side by side.
const INFERENCES: usize = 64;
/// Inputs and outputs of the products, channels of the 3x3 convolutions.
const SIZES: [usize; 2] = [1024, 256];

/// Binary multiply-accumulates per second of one piece of work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// What is computed.
    pub work: String,
    /// Instructions that do the multiplication.
    pub instructions: &'static str,
    /// Binary multiply-accumulates per second, on one thread.
    pub binary_macs_per_s: f64,
}

/// Everything that is measured of the binary core.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Binary {
    /// The multiplication alone, on all instructions that this processor has.
    pub kernel: Vec<Rate>,
    /// Simulated networks of large layers.
    pub layers: Vec<Rate>,
    /// A network on the accelerator that was asked for, beside Verilator.
    pub network: Row,
}

/// The multiplication alone, on every path.
pub fn kernel() -> Vec<Rate> {
    let [size, channels] = SIZES;
    let works = [(format!("{ROWS}x{size}x{size}"), 1, size), (format!("3x3, {channels} to {channels} channels, {ROWS} pixels"), 9, channels)];
    let rate = |(work, taps, size): &(String, usize, usize)| {
        let weights =
            PackedBits::new(*taps, *size, *size, |output, tap, channel| Some(splitmix(((output * taps + tap) * size + channel) as u64) & 1 == 1));
        let thresholds = [Thresholds::new(&weights, |_| (vec![(taps * size / 2) as i64], false))];
        let mut rows = Patterns::default();
        for row in 0..ROWS {
            for tap in 0..*taps {
                let bits: Vec<i8> = (0..size.div_ceil(8)).map(|byte| splitmix(((row * taps + tap) * size + byte) as u64) as i8).collect();
                rows.push_bits(&bits, *size);
            }
            rows.end_row(&weights);
        }
        let (chosen, mut out) = (vec![0; ROWS], vec![0; ROWS * weights.tiles() * TILE / 64]);
        let mut on = |path: Path| {
            let seconds = fastest(TIME, || bgemm_on(path, &weights, &rows, Output::Bits { thresholds: &thresholds, chosen: &chosen, out: &mut out }));
            let macs = (ROWS * taps * size * size) as f64;
            Rate { work: work.clone(), instructions: path.name(), binary_macs_per_s: macs / seconds }
        };
        Path::available().into_iter().rev().map(&mut on).collect::<Vec<_>>()
    };
    works.iter().flat_map(rate).collect()
}

/// Large layers, simulated with values.
///
/// # Errors
/// A network that does not fit the accelerator.
pub fn layers(request: &Request) -> Result<Vec<Rate>, BenchError> {
    let [size, channels] = SIZES;
    [binary_products(size), binary_convolutions(channels)].iter().map(|graph| layer(graph, request)).collect()
}

fn layer(graph: &Graph, request: &Request) -> Result<Rate, BenchError> {
    let program = plan(graph, request)?;
    let machine = Machine::new(&program.design.accelerator, &program.images)
        .ok_or_else(|| BenchError::Internal("the simulator refuses the planned step table".to_owned()))?;
    let streams: Vec<Vec<u8>> = inputs::random(graph, INFERENCES, 1).iter().map(|tensors| program.stream(tensors)).collect();
    let seconds = fastest(TIME, || machine.run(&streams, Stalls::NONE, false));
    let macs: u64 = (0..machine.configs().len()).map(|step| machine.array_macs(step)).sum();
    let rate = macs as f64 * INFERENCES as f64 / seconds;
    Ok(Rate { work: format!("{}, {INFERENCES} inferences", graph.name), instructions: Path::best().name(), binary_macs_per_s: rate })
}

impl Binary {
    /// For a terminal.
    pub fn text(&self, cols: usize, simd: usize) -> String {
        let mut text = String::from("Multiplication alone, sums compared with thresholds                             G binary MAC/s\n");
        rates(&self.kernel, &mut text);
        text += "Simulated networks: gather, multiplication, thresholds, packing, writes\n";
        rates(&self.layers, &mut text);
        let row = &self.network;
        let _ = writeln!(text, "{}, {cols} columns of {simd} gates, {} lanes", row.network, row.lanes);
        let _ = writeln!(text, "  simulator     {} cycles/s", mega(row.simulator_cycles_per_s));
        if let (Some(verilator), Some(speedup)) = (row.verilator_cycles_per_s, row.speedup) {
            let _ = writeln!(text, "  Verilator     {} cycles/s; the simulator is {speedup:.0}x as fast", mega(verilator));
        }
        text
    }
}

fn rates(rates: &[Rate], text: &mut String) {
    for Rate { work, instructions, binary_macs_per_s } in rates {
        let _ = writeln!(text, "  {work:<66}  {instructions:<8}  {:>8.1}", binary_macs_per_s / 1e9);
    }
}
