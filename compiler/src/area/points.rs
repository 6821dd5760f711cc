//! The measured grid that the weights are fitted on and checked against: `constraints/areas/points.csv`.

use super::{Area, Family};
use fretwork_hdl::config::WORDS;
use fretwork_hdl::eie::Eie;
use fretwork_hdl::shift::ShiftCore;
use fretwork_hdl::systolic::Codebook;
use fretwork_hdl::xnor::XnorCore;
use fretwork_hdl::{Accelerator, Lean, Trim};
use std::collections::BTreeMap;

/// The file's text.
pub const TEXT: &str = include_str!("../../../constraints/areas/points.csv");

/// One synthesis.
#[derive(Clone, Debug)]
pub struct Point {
    /// What it was for.
    pub family: Family,
    /// The module.
    pub module: String,
    /// With the modules in it that are fitted on their own; else without.
    pub whole: bool,
    /// Not fitted.
    pub held_out: bool,
    /// The accelerator whose module it is.
    pub accelerator: Accelerator,
    /// What Yosys counted, memories left out.
    pub measured: Area,
}

/// The points of a file's text.
///
/// # Errors
/// The line that is none.
pub fn parse(text: &str) -> Result<Vec<Point>, String> {
    text.lines().skip(1).map(|line| point(line).ok_or_else(|| format!("no point: {line}"))).collect()
}

fn point(line: &str) -> Option<Point> {
    let fields: Vec<&str> = line.split(',').collect();
    let [family, module, scope, held_out, parameters, luts, flip_flops, dsp_blocks, lut_rams, um2] = fields[..] else { return None };
    let number = |text: &str| if text.is_empty() { Some(0) } else { text.parse().ok() };
    Some(Point {
        family: Family::ALL.into_iter().find(|known| known.name() == family)?,
        module: module.to_owned(),
        whole: scope == "whole",
        held_out: held_out == "yes",
        accelerator: accelerator(parameters)?,
        measured: Area {
            luts: number(luts)?,
            flip_flops: number(flip_flops)?,
            dsp_blocks: number(dsp_blocks)?,
            lut_rams: number(lut_rams)?,
            um2: number(um2)?,
            block_rams: 0,
        },
    })
}

/// The accelerator that parameters of `fw_accelerator` describe, as `Lanes=8 Rows=4`; what they do not name is as small as can be.
pub fn accelerator(parameters: &str) -> Option<Accelerator> {
    let texts = parameters.split_whitespace().map(|pair| pair.split_once('=')).collect::<Option<BTreeMap<&str, &str>>>()?;
    let numbers = texts.iter().filter(|(name, _)| **name != "StepMask").map(|(name, value)| Some((*name, value.parse().ok()?)));
    let all = numbers.collect::<Option<BTreeMap<&str, usize>>>()?;
    let get = |name: &str, default: usize| all.get(name).copied().unwrap_or(default);
    let mut a = Accelerator::with_shape(get("Lanes", 4), get("Rows", 4), get("Cols", 4));
    a.acc_bits = get("AccBits", 32);
    a.acc_depth = get("AccDepth", 16);
    a.stream.weight_bits = get("WeightBits", 8);
    a.stream.paired = get("PairedProducts", 0) != 0;
    a.stream.interval = get("WeightInterval", 1);
    if get("CodebookBits", 0) > 0 {
        let codebook = Codebook::new(get("CodebookBits", 0), get("CodebookGroup", 1));
        a.stream.codebook = Some(Codebook { tables: get("Codebooks", 1), ..codebook });
    }
    a.activation_words = get("ActivationWords", 16);
    a.weight_words = get("WeightWords", 16);
    a.lane_weight_words = get("LaneWeightWords", 16);
    a.param_words = get("ParamWords", 16);
    a.tables = get("Tables", 0);
    a.steps = get("Steps", 16);
    a.tile_words = get("TileWords", 0);
    a.affine = get("Affine", 0) != 0;
    a.threshold_bits = get("ThresholdBits", 0);
    a.threshold_words = get("ThresholdWords", 16);
    let act_bits = get("ActBits", 8);
    a.lean = Lean {
        single_port: get("ActivationPorts", 2) == 1,
        store_depth: all.get("StoreDepth").copied(),
        fetch_late: get("Prefetch", 1) == 0,
        requantisers: all.get("Requantisers").copied(),
        soft_rows: get("SoftRows", 0),
        soft_lanes: get("SoftLanes", 0),
    };
    if ["StepMask", "LaneOps", "Roundings", "RightShifts", "LeftShifts"].iter().any(|name| texts.contains_key(name)) {
        let bits = |name: &str, all: u8| u8::try_from(get(name, usize::from(all))).ok();
        a.trim = Some(Trim {
            step_mask: texts.get("StepMask").map_or_else(|| Some((0..WORDS).map(|word| a.step_bits(word)).collect()), |digits| mask(digits))?,
            lane_ops: bits("LaneOps", a.lane_ops())?,
            roundings: bits("Roundings", a.roundings())?,
            right_shifts: bits("RightShifts", a.right_shifts())?,
            left_shifts: bits("LeftShifts", a.left_shifts())?,
        });
    }
    a.eie = (get("EiePes", 0) > 0).then(|| Eie {
        queue_depth: get("EieQueueDepth", 8),
        index_bits: get("EieIndexBits", 4),
        code_bits: get("EieCodeBits", 4),
        plain: get("EiePlain", 0) != 0,
        registers: get("EieRegisters", 64),
        act_bits,
        sources: get("EieSources", 0),
        entry_words: get("EieEntryWords", 16),
        pointers: get("EiePointers", 16),
        codebooks: get("EieCodebooks", 1),
        image_words: get("EieImageWords", 16),
        ..Eie::with_pes(get("EiePes", 0))
    });
    a.xnor = (get("XnorCols", 0) > 0).then(|| XnorCore {
        stages: get("XnorStages", 2),
        weight_words: get("XnorWeightWords", 16),
        weight_bits: get("XnorWeightBits", 1),
        act_bits,
        ..XnorCore::new(get("XnorCols", 0), get("XnorSimd", 32))
    });
    a.shift = (get("ShiftCols", 0) > 0).then(|| ShiftCore {
        terms: get("ShiftTerms", 1),
        code_bits: get("ShiftCodeBits", 4),
        stages: get("ShiftStages", 2),
        weight_words: get("ShiftWeightWords", 16),
        tables: get("ShiftTables", 1),
        ..ShiftCore::new(get("ShiftCols", 0), get("ShiftSimd", 4))
    });
    Some(a)
}

/// The words of a mask in hexadecimal, without the zeros that it begins with.
fn mask(digits: &str) -> Option<Vec<u32>> {
    let padded = format!("{digits:0>width$}", width = WORDS * 8);
    (padded.is_ascii() && padded.len() == WORDS * 8).then_some(())?;
    (0..WORDS).rev().map(|word| u32::from_str_radix(&padded[word * 8..word * 8 + 8], 16).ok()).collect()
}
