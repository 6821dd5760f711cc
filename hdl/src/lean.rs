//! What a shell does without so that it is smaller, at some cost in cycles or look-up tables.

use serde::{Deserialize, Serialize};

/// The default does without nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lean {
    /// The activation memory has one port: nothing is read while a word is written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub single_port: bool,
    /// Words that the output's queue holds: 2, 4, or 8 when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_depth: Option<usize>,
    /// A step's configuration is fetched when the step before has ended, into the registers of that one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fetch_late: bool,
    /// Requantisers that share the lanes of a word, a divisor of the lanes; one per lane when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requantisers: Option<usize>,
    /// Rows of the array whose products are made of look-up tables instead of multiplier blocks.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub soft_rows: usize,
    /// Lanes whose products are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub soft_lanes: usize,
}

impl Lean {
    /// Words that the output's queue holds.
    pub fn queue_words(&self) -> usize {
        self.store_depth.unwrap_or(8)
    }
}

fn is_zero(value: &usize) -> bool {
    *value == 0
}
