//! Units: their names, and what each can do in a cycle.

use super::StepReport;
use fretwork_hdl::{Accelerator, Kind};

/// What people call a unit.
pub(super) fn name(unit: Kind) -> &'static str {
    match unit {
        Kind::Load => "load",
        Kind::Store => "store",
        Kind::Systolic => "systolic",
        Kind::Lane => "lane",
        Kind::Eie => "eie",
        Kind::Xnor => "xnor",
        Kind::Shift => "shift",
    }
}

/// What a unit does at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Capacity {
    /// Operations per cycle.
    pub operations: u64,
    /// Bits of what is counted as a weight word.
    pub weight_bits: u64,
    /// Weight words per cycle.
    pub weight_words: f64,
}

impl Capacity {
    /// Bytes of weights per cycle.
    pub(super) fn weight_bytes(&self) -> f64 {
        self.weight_bits as f64 * self.weight_words / 8.0
    }
}

/// A unit's capacity on an accelerator; `None` for loads and stores, and for cores that are not there.
pub(super) fn capacity(unit: Kind, a: &Accelerator) -> Option<Capacity> {
    let [operations, weight_bits] = match unit {
        Kind::Load | Kind::Store => return None,
        Kind::Systolic => [a.rows * a.cols, a.weight_word_bytes() * 8],
        Kind::Lane => [a.lanes, a.lanes * 8],
        // One entry per element and cycle; an entry is a zero run and a code.
        Kind::Eie => a.eie.as_ref().map(|eie| [eie.pes, eie.index_bits + eie.code_bits])?,
        Kind::Xnor => a.xnor.as_ref().map(|core| [core.cols * core.simd; 2])?,
        Kind::Shift => a.shift.as_ref().map(|core| [core.cols * core.simd, core.cols * core.simd * core.code_bits])?,
    };
    let weight_words = match unit {
        Kind::Systolic => 1.0 / a.stream.pace(a.cols) as f64,
        Kind::Eie => operations as f64,
        Kind::Load | Kind::Store | Kind::Lane | Kind::Xnor | Kind::Shift => 1.0,
    };
    Some(Capacity { operations: operations as u64, weight_bits: weight_bits as u64, weight_words })
}

/// Operations that a unit carries out. The sparse engine's work is its entries: what was pruned away costs nothing. Nor do tiles that the
/// array leaves out.
pub(super) fn work(step: &StepReport) -> u64 {
    if step.unit == Kind::Eie { step.weight_words } else { step.operations.saturating_sub(step.skipped_operations) }
}
