//! The frame of a plot with two axes: grid, figures along the axes, and their names.

use super::axis::Axis;
use super::format::short;
use super::node::Node;
use super::svg::{Anchor, label, line};

/// Shares of the width left of and right of the plot.
const MARGIN: [f64; 2] = [0.07, 0.02];
/// Pixels above and below the plot.
const EDGE: [f64; 2] = [26.0, 44.0];

/// A plot of a height in pixels.
pub struct Plot {
    /// Across.
    pub x: Axis,
    /// Upwards.
    pub y: Axis,
    /// Pixels, the axes' figures included.
    pub height: f64,
}

impl Plot {
    /// Place of a value across, as a share of the width.
    pub fn across(&self, value: f64) -> f64 {
        MARGIN[0] + (1.0 - MARGIN[0] - MARGIN[1]) * self.x.at(value)
    }

    /// Place of a value upwards, in pixels from the top.
    pub fn down(&self, value: f64) -> f64 {
        let [top, bottom] = self.inside();
        bottom - (bottom - top) * self.y.at(value)
    }

    /// Top and bottom of the plot, in pixels.
    pub fn inside(&self) -> [f64; 2] {
        [EDGE[0], self.height - EDGE[1]]
    }

    /// Both values' places.
    pub fn at(&self, x: f64, y: f64) -> [f64; 2] {
        [self.across(x), self.down(y)]
    }

    /// Grid, figures, names of the axes.
    pub fn frame(&self, x_label: &str, y_label: &str) -> Vec<Node> {
        let [top, bottom] = self.inside();
        let [left, right] = [MARGIN[0], 1.0 - MARGIN[1]];
        let mut marks = Vec::new();
        for tick in self.x.ticks(9) {
            let x = self.across(tick);
            marks.push(line("grid", [x, top], [x, bottom]));
            marks.push(label("soft", Anchor::inside(x), [x, bottom + 17.0], 0.0, short(tick)));
        }
        for tick in self.y.ticks(7) {
            let y = self.down(tick);
            marks.push(line("grid", [left, y], [right, y]));
            marks.push(label("soft", Anchor::End, [left, y + 4.0], -7.0, short(tick)));
        }
        marks.push(line("base", [left, bottom], [right, bottom]));
        marks.push(label("soft", Anchor::Start, [0.0, 13.0], 0.0, y_label));
        marks.push(label("soft", Anchor::End, [right, bottom + 36.0], 0.0, x_label));
        marks
    }
}
