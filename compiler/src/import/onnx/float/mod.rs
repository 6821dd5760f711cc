//! Float networks: ONNX models that nothing has quantised. Passes run them, look at them layer by layer and choose integers; the reader of
//! quantised models then makes the graph, as if the choices had stood in the file.

mod execute;
mod kernels;
mod layers;
mod merge;
mod network;
mod norms;
mod space;

pub use layers::{Layer, Moments};
pub use network::{Array, Network, Role};
