//! Readers of model formats; nothing else in the project knows one.

mod channels;
pub mod compressed;
mod error;
pub mod onnx;
pub mod tflite;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use error::ImportError;

use crate::graph::Graph;

/// Largest model file that is read.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// Reads a model file; its content decides which reader takes it, and where that is not clear its name.
pub fn load(path: &Path) -> Result<Graph, ImportError> {
    let file = path.display().to_string();
    let name = path.file_stem().map_or_else(|| "model".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let named_onnx = path.extension().is_some_and(|extension| extension == "onnx");
    let result = read(path).and_then(|bytes| match import(&bytes, &name) {
        // What damaged it may have hidden what it is.
        Err(ImportError::UnknownFormat { .. }) if named_onnx => onnx::import(&bytes, &name),
        result => result,
    });
    result.map_err(|error| ImportError::File { file, source: Box::new(error) })
}

/// Reads a float model (ONNX), to be quantised.
pub fn load_float(path: &Path, name: &str) -> Result<onnx::float::Network, ImportError> {
    let found = read(path).and_then(|bytes| match &bytes[..] {
        [] => Err(ImportError::Empty),
        bytes => onnx::float::Network::read(bytes, name),
    });
    found.map_err(|error| ImportError::File { file: path.display().to_string(), source: Box::new(error) })
}

/// Imports a model from its bytes; `name` becomes the graph's name, unless the file holds one.
pub fn import(bytes: &[u8], name: &str) -> Result<Graph, ImportError> {
    match bytes {
        [] => Err(ImportError::Empty),
        _ if tflite::recognises(bytes) => tflite::import(bytes, name),
        _ if compressed::recognises(bytes) => compressed::read(bytes),
        _ if onnx::recognises(bytes) => onnx::import(bytes, name),
        _ => Err(ImportError::UnknownFormat { start: bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect() }),
    }
}

/// The file's bytes, if there are not too many.
fn read(path: &Path) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ImportError::TooLarge { limit: MAX_FILE_BYTES });
    }
    Ok(bytes)
}
