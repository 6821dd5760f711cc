//! One network, many compressed variants and cores, one table: accuracy, storage, cycles, energy, area, and what bounds each.
//!
//! # JSON
//!
//! [`Comparison`] serialised:
//!
//! ```text
//! title, technology, clock_mhz, family          what is compared, and for what
//! inputs                                        inferences that accuracy and mean cycles are over
//! rows[]
//!   name, method
//!   top1                                        share of the inputs with the right class; null without labels
//!   storage_bytes, reference_bytes, storage_ratio  of the network's coded file, of a float network four bytes per parameter; of the network before
//!                                               its compression; and their ratio
//!   on_front                                    no other row is as good in accuracy, energy, latency and storage and better in one
//!   hardware                                    null for a float network
//!     rows, cols, lanes, cores[]                the accelerator; cores that have steps, with most cycles first
//!     latency_cycles, latency_us                of one inference, mean over the inputs
//!     energy_pj, energy_delay_pj_us             of one inference, and times the latency
//!     utilisation                               cycles if every unit always worked, over the cycles
//!     memory_kib                                all memories of the accelerator
//!     area                                      estimated for the family: { luts, lut_rams, flip_flops, dsp_blocks, block_rams, um2 }
//!     reason                                    { bound, share, step, text }: what most cycles are spent on
//!     kernels_differing                         steps that differ from the reference kernels in the inferences that were compared: 0
//!     verilog_differing                         steps that differ from the emitted Verilog: 0; null when it was not run
//!   ranks                                       { accuracy, storage, latency, energy, energy_delay }: 1 is best, null where the value is not known
//! ```

mod baseline;
mod bound;
mod manifest;
mod measure;
mod page;
mod pareto;
mod table;

pub use baseline::{Baseline, Entry, Figures, figures};
pub use bound::{Bound, Reason, reason};
pub use manifest::{Manifest, Variant};
pub use measure::{Measured, Options, class, measure};
pub use pareto::{front, ranks};

use serde::Serialize;

/// The whole table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the module's documentation describes every key")]
pub struct Comparison {
    pub title: String,
    pub technology: String,
    pub clock_mhz: f64,
    pub family: String,
    pub inputs: usize,
    pub rows: Vec<Row>,
}

/// One variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the module's documentation describes every key")]
pub struct Row {
    pub name: String,
    pub method: String,
    pub top1: Option<f64>,
    pub storage_bytes: u64,
    pub reference_bytes: u64,
    pub storage_ratio: f64,
    pub on_front: bool,
    pub hardware: Option<Measured>,
    pub ranks: Ranks,
}

/// A row's place among all, by column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the module's documentation describes every key")]
pub struct Ranks {
    pub accuracy: Option<usize>,
    pub storage: Option<usize>,
    pub latency: Option<usize>,
    pub energy: Option<usize>,
    pub energy_delay: Option<usize>,
}

impl Row {
    /// A row whose place among the others is not known yet.
    pub fn new(name: &str, method: &str, top1: Option<f64>, storage_bytes: u64, hardware: Option<Measured>) -> Row {
        let (name, method) = (name.to_owned(), method.to_owned());
        Row { name, method, top1, storage_bytes, reference_bytes: 0, storage_ratio: 1.0, on_front: false, hardware, ranks: Ranks::default() }
    }
}

/// Fills in what a row is beside the others: ratio of storage, ranks, front. A row without labels has no say about accuracy.
pub fn rank(rows: &mut [Row]) {
    let hardware = |value: fn(&Measured) -> f64| rows.iter().map(|row| row.hardware.as_ref().map(value)).collect::<Vec<_>>();
    let accuracy: Vec<_> = rows.iter().map(|row| row.top1.map(|top1| -top1)).collect();
    let storage: Vec<_> = rows.iter().map(|row| Some(row.storage_bytes as f64)).collect();
    let (latency, energy) = (hardware(|hardware| hardware.latency_us), hardware(|hardware| hardware.energy_pj));
    let energy_delay = hardware(|hardware| hardware.energy_delay_pj_us);
    let labelled = accuracy.iter().any(Option::is_some);
    let point = |row: usize| {
        let mut point = vec![storage[row], latency[row], energy[row]];
        point.extend(labelled.then_some(accuracy[row]));
        point
    };
    let on_front = front(&(0..rows.len()).map(point).collect::<Vec<_>>());
    let all = [&accuracy, &storage, &latency, &energy, &energy_delay].map(|values| ranks(values));
    let first = rows.first().map_or(0, |row| row.storage_bytes);
    for (index, row) in rows.iter_mut().enumerate() {
        if row.reference_bytes == 0 {
            row.reference_bytes = first;
        }
        row.storage_ratio = row.reference_bytes as f64 / row.storage_bytes.max(1) as f64;
        row.on_front = on_front[index];
        let [accuracy, storage, latency, energy, energy_delay] = [0, 1, 2, 3, 4].map(|column| all[column][index]);
        row.ranks = Ranks { accuracy, storage, latency, energy, energy_delay };
    }
}
