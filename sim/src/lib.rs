//! The engine that knows no core: integer numerics, reference kernels, blocked GEMM, stall patterns, recordings and traces.
pub mod bgemm;
pub mod energy;
pub mod gemm;
pub mod kernels;
pub mod outside;
pub mod record;
pub mod requantise;
pub mod stalls;
pub mod thresholds;
pub mod trace;
