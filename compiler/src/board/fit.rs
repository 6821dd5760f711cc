//! Whether a design fits a board, by the area model: what it takes of every resource, and which multipliers become look-up tables when there are
//! not DSP blocks enough.

use super::{Board, Link};
use crate::area::{Family, dsp_blocks, estimate};
use fretwork_hdl::{Accelerator, CORES, Multipliers, shell};
use serde::{Deserialize, Serialize};

/// What the serial link takes, with room to spare: its RTL is not in the area model.
const LINK_LUTS: u64 = 700;
const LINK_FLIP_FLOPS: u64 = 400;
const LINK_BLOCK_RAMS: u64 = 2;

/// What a design takes of a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// `LUTs`, `flip-flops`, `DSP blocks`, `block RAMs`.
    pub resource: String,
    /// Used.
    pub used: u64,
    /// What the device has.
    pub available: u64,
    /// What may be used of it, so that placement and routing have room.
    pub limit: u64,
}

impl Usage {
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
    /// Modules whose multipliers are made of look-up tables.
    pub soft: Vec<String>,
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

/// Look-up tables that a multiplier takes instead of a DSP block: a share of the product of its operands' bits, as Yosys 0.70 makes multipliers of
/// 8 x 8 and 9 x 32 (first number) and of 32 x 32 bits (second) with `alumacc` and `maccmap`.
fn soft_luts(multipliers: &Multipliers, family: Family) -> u64 {
    let [narrow, wide] = match family {
        Family::Ice40 => [2.8, 3.0],
        Family::Ecp5 => [4.3, 5.8],
        Family::Gowin => [5.4, 5.7],
        Family::Xilinx7 => [2.1, 2.4],
        Family::Sg13g2 => [0.0, 0.0],
    };
    let bits = multipliers.a_bits * multipliers.b_bits;
    let per_bit = if bits > 512 { wide } else { narrow };
    (multipliers.count as f64 * per_bit * bits as f64).ceil() as u64
}

/// The modules that multiply, and their multipliers; the narrowest multipliers first, which cost least as look-up tables.
fn multiplying(a: &Accelerator) -> Vec<(&'static str, Vec<Multipliers>)> {
    let cores = CORES.iter().map(|core| {
        let module = match core.name() {
            "systolic" if a.stream.paired => "fw_pe_pair",
            "systolic" => "fw_pe",
            "lane" => "fw_lane_alu",
            "eie" => "fw_eie_pe",
            name => name,
        };
        (module, core.cost(a).multipliers)
    });
    let mut all: Vec<_> =
        cores.chain([("fw_requant", shell::cost::cost(a).multipliers)]).filter(|(_, multipliers)| !multipliers.is_empty()).collect();
    all.sort_by_key(|(_, multipliers)| multipliers.iter().map(|m| m.a_bits * m.b_bits).max());
    all
}

/// How an accelerator lies on a board's device. As few modules as possible have their multipliers made of look-up tables.
pub fn fit(accelerator: &Accelerator, board: &Board) -> Fit {
    let (family, has) = (board.family, &board.resources);
    let total = estimate(accelerator, family).total;
    let (mut luts, mut dsps, mut soft) = (total.luts + total.lut_rams, total.dsp_blocks, Vec::new());
    for (module, multipliers) in multiplying(accelerator) {
        if dsps <= has.dsp_blocks {
            break;
        }
        dsps = dsps.saturating_sub(dsp_blocks(&multipliers, family));
        luts += multipliers.iter().map(|m| soft_luts(m, family)).sum::<u64>();
        soft.push(module.to_owned());
    }
    let link = board.link == Link::Uart;
    let usage = |resource: &str, used: u64, available: u64, percent: u64| Usage {
        resource: resource.to_owned(),
        used,
        available,
        limit: available * percent / 100,
    };
    let usage = vec![
        usage("LUTs", luts + if link { LINK_LUTS } else { 0 }, has.luts, lut_percent(family)),
        usage("flip-flops", total.flip_flops + if link { LINK_FLIP_FLOPS } else { 0 }, has.flip_flops, 95),
        usage("DSP blocks", dsps, has.dsp_blocks, 100),
        usage("block RAMs", total.block_rams + if link { LINK_BLOCK_RAMS } else { 0 }, has.block_rams, 100),
    ];
    Fit { usage, soft }
}
