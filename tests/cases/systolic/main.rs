//! The systolic core: random convolutions and matrix products, its encoding, and what zeros cost.

mod bench;
mod damaged;
mod encoding;
mod networks;
mod pair;
mod pruned;
mod random;
mod soft_product;
mod stream;
mod tiles;
