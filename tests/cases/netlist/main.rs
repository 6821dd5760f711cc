//! What synthesis makes of the RTL computes what the simulator computes: netlists of a small design, in the cells of every FPGA family, under the
//! design's own bench with Yosys's simulation models of those cells. All writes, cycles and outputs have to agree, without stalls and with them.
//!
//! What a device leaves undefined at power-up, and inputs of cells that nothing drives, have random values. Yosys has no models of ECP5's and Gowin's
//! multipliers and block RAMs: `models` has them, as far as Yosys uses them. A word that one port of such a block RAM reads while the other one writes it is
//! random. Of the block RAMs of 7 series there are no models: there memories are made of look-up tables and flip-flops.

mod spram;
mod yosys;

use fretwork::board::Board;
use fretwork::build::{flow, verify};
use fretwork::plan::Request;
use fretwork_hdl::{Lean, rtl};
use fretwork_tests::folder::{Outcome, emit, make_with};
use fretwork_tests::networks::{Network, request, small};
use std::path::PathBuf;
use tempfile::TempDir;
use yosys::Yosys;

/// A family's netlist in a design's folder, and what Icarus reads beside it.
struct Netlist {
    folder: TempDir,
    sources: Vec<String>,
}

/// How a family's netlist is made.
struct Family {
    board: &'static str,
    /// Yosys's folder of it.
    share: &'static str,
    /// Block RAMs have models.
    block_rams: bool,
    /// Models of ours, by file, for cells of which Yosys has none.
    models: &'static [(&'static str, &'static str)],
}

/// A file of `models`.
macro_rules! model {
    ($name:literal) => {
        ($name, include_str!(concat!("models/", $name)))
    };
}

const MULTIPLIERS: (&str, &str) = model!("multipliers.v");
const BLOCK_RAM: (&str, &str) = model!("block_ram.v");

/// The smallest shell: one requantiser, one port, late fetches, trimmed; a padded convolution.
fn design() -> Network {
    let lean = Lean { requantisers: Some(1), single_port: true, fetch_late: true, store_depth: Some(2), ..Lean::default() };
    Network::load(&small("pad_and_valid_conv"), &Request { acc_depth: Some(16), lean, trim: true, ..request([4, 4, 2]) })
}

/// Yosys's commands from the design to its netlist, as in a build.
fn commands(board: &Board, family: &Family) -> Vec<String> {
    let commands = flow::netlist(board);
    if family.block_rams {
        return commands;
    }
    // The RTL asks for block RAMs, which is stronger than the option.
    let without = |command: String| match command.strip_prefix("synth_") {
        Some(_) => vec!["setattr -unset ram_style -unset rom_style */m:*".to_owned(), format!("{command} -nobram")],
        None => vec![command],
    };
    commands.into_iter().flat_map(without).collect()
}

impl Netlist {
    fn new(family: &Family) -> Option<Netlist> {
        let board = Board::named(family.board).unwrap().unwrap();
        let yosys = Yosys::find(&board)?;
        let folder = tempfile::tempdir().unwrap();
        let network = design();
        let path = folder.path().join("design");
        emit(&network, &network.inputs(1), &path);
        std::fs::create_dir(path.join("board")).unwrap();
        for (name, text) in rtl::blocks(board.family.name()).iter().chain(rtl::LINK_FILES) {
            std::fs::write(path.join("board").join(name), text).unwrap();
        }
        yosys.models(family.share, &path, family.models);
        yosys.run(&path, &commands(&board, family));
        let ours = family.models.iter().map(|(name, _)| format!("build/models/{name}"));
        Some(Netlist { folder, sources: ours.chain(["tb.sv".to_owned()]).collect() })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("design")
    }

    fn file(&self) -> PathBuf {
        self.path().join("build/netlist.v")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    /// The design's bench, on the netlist in the place of the RTL.
    fn bench(&self) -> Outcome {
        let sources: Vec<&str> = self.sources.iter().map(String::as_str).collect();
        make_with(&self.path(), "icarus", &verify::variables(&sources))
    }

    /// Every cell of a type as text, from its type to the end of its connections.
    fn cells<'a>(text: &'a str, kind: &str) -> Vec<&'a str> {
        let begin = |(at, _): (usize, &str)| &text[at..at + text[at..].find(");\n").map_or(0, |length| length + 3)];
        text.match_indices(&format!("  {kind} ")).map(begin).collect()
    }
}

/// The netlist passes, and consists of the family's cells.
fn agrees(family: &Family, cells: &[&str]) -> Option<Netlist> {
    let netlist = Netlist::new(family)?;
    let text = netlist.text();
    for cell in cells {
        assert!(text.contains(&format!("  {cell} ")), "{}: there is no {cell}", family.share);
    }
    let outcome = netlist.bench();
    // A parameter that a model of ours does not have is no error for Icarus.
    assert!(family.models.is_empty() || !outcome.text.contains("warning: parameter"), "{}: {}", family.share, outcome.text);
    let passes = outcome.text.lines().filter(|line| line.starts_with("PASS")).count();
    assert!(outcome.passed && passes == 2, "{}: {}", family.share, outcome.text);
    Some(netlist)
}

/// The changed netlist does not pass.
fn fails(netlist: &Netlist, changed: &str, what: &str) {
    let path = &netlist.file();
    let original = netlist.text();
    assert_ne!(original, changed, "{what}: nothing changes");
    std::fs::write(path, changed).unwrap();
    let outcome = netlist.bench();
    std::fs::write(path, original).unwrap();
    assert!(!outcome.passed && outcome.text.contains("FAIL in cycle"), "{what}: {}", outcome.text);
}

/// With single-port RAMs too. A bit of a look-up table and a connection are changed afterwards.
#[test]
fn ice40() {
    let family = Family { board: "icebreaker", share: "ice40", block_rams: true, models: &[] };
    let cells = ["SB_LUT4", "SB_CARRY", "SB_MAC16", "SB_RAM40_4K", "SB_SPRAM256KA"];
    let Some(netlist) = agrees(&family, &cells) else { return };
    let text = netlist.text();
    // The selector of the written word's lowest bit, where all of its inputs are 0.
    let selector = Netlist::cells(&text, "SB_LUT4").into_iter().find(|cell| cell.contains(".O(probe_data_o[0])")).expect("a selector");
    let table = selector.find("16'h").expect("its table") + "16'h000".len();
    let bit = u8::from_str_radix(&selector[table..=table], 16).unwrap() ^ 1;
    let changed = format!("{}{bit:x}{}", &selector[..table], &selector[table + 1..]);
    fails(&netlist, &text.replace(selector, &changed), "a bit of a look-up table");
    let product = Netlist::cells(&text, "SB_MAC16").into_iter().find(|cell| cell.contains("u_requant")).expect("a product");
    let [a, b] = [".A(", ".B("].map(|port| product.lines().find(|line| line.trim().starts_with(port)).expect("a factor"));
    let other = a.replace(".A(", ".B(");
    fails(&netlist, &text.replace(product, &product.replace(b, &other)), "a factor of a product");
}

#[test]
#[ignore = "half a minute; run with --ignored"]
fn ecp5() {
    let family = Family { board: "ulx3s-25f", share: "ecp5", block_rams: true, models: &[MULTIPLIERS, BLOCK_RAM, model!("dp16kd.v")] };
    let Some(netlist) = agrees(&family, &["LUT4", "TRELLIS_FF", "CCU2C", "MULT18X18D", "DP16KD"]) else { return };
    // The lowest weights of the first word in the memory of weights.
    let text = netlist.text();
    let memory = Netlist::cells(&text, "DP16KD").into_iter().find(|cell| cell.contains("u_weights")).expect("the memory of weights");
    let row = memory.lines().find(|line| line.contains(".INITVAL_00(")).expect("its first words");
    let end = row.find("),").expect("their end");
    let weights = u8::from_str_radix(&row[end - 2..end], 16).unwrap() ^ 0x7f;
    let changed = format!("{}{weights:02x}{}", &row[..end - 2], &row[end..]);
    fails(&netlist, &text.replace(memory, &memory.replace(row, &changed)), "a weight in a block RAM");
}

#[test]
#[ignore = "half a minute; run with --ignored"]
fn gowin() {
    let family = Family { board: "tang-nano-20k", share: "gowin", block_rams: true, models: &[MULTIPLIERS, BLOCK_RAM, model!("bsram.v")] };
    agrees(&family, &["LUT4", "ALU", "DFFC", "SDPX9B", "SPX9", "SP"]);
}

#[test]
fn xilinx7() {
    let family = Family { board: "arty-a7-35t", share: "xilinx", block_rams: false, models: &[] };
    agrees(&family, &["LUT6", "CARRY4", "FDRE", "DSP48E1"]);
}
