//! Dictionaries from the library's reports, by way of the JSON that the command line prints: both say the same.

use pyo3::prelude::*;
use serde::Serialize;

use super::error::InternalError;

/// A value as dictionaries, lists, numbers and texts.
pub fn object<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value).map_err(|error| InternalError::new_err(error.to_string()))?;
    py.import("json")?.call_method1("loads", (text,))
}
