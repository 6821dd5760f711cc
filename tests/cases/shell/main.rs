//! The shell: step table, address generation, control registers.

mod config;
mod control;
mod nest;
