//! The fitted weights: what a feature of a module takes of a family's resources, from `constraints/areas/<family>.toml`.

use super::Family;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Weights of one module, by feature.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Look-up tables per count of a feature.
    #[serde(default)]
    pub luts: BTreeMap<String, f64>,
    /// Memory cells made of look-up tables.
    #[serde(default)]
    pub lut_rams: BTreeMap<String, f64>,
    /// Flip-flops.
    #[serde(default)]
    pub flip_flops: BTreeMap<String, f64>,
    /// Square micrometres of cells, flip-flops included.
    #[serde(default)]
    pub um2: BTreeMap<String, f64>,
}

/// Weights of a family's modules.
pub type Weights = BTreeMap<String, Module>;

/// A family's file.
pub const fn text(family: Family) -> &'static str {
    match family {
        Family::Ice40 => include_str!("../../../constraints/areas/ice40.toml"),
        Family::Ecp5 => include_str!("../../../constraints/areas/ecp5.toml"),
        Family::Gowin => include_str!("../../../constraints/areas/gowin.toml"),
        Family::Xilinx7 => include_str!("../../../constraints/areas/xilinx7.toml"),
        Family::Sg13g2 => include_str!("../../../constraints/areas/sg13g2.toml"),
    }
}

/// The weights in a file's text.
///
/// # Errors
/// What the parser found.
pub fn parse(text: &str) -> Result<Weights, toml::de::Error> {
    toml::from_str(text)
}

/// A family's weights.
pub fn weights(family: Family) -> &'static Weights {
    static ALL: OnceLock<BTreeMap<Family, Weights>> = OnceLock::new();
    let all = ALL.get_or_init(|| Family::ALL.map(|family| (family, parse(text(family)).expect("the file is in the program"))).into());
    &all[&family]
}
