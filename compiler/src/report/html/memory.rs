//! Memory map: words of the activation memory over the cycles in which they are in use.

use super::axis::Axis;
use super::format::{bytes, count, percent};
use super::lifetimes::{Block, lifetimes, most_words};
use super::node::Node;
use super::svg::{Anchor, Chart, WIDE, hint, label, line, rectangle};
use super::table::Table;
use super::timeline::{fitting, since, time_axis};
use super::units;
use crate::report::Report;
use fretwork_hdl::{Accelerator, Step};

const HEIGHT: f64 = 320.0;
/// Pixels of a block that has room for its name.
const LINE: f64 = 15.0;

/// The memory map; nothing when no step writes.
pub fn memory(report: &Report, a: &Accelerator, steps: &[Step]) -> Vec<Node> {
    let blocks = lifetimes(report, steps);
    if blocks.is_empty() {
        return Vec::new();
    }
    let (time, words) = (Axis::from_zero(report.totals.latency_cycles as f64), Axis::from_zero(a.activation_words as f64));
    let mut marks = time_axis(&time, HEIGHT);
    let down = |word: usize| HEIGHT * (1.0 - words.at(word as f64));
    for tick in words.ticks(5).into_iter().filter(|tick| *tick > 0.0) {
        let y = down(tick as usize);
        marks.push(line("grid", [0.0, y], [1.0, y]));
    }
    marks.push(line("base", [0.0, HEIGHT], [1.0, HEIGHT]));
    marks.push(line("mark", [0.0, 0.0], [1.0, 0.0]));
    let place = |block: &Block| {
        let [left, right] = [block.from_cycle, block.to_cycle].map(|cycle| time.at(since(report, cycle) as f64));
        ([left, right - left], [down(block.end), down(block.first) - down(block.end)])
    };
    for block in &blocks {
        let (across, along) = place(block);
        let rectangle = rectangle(&format!("block {}", units::class(block.unit)), across, along);
        let name = format!("{}: words {} to {}, {}", name(block), block.first, block.end - 1, bytes((block.words() * a.lanes) as u64));
        marks.push(hint(rectangle, name));
    }
    for block in &blocks {
        let ([left, width], [top, height]) = place(block);
        if let Some(text) = fitting(&name(block), width * WIDE - 10.0).filter(|_| height >= LINE) {
            marks.push(label("", Anchor::Start, [left, top + height.min(26.0) / 2.0 + 4.0], 5.0, text));
        }
    }
    for tick in words.ticks(5).into_iter().filter(|tick| *tick > 0.0 && down(*tick as usize) > LINE) {
        marks.push(label("soft halo", Anchor::End, [1.0, down(tick as usize) - 4.0], 0.0, count(tick as u64)));
    }
    let used = most_words(&blocks);
    let caption = format!(
        "Upwards: word addresses; the dashed line is the memory's end at {} words of {} bytes, {}. At most {} words ({}) are in use at once. A \
         tensor takes its words from the launch of the step that writes it to the end of the last step that reads it; parts of a \
         concatenation are drawn as one.",
        count(a.activation_words as u64),
        a.lanes,
        bytes((a.activation_words * a.lanes) as u64),
        count(used as u64),
        percent(used as f64 / a.activation_words.max(1) as f64)
    );
    let chart = Chart {
        id: "memory-map".to_owned(),
        title: "Activation memory over time".to_owned(),
        description: "Each tensor is a box: as high as its words in the activation memory, as long as it is in use, in the colour of the unit that \
                      writes it. The data follow as a table."
            .to_owned(),
        height: HEIGHT + 42.0,
        wide: true,
        marks,
    };
    let row = |block: &Block| {
        let cycles = [block.from_cycle, block.to_cycle].map(|cycle| count(since(report, cycle)));
        let words = [block.first, block.end - 1, block.words()].map(|word| count(word as u64));
        [name(block)].into_iter().chain(words).chain([bytes((block.words() * a.lanes) as u64)]).chain(cycles).collect()
    };
    let data = Table::new(1, &["written by", "first word", "last word", "words", "size", "from cycle", "to cycle"]).rows(blocks.iter().map(row));
    vec![chart.figure(Some(units::key(&units::used(blocks.iter().map(|block| block.unit)))), &caption, data)]
}

fn name(block: &Block) -> String {
    block.writers.join(" + ")
}
