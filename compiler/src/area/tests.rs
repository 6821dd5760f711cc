use super::points::{Point, accelerator, parse};
use super::weights::{Weights, parse as parse_weights, text, weights};
use super::*;
use fretwork_hdl::Memory;

/// Points with less say nothing about percentages: look-up tables, flip-flops, um2.
const SMALLEST: [u64; 3] = [100, 100, 10_000];
const RESOURCES: [&str; 3] = ["LUTs", "flip-flops", "um2"];

fn values(area: &Area) -> [u64; 3] {
    [area.luts, area.flip_flops, area.um2]
}

fn points() -> Vec<Point> {
    parse(points::TEXT).unwrap()
}

/// Relative errors of a family's held-out points, by resource.
fn errors(family: Family, weights: &Weights) -> [Vec<f64>; 3] {
    let mut all = [const { Vec::new() }; 3];
    for point in points().iter().filter(|point| point.family == family && point.held_out) {
        let estimated = values(&logic(&blocks_below(&point.accelerator, &point.module, point.whole), family, weights));
        let measured = values(&point.measured);
        for resource in 0..3 {
            if measured[resource] >= SMALLEST[resource] {
                all[resource].push((estimated[resource] as f64 / measured[resource] as f64 - 1.0).abs());
            }
        }
    }
    all
}

/// What is promised: the median at most 10 %, the worst at most 25 %.
fn broken(family: Family, weights: &Weights) -> Option<String> {
    for (errors, resource) in errors(family, weights).iter_mut().zip(RESOURCES) {
        errors.sort_by(f64::total_cmp);
        let Some(worst) = errors.last() else { continue };
        let median = errors[errors.len() / 2];
        if median > 0.10 || *worst > 0.25 {
            return Some(format!("{} {resource}: median {:.1} %, worst {:.1} %", family.name(), 100.0 * median, 100.0 * worst));
        }
    }
    None
}

#[test]
fn held_out_points_are_estimated_within_the_bounds() {
    for family in Family::ALL {
        let counted = errors(family, weights(family)).iter().map(Vec::len).sum::<usize>();
        assert!(counted >= 20, "{} has {counted} held-out points", family.name());
        assert_eq!(broken(family, weights(family)), None);
    }
}

#[test]
fn wrong_weights_break_the_bounds() {
    for family in Family::ALL {
        for module in ["fw_systolic_array", "fw_xnor", "fw_accelerator"] {
            let mut mutated = parse_weights(text(family)).unwrap();
            let of = mutated.get_mut(module).unwrap();
            for weight in of.luts.values_mut().chain(of.um2.values_mut()) {
                *weight *= 1.5;
            }
            assert!(broken(family, &mutated).is_some(), "{} {module}", family.name());
        }
    }
}

#[test]
fn every_weight_belongs_to_a_feature() {
    let everything = "Lanes=8 Rows=4 Cols=4 EiePes=4 XnorCols=4 ShiftCols=4 ThresholdBits=2 Tables=1 TileWords=4";
    let blocks = blocks_below(&accelerator(everything).unwrap(), "fw_accelerator", true);
    for family in Family::ALL {
        for (module, of) in weights(family) {
            let block = blocks.iter().find(|block| block.module == module).unwrap_or_else(|| panic!("{module}"));
            for feature in [&of.luts, &of.lut_rams, &of.flip_flops, &of.um2].into_iter().flat_map(|weights| weights.keys()) {
                assert!(block.feature(feature).is_some(), "{} {module} {feature}", family.name());
            }
        }
    }
}

/// DSP blocks of a point, by the rules for whole accelerators.
fn dsp_blocks(point: &Point) -> u64 {
    let of = |part: &str| estimate(&point.accelerator, point.family).part(part).map_or(0, |part| part.logic.dsp_blocks);
    let (lanes, pes) = (point.accelerator.lanes as u64, point.accelerator.eie.as_ref().map_or(1, |eie| eie.pes as u64));
    match (point.module.as_str(), point.whole) {
        ("fw_accelerator", true) => estimate(&point.accelerator, point.family).total.dsp_blocks,
        ("fw_systolic_array", _) => of("systolic"),
        ("fw_lane_alu", _) => of("lane") / lanes,
        ("fw_requant", _) => of("shell") / lanes,
        // What the loader has is less than one for each element.
        ("fw_eie_pe", _) => of("eie") / pes,
        ("fw_eie", _) => of("eie") % pes,
        _ => 0,
    }
}

#[test]
fn dsp_blocks_are_those_that_yosys_counts() {
    for point in points() {
        assert_eq!(dsp_blocks(&point), point.measured.dsp_blocks, "{point:?}");
    }
}

#[test]
fn parts_sum_to_the_total() {
    for point in points().iter().filter(|point| point.module == "fw_accelerator") {
        let report = estimate(&point.accelerator, point.family);
        let sum: Area = report.parts.iter().map(|part| part.logic + part.memories).sum();
        assert_eq!(sum, report.total);
        let cores = [point.accelerator.eie.is_some(), point.accelerator.xnor.is_some(), point.accelerator.shift.is_some()];
        assert_eq!(report.parts.len(), 3 + cores.into_iter().filter(|there| *there).count());
        assert!(report.part("shell").unwrap().logic.flip_flops > 2000);
    }
}

#[test]
fn memories_are_mapped_as_yosys_maps_them() {
    let text = include_str!("../../../constraints/areas/memories.csv");
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [family, module, words, bits, block_rams, ..] = fields[..] else { panic!("{line}") };
        let family = Family::ALL.into_iter().find(|known| known.name() == family).unwrap();
        let (words, bits, block_rams) = (words.parse().unwrap(), bits.parse().unwrap(), block_rams.parse::<u64>().unwrap());
        let memory = if module == "fw_ram" { Memory::ram("it", 1, words, bits) } else { Memory::rom("it", 1, words, bits) };
        let estimated = memories::area(&memory, family).block_rams;
        assert_eq!(estimated, block_rams, "{line}");
    }
}
