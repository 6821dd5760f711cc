//! What the array's weights took on their way from outside the chip.

use super::StepReport;
use fretwork_hdl::{Accelerator, Kind};
use serde::Serialize;

/// What the systolic core's weights cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the module's documentation describes every key")]
pub struct WeightStreamReport {
    pub word_bytes: u64,
    pub interval_cycles: u64,
    pub bytes_per_cycle: f64,
    pub streamed_bytes: u64,
    pub stalled_cycles: u64,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub bus: Option<BusReport>,
}

/// The bus to a memory outside the chip.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the module's documentation describes every key")]
pub struct BusReport {
    pub bus_bits: u64,
    pub bus_bytes: u64,
    pub latency_cycles: [u32; 2],
}

/// Sums over the steps on the array.
pub(super) fn weight_stream(steps: &[StepReport], a: &Accelerator) -> WeightStreamReport {
    let systolic = || steps.iter().filter(|step| step.unit == Kind::Systolic);
    WeightStreamReport {
        word_bytes: a.weight_word_bytes() as u64,
        interval_cycles: a.stream.pace(a.cols) as u64,
        bytes_per_cycle: a.stream.bandwidth(a.cols),
        streamed_bytes: systolic().map(|step| step.weight_bytes).sum(),
        stalled_cycles: systolic().map(|step| step.stalled_cycles.weights).sum(),
        bus: a.stream.source.axi().map(|axi| BusReport {
            bus_bits: axi.bits as u64,
            bus_bytes: systolic().filter_map(|step| step.bus_bytes).sum(),
            latency_cycles: [axi.latency.least, axi.latency.most],
        }),
    }
}
