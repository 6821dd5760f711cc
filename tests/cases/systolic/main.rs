//! The systolic core: random convolutions and matrix products, and its encoding.

mod damaged;
mod encoding;
mod networks;
mod pair;
mod random;
mod stream;
