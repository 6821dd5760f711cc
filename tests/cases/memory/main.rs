//! Weights from outside the chip: the AXI4 reader and the flash, kernels = simulator = Verilog in values and cycles under random latencies.

mod axi;
mod boot;
mod networks;
mod reader;
