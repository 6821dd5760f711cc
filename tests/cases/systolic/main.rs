//! The systolic core: random convolutions and matrix products, its encoding, and what zeros cost.

mod encoding;
mod networks;
mod random;
mod tiles;
