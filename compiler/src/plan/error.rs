//! Why a graph cannot be planned, with the layer's name and what would fit.

use fretwork_hdl::Misfit;

/// Why there is no program.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The requested accelerator is out of range.
    #[error("the accelerator cannot be built: {0}")]
    Request(Misfit),
    /// A layer is outside a core's limits.
    #[error("layer '{layer}' does not fit: {misfit}")]
    Layer {
        /// The layer's name.
        layer: String,
        /// Limit and remedy.
        misfit: Misfit,
    },
    /// A layer has no mapping onto the cores.
    #[error("layer '{layer}' is not supported by the hardware: {why}; {remedy}")]
    Unsupported {
        /// The layer's name.
        layer: String,
        /// What stands against it.
        why: String,
        /// What would fit.
        remedy: String,
    },
    /// A memory is too small.
    #[error(
        "the {memory} is {short_kib:.1} KiB short: the network needs {needed_kib:.1} KiB, {given_kib:.1} KiB are there; \
         give it {needed_kib:.1} KiB or use a smaller network"
    )]
    Memory {
        /// Which memory.
        memory: &'static str,
        /// What the network needs.
        needed_kib: f64,
        /// What is there.
        given_kib: f64,
        /// The difference.
        short_kib: f64,
    },
}

impl PlanError {
    /// An unsupported layer.
    pub fn unsupported(layer: &str, why: impl Into<String>, remedy: impl Into<String>) -> PlanError {
        PlanError::Unsupported { layer: layer.to_string(), why: why.into(), remedy: remedy.into() }
    }
}
