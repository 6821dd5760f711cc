//! Heat map of the sparse engine: how busy each element was over each of its steps.

use super::format::{count, digits, percent, shorten};
use super::node::{Node, element};
use super::svg::{Anchor, Chart, figure, hint, label, rectangle};
use super::table::Table;
use crate::report::{ElementReport, EngineReport, Report};

/// Pixels of a step's row: its heading, then its cells.
const ROW: f64 = 64.0;
const CELLS: [f64; 2] = [24.0, 30.0];

/// Cycles of a step as its elements count them, the launch included.
fn cycles(element: &ElementReport) -> u64 {
    element.busy_cycles + element.empty_cycles + element.waiting_cycles + element.starved_cycles
}

fn load(element: &ElementReport) -> f64 {
    element.busy_cycles as f64 / cycles(element).max(1) as f64
}

/// The heat map; nothing without a sparse engine.
pub fn heat(report: &Report) -> Vec<Node> {
    let steps = report.steps.iter().enumerate();
    let steps = steps.filter_map(|(index, step)| Some((format!("{index} {}", step.name), step.engine.as_ref()?)));
    let steps: Vec<(String, &EngineReport)> = steps.collect();
    if steps.is_empty() {
        return Vec::new();
    }
    let height = steps.len() as f64 * ROW + 18.0;
    let mut marks: Vec<Node> = steps.iter().enumerate().flat_map(|(row, (name, engine))| cells(name, engine, row as f64 * ROW)).collect();
    let elements = steps.iter().map(|(_, engine)| engine.elements.len()).max().unwrap_or(0);
    marks.push(label("soft", Anchor::Start, [0.0, height - 4.0], 0.0, "element 0"));
    marks.push(label("soft", Anchor::End, [1.0, height - 4.0], 0.0, format!("element {}", elements.saturating_sub(1))));
    let chart = Chart {
        id: "heat-map".to_owned(),
        title: "Load of the sparse engine's elements".to_owned(),
        description: "A row for each step on the sparse engine and a cell for each element; the stronger its colour, the larger the share of the \
                      step's cycles in which the element read an entry. The data follow as tables."
            .to_owned(),
        height,
        wide: elements > 64,
        marks,
    };
    let caption = "Colour runs from 0 % to 100 % of the step's cycles. Balance: entries over elements times cycles; an element with few entries \
                   waits for the one that has most.";
    let data = element("div").child(summary(&steps).draw("Sparse engine, step by step")).child(all(&steps).details("Data: each element"));
    vec![figure([chart.draw()], Some(scale()), caption, data)]
}

fn cells(name: &str, engine: &EngineReport, top: f64) -> Vec<Node> {
    let width = 1.0 / engine.elements.len().max(1) as f64;
    let cell = |(index, element): (usize, &ElementReport)| {
        let cell = rectangle("heat", [index as f64 * width, width], [top + CELLS[0], CELLS[1]]).with("fill-opacity", digits(strength(load(element))));
        hint(cell, format!("{name}, element {index}: busy {}", percent(load(element))))
    };
    let heading = label("name", Anchor::Start, [0.0, top + 15.0], 0.0, shorten(name, 20));
    let balance = label("figure", Anchor::End, [1.0, top + 15.0], 0.0, format!("balance {}", percent(engine.load_balance)));
    let back = rectangle("track", [0.0, 1.0], [top + CELLS[0], CELLS[1]]);
    [heading, balance, back].into_iter().chain(engine.elements.iter().enumerate().map(cell)).collect()
}

/// Opacity that stands for a load.
fn strength(load: f64) -> f64 {
    0.04 + 0.96 * load.clamp(0.0, 1.0)
}

fn scale() -> Node {
    let step = |percent: u32| {
        let swatch = element("i").with("class", "swatch heat").with("style", format!("opacity:{}", digits(strength(f64::from(percent) / 100.0))));
        element("li").child(swatch).child(format!("{percent} %"))
    };
    element("ul").with("class", "legend").children([0, 25, 50, 75, 100].map(step))
}

fn summary(steps: &[(String, &EngineReport)]) -> Table {
    let headings =
        ["step", "broadcasts", "entries", "padding", "balance", "useful", "least busy", "most busy", "queue full", "starved", "drain", "most queued"];
    let row = |(name, engine): &(String, &EngineReport)| {
        let busy = || engine.elements.iter().map(|element| element.busy_cycles);
        let most_queued = engine.elements.iter().map(|element| element.most_queued).max().unwrap_or(0);
        let counts = [busy().min().unwrap_or(0), busy().max().unwrap_or(0), engine.queue_full_cycles, engine.starved_cycles];
        let head = [name.clone()].into_iter().chain([engine.broadcasts, engine.entries, engine.padding_entries].map(count));
        let head = head.chain([engine.load_balance, engine.useful].map(percent));
        head.chain(counts.map(count)).chain([engine.drain_cycles, most_queued].map(count)).collect()
    };
    Table::new(1, &headings).rows(steps.iter().map(row))
}

fn all(steps: &[(String, &EngineReport)]) -> Table {
    let headings = ["step", "element", "load", "busy", "padding", "empty", "waiting", "starved", "mean queued", "most queued"];
    let row = |name: &str, index: usize, element: &ElementReport| {
        let ElementReport { busy_cycles, padding_cycles, empty_cycles, waiting_cycles, starved_cycles, mean_queued, most_queued } = element;
        let counts = [busy_cycles, padding_cycles, empty_cycles, waiting_cycles, starved_cycles].map(|&cycles| count(cycles));
        let head = [name.to_owned(), index.to_string(), percent(load(element))];
        head.into_iter().chain(counts).chain([digits(*mean_queued), count(*most_queued)]).collect()
    };
    let rows = steps.iter().flat_map(|(name, engine)| engine.elements.iter().enumerate().map(move |(index, element)| row(name, index, element)));
    Table::new(2, &headings).rows(rows)
}
