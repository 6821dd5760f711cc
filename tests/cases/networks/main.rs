//! Whole networks: reference kernels, cycle simulator and emitted Verilog agree in every value and every cycle, and latencies stay within
//! their bounds.

mod folder;
mod lenet;
mod mlperf_tiny;
mod quantised;
mod reduced;
mod small;
mod zoo;
