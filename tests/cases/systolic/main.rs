//! The systolic core: random convolutions and matrix products, and its encoding.

mod encoding;
mod random;
