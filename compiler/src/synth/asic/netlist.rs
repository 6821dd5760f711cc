//! A mapped netlist: Yosys's JSON and the library's cells as nets, gates in the order of their evaluation, flip-flops and macros.

use super::cells::{Cell, FlipFlop, Library, Output};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// A net; the first two are constant.
pub type Net = u32;
/// The net that is always 0.
pub const ZERO: Net = 0;
/// The net that is always 1.
pub const ONE: Net = 1;

/// A netlist of one clock.
#[derive(Clone, Debug, Default)]
pub struct Netlist {
    /// Number of nets, the constant ones included.
    pub nets: usize,
    /// The design's inputs, its clock left out, and the outputs of macros.
    pub inputs: Vec<Port>,
    /// The design's outputs and the inputs of macros.
    pub outputs: Vec<Port>,
    /// The clock.
    pub clock: Option<Net>,
    /// Gates, every one after those that it hears.
    pub gates: Vec<Gate>,
    /// Flip-flops.
    pub flip_flops: Vec<State>,
    /// Every cell.
    pub cells: Vec<Instance>,
    /// Memories that are no cells: path within the design, and their type.
    pub macros: Vec<(String, String)>,
}

/// A port of the design or of a macro in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The macro's path within the design; empty for the design's own ports.
    pub path: Vec<String>,
    /// The port's name.
    pub name: String,
    /// Its nets, lowest bit first.
    pub nets: Vec<Net>,
}

/// A cell's combinational output.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Inputs, in the order of the truth table.
    pub inputs: Vec<Net>,
    /// Its truth table.
    pub truth: u64,
    /// The net that it drives.
    pub output: Net,
}

/// A flip-flop's state and the nets that show it.
#[derive(Clone, Debug)]
pub struct State {
    /// Inputs, in the order of the truth tables.
    pub inputs: Vec<Net>,
    /// When it takes what.
    pub rule: FlipFlop,
    /// Nets that it drives, and whether they are inverted.
    pub outputs: Vec<(Net, bool)>,
}

/// A cell and what its pins are connected to.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The cell.
    pub cell: String,
    /// Pins with their nets, inputs and outputs.
    pub pins: Vec<(String, Net)>,
    /// Whether it holds state.
    pub holds: bool,
}

/// Why a netlist cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum NetlistError {
    /// Not what `write_json` writes.
    #[error("the netlist of yosys cannot be read: {0}")]
    Json(String),
    /// A module that is not there.
    #[error("the netlist has no module {0}")]
    Module(String),
    /// A cell that the library does not have, or does not describe.
    #[error("the netlist has a {cell}, {reason}")]
    Cell {
        /// Its type.
        cell: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Gates in a circle.
    #[error("{0} gates of the netlist hear each other in a circle")]
    Loop(usize),
    /// Several clocks, or a gated one.
    #[error("the flip-flop {0} is not clocked by the port clk_i; clocks that are gated or divided are not supported")]
    Clock(String),
}

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
    direction: String,
    bits: Vec<Bit>,
}

/// An instance of the JSON.
#[derive(Deserialize)]
pub struct JsonCell {
    /// What it is an instance of.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    connections: BTreeMap<String, Vec<Bit>>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Bit {
    Net(u64),
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

/// Dense numbers of nets.
#[derive(Default)]
struct Nets(HashMap<u64, Net>);

impl Nets {
    fn of(&mut self, bit: &Bit) -> Net {
        match bit {
            Bit::Net(number) => {
                let next = self.0.len() as Net + 2;
                *self.0.entry(*number).or_insert(next)
            }
            Bit::Constant(value) => Net::from(value == "1"),
        }
    }

    fn all(&mut self, bits: &[Bit]) -> Vec<Net> {
        bits.iter().map(|bit| self.of(bit)).collect()
    }
}

impl Netlist {
    /// The netlist of a flat module. Instances of other modules of the JSON are macros.
    ///
    /// # Errors
    /// A module that is not there, cells that the library does not describe, circles of gates, other clocks than `clk_i`.
    pub fn new(json: &Json, module: &str, library: &Library) -> Result<Netlist, NetlistError> {
        let top = json.modules.get(module).ok_or_else(|| NetlistError::Module(module.to_owned()))?;
        let (mut nets, mut netlist) = (Nets::default(), Netlist::default());
        for (name, port) in &top.ports {
            let bits = nets.all(&port.bits);
            if name == "clk_i" {
                netlist.clock = bits.first().copied();
            } else {
                netlist.port(Vec::new(), name, bits, port.direction == "input");
            }
        }
        for (name, instance) in &top.cells {
            if let Some(cell) = library.cells.get(&instance.kind) {
                netlist.cell(name, instance, cell, &mut nets)?;
            } else if let Some(model) = json.modules.get(&instance.kind) {
                netlist.instance_of_macro(name, instance, model, &mut nets);
            } else {
                return Err(NetlistError::Cell { cell: instance.kind.clone(), reason: "which the library does not have".to_owned() });
            }
        }
        netlist.nets = nets.0.len() + 2;
        netlist.order()?;
        Ok(netlist)
    }

    fn port(&mut self, path: Vec<String>, name: &str, nets: Vec<Net>, drives: bool) {
        let port = Port { path, name: name.to_owned(), nets };
        if drives { self.inputs.push(port) } else { self.outputs.push(port) }
    }

    /// A macro's outputs are inputs of the rest.
    fn instance_of_macro(&mut self, name: &str, instance: &JsonCell, model: &JsonModule, nets: &mut Nets) {
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        for (pin, bits) in &instance.connections {
            let drives = model.ports.get(pin).is_some_and(|port| port.direction == "output");
            if pin != "clk_i" {
                self.port(path.clone(), pin, nets.all(bits), drives);
            }
        }
        self.macros.push((name.to_owned(), instance.kind.clone()));
    }

    fn cell(&mut self, name: &str, instance: &JsonCell, cell: &Cell, nets: &mut Nets) -> Result<(), NetlistError> {
        let fault = |reason: String| NetlistError::Cell { cell: instance.kind.clone(), reason };
        let outputs = cell.outputs.as_ref().map_err(|error| fault(format!("whose function is not understood: {error}")))?;
        let bit = |pin: &str| instance.connections.get(pin).and_then(|bits| bits.first());
        let inputs: Vec<Net> = cell.inputs.iter().map(|pin| bit(pin).map_or(ZERO, |bit| nets.of(bit))).collect();
        let mut pins: Vec<(String, Net)> = cell.inputs.iter().cloned().zip(inputs.iter().copied()).collect();
        let mut shown = Vec::new();
        for (pin, output) in outputs {
            let Some(net) = bit(pin).map(|bit| nets.of(bit)) else { continue };
            pins.push((pin.clone(), net));
            match *output {
                Output::Truth(truth) => self.gates.push(Gate { inputs: inputs.clone(), truth, output: net }),
                Output::State { inverted } => shown.push((net, inverted)),
            }
        }
        if let Some(rule) = &cell.flip_flop {
            let clocked = (0..inputs.len()).any(|i| rule.clock == super::function::column(i) && Some(inputs[i]) == self.clock);
            if !clocked {
                return Err(NetlistError::Clock(name.to_owned()));
            }
            self.flip_flops.push(State { inputs, rule: rule.clone(), outputs: shown });
        } else if !shown.is_empty() {
            return Err(fault("whose state is not that of a flip-flop".to_owned()));
        }
        self.cells.push(Instance { cell: instance.kind.clone(), pins, holds: cell.flip_flop.is_some() });
        Ok(())
    }

    /// Puts every gate after those that drive its inputs.
    fn order(&mut self) -> Result<(), NetlistError> {
        let mut listeners = vec![Vec::new(); self.nets];
        let mut driven = vec![false; self.nets];
        self.gates.iter().for_each(|gate| driven[gate.output as usize] = true);
        let mut waits = vec![0usize; self.gates.len()];
        for (index, gate) in self.gates.iter().enumerate() {
            for &input in gate.inputs.iter().filter(|input| driven[**input as usize]) {
                listeners[input as usize].push(index);
                waits[index] += 1;
            }
        }
        let mut ready: Vec<usize> = (0..self.gates.len()).filter(|&index| waits[index] == 0).collect();
        let mut order = Vec::with_capacity(self.gates.len());
        while let Some(index) = ready.pop() {
            order.push(index);
            for &listener in &listeners[self.gates[index].output as usize] {
                waits[listener] -= 1;
                if waits[listener] == 0 {
                    ready.push(listener);
                }
            }
        }
        if order.len() < self.gates.len() {
            return Err(NetlistError::Loop(self.gates.len() - order.len()));
        }
        self.gates = order.into_iter().map(|index| self.gates[index].clone()).collect();
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::cells::tests::small;
    use super::*;
    use proptest::prelude::*;

    /// `q` toggles while `a` is 1: `q <= !(a * q)`, reset to 0; a macro reads `q` and is heard by nobody.
    pub const TOGGLE: &str = r#"{"modules": {
      "mem": {"ports": {"clk_i": {"direction": "input", "bits": [2]}, "addr_i": {"direction": "input", "bits": [3]}, "rdata_o": {"direction": "output", "bits": [4]}}},
      "t": {"ports": {"clk_i": {"direction": "input", "bits": [2]}, "rst_ni": {"direction": "input", "bits": [9]},
                      "a_i": {"direction": "input", "bits": [3]}, "q_o": {"direction": "output", "bits": [5]}},
        "cells": {
          "n": {"type": "nand", "connections": {"A": [3], "B": [5], "Y": [6]}},
          "f": {"type": "dff", "connections": {"C": [2], "D": [6], "R": [9], "Q": [5]}},
          "u.m": {"type": "mem", "connections": {"clk_i": [2], "addr_i": [5], "rdata_o": [8]}}}}}}"#;

    #[test]
    fn cells_and_macros_become_a_netlist() {
        let netlist = Netlist::new(&Json::parse(TOGGLE).unwrap(), "t", &small()).unwrap();
        assert_eq!((netlist.gates.len(), netlist.flip_flops.len(), netlist.cells.len()), (1, 1, 2));
        assert_eq!(netlist.macros, [("u.m".to_owned(), "mem".to_owned())]);
        let names = |ports: &[Port]| ports.iter().map(|port| (port.path.join("."), port.name.clone())).collect::<Vec<_>>();
        let own = |name: &str| (String::new(), name.to_owned());
        assert_eq!(names(&netlist.inputs), [own("a_i"), own("rst_ni"), ("u.m".to_owned(), "rdata_o".to_owned())]);
        assert_eq!(names(&netlist.outputs), [own("q_o"), ("u.m".to_owned(), "addr_i".to_owned())]);
    }

    #[test]
    fn what_cannot_be_evaluated_is_refused() {
        let refused = |from: &str, to: &str| {
            let text = TOGGLE.replace(from, to);
            Json::parse(&text).and_then(|json| Netlist::new(&json, "t", &small())).unwrap_err().to_string()
        };
        assert!(refused("\"nand\"", "\"nor\"").contains("a nor, which the library does not have"));
        assert!(refused("\"C\": [2]", "\"C\": [3]").contains("f is not clocked by the port clk_i"));
        assert!(refused("\"A\": [3]", "\"A\": [6]").contains("1 gates of the netlist hear each other"));
        assert!(refused("\"t\":", "\"s\":").contains("no module t"));
        assert!(refused("[8]", "[8").contains("cannot be read"));
    }

    proptest! {
        #[test]
        fn damaged_netlists_are_read_or_refused(at in 0..TOGGLE.len(), with in "[0-9a-z\"{}\\[\\],:]") {
            let mut text = TOGGLE.to_owned();
            text.replace_range(at..=at, &with);
            if let Ok(json) = Json::parse(&text) {
                let _ = Netlist::new(&json, "t", &small());
            }
        }
    }
}
