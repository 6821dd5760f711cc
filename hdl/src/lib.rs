//! The cores, the shell around them, and what they have in common.
//!
//! A [`Step`] is one layer's work on regions of the activation memory. A [`Core`] says whether it fits, encodes it into a [`Config`] (one entry
//! of the step table) and into the memory [`Images`], and can be timed and computed from those encoded forms alone. The
//! [`Machine`] walks the step table as the sequencer does. Nothing here knows a graph or a model format.

pub mod accelerator;
pub mod config;
pub mod cost;
pub mod design;
pub mod images;
pub mod lean;
pub mod rtl;
pub mod step;
pub mod trim;
mod vectorised;

#[path = "../eie/mod.rs"]
pub mod eie;
#[path = "../lane/mod.rs"]
pub mod lane;
#[path = "../memory/mod.rs"]
pub mod memory;
#[path = "../shell/mod.rs"]
pub mod shell;
#[path = "../shift/mod.rs"]
pub mod shift;
#[path = "../systolic/mod.rs"]
pub mod systolic;
#[path = "../xnor/mod.rs"]
pub mod xnor;

pub use accelerator::{Accelerator, Misfit};
pub use config::{Config, Kind};
pub use cost::{Block, Cost, Executed, Memory, Multipliers};
pub use fretwork_sim::energy::Count;
pub use images::Images;
pub use lean::Lean;
pub use shell::cycle::Position;
pub use shell::machine::{Clock, Machine, Stalled, Timing};
pub use step::{Binary, BitPlanes, Channel, Conv, Epilogue, LaneOp, LaneWork, Operand, Region, Shift, Sparse, Step, Window, Work, Xnor};
pub use trim::Trim;

/// What every core offers. Values and cycles come from the encoded step alone.
pub trait Core: Sync {
    /// The core's one name: its folder, its option, its report column.
    fn name(&self) -> &'static str;

    /// Whether the step's parameters are within the core's limits on this accelerator.
    ///
    /// # Errors
    /// A [`Misfit`] that says what does not fit and what would.
    fn fits(&self, step: &Step, accelerator: &Accelerator) -> Result<(), Misfit>;

    /// Appends the step's weights and epilogue parameters to the images and returns its step-table entry.
    fn encode(&self, step: &Step, accelerator: &Accelerator, images: &mut Images) -> Config;

    /// The exact inverse of `encode` for the weights: as [`Work`] holds them, restricted to the inputs and outputs that the encoding holds.
    fn decode(&self, config: &Config, accelerator: &Accelerator, images: &Images) -> Vec<i16>;

    /// Advances the clock over one launched step; `None` for a core whose cycles depend on the activations.
    fn schedule(&self, config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Option<Timing>;

    /// Structural size: what a synthesis tool will have to place.
    fn cost(&self, accelerator: &Accelerator) -> Cost;

    /// What takes energy in an executed step of this core; the shell's part is [`shell::cost::events`].
    fn events(&self, step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count>;
}

/// Every core.
pub const CORES: [&dyn Core; 5] = [&systolic::Systolic, &lane::Lane, &eie::SparseEngine, &xnor::BinaryCore, &shift::ShiftAdd];

/// Structural size of every core and of the shell.
pub fn costs(accelerator: &Accelerator) -> impl Iterator<Item = Cost> {
    CORES.iter().map(|core| core.cost(accelerator)).chain([shell::cost::cost(accelerator)])
}

/// The core that executes a kind of step; loads and stores are the shell's own.
pub fn core(kind: Kind) -> Option<&'static dyn Core> {
    match kind {
        Kind::Load | Kind::Store => None,
        Kind::Systolic => Some(&systolic::Systolic),
        Kind::Lane => Some(&lane::Lane),
        Kind::Eie => Some(&eie::SparseEngine),
        Kind::Xnor => Some(&xnor::BinaryCore),
        Kind::Shift => Some(&shift::ShiftAdd),
    }
}
