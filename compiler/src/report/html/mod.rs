//! The report as one self-contained page: HTML and SVG, light and dark, on paper, without scripts. It draws what [`Report`] counts and where the
//! program places its tensors; it computes sums and ratios of those, no more.

mod axis;
mod bars;
mod format;
mod heat;
mod labels;
mod lifetimes;
mod memory;
mod node;
mod page;
mod pareto;
mod plot;
mod roofline;
mod summary;
mod svg;
mod table;
#[cfg(test)]
mod tests;
mod timeline;
mod units;

pub use node::{Node, element, text};
pub use page::Page;
pub use pareto::{ParetoPoint, pareto};
pub use table::{Table, facts};

use super::Report;
use fretwork_hdl::Step;
use fretwork_hdl::design::Design;

/// The page of a report; `design` and `steps` are the program that it was made from.
pub fn page(report: &Report, design: &Design, steps: &[Step]) -> String {
    let a = &design.accelerator;
    let lead = format!("One inference on a {} x {} array with {} lanes", report.rows, report.cols, report.lanes);
    let foot = format!(
        "Written by Fretwork {}. Every figure is a count of the cycle-exact simulator, a sum of such counts, or a ratio of two sums.",
        report.fretwork_version
    );
    Page::new(&report.network, &lead, &foot)
        .section("summary", "Summary", summary::summary(report, design))
        .section("latency", "Latency", bars::latency(report))
        .section("energy", "Energy", report.energy.as_ref().map(bars::energies).unwrap_or_default())
        .section("timeline", "Timeline", timeline::timeline(report))
        .section("roofline", "Roofline", roofline::roofline(report, a))
        .section("engine", "Sparse engine", heat::heat(report))
        .section("memory", "Memory map", memory::memory(report, a, steps))
        .section("steps", "Steps", summary::steps(report))
        .render()
}
