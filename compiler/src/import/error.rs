use thiserror::Error;

use crate::graph::CheckError;

/// A model that cannot be imported: the file, the place in it, the reason and what would fit.
#[derive(Debug, Error)]
pub enum ImportError {
    /// Says which file; the rest is in `source`.
    #[error("{file}: {source}")]
    File {
        /// The file's path as it was given.
        file: String,
        /// What is wrong with it.
        source: Box<ImportError>,
    },
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The file has no content.
    #[error("the file is empty; supported are TensorFlow Lite models (.tflite), ONNX models (.onnx) and compressed networks (.safetensors)")]
    Empty,
    /// The file is larger than any supported model.
    #[error("the file has more than {limit} bytes; models up to that size are supported")]
    TooLarge {
        /// Most bytes a file may have.
        limit: u64,
    },
    /// No reader recognises the content.
    #[error(
        "unknown file format (it starts with the bytes {start}); supported are TensorFlow Lite models (.tflite), ONNX models (.onnx) and compressed networks (.safetensors)"
    )]
    UnknownFormat {
        /// The first bytes in hexadecimal.
        start: String,
    },
    /// The content contradicts its own format.
    #[error("the file is damaged: {reason}")]
    Damaged {
        /// What the reader stumbled over.
        reason: String,
    },
    /// The model as a whole is not supported.
    #[error("the model is not supported: {reason}; supported: {fits}")]
    Model {
        /// Why not.
        reason: String,
        /// What would fit.
        fits: &'static str,
    },
    /// One operator is not supported.
    #[error("{op} {node:?} (operator {index}) is not supported: {reason}; supported: {fits}")]
    Operator {
        /// The operator's name in the model format.
        op: String,
        /// The name of its output tensor.
        node: String,
        /// Its position in the model.
        index: usize,
        /// Why not.
        reason: String,
        /// What would fit.
        fits: &'static str,
    },
    /// The graph breaks an invariant although every operator was accepted.
    #[error("the model is not consistent: {0}")]
    Check(#[from] CheckError),
}
