//! Timeline: which unit works on which step, and when. One step runs at a time.

use super::axis::Axis;
use super::format::{count, percent, short, shorten};
use super::node::Node;
use super::svg::{Anchor, Chart, WIDE, hint, label, line, rectangle, text_width};
use super::table::Table;
use super::units;
use crate::report::{Report, StepReport, unit};

/// Pixels of a unit's row: its heading, its steps' names, its boxes.
const ROW: f64 = 74.0;
const BOX: [f64; 2] = [40.0, 26.0];
/// Least characters of a shortened name.
const NAME: usize = 9;

/// Cycles since the inference's first input word.
pub fn since(report: &Report, cycle: u64) -> u64 {
    cycle - report.steps.first().map_or(0, |step| step.start_cycle)
}

/// The marks of a time axis over `height` pixels, its figures below.
pub fn time_axis(axis: &Axis, height: f64) -> Vec<Node> {
    let tick = |cycle: f64| {
        let x = axis.at(cycle);
        [line("grid", [x, 0.0], [x, height]), label("soft", Anchor::inside(x), [x, height + 17.0], 0.0, short(cycle))]
    };
    axis.ticks(8)
        .into_iter()
        .flat_map(tick)
        .chain([label("soft", Anchor::End, [1.0, height + 35.0], 0.0, "cycles from the first input word")])
        .collect()
}

/// The name as it fits into a width in pixels; nothing where too little of it would be left.
pub fn fitting(name: &str, width: f64) -> Option<String> {
    let most = (width / text_width("x")) as usize;
    let whole = name.chars().count() <= most;
    if whole { Some(name.to_owned()) } else { (most >= NAME).then(|| shorten(name, most)) }
}

/// The timeline.
pub fn timeline(report: &Report) -> Vec<Node> {
    let steps: Vec<(usize, &StepReport)> = report.steps.iter().enumerate().collect();
    if steps.is_empty() {
        return Vec::new();
    }
    let kinds = units::used(steps.iter().map(|(_, step)| step.unit));
    let latency = report.totals.latency_cycles.max(1);
    let axis = Axis::from_zero(latency as f64);
    let height = kinds.len() as f64 * ROW;
    let mut marks = time_axis(&axis, height);
    for (row, &kind) in kinds.iter().enumerate() {
        let top = row as f64 * ROW;
        let own: Vec<(usize, &StepReport)> = steps.iter().copied().filter(|(_, step)| step.unit == kind).collect();
        let cycles: u64 = own.iter().map(|(_, step)| step.cycles).sum();
        let heading = format!("{}: {} cycles, {}", unit::name(kind), count(cycles), percent(cycles as f64 / latency as f64));
        marks.push(rectangle("track", [0.0, 1.0], [top + BOX[0] + BOX[1], 1.0]));
        marks.extend(own.iter().flat_map(|&(index, step)| boxes(report, &axis, index, step, top)));
        marks.push(label("name halo", Anchor::Start, [0.0, top + 16.0], 0.0, heading));
    }
    let chart = Chart {
        id: "timeline-chart".to_owned(),
        title: "Timeline of steps and units".to_owned(),
        description: "A row for each unit; each step is a box from its launch to its last write or output word, filled as high as its share of busy \
                      cycles. The data follow as a table."
            .to_owned(),
        height: height + 42.0,
        wide: true,
        marks,
    };
    let row = |(index, step): (usize, &StepReport)| {
        let [start, end] = [step.start_cycle, step.end_cycle].map(|cycle| count(since(report, cycle)));
        vec![index.to_string(), step.name.clone(), unit::name(step.unit).to_owned(), start, end, count(step.cycles), count(step.busy_cycles)]
    };
    let data = Table::new(2, &["#", "step", "unit", "launch", "end", "cycles", "busy"]).rows(steps.into_iter().map(row));
    let caption = "One step runs at a time. A box is filled as high as the share of its cycles in which a word was read or moved.";
    vec![chart.figure(None, caption, data)]
}

fn boxes(report: &Report, axis: &Axis, index: usize, step: &StepReport, top: f64) -> Vec<Node> {
    let left = axis.at(since(report, step.start_cycle) as f64);
    let width = axis.at(step.cycles as f64);
    let busy = if step.cycles == 0 { 0.0 } else { step.busy_cycles as f64 / step.cycles as f64 };
    let class = units::class(step.unit);
    let name = format!("{index} {}", step.name);
    let content = format!("{name}: {} cycles, busy {}", count(step.cycles), percent(busy));
    let filled = BOX[1] * busy.min(1.0);
    let mut marks = vec![
        hint(rectangle(&format!("block {class}"), [left, width], [top + BOX[0], BOX[1]]), content.clone()),
        hint(rectangle(&format!("fill {class}"), [left, width], [top + BOX[0] + BOX[1] - filled, filled]), content),
    ];
    let room = width * WIDE;
    if let Some(text) = fitting(&name, room).or_else(|| fitting(&step.name, room)).or_else(|| fitting(&index.to_string(), room)) {
        marks.push(label("soft", Anchor::Start, [left, top + BOX[0] - 6.0], 0.0, text));
    }
    marks
}
