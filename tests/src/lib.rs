//! What the end-to-end suites share: random programs, the three-way comparison, networks, and emitted folders.

pub mod binary;
pub mod choices;
pub mod folder;
pub mod graphs;
pub mod link;
pub mod networks;
pub mod random;
pub mod shift;
pub mod suite;
pub mod verilog;
