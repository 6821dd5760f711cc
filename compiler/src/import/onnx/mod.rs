//! The ONNX reader, in three dialects: QONNX (Quant, BipolarQuant, Trunc, MultiThreshold), QDQ (QuantizeLinear, DequantizeLinear) and ONNX
//! Runtime's integer operators. Graphs equal qonnx's executor and ONNX Runtime's CPU kernels, bit for bit.
//!
//! Between a convolution and the next quantiser these models compute in floating point. The importer keeps those functions as they stand
//! (`link`, `signal`) until the quantiser (`quantiser`) says which integers come out, and then asks at which accumulators the result steps
//! (`stairs`, `emit`). `schema`, `model` and `constant` take the file apart; `operators` says which reader takes which node.
//!
//! A sum is taken to be exact and then scaled. That is what runtimes compute when scales are powers of two; with other scales their float
//! sums depend on the order of the terms, and where a sum lies within that error of a step there is no one right answer.

mod borders;
mod channels;
pub(crate) mod choices;
mod chosen;
pub(crate) mod constant;
mod displacement;
mod elementwise;
mod emit;
pub mod float;
mod fold;
mod link;
mod lower;
mod model;
mod operators;
mod pairs;
mod qlinear;
pub(crate) mod quantiser;
mod quantisers;
mod schema;
mod selection;
mod shapes;
mod signal;
mod space;
mod stairs;
mod tails;
mod weighted;
mod window;
mod wire;

pub use wire::recognises;

use super::ImportError;
use crate::graph::{CheckError, Graph};

/// Imports an ONNX model; `name` becomes the graph's name.
pub fn import(bytes: &[u8], name: &str) -> Result<Graph, ImportError> {
    let model = model::read(bytes)?;
    let graph = lower::lower(&model, name, &choices::Choices::default())?;
    finish(&model, graph)
}

/// The graph, if it is sound.
fn finish(model: &model::Model, graph: Graph) -> Result<Graph, ImportError> {
    match graph.check() {
        Ok(()) => Ok(graph),
        Err(error) => Err(explain(model, error)),
    }
}

/// Blames the operator for a fault in the node it became.
fn explain(model: &model::Model, error: CheckError) -> ImportError {
    let CheckError::Node { node, fault, .. } = &error else {
        return error.into();
    };
    let made = |operator: &model::Node| operator.outputs.iter().any(|output| output == node);
    match model.nodes.iter().find(|operator| made(operator)) {
        Some(operator) => {
            let fits = "windows, shapes and sums of ordinary size";
            let (op, node, index) = (operator.op.clone(), operator.name.clone(), operator.position);
            ImportError::Operator { op, node, index, reason: fault.to_string(), fits }
        }
        None => error.into(),
    }
}
