//! Float networks: ONNX models that nothing has quantised. Passes run them, look at them layer by layer and choose integers; the reader of
//! quantised models then makes the graph, as if the choices had stood in the file. Passes may change the layers too: `channels` tells which channels hang
//! together, `select` and `edit` keep the network whole when some of them go.

mod channels;
mod edit;
mod execute;
mod kernels;
mod layers;
mod merge;
mod network;
mod norms;
mod select;
mod space;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod ties;
mod walk;

pub use channels::{Channels, ClassId};
pub use layers::{Layer, Moments};
pub use network::{Array, Network, Role};
pub use ties::Class;
