//! The colours of units, the same in every chart.

use super::super::unit::name;
use super::node::Node;
use super::svg::legend;
use fretwork_hdl::Kind;

/// The class that colours a unit.
pub fn class(unit: Kind) -> &'static str {
    match unit {
        Kind::Load | Kind::Store => "c6",
        Kind::Systolic => "c1",
        Kind::Lane => "c2",
        Kind::Eie => "c3",
        Kind::Xnor => "c4",
        Kind::Shift => "c5",
    }
}

/// Units in the order in which they are first used.
pub fn used(units: impl IntoIterator<Item = Kind>) -> Vec<Kind> {
    let mut used = Vec::new();
    for unit in units {
        if !used.contains(&unit) {
            used.push(unit);
        }
    }
    used
}

/// The legend of some units.
pub fn key(units: &[Kind]) -> Node {
    legend(units.iter().map(|&unit| (class(unit), name(unit).to_owned())))
}
