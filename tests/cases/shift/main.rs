//! `shift`: random programs and networks with powers of two, kernels = simulator = Verilog.

mod damaged;
mod kernels;
mod networks;
mod program;
mod random;
