//! What the random programs reach: a generator that loses a corner fails here.

use super::*;
use fretwork_hdl::LaneOp;
use fretwork_hdl::systolic::Tiles;
use fretwork_sim::requantise::Rounding;
use std::collections::BTreeMap;

const SHAPES: &[[usize; 3]] = &[[8, 8, 8], [16, 4, 8], [32, 16, 8]];

/// Properties of a step and whether it has them.
fn corners(case: &Case, step: &Step) -> Vec<(&'static str, bool)> {
    let (input, output, rows) = (step.input, step.output, case.accelerator.rows);
    let epilogue = step.epilogue.as_ref();
    let rounding = |mode: Rounding| epilogue.is_some_and(|e| e.rounding == mode);
    let mut corners = vec![
        ("rounding double", rounding(Rounding::Double)),
        ("rounding single", rounding(Rounding::Single)),
        ("rounding nearest even", rounding(Rounding::NearestEven)),
        ("rounding float", rounding(Rounding::Float)),
        ("left shift", rounding(Rounding::Double) && epilogue.is_some_and(|e| e.channels.iter().any(|c| c.scale.shift > 0))),
        ("right shift beyond 31", epilogue.is_some_and(|e| e.channels.iter().any(|c| c.scale.shift.unsigned_abs() > 31))),
        ("clamp", epilogue.is_some_and(|e| e.clamp != [-128, 127])),
        ("part of a concatenation read", input.stride > input.words),
        ("part of a concatenation written", output.stride > output.words),
        ("addresses above 32767", output.base > 32767),
    ];
    match &step.work {
        Work::Conv(conv) => {
            let w = conv.window;
            let tiles = Tiles::of(conv, &case.accelerator);
            let last = |d: usize, size: usize| (size - 1) * w.stride[d] + (w.kernel[d] - 1) * w.dilation[d];
            let before = |d: usize| (-w.origin[d]).max(0) as usize;
            let after = (last(0, output.height) as isize + w.origin[0] - input.height as isize + 1).max(0) as usize;
            let span = (w.kernel[0] - 1) * w.dilation[0] + 1;
            let weights = |value: i8| conv.weights.contains(&value) && conv.weights.iter().all(|&w| w == value || w == 0);
            corners.extend([
                ("conv of one pixel", output.pixels() == 1),
                ("conv of fewer pixels than rows", conv.rows_per_tile * output.width < rows),
                ("conv of several tiles", output.height > conv.rows_per_tile),
                ("conv 5 high", w.kernel[0] == 5),
                ("conv 5x5", w.kernel == [5, 5]),
                ("conv not square", w.kernel[0] != w.kernel[1]),
                ("conv stride 3", w.stride[0] == 3),
                ("conv dilation 2", w.dilation[1] == 2 && w.kernel[1] > 1),
                ("conv padding beyond the kernel", before(0) >= span),
                ("conv padding asymmetric", before(0) != after),
                ("conv of more than 64 channels", conv.in_channels > 64),
                ("conv to more than 32 channels", conv.out_channels > 32),
                ("conv with weights -128", weights(-128)),
                ("conv with weights 127", weights(127)),
                ("conv with tiles left out", tiles.skipped() > 0),
                ("conv without its first tile", tiles.outputs[0][0] > 0),
                ("conv with tiles left out over several pixel tiles", tiles.skipped() > 0 && output.height > conv.rows_per_tile),
                ("conv with tiles left out and few pixels", tiles.skipped() > 0 && conv.rows_per_tile * output.width < 4),
                ("conv with one tile of several", tiles.skipped() > 0 && tiles.count() == 1),
                ("conv with tiles left out where words have slices", tiles.skipped() > 0 && case.accelerator.slices() > 1),
                ("conv with as many tiles as output tiles", tiles.skipped() > 0 && tiles.count() == tiles.outputs.len() && tiles.outputs.len() > 2),
                ("conv over a concatenation with gaps", case.tensors.iter().any(|t| t.region == input && conv.in_channels > t.map.len())),
            ]);
        }
        Work::Lane(work) => {
            let several = output.words > 1;
            let by_count = epilogue.is_some_and(|e| e.by_count);
            corners.extend([
                ("depthwise of several words", matches!(work.op, LaneOp::Mac { .. }) && several),
                ("max of several words", work.op == LaneOp::Max && several),
                ("average by count of several words", by_count && several),
                ("average by operands outside", by_count && work.window.origin[0] < 0),
                ("sum by channel", work.op == LaneOp::Sum && !by_count),
                ("addition of two", matches!(&work.op, LaneOp::Add { second, .. } if *second != input)),
                ("addition to itself", matches!(&work.op, LaneOp::Add { second, .. } if *second == input)),
                ("table 1", work.op == LaneOp::Table { index: 1 }),
            ]);
        }
        Work::Load | Work::Store | Work::Sparse(_) | Work::Xnor(_) | Work::Shift(_) => {}
    }
    corners
}

#[test]
fn every_corner_is_reached() {
    let mut reached: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..3000 {
        let case = case(&mut Choices::random(seed), SHAPES, [85, 15][seed as usize % 2]);
        for step in &case.steps {
            for (corner, has) in corners(&case, step) {
                *reached.entry(corner).or_default() += usize::from(has);
            }
        }
    }
    let rare: Vec<_> = reached.iter().filter(|&(_, &count)| count < 20).collect();
    assert!(rare.is_empty(), "{rare:?} of {reached:#?}");
}
