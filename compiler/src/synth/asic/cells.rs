//! What the cells of a library do and take, as far as a netlist of them needs it.

use super::function::{FunctionError, truth};
use super::liberty::Group;
use std::collections::BTreeMap;

/// The cells of a liberty file.
#[derive(Clone, Debug)]
pub struct Library {
    /// Its name.
    pub name: String,
    /// Cells by name.
    pub cells: BTreeMap<String, Cell>,
}

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Area, um2.
    pub area_um2: f64,
    /// Input pins; truth tables have this order.
    pub inputs: Vec<String>,
    /// Output pins and what they show; or why that cannot be said.
    pub outputs: Result<Vec<(String, Output)>, FunctionError>,
    /// Its state, if it has one.
    pub flip_flop: Option<FlipFlop>,
}

/// What an output pin shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// A truth table of the inputs.
    Truth(u64),
    /// The state, inverted or not.
    State {
        /// Whether it is inverted.
        inverted: bool,
    },
}

/// A flip-flop of one clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlipFlop {
    /// Truth table of the clock: one of the inputs.
    pub clock: u64,
    /// Truth table of the next state.
    pub next: u64,
    /// When the state is 0 whatever the clock does.
    pub clear: u64,
    /// When it is 1.
    pub preset: u64,
}

impl Library {
    /// The cells of a library's group.
    pub fn new(library: &Group) -> Library {
        let cells = library.groups("cell").map(|cell| (cell.title().to_owned(), Cell::new(cell))).collect();
        Library { name: library.title().to_owned(), cells }
    }

    /// Area of the smallest NAND of two inputs, um2: one gate equivalent.
    pub fn nand_area_um2(&self) -> Option<f64> {
        let is_nand = |cell: &&Cell| {
            let nand = |outputs: &Vec<(String, Output)>| matches!(outputs[..], [(_, Output::Truth(table))] if table & 0xf == 0x7);
            cell.inputs.len() == 2 && cell.flip_flop.is_none() && cell.outputs.as_ref().is_ok_and(nand)
        };
        self.cells.values().filter(is_nand).map(|cell| cell.area_um2).min_by(f64::total_cmp)
    }

    /// A cell that drives a constant, by its value, and its output pin.
    pub fn constant(&self, value: bool) -> Option<(&str, &str)> {
        let table = if value { u64::MAX } else { 0 };
        self.cells.iter().find_map(|(name, cell)| match cell.outputs.as_deref() {
            Ok([(pin, Output::Truth(found))]) if cell.inputs.is_empty() && *found == table => Some((name.as_str(), pin.as_str())),
            _ => None,
        })
    }

    /// The smallest buffer: what drives the inputs of a design when it is mapped.
    pub fn buffer(&self) -> Option<&str> {
        let is_buffer = |cell: &Cell| cell.inputs.len() == 1 && matches!(cell.outputs.as_deref(), Ok([(_, Output::Truth(t))]) if t & 3 == 2);
        let buffers = self.cells.iter().filter(|(_, cell)| is_buffer(cell));
        buffers.min_by(|a, b| a.1.area_um2.total_cmp(&b.1.area_um2)).map(|(name, _)| name.as_str())
    }
}

impl Cell {
    fn new(cell: &Group) -> Cell {
        let of = |direction: &str| -> Vec<&Group> {
            cell.groups("pin").filter(|pin| pin.attribute("direction").is_some_and(|found| found == direction)).collect()
        };
        let inputs: Vec<String> = of("input").iter().map(|pin| pin.title().to_owned()).collect();
        let state = cell.groups("ff").next();
        let flip_flop = state.and_then(|state| FlipFlop::new(state, &inputs).ok());
        let shows = |pin: &Group| {
            let function = pin.attribute("function").unwrap_or_default();
            let held = state.and_then(|state| state.arguments.iter().position(|word| word.text == function));
            match held {
                Some(position) => Ok(Output::State { inverted: position == 1 }),
                None => truth(&function, &inputs).map(Output::Truth),
            }
        };
        let outputs = of("output").into_iter().map(|pin| Ok((pin.title().to_owned(), shows(pin)?))).collect();
        Cell { area_um2: cell.number("area").unwrap_or(0.0), inputs, outputs, flip_flop }
    }
}

impl FlipFlop {
    fn new(state: &Group, inputs: &[String]) -> Result<FlipFlop, FunctionError> {
        let table = |name: &str, otherwise: &str| truth(&state.attribute(name).unwrap_or_else(|| otherwise.to_owned()), inputs);
        Ok(FlipFlop { clock: table("clocked_on", "")?, next: table("next_state", "")?, clear: table("clear", "0")?, preset: table("preset", "0")? })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An inverter, a NAND and a flip-flop with reset.
    pub const SMALL: &str = r#"library (small) {
      cell (inv) { area : 2; pin (A) { direction : "input"; } pin (Y) { direction : "output"; function : "!A"; } }
      cell (nand) { area : 3; pin (A) { direction : input; } pin (B) { direction : input; } pin (Y) { direction : output; function : "!(A*B)"; } }
      cell (one) { area : 1; pin (H) { direction : output; function : "1"; } }
      cell (dff) { area : 9;
        ff (IQ, IQN) { clocked_on : "C"; next_state : "D"; clear : "!R"; }
        pin (C) { direction : input; clock : true; } pin (D) { direction : input; } pin (R) { direction : input; }
        pin (Q) { direction : output; function : "IQ"; } pin (N) { direction : output; function : "IQN"; } }
    }"#;

    pub fn small() -> Library {
        Library::new(&Group::parse(SMALL).unwrap())
    }

    #[test]
    fn cells_are_understood() {
        let library = small();
        assert_eq!(library.nand_area_um2(), Some(3.0));
        assert_eq!((library.constant(true), library.constant(false), library.buffer()), (Some(("one", "H")), None, None));
        let dff = &library.cells["dff"];
        let shows = [("Q".to_owned(), Output::State { inverted: false }), ("N".to_owned(), Output::State { inverted: true })];
        assert_eq!(dff.outputs.as_deref(), Ok(&shows[..]));
        assert_eq!(dff.flip_flop.as_ref().map(|ff| (ff.clear & 0xff, ff.preset)), Some((0x0f, 0)));
    }
}
