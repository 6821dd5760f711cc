//! A random case as text: what a person needs to see of a failure.

use super::Case;
use fretwork_hdl::systolic::Tiles;
use fretwork_hdl::{Accelerator, Channel, LaneOp, Region, Step, Window, Work};
use std::fmt;

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let a = &self.accelerator;
        writeln!(f, "lanes {} rows {} cols {}, {:?}, {} inferences, {:?}", a.lanes, a.rows, a.cols, a.stream, self.inputs.len(), self.stalls)?;
        for (index, step) in self.steps.iter().enumerate() {
            write!(f, "step {index}: ")?;
            write_step(f, step, a)?;
            writeln!(f)?;
        }
        Ok(())
    }
}

fn write_step(f: &mut fmt::Formatter, step: &Step, accelerator: &Accelerator) -> fmt::Result {
    let (input, output) = (region(&step.input), region(&step.output));
    match &step.work {
        Work::Load => write!(f, "load {output}"),
        Work::Store => write!(f, "store {input}"),
        Work::Conv(conv) => {
            let channels = format!("{} -> {} channels", conv.in_channels, conv.out_channels);
            write!(f, "conv {input} -> {output}, {channels}, {}, rows per tile {}", window(&conv.window), conv.rows_per_tile)?;
            write!(f, ", pad value {}, weights {}", conv.pad_value, first(&conv.weights))?;
            let tiles = Tiles::of(conv, accelerator);
            write!(f, ", {} weight tiles, {} left out", tiles.count(), tiles.skipped())
        }
        Work::Sparse(sparse) => {
            let channels = format!("{} -> {} channels", sparse.in_channels, sparse.out_channels);
            write!(f, "sparse {input} -> {output}, {channels}, {}, pad value {}", window(&sparse.window), sparse.pad_value)
        }
        Work::Xnor(xnor) => {
            let channels = format!("{} -> {} channels", xnor.in_channels, xnor.out_channels);
            write!(f, "xnor {input} -> {output}, {channels}, {}, {:?}, pad value {:?}", window(&xnor.window), xnor.planes, xnor.pad_value)
        }
        Work::Shift(shift) => {
            let channels = format!("{} -> {} channels", shift.in_channels, shift.out_channels);
            write!(f, "shift {input} -> {output}, {channels}, {}, pad value {}", window(&shift.window), shift.pad_value)
        }
        Work::Lane(work) => {
            write!(f, "{} {input} -> {output}, {}, pad value {}", operation(&work.op), window(&work.window), work.pad_value)
        }
    }?;
    let Some(e) = &step.epilogue else { return Ok(()) };
    let parameters: Vec<&Channel> = e.channels.iter().take(2).collect();
    write!(f, ", {:?}, by count {}, zero point {}, clamp {:?}, {parameters:?}..", e.rounding, e.by_count, e.zero_point, e.clamp)
}

fn region(r: &Region) -> String {
    format!("[{}: {}x{}x{} stride {}]", r.base, r.height, r.width, r.words, r.stride)
}

fn window(w: &Window) -> String {
    format!("kernel {:?} stride {:?} dilation {:?} origin {:?}", w.kernel, w.stride, w.dilation, w.origin)
}

fn operation(op: &LaneOp) -> String {
    match op {
        LaneOp::Mac { weights } => format!("depthwise with weights {}", first(weights)),
        LaneOp::Max => "max".into(),
        LaneOp::Sum => "sum".into(),
        LaneOp::Or => "or".into(),
        LaneOp::Add { second, operands } => format!("add {operands:?} of {} and", region(second)),
        LaneOp::Table { index } => format!("table {index}"),
    }
}

fn first(weights: &[i8]) -> String {
    format!("{:?}..", &weights[..weights.len().min(4)])
}
