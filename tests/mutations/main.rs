//! Mutation tests: one change to an emitted design at a time, to its images, its RTL or its vectors. Every one must turn the design's own
//! bench red under Icarus, and every change of an image must also make the Verilator run differ from the simulator. The link to a host is changed
//! behind a line with faults, where it must give a wrong result or an error.

mod bed;
mod eie;
mod images;
mod link;
mod memory;
mod rtl;
mod shift;
mod stream;
mod vectors;
mod xnor;
