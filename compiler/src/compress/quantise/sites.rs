//! Where activations are quantised: where the hardware stores them. What moves values only, and limits behind a layer, need no place.

use std::collections::HashMap;

use super::Options;
use crate::import::onnx::float::{Network, Role};

/// A value that is quantised.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// The value's name.
    pub name: String,
    /// Its bits; 1 for -1 and 1.
    pub bits: u32,
    /// Sites with the same number have one quantiser: the parts of a concatenation.
    pub group: usize,
    /// The layer whose output it is.
    pub layer: Option<usize>,
}

/// All sites in order, and how values relate to them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sites {
    /// In order of computation.
    pub sites: Vec<Site>,
    /// By the value's name.
    by_name: HashMap<String, usize>,
    /// What moves values: from the result's name to the operand's.
    moved: HashMap<String, String>,
}

impl Sites {
    /// The site whose integers the value `name` consists of.
    pub fn of(&self, name: &str) -> Option<&Site> {
        let mut name = name;
        while let Some(from) = self.moved.get(name) {
            name = from;
        }
        self.by_name.get(name).map(|site| &self.sites[*site])
    }

    fn add(&mut self, name: &str, bits: u32, layer: Option<usize>) {
        let group = self.sites.len();
        self.by_name.insert(name.to_owned(), group);
        self.sites.push(Site { name: name.to_owned(), bits, group, layer });
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.of(name).and_then(|site| self.by_name.get(&site.name).copied())
    }
}

/// Finds the sites of a network.
pub fn find(network: &Network, options: &Options) -> Sites {
    let mut found = Sites::default();
    for (name, _) in network.inputs() {
        found.add(&name, 8, None);
    }
    for node in 0..network.len() {
        let name = network.output(node);
        match network.role(node) {
            Role::Shape | Role::Host => {}
            Role::Move => {
                let from = network.operands(node).first().map_or("", |name| *name).to_owned();
                found.moved.insert(name.to_owned(), from);
            }
            _ if is_limited(network, node) => {}
            Role::Layer | Role::Limit | Role::Concat | Role::Function => {
                found.add(name, bits(network, node, options), layer_behind(network, node));
            }
        }
    }
    unite(network, &mut found);
    found
}

/// Nodes that read the value of node `index`.
fn readers(network: &Network, index: usize) -> Vec<usize> {
    let name = network.output(index);
    (index + 1..network.len()).filter(|reader| network.operands(*reader).contains(&name)).collect()
}

/// Whether only limits read the value of a layer or a sum, so that they are part of its quantiser.
fn is_limited(network: &Network, node: usize) -> bool {
    let merges = network.role(node) == Role::Layer || network.operator(node) == "Add" || network.role(node) == Role::Limit;
    let readers = readers(network, node);
    let output = network.outputs().iter().any(|output| output == network.output(node));
    merges && !output && !readers.is_empty() && readers.iter().all(|reader| network.role(*reader) == Role::Limit)
}

/// The layer that a value comes from, if nothing but limits lies between.
fn layer_behind(network: &Network, node: usize) -> Option<usize> {
    let mut node = node;
    while network.role(node) == Role::Limit {
        let operand = *network.operands(node).first()?;
        node = (0..node).rev().find(|earlier| network.output(*earlier) == operand)?;
    }
    network.layer(node)
}

fn bits(network: &Network, node: usize, options: &Options) -> u32 {
    let wanted = layer_behind(network, node).map_or(options.other_activations, |layer| options.activations[layer]);
    match wanted {
        _ if leads_to_output(network, node) => 8,
        1 if !feeds_binary_layers_only(network, node, options) => 8,
        wanted => wanted,
    }
}

/// The nodes that read a value, past those that only move it and bring no 0 in.
fn consumers(network: &Network, node: usize) -> Vec<usize> {
    let moves = |reader: usize| network.role(reader) == Role::Move && !matches!(network.operator(reader), "Pad" | "Conv");
    let past = |reader: usize| if moves(reader) { consumers(network, reader) } else { vec![reader] };
    readers(network, node).into_iter().flat_map(past).collect()
}

/// Whether the value, or what moves it, is an output of the network (before the host's steps).
fn leads_to_output(network: &Network, node: usize) -> bool {
    let output = network.outputs().iter().any(|output| output == network.output(node));
    output
        || readers(network, node).into_iter().any(|reader| match network.role(reader) {
            Role::Move => leads_to_output(network, reader),
            role => role == Role::Host,
        })
}

fn feeds_binary_layers_only(network: &Network, node: usize, options: &Options) -> bool {
    let binary = |reader: &usize| network.layer(*reader).is_some_and(|layer| options.forms[layer].is_binary());
    let consumers = consumers(network, node);
    !consumers.is_empty() && consumers.iter().all(binary)
}

/// Parts of a concatenation get its quantiser, so that joining them costs nothing.
fn unite(network: &Network, found: &mut Sites) {
    for node in (0..network.len()).filter(|node| network.role(*node) == Role::Concat) {
        let mut members: Vec<usize> = network.operands(node).iter().filter_map(|operand| found.index(operand)).collect();
        members.extend(found.index(network.output(node)));
        let groups: Vec<usize> = members.iter().map(|member| found.sites[*member].group).collect();
        let (group, bits) = (groups.iter().min().copied().unwrap_or(0), members.iter().map(|member| found.sites[*member].bits).max().unwrap_or(8));
        for site in found.sites.iter_mut().filter(|site| groups.contains(&site.group)) {
            (site.group, site.bits) = (group, bits.max(2));
        }
    }
}
