//! What a network costs on an accelerator for every choice that a search may make, and the searches.
//!
//! The [`Estimator`] plans the network once per [`Treatment`](crate::compress::recode::Treatment) of its layers and keeps of every layer what
//! decides time and energy. Any combination is then a walk over these: a few look-ups, the simulator's cycles to the cycle.

mod capacity;
mod error;
mod estimator;
mod evolve;
mod front;
mod search;
mod segments;
mod sensitivity;
mod session;
mod transitions;

pub use error::ExploreError;
pub use estimator::{Estimate, Estimator, LayerEstimate, Options, StepEstimate, Totals};
pub use evolve::{Cost, Evolution, evolve};
pub use front::{Budget, Front, Point, front};
pub use search::{Candidate, Found, Limits, Objective, Place, Setting, ranked, search};
pub use sensitivity::{Distance, Measure, Proxy, Sensitivities};
pub use session::Session;
