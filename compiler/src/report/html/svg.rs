//! Charts: an SVG with its name, its description, its legend and its figures as a table. Horizontal places are shares of the width, so a chart
//! fills whatever room there is while its text keeps its size; vertical places are pixels.

use super::node::{Node, element, text};
use super::table::Table;

/// Width in pixels below which a wide chart scrolls in its own frame.
pub const WIDE: f64 = 640.0;
/// Pixels that a character of a label takes at most.
const CHARACTER: f64 = 6.7;

/// A chart under construction.
pub struct Chart {
    /// Unique in the page.
    pub id: String,
    /// Its accessible name.
    pub title: String,
    /// What it shows and how to read it, for who cannot see it.
    pub description: String,
    /// Pixels.
    pub height: f64,
    /// Needs [`WIDE`] pixels.
    pub wide: bool,
    /// What is drawn, in order.
    pub marks: Vec<Node>,
}

impl Chart {
    /// The SVG, in a frame that scrolls when the chart is wider than the page.
    pub fn draw(self) -> Node {
        let Chart { id, title, description, height, wide, marks } = self;
        let (name, about) = (format!("{id}-name"), format!("{id}-about"));
        let svg = element("svg").with("xmlns", "http://www.w3.org/2000/svg").with("class", if wide { "wide" } else { "fluid" });
        let svg = svg.with("width", "100%").with("height", number(height)).with("role", "img").with("aria-labelledby", format!("{name} {about}"));
        let svg = svg.child(text("title", title.clone()).with("id", name)).child(text("desc", description).with("id", about)).children(marks);
        if !wide {
            return svg;
        }
        element("div").with("class", "scroll chart").with("role", "region").with("tabindex", 0).with("aria-label", title).child(svg)
    }

    /// The chart with a legend above and its data below.
    pub fn figure(self, legend: Option<Node>, caption: &str, data: Table) -> Node {
        let data = data.details(&format!("Data: {}", self.title));
        figure([self.draw()], legend, caption, data)
    }
}

/// Drawings with a legend above, words and data below.
pub fn figure(drawings: impl IntoIterator<Item = Node>, legend: Option<Node>, caption: &str, data: Node) -> Node {
    element("figure").children(legend).children(drawings).child(text("figcaption", caption)).child(data)
}

/// Names of colours.
pub fn legend<'a>(entries: impl IntoIterator<Item = (&'a str, String)>) -> Node {
    let entry = |(class, name): (&str, String)| element("li").child(element("i").with("class", format!("swatch {class}"))).child(name);
    element("ul").with("class", "legend").children(entries.into_iter().map(entry))
}

/// A pixel count with at most two decimals.
pub fn number(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

/// A share of the width.
pub fn share(value: f64) -> String {
    let rounded = (value * 100_000.0).round() / 1000.0;
    format!("{}%", if rounded == 0.0 { 0.0 } else { rounded })
}

/// A rectangle: left end and width as shares, top and height in pixels.
pub fn rectangle(class: &str, [left, width]: [f64; 2], [top, height]: [f64; 2]) -> Node {
    element("rect").with("class", class).with("x", share(left)).with("width", share(width)).with("y", number(top)).with("height", number(height))
}

/// A line between two points, each a share and a pixel.
pub fn line(class: &str, from: [f64; 2], to: [f64; 2]) -> Node {
    let line = element("line").with("class", class).with("x1", share(from[0])).with("y1", number(from[1]));
    line.with("x2", share(to[0])).with("y2", number(to[1]))
}

/// Which end of a text lies at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins there.
    Start,
    /// The text has its middle there.
    Middle,
    /// The text ends there.
    End,
}

impl Anchor {
    /// The anchor that keeps a text inside the chart.
    pub fn inside(at: f64) -> Anchor {
        if at < 0.04 {
            Anchor::Start
        } else if at > 0.96 {
            Anchor::End
        } else {
            Anchor::Middle
        }
    }
}

/// Text with its baseline at a share and a pixel, moved by some pixels to the right.
pub fn label(class: &str, anchor: Anchor, [x, y]: [f64; 2], dx: f64, content: impl Into<String>) -> Node {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let label = text("text", content).with("class", class).with("x", share(x)).with("y", number(y)).with("text-anchor", anchor);
    if dx == 0.0 { label } else { label.with("dx", number(dx)) }
}

/// A name that appears when the pointer rests on the mark.
pub fn hint(mark: Node, content: String) -> Node {
    mark.child(text("title", content))
}

/// Pixels that a text takes.
pub fn text_width(content: &str) -> f64 {
    content.chars().count() as f64 * CHARACTER
}
