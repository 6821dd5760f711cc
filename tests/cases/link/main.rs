//! The link to a host: its RTL against a model of the protocol, and the library's session over lines that damage what passes.

mod frames;
mod model;
mod session;
