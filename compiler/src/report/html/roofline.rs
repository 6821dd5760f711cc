//! Roofline (Williams 2009): operations per cycle over operations per byte moved, under what the core and its memories could do at most.

use super::axis::Axis;
use super::format::{count, digits, percent};
use super::labels::{Named, place};
use super::node::{Node, element};
use super::plot::Plot;
use super::svg::{Chart, hint, line, share};
use super::table::Table;
use super::units;
use crate::report::unit::{self, Capacity, work};
use crate::report::{Report, StepReport};
use fretwork_hdl::{Accelerator, Kind};

const HEIGHT: f64 = 420.0;
const RADIUS: f64 = 6.0;

/// A step on the plot.
struct Point<'a> {
    index: usize,
    step: &'a StepReport,
    /// Operations per byte moved.
    intensity: f64,
    /// Operations per cycle.
    speed: f64,
    capacity: Capacity,
}

fn point<'a>(index: usize, step: &'a StepReport, a: &Accelerator) -> Option<Point<'a>> {
    let (capacity, work) = (unit::capacity(step.unit, a)?, work(step) as f64);
    let bytes = step.read_bytes + step.write_bytes + step.weight_bytes;
    let drawn = work > 0.0 && bytes > 0 && step.cycles > 0;
    drawn.then(|| Point { index, step, intensity: work / bytes as f64, speed: work / step.cycles as f64, capacity })
}

/// Bytes per cycle that a unit moves at most: a word read, a word written, and its weights.
fn bandwidth(capacity: &Capacity, a: &Accelerator) -> f64 {
    2.0 * a.lanes as f64 + capacity.weight_bytes()
}

/// What a roof allows at an intensity, in operations per cycle.
fn roof(capacity: &Capacity, intensity: f64, a: &Accelerator) -> f64 {
    (bandwidth(capacity, a) * intensity).min(capacity.operations as f64)
}

/// The roofline plot; nothing when no step computes.
pub fn roofline(report: &Report, a: &Accelerator) -> Vec<Node> {
    let mut points: Vec<Point> = report.steps.iter().enumerate().filter_map(|(index, step)| point(index, step, a)).collect();
    if points.is_empty() {
        return Vec::new();
    }
    let kinds = units::used(points.iter().map(|point| point.step.unit));
    let roofs: Vec<(Kind, Capacity)> = kinds.iter().filter_map(|&kind| Some((kind, unit::capacity(kind, a)?))).collect();
    let data = data(&points, &roofs, a);
    // Names go to the longest steps first.
    points.sort_by_key(|point| (u64::MAX - point.step.cycles, point.index));
    let ridges = roofs.iter().map(|(_, capacity)| capacity.operations as f64 / bandwidth(capacity, a));
    let x = Axis::log(points.iter().map(|point| point.intensity).chain(ridges));
    let y = Axis::log(points.iter().map(|point| point.speed).chain(roofs.iter().map(|(_, capacity)| capacity.operations as f64)));
    let plot = Plot { x, y, height: HEIGHT };
    let mut marks = plot.frame("operations per byte moved", "operations per cycle");
    marks.extend(roofs.iter().flat_map(|(kind, capacity)| roof_lines(&plot, *kind, capacity, a)));
    let circle = |point: &Point| {
        let [x, y] = plot.at(point.intensity, point.speed);
        let class = format!("fill {}", units::class(point.step.unit));
        let circle = element("circle").with("class", class).with("cx", share(x)).with("cy", y).with("r", RADIUS);
        hint(circle, format!("{} {}: {} operations per cycle", point.index, point.step.name, digits(point.speed)))
    };
    marks.extend(points.iter().rev().map(circle));
    let named = |point: &Point| (format!("{} {}", point.index, point.step.name), plot.at(point.intensity, point.speed));
    let names: Vec<(String, [f64; 2])> = points.iter().map(named).collect();
    let named: Vec<Named> = names.iter().map(|(name, [x, y])| Named { name, x: *x, y: *y, radius: RADIUS }).collect();
    marks.extend(place(&named, plot.inside()));
    let chart = Chart {
        id: "roofline-plot".to_owned(),
        title: "Roofline".to_owned(),
        description: "Each step as a point: operations per cycle over operations per byte moved. Lines show what each unit could do at most, by \
                      its memories on the slope and by its multipliers or lanes on the flat part. The data follow as a table."
            .to_owned(),
        height: HEIGHT,
        wide: true,
        marks,
    };
    let caption = "Both axes are logarithmic. Bytes moved: activations read and written, padding included, and weights. A roof's slope is one \
                   activation word read, one written and the unit's weights in every cycle; its flat part is every multiplier, lane or element \
                   at work. Operations that cost nothing (zeros that are skipped) are not counted.";
    vec![chart.figure(Some(units::key(&kinds)), caption, data)]
}

fn roof_lines(plot: &Plot, kind: Kind, capacity: &Capacity, a: &Accelerator) -> Vec<Node> {
    let (peak, slope) = (capacity.operations as f64, bandwidth(capacity, a));
    let class = format!("roof {}", units::class(kind));
    let ridge = peak / slope;
    // The slope begins where it enters the plot, at the left or from below.
    let from = plot.x.low().max(plot.y.low() / slope);
    vec![line(&class, plot.at(from, slope * from), plot.at(ridge, peak)), line(&class, plot.at(ridge, peak), plot.at(plot.x.high(), peak))]
}

fn data(points: &[Point], roofs: &[(Kind, Capacity)], a: &Accelerator) -> Table {
    let headings = ["#", "step", "unit", "operations", "bytes moved", "per byte", "per cycle", "roof", "of the roof"];
    let row = |point: &Point| {
        let (step, roof) = (point.step, roof(&point.capacity, point.intensity, a));
        vec![
            point.index.to_string(),
            step.name.clone(),
            unit::name(step.unit).to_owned(),
            count(work(step)),
            count(step.read_bytes + step.write_bytes + step.weight_bytes),
            digits(point.intensity),
            digits(point.speed),
            digits(roof),
            percent(point.speed / roof),
        ]
    };
    let peak = |(kind, capacity): &(Kind, Capacity)| {
        let [name, slope] = [format!("roof of {}", unit::name(*kind)), format!("{} B per cycle", digits(bandwidth(capacity, a)))];
        let empty = String::new;
        vec![empty(), name, unit::name(*kind).to_owned(), empty(), slope, empty(), digits(capacity.operations as f64), empty(), empty()]
    };
    Table::new(2, &headings).rows(points.iter().map(row)).rows(roofs.iter().map(peak))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roof_is_slope_then_flat() {
        let a = Accelerator::with_shape(16, 16, 16);
        let capacity = unit::capacity(Kind::Systolic, &a).unwrap();
        assert_eq!(bandwidth(&capacity, &a), 48.0);
        assert_eq!([0.5, 2.0, 1000.0].map(|intensity| roof(&capacity, intensity, &a)), [24.0, 96.0, 256.0]);
    }
}
