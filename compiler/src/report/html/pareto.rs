//! Pareto plot: designs by two costs, with those that no other beats in both.

use super::axis::Axis;
use super::format::digits;
use super::labels::{Named, place};
use super::node::{Node, element};
use super::plot::Plot;
use super::svg::{Chart, hint, legend, line, share};
use super::table::Table;

const HEIGHT: f64 = 420.0;
const RADIUS: f64 = 6.0;

/// A design.
#[derive(Clone, Debug, PartialEq)]
pub struct ParetoPoint {
    /// What it is called.
    pub name: String,
    /// Value across.
    pub x: f64,
    /// Value upwards.
    pub y: f64,
    /// No other design is as good in both values and better in one.
    pub on_front: bool,
}

/// A figure with every point, names where there is room, the front as a line, and a table. The labels name the quantities with their units. Axes are
/// logarithmic where values differ twentyfold. Points that are not finite stand in the table only.
pub fn pareto(points: &[ParetoPoint], x_label: &str, y_label: &str) -> Node {
    let mut drawn: Vec<&ParetoPoint> = points.iter().filter(|point| point.x.is_finite() && point.y.is_finite()).collect();
    drawn.sort_by(|a, b| (!a.on_front).cmp(&!b.on_front).then(a.x.total_cmp(&b.x)).then(a.y.total_cmp(&b.y)));
    let values = |of: fn(&ParetoPoint) -> f64| drawn.iter().map(|point| of(point)).collect::<Vec<f64>>();
    let plot = Plot { x: Axis::around(&values(|point| point.x)), y: Axis::around(&values(|point| point.y)), height: HEIGHT };
    let mut marks = plot.frame(x_label, y_label);
    let front: Vec<[f64; 2]> = drawn.iter().filter(|point| point.on_front).map(|point| plot.at(point.x, point.y)).collect();
    marks.extend(front.windows(2).map(|ends| line("front", ends[0], ends[1])));
    let circle = |point: &&ParetoPoint| {
        let [x, y] = plot.at(point.x, point.y);
        let circle = element("circle").with("class", if point.on_front { "fill c1" } else { "open" });
        let circle = circle.with("cx", share(x)).with("cy", y).with("r", RADIUS);
        hint(circle, format!("{}: {} {x_label}, {} {y_label}", point.name, digits(point.x), digits(point.y)))
    };
    marks.extend(drawn.iter().rev().map(circle));
    let named = |point: &&ParetoPoint| {
        let [x, y] = plot.at(point.x, point.y);
        (point.name.clone(), x, y)
    };
    let names: Vec<(String, f64, f64)> = drawn.iter().map(named).collect();
    let named: Vec<Named> = names.iter().map(|(name, x, y)| Named { name, x: *x, y: *y, radius: RADIUS }).collect();
    marks.extend(place(&named, plot.inside()));
    let chart = Chart {
        id: format!("pareto-{}-{}", slug(x_label), slug(y_label)),
        title: format!("{y_label} over {x_label}"),
        description: "Each design as a point; filled points on a line are those that no other beats in both values. The data follow as a table."
            .to_owned(),
        height: HEIGHT,
        wide: true,
        marks,
    };
    let row = |point: &ParetoPoint| vec![point.name.clone(), digits(point.x), digits(point.y), if point.on_front { "yes" } else { "no" }.to_owned()];
    let data = Table::new(1, &["design", x_label, y_label, "on the front"]).rows(points.iter().map(row));
    let key = legend([("c1", "on the front".to_owned()), ("ring", "beaten by another".to_owned())]);
    chart.figure(Some(key), "Filled points on the line: no other design is as good in both values and better in one.", data)
}

/// Letters and digits, the rest as dashes.
fn slug(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}
