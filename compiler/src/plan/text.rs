//! The program's text form: one line per step, as `fretwork compile --dump program` prints it.

use super::program::Program;
use fretwork_hdl::shift::codes::distinct;
use fretwork_hdl::systolic::Tiles;
use fretwork_hdl::{Accelerator, BitPlanes, Conv, LaneOp, LaneWork, Region, Shift, Sparse, Window, Work, Xnor};
use std::fmt;

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let a = &self.design.accelerator;
        writeln!(f, "program {}", self.design.name)?;
        writeln!(f, "array {}x{} lanes {} acc_bits {} acc_depth {}", a.rows, a.cols, a.lanes, a.acc_bits, a.acc_depth)?;
        let words = [a.activation_words, a.weight_words, a.lane_weight_words, a.param_words];
        write!(f, "words activation {} weight {} lane_weight {} param {}", words[0], words[1], words[2], words[3])?;
        writeln!(f, "{}", if a.tile_words > 0 { format!(" tile_list {}", a.tile_words) } else { String::new() })?;
        if !a.stream.is_plain() {
            writeln!(f, "weights {}", a.stream)?;
        }
        for (index, step) in self.steps.iter().enumerate() {
            write!(f, "{index:3} ")?;
            match &step.work {
                Work::Load => write!(f, "load     {}", Place(step.output))?,
                Work::Store => write!(f, "store    {}", Place(step.input))?,
                Work::Conv(conv) => write!(f, "systolic {} <- {} {}", Place(step.output), Place(step.input), ConvText(conv, a))?,
                Work::Sparse(sparse) => write!(f, "eie      {} <- {} {}", Place(step.output), Place(step.input), SparseText(sparse))?,
                Work::Xnor(xnor) => write!(f, "xnor     {} <- {} {}", Place(step.output), Place(step.input), XnorText(xnor))?,
                Work::Shift(shift) => write!(f, "shift    {} <- {} {}", Place(step.output), Place(step.input), ShiftText(shift))?,
                Work::Lane(work) => write!(f, "lane     {} <- {} {}", Place(step.output), Place(step.input), LaneText(work))?,
            }
            writeln!(f, "  # {}", step.name)?;
        }
        for choice in &self.choices {
            writeln!(f, "{choice}")?;
        }
        Ok(())
    }
}

struct Place(Region);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Region { base, stride, height, width, words } = self.0;
        write!(f, "[{base}: {height}x{width}x{words}")?;
        if stride != words {
            write!(f, " stride {stride}")?;
        }
        write!(f, "]")
    }
}

struct WindowText(Window);

impl fmt::Display for WindowText {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Window { kernel, stride, dilation, origin } = self.0;
        write!(f, "kernel {}x{}", kernel[0], kernel[1])?;
        if stride != [1, 1] {
            write!(f, " stride {}x{}", stride[0], stride[1])?;
        }
        if dilation != [1, 1] {
            write!(f, " dilation {}x{}", dilation[0], dilation[1])?;
        }
        if origin != [0, 0] {
            write!(f, " origin {},{}", origin[0], origin[1])?;
        }
        Ok(())
    }
}

struct XnorText<'a>(&'a Xnor);

impl fmt::Display for XnorText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Xnor { window, planes, out_channels, in_channels, weight_bits, .. } = self.0;
        write!(f, "{} in {in_channels} out {out_channels} ", WindowText(*window))?;
        match planes {
            BitPlanes::Packed { .. } => write!(f, "packed"),
            BitPlanes::Bipolar => write!(f, "bipolar"),
            BitPlanes::Bytes { bits, signed } => write!(f, "{}int{bits}", if *signed { "" } else { "u" }),
        }?;
        if *weight_bits > 1 { write!(f, " weights int{weight_bits}") } else { Ok(()) }
    }
}

struct ShiftText<'a>(&'a Shift);

impl fmt::Display for ShiftText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Shift { window, out_channels, in_channels, weights, .. } = self.0;
        write!(f, "{} in {in_channels} out {out_channels} distinct {}", WindowText(*window), distinct(weights).len())
    }
}

struct ConvText<'a>(&'a Conv, &'a Accelerator);

impl fmt::Display for ConvText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Conv { window, out_channels, in_channels, rows_per_tile, .. } = self.0;
        write!(f, "{} in {in_channels} out {out_channels} rows_per_tile {rows_per_tile}", WindowText(*window))?;
        let tiles = Tiles::of(self.0, self.1);
        match tiles.skipped() {
            0 => Ok(()),
            skipped => write!(f, " tiles {} skipped {skipped}", tiles.count()),
        }
    }
}

struct SparseText<'a>(&'a Sparse);

impl fmt::Display for SparseText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Sparse { window, out_channels, in_channels, wide, weights, .. } = self.0;
        let kept = weights.iter().filter(|w| **w != 0).count();
        let bits = if *wide { " of 16 bits" } else { "" };
        write!(f, "{} in {in_channels}{bits} out {out_channels} non-zero {kept} of {}", WindowText(*window), weights.len())
    }
}

struct LaneText<'a>(&'a LaneWork);

impl fmt::Display for LaneText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.0.op {
            LaneOp::Mac { .. } => write!(f, "mac {}", WindowText(self.0.window)),
            LaneOp::Max => write!(f, "max {}", WindowText(self.0.window)),
            LaneOp::Or => write!(f, "or {}", WindowText(self.0.window)),
            LaneOp::Sum => write!(f, "sum {}", WindowText(self.0.window)),
            LaneOp::Add { second, .. } => write!(f, "add {}", Place(*second)),
            LaneOp::Table { index } => write!(f, "table {index}"),
        }
    }
}
