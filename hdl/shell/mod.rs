//! The shell: what all cores share. Address generation, streams, the sequencer's clock, and the machine that walks a step table.

pub mod blocks;
pub mod check;
pub mod cost;
pub mod cycle;
pub mod encode;
pub mod epilogue;
pub mod machine;
pub mod memory;
pub mod nest;
pub mod requests;
pub mod tile_list;
pub mod tiles;
