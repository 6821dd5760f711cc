//! `xnor`: random programs and binary networks, kernels = simulator = Verilog.

mod kernels;
mod limits;
mod networks;
mod program;
mod random;
mod widths;
