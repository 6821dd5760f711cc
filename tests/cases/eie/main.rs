//! `eie`: random sparse programs and pruned networks, kernels = simulator = Verilog.

mod layers;
mod networks;
mod program;
mod random;
