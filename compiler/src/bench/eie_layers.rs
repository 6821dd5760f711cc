//! The nine layers of the EIE paper, with random weights and activations at the published densities.
//!
//! Source: S. Han et al., "EIE", ISCA 2016, tables III and IV: 64 elements, 800 MHz, queues of 8, 4-bit runs.

use fretwork_hdl::eie::{Engine, Vector};
use fretwork_sim::stalls::splitmix;

/// Clock of the paper's engine.
pub const CLOCK_MHZ: f64 = 800.0;
/// Accumulators per element: 4,096 rows on 64 elements.
pub const REGISTERS: usize = 64;
/// Activations per memory word.
pub const LANES: usize = 16;
/// Longest zero run of a 4-bit index.
const LONGEST_RUN: usize = 15;

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

/// A seeded stream of uniform numbers.
pub struct Uniform(u64);

impl Uniform {
    /// From a seed.
    pub fn new(seed: u64) -> Uniform {
        Uniform(splitmix(seed))
    }

    /// In (0, 1].
    pub fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(1);
        ((splitmix(self.0) >> 11) + 1) as f64 / (1u64 << 53) as f64
    }
}

/// Entries per column and element of one batch, `[column][element]`, padding included.
pub fn counts(random: &mut Uniform, columns: usize, rows: usize, pes: usize, density: f64) -> Vec<u32> {
    let mut counts = vec![0; columns * pes];
    for (place, count) in counts.iter_mut().enumerate() {
        let own = (rows + pes - 1 - place % pes) / pes;
        *count = column(random, own, density);
    }
    counts
}

/// Entries of one element's part of a column: kept rows, plus a padding zero wherever a run is too long for the index.
fn column(random: &mut Uniform, rows: usize, density: f64) -> u32 {
    let step = (1.0 - density).ln();
    let (mut row, mut entries) = (0, 0);
    loop {
        // Zeros before the next kept row are geometrically distributed.
        let run = (random.draw().ln() / step) as usize;
        row += run + 1;
        if row > rows {
            return entries;
        }
        entries += 1 + (run / (LONGEST_RUN + 1)) as u32;
    }
}

/// Non-zero columns, and how many of every word of [`LANES`] are not zero.
pub fn vector(random: &mut Uniform, columns: usize, density: f64) -> Vector {
    let mut vector = Vector::default();
    for word in 0..columns.div_ceil(LANES) {
        let before = vector.columns.len();
        for column in word * LANES..((word + 1) * LANES).min(columns) {
            if random.draw() <= density {
                vector.columns.push(column as u32);
            }
        }
        vector.word_counts.push((vector.columns.len() - before) as u32);
    }
    vector
}

/// What one layer took.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Took {
    /// Cycles from the first request to the last accumulator word, all batches.
    pub cycles: u64,
    /// Entries processed.
    pub entries: u64,
    /// Broadcasts.
    pub broadcasts: u64,
}

impl Took {
    /// Share of element cycles that processed an entry.
    pub fn efficiency(&self, pes: usize) -> f64 {
        self.entries as f64 / (self.cycles as f64 * pes as f64)
    }
}

/// Cycles around a vector that the shell adds: the request of the first word, the last accumulator word, the epilogue and the next launch.
const STEP_CYCLES: u64 = 1 + 2 + 9 + 1;

/// Simulates a layer as the hardware executes it: one step per batch of `pes * REGISTERS` rows, each over all columns.
pub fn simulate(layer: &Layer, weight_density: f64, pes: usize, queue_depth: usize, seed: u64) -> Took {
    let mut random = Uniform::new(seed);
    let mut took = Took::default();
    let vector = vector(&mut random, layer.inputs, layer.activation_density);
    for rows in batches(layer.outputs, pes * REGISTERS) {
        let reads = (rows.div_ceil(LANES) * (LANES / pes).max(1)) as u64;
        let counts = counts(&mut random, layer.inputs, rows, pes, weight_density);
        let mut engine = Engine::new(pes, queue_depth, reads, &counts, 0);
        took.cycles += engine.vector(&vector) + STEP_CYCLES;
        took.entries += engine.activity.entries;
        took.broadcasts += engine.activity.broadcasts;
    }
    took
}

fn batches(count: usize, most: usize) -> impl Iterator<Item = usize> + Clone {
    (0..count.div_ceil(most)).map(move |index| most.min(count - index * most))
}

/// The weight density at which the entries, padding included, are those of the paper's theoretical time.
pub fn density_of_theoretical_work(layer: &Layer, pes: usize, seed: u64) -> f64 {
    let target = layer.theoretical_us * CLOCK_MHZ * pes as f64;
    let mut density = layer.weight_density;
    for _ in 0..4 {
        density *= target / simulate(layer, density, pes, 8, seed).entries as f64;
    }
    density
}
