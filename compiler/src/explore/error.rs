//! Why nothing can be estimated or searched.

use crate::plan::PlanError;

/// What stands against an estimate or a search.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExploreError {
    /// The network does not fit the accelerator, even with its weights as they are.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A choice that is none.
    #[error("{0}")]
    Choice(String),
    /// A fault of this program.
    #[error("this is a bug in fretwork: {0}")]
    Internal(String),
}
