//! The nine layers of the EIE paper, with random weights and activations at the published densities.
//!
//! Source: S. Han et al., "EIE", ISCA 2016, tables III and IV: 64 elements, 800 MHz, queues of 8, 4-bit runs.

use super::eie_matrix::{Matrix, activations, vector};
use fretwork_hdl::eie::{Eie, Engine};
use fretwork_hdl::shell::cycle::EPILOGUE;

/// Clock of the paper's engine.
pub const CLOCK_MHZ: f64 = 800.0;
/// Accumulators per element: 4,096 rows on 64 elements.
pub const REGISTERS: usize = 64;
/// Activations per memory word.
pub const LANES: usize = 16;
/// Zero point of the activations.
pub const ZERO_POINT: i8 = -3;

/// One layer as published.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Layer {
    /// Name in the paper.
    pub name: &'static str,
    /// Inputs.
    pub inputs: usize,
    /// Outputs.
    pub outputs: usize,
    /// Share of weights that are not zero.
    pub weight_density: f64,
    /// Share of activations that are not zero.
    pub activation_density: f64,
    /// Published theoretical time.
    pub theoretical_us: f64,
    /// Published actual time.
    pub actual_us: f64,
}

const fn layer(name: &'static str, inputs: usize, outputs: usize, densities: [f64; 2], times: [f64; 2]) -> Layer {
    let [weight_density, activation_density] = densities;
    Layer { name, inputs, outputs, weight_density, activation_density, theoretical_us: times[0], actual_us: times[1] }
}

impl Layer {
    /// Its random weights at a density.
    pub fn matrix(&self, density: f64, seed: u64) -> Matrix {
        Matrix { seed, inputs: self.inputs, outputs: self.outputs, density }
    }

    /// Its random activations at the published density.
    pub fn activations(&self, seed: u64) -> Vec<i8> {
        activations(seed, self.inputs, self.activation_density, ZERO_POINT)
    }
}

/// Tables III and IV.
pub const LAYERS: [Layer; 9] = [
    layer("Alex-6", 9216, 4096, [0.09, 0.351], [28.1, 30.3]),
    layer("Alex-7", 4096, 4096, [0.09, 0.353], [11.7, 12.2]),
    layer("Alex-8", 4096, 1000, [0.25, 0.375], [8.9, 9.9]),
    layer("VGG-6", 25088, 4096, [0.04, 0.183], [28.1, 34.4]),
    layer("VGG-7", 4096, 4096, [0.04, 0.375], [7.9, 8.7]),
    layer("VGG-8", 4096, 1000, [0.23, 0.411], [7.3, 8.4]),
    layer("NT-We", 4096, 600, [0.10, 1.0], [5.2, 8.0]),
    layer("NT-Wd", 600, 8791, [0.11, 1.0], [13.0, 13.9]),
    layer("NT-LSTM", 1201, 2400, [0.10, 1.0], [6.5, 7.5]),
];

/// What one layer took.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Took {
    /// Cycles of all `eie` steps, from launch to last write.
    pub cycles: u64,
    /// Entries processed.
    pub entries: u64,
    /// Broadcasts.
    pub broadcasts: u64,
    /// Columns with entries, summed over broadcasts and elements.
    pub columns: u64,
}

impl Took {
    /// Share of element cycles that processed an entry.
    pub fn efficiency(&self, pes: usize) -> f64 {
        self.entries as f64 / (self.cycles as f64 * pes as f64)
    }
}

/// Source registers per element: as many as accumulators, or what fills a word.
fn sources(pes: usize) -> usize {
    REGISTERS.max(LANES / pes)
}

/// The paper's engine with other elements and queues.
pub fn engine(pes: usize, queue_depth: usize) -> Eie {
    Eie { queue_depth, registers: REGISTERS, sources: sources(pes), index_bits: 4, code_bits: 4, ..Eie::with_pes(pes) }
}

/// Cycles from a vector's last accumulator word to the write of its outputs, the launch's own cycle included.
pub const STEP_CYCLES: u64 = 2 + EPILOGUE + 1;

/// Times a layer as the hardware executes it, one step per batch of `eie.rows()` rows, each over all columns: the sum of the steps' cycles
/// from launch to last write, exactly as [`Machine`](fretwork_hdl::Machine) and the Verilog take them.
pub fn simulate(layer: &Layer, weight_density: f64, eie: &Eie, seed: u64) -> Took {
    let matrix = layer.matrix(weight_density, seed);
    let vector = vector(&layer.activations(seed), ZERO_POINT, LANES);
    let mut took = Took::default();
    for (batch, counts) in matrix.counts(eie, &vector.columns).iter().enumerate() {
        let rows = eie.rows().min(layer.outputs - batch * eie.rows());
        let reads = (rows.div_ceil(LANES) * (LANES / eie.pes).max(1)) as u64;
        let mut engine = Engine::new(eie, LANES, reads, counts, 0);
        took.cycles += engine.vector(&vector) + STEP_CYCLES;
        took.entries += engine.activity.entries;
        took.broadcasts += engine.activity.broadcasts;
        took.columns += counts.iter().filter(|count| **count > 0).count() as u64;
    }
    took
}

/// The weight density at which the entries, padding included, are those of the paper's theoretical time.
pub fn density_of_theoretical_work(layer: &Layer, eie: &Eie, seed: u64) -> f64 {
    let target = layer.theoretical_us * CLOCK_MHZ * eie.pes as f64;
    let mut density = layer.weight_density;
    for _ in 0..4 {
        density *= target / simulate(layer, density, eie, seed).entries as f64;
    }
    density
}
