//! The compressed file: a whole [`Graph`](crate::graph::Graph) in one safetensors file, read back exactly.
//!
//! A safetensors file is a length (8 bytes, little endian), a JSON header of that length, and bytes. The header's `__metadata__` has one
//! entry, `fretwork`: the graph as JSON, which `document` defines. The bytes of node `i` are the tensors
//!
//! | name | holds |
//! |---|---|
//! | `i.w` | weights (U8): one byte that names the form, then a bit stream, see `weights` |
//! | `i.o` | biases, multipliers and shifts of a layer with weights (U8): a bit stream, see `output` |
//! | `i.t` | the 256 entries of a table (I8) |
//! | `i.f` | the factors of a multiplication by constants (I16) |
//!
//! Bit streams have the highest bit first and are filled up with zeros to whole bytes.

mod document;
mod output;
mod read;
mod weights;
mod write;

pub use read::read;
pub use weights::Form;
pub use write::{LayerBytes, WriteError, Written, write};

/// The metadata entry that holds the graph.
const KEY: &str = "fretwork";

/// Most values of one activation.
const MAX_ACTIVATION: usize = 1 << 26;
/// Most weights of the whole graph.
const MAX_WEIGHTS: usize = 1 << 28;

/// Whether the bytes begin as a safetensors file does.
pub fn recognises(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, _, _, _, _, 0, 0, b'{', ..])
}

#[cfg(test)]
mod tests;
