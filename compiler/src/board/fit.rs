//! Whether a design fits a board: by the area model, or where that does not know a design's parts, by a first synthesis.

use super::lean::soften;
use super::{Board, Link};
use crate::area::Family;
use crate::emit::write_hardware;
use crate::plan::Program;
use crate::synth;
use serde::{Deserialize, Serialize};

/// What the serial link takes, with room to spare: its RTL is not in the area model.
const LINK_LUTS: u64 = 700;
const LINK_FLIP_FLOPS: u64 = 400;
const LINK_BLOCK_RAMS: u64 = 2;
/// Logic cells of the link on an iCE40, and the share of flip-flops that have no look-up table in front of them: counted by nextpnr.
const LINK_CELLS: u64 = 580;
const LONE_FLIP_FLOPS: f64 = 0.65;

/// What a design takes of a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// `LUTs`, `logic cells`, `flip-flops`, `DSP blocks`, `block RAMs`.
    pub resource: String,
    /// Used.
    pub used: u64,
    /// What the device has.
    pub available: u64,
    /// What may be used of it, so that placement and routing have room.
    pub limit: u64,
}

impl Usage {
    fn new(resource: &str, used: u64, available: u64, percent: u64) -> Usage {
        Usage { resource: resource.to_owned(), used, available, limit: available * percent / 100 }
    }

    /// Used of what the device has, in per cent.
    pub fn percent(&self) -> f64 {
        if self.available == 0 { 0.0 } else { 100.0 * self.used as f64 / self.available as f64 }
    }
}

/// A resource of which a design takes too much.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{} {} estimated, {} may be used of the {} that the device has", .0.used, .0.resource, .0.limit, .0.available)]
pub struct Overrun(pub Usage);

/// How a design lies on a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Every resource.
    pub usage: Vec<Usage>,
    /// Where the numbers are from.
    pub by: &'static str,
}

impl Fit {
    /// What there is too little of, the worst first.
    pub fn overruns(&self) -> Vec<Overrun> {
        let mut over: Vec<&Usage> = self.usage.iter().filter(|usage| usage.used > usage.limit).collect();
        let excess = |usage: &Usage| usage.used as f64 / usage.limit.max(1) as f64;
        over.sort_by(|a, b| excess(b).total_cmp(&excess(a)));
        over.into_iter().cloned().map(Overrun).collect()
    }

    /// Look-up tables.
    pub fn luts(&self) -> u64 {
        self.usage.first().map_or(0, |usage| usage.used)
    }
}

/// The part of a device's look-up tables that designs are placed and routed with, in per cent.
fn lut_percent(family: Family) -> u64 {
    match family {
        Family::Ice40 | Family::Ecp5 | Family::Xilinx7 | Family::Sg13g2 => 85,
        Family::Gowin => 80,
    }
}

/// How a program's accelerator lies on a board's device. Where DSP blocks are short, products are made of look-up tables, as few as possible. A design
/// with memories of one port, which the area model does not know, is synthesised when `may_synthesise` and Yosys is there.
pub fn fit(program: &mut Program, board: &Board, may_synthesise: bool) -> Fit {
    let (family, has) = (board.family, &board.resources);
    let total = soften(&mut program.design.accelerator, has.dsp_blocks, family);
    let lean = family == Family::Ice40 && program.design.accelerator.lean.single_port;
    if let Some(fit) = (lean && may_synthesise).then(|| synthesised(program, board)).flatten() {
        return fit;
    }
    let link = board.link == Link::Uart;
    let usage = vec![
        Usage::new("LUTs", total.luts + total.lut_rams + if link { LINK_LUTS } else { 0 }, has.luts, lut_percent(family)),
        Usage::new("flip-flops", total.flip_flops + if link { LINK_FLIP_FLOPS } else { 0 }, has.flip_flops, 95),
        Usage::new("DSP blocks", total.dsp_blocks, has.dsp_blocks, 100),
        Usage::new("block RAMs", total.block_rams + if link { LINK_BLOCK_RAMS } else { 0 }, has.block_rams, 100),
    ];
    Fit { usage, by: "area model" }
}

/// Yosys's counts for an iCE40.
fn synthesised(program: &Program, board: &Board) -> Option<Fit> {
    let folder = tempfile::Builder::new().prefix("fretwork-").tempdir().ok()?;
    write_hardware(&program.design.accelerator, &program.images, folder.path()).ok()?;
    let counts = synth::synthesise_for_board(folder.path(), synth::Family::Ice40).ok()?;
    let cells = counts.luts + (counts.flip_flops as f64 * LONE_FLIP_FLOPS) as u64 + LINK_CELLS;
    let large = counts.cells.get("SB_SPRAM256KA").copied().unwrap_or(0);
    let has = &board.resources;
    let usage = vec![
        Usage::new("logic cells", cells, has.luts, 99),
        Usage::new("DSP blocks", counts.dsp_blocks, has.dsp_blocks, 100),
        Usage::new("block RAMs", counts.block_rams + LINK_BLOCK_RAMS, has.block_rams, 100),
        Usage::new("large RAMs", large, has.large_rams, 100),
    ];
    Some(Fit { usage, by: "first synthesis" })
}
