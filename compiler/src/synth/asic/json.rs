//! The JSON that Yosys writes of a design, as far as netlists and hierarchies need it.

use super::netlist::NetlistError;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What `write_json` writes.
#[derive(Deserialize)]
pub struct Json {
    /// Modules by name.
    pub modules: BTreeMap<String, JsonModule>,
}

/// A module of the JSON.
#[derive(Deserialize)]
pub struct JsonModule {
    /// Ports by name.
    #[serde(default)]
    pub ports: BTreeMap<String, JsonPort>,
    /// Instances by name.
    #[serde(default)]
    pub cells: BTreeMap<String, JsonCell>,
}

/// A port of the JSON.
#[derive(Deserialize)]
pub struct JsonPort {
    /// `input` or `output`.
    pub direction: String,
    /// Its nets, lowest bit first.
    pub bits: Vec<Bit>,
}

/// An instance of the JSON.
#[derive(Deserialize)]
pub struct JsonCell {
    /// What it is an instance of.
    #[serde(rename = "type")]
    pub kind: String,
    /// What its pins are connected to.
    #[serde(default)]
    pub connections: BTreeMap<String, Vec<Bit>>,
}

/// One bit of a connection.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Bit {
    /// A net's number.
    Net(u64),
    /// 0, 1, x or z.
    Constant(String),
}

impl Json {
    /// Reads what `write_json` wrote.
    ///
    /// # Errors
    /// Other text.
    pub fn parse(text: &str) -> Result<Json, NetlistError> {
        serde_json::from_str(text).map_err(|error| NetlistError::Json(error.to_string()))
    }
}
