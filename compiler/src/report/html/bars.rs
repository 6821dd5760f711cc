//! Bars: a row for each step, stacked by what its cycles or its energy went to.

use super::format::{count, energy, percent, shorten};
use super::node::{Node, element};
use super::svg::{Anchor, Chart, figure, hint, label, legend, rectangle};
use super::table::Table;
use crate::report::{EnergyReport, PartEnergy, Report, StepReport};

/// Rows of one drawing; longer charts are several, so that paper breaks between rows.
const ROWS: usize = 20;
/// Pixels of a row.
const ROW: f64 = 40.0;
/// Most characters of a name where there is little room, and where there is much.
const NAME: [usize; 2] = [18, 64];
/// Colours that parts take in turn.
const CLASSES: [&str; 8] = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"];
/// What cycles go to, and its colour.
const CAUSES: [(&str, &str); 6] =
    [("busy", "c1"), ("waiting for weights", "c2"), ("pipeline", "c6"), ("configuration", "c4"), ("input stream", "c3"), ("output stream", "c5")];

/// One row: name, what stands at the right end, and the parts' classes, hints and values.
struct Bar {
    name: String,
    figure: String,
    parts: Vec<(&'static str, String, f64)>,
}

fn draw(id: &str, title: &str, description: &str, bars: &[Bar]) -> Vec<Node> {
    let length = |bar: &Bar| bar.parts.iter().map(|(_, _, value)| value).sum::<f64>();
    let longest = bars.iter().map(length).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let chunk = |(index, bars): (usize, &[Bar])| {
        let title = if index == 0 { title.to_owned() } else { format!("{title}, continued from row {}", index * ROWS) };
        let rows = bars.iter().enumerate().flat_map(|(row, bar)| marks(bar, row as f64 * ROW, longest));
        let (id, description, height) = (format!("{id}-{index}"), description.to_owned(), bars.len() as f64 * ROW);
        Chart { id, title, description, height, wide: false, marks: rows.collect() }.draw()
    };
    bars.chunks(ROWS).enumerate().map(chunk).collect()
}

fn marks(bar: &Bar, top: f64, longest: f64) -> Vec<Node> {
    let baseline = top + 15.0;
    let mut marks = vec![
        label("name narrow", Anchor::Start, [0.0, baseline], 0.0, shorten(&bar.name, NAME[0])),
        label("name roomy", Anchor::Start, [0.0, baseline], 0.0, shorten(&bar.name, NAME[1])),
        label("figure", Anchor::End, [1.0, baseline], 0.0, bar.figure.clone()),
        rectangle("track", [0.0, 1.0], [top + 22.0, 10.0]),
    ];
    let mut left = 0.0;
    for (class, content, value) in bar.parts.iter().filter(|(_, _, value)| *value > 0.0) {
        let width = value / longest;
        marks.push(hint(rectangle(&format!("fill {class}"), [left, width], [top + 22.0, 10.0]), format!("{}: {content}", bar.name)));
        left += width;
    }
    marks
}

/// Whether a chart may be divided on paper.
fn flow(bars: &[Bar]) -> &'static str {
    if bars.len() > ROWS { "long" } else { "short" }
}

/// Cycles of a step by cause, in the order of [`CAUSES`]; with those in which its configuration was not there yet.
fn causes(step: &StepReport) -> [u64; 6] {
    let stalled = &step.stalled_cycles;
    [step.busy_cycles, stalled.weights, stalled.pipeline, stalled.config, stalled.input, stalled.output]
}

/// Where the cycles of each step went.
pub fn latency(report: &Report) -> Vec<Node> {
    let whole = report.totals.latency_cycles.max(1) as f64;
    let bar = |(index, step): (usize, &StepReport)| {
        let cycles = causes(step);
        let sum: u64 = cycles.iter().sum();
        let part = |((cause, class), cycles): ((&str, &'static str), u64)| (class, format!("{cause} {} cycles", count(cycles)), cycles as f64);
        Bar {
            name: format!("{index} {}", step.name),
            figure: format!("{} cycles, {}", count(sum), percent(sum as f64 / whole)),
            parts: CAUSES.into_iter().zip(cycles).map(part).collect(),
        }
    };
    let bars: Vec<Bar> = report.steps.iter().enumerate().map(bar).collect();
    let seen = |cause: usize| report.steps.iter().any(|step| causes(step)[cause] > 0);
    let key = legend((0..CAUSES.len()).filter(|&cause| seen(cause)).map(|cause| (CAUSES[cause].1, CAUSES[cause].0.to_owned())));
    let headings: Vec<&str> = ["#", "step"].into_iter().chain(CAUSES.map(|(cause, _)| cause)).chain(["cycles"]).collect();
    let row = |(index, step): (usize, &StepReport)| {
        let cycles = causes(step);
        let sum = cycles.iter().sum();
        [index.to_string(), step.name.clone()].into_iter().chain(cycles.map(count)).chain([count(sum)]).collect()
    };
    let title = "Cycles of each step by cause";
    let data = Table::new(2, &headings).rows(report.steps.iter().enumerate().map(row)).details(&format!("Data: {title}"));
    let about =
        "One bar per step, as long as its cycles, divided into cycles in which a word moved and cycles of waiting. The data follow as a table.";
    let caption = "Bars share one scale. Busy: a word was read or moved on a stream. Pipeline: filling and draining. The bars sum to the latency \
                   less one cycle between two steps.";
    vec![figure(draw("latency-bars", title, about, &bars), Some(key), caption, data).with("class", flow(&bars))]
}

/// Where the energy of each step went; nothing when it is not known.
pub fn energies(energies: &EnergyReport) -> Vec<Node> {
    let class = |index: usize| CLASSES[index % CLASSES.len()];
    let key = legend(energies.parts.iter().enumerate().map(|(index, part)| (class(index), part.part.to_owned())));
    let whole = energies.energy_pj.max(f64::MIN_POSITIVE);
    let bar = |name: String, energy_pj: f64, parts: &[PartEnergy]| {
        let part = |part: &PartEnergy| {
            let index = energies.parts.iter().position(|known| known.part == part.part).unwrap_or(CLASSES.len() - 1);
            (class(index), format!("{} {}", part.part, energy(part.energy_pj)), part.energy_pj)
        };
        Bar { name, figure: format!("{}, {}", energy(energy_pj), percent(energy_pj / whole)), parts: parts.iter().map(part).collect() }
    };
    let all = [bar("one inference".to_owned(), energies.energy_pj, &energies.parts)];
    let steps = energies.steps.iter().enumerate().map(|(index, step)| bar(format!("{index} {}", step.name), step.energy_pj, &step.parts));
    let steps: Vec<Bar> = steps.collect();
    let headings: Vec<&str> = ["#", "step"].into_iter().chain(energies.parts.iter().map(|part| part.part)).chain(["energy"]).collect();
    let row = |index: String, name: String, parts: &[PartEnergy], energy_pj: f64| -> Vec<String> {
        let of = |known: &PartEnergy| parts.iter().filter(|part| part.part == known.part).map(|part| part.energy_pj).sum::<f64>();
        [index, name].into_iter().chain(energies.parts.iter().map(|part| energy(of(part)))).chain([energy(energy_pj)]).collect()
    };
    let rows = energies.steps.iter().enumerate().map(|(index, step)| row(index.to_string(), step.name.clone(), &step.parts, step.energy_pj));
    let total = row(String::new(), "one inference".to_owned(), &energies.parts, energies.energy_pj);
    let title = "Energy of each step by part";
    let data = Table::new(2, &headings).rows(rows.chain([total])).details(&format!("Data: {title}"));
    let about = "One bar per step, as long as its energy, divided by the part of the accelerator that takes it. The data follow as a table.";
    let whole = draw("energy-all", "Energy of one inference by part", "One bar, divided by the part of the accelerator that takes the energy.", &all);
    let drawings = whole.into_iter().chain([element("h3").child("Step by step")]).chain(draw("energy-bars", title, about, &steps));
    let caption = format!("{}, {}. {}. The steps' bars share one scale.", energies.technology, energies.conditions, energies.error_band);
    vec![figure(drawings, Some(key), &caption, data).with("class", flow(&steps))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_bar() {
        let bar = |values: [f64; 2]| Bar {
            name: "<script>".to_owned(),
            figure: String::new(),
            parts: vec![("c1", String::new(), values[0]), ("c2", String::new(), values[1])],
        };
        let drawn = draw("x", "t", "d", &[bar([30.0, 10.0]), bar([0.0, 20.0])]);
        let text: String = drawn.iter().map(ToString::to_string).collect();
        for place in ["x=\"0%\" width=\"75%\"", "x=\"75%\" width=\"25%\"", "x=\"0%\" width=\"50%\""] {
            assert!(text.contains(place), "{place} is not in {text}");
        }
        assert!(!text.contains("<script"), "{text}");
        assert_eq!(draw("x", "t", "d", &(0..45).map(|_| bar([1.0, 1.0])).collect::<Vec<_>>()).len(), 3);
    }
}
