//! The shell: step table, address generation, control registers.

mod config;
mod control;
mod lean;
mod nest;
