//! The comparison as one self-contained page.

use super::table::{bound, core_names, digits};
use super::{Comparison, Measured, Row, front};
use crate::report::html::{Node, Page, ParetoPoint, Table, element, facts, pareto, text};
use crate::report::{duration, energy};

const HEADINGS: [&str; 13] =
    ["variant", "cores", "bound", "top-1, %", "bytes", "ratio", "cycles", "latency", "energy", "EDP, pJ s", "LUTs", "DSPs", "utilisation"];

impl Comparison {
    /// The text of the page.
    pub fn page(&self) -> String {
        let Comparison { technology, clock_mhz, family, inputs, .. } = self;
        let lead = format!("{} variants, {inputs} inputs; energy in {technology} at {clock_mhz} MHz, logic of {family}", self.rows.len());
        let foot = format!(
            "Written by Fretwork {}. Accuracy, cycles and energy are those of the cycle-exact simulator; area is estimated.",
            env!("CARGO_PKG_VERSION")
        );
        Page::new(&self.title, &lead, &foot)
            .section("variants", "Variants", vec![self.table()])
            .section("pareto", "Trade-offs", self.plots())
            .section("bounds", "What bounds them", self.bounds())
            .render()
    }

    fn table(&self) -> Node {
        Table::new(3, &HEADINGS).rows(self.rows.iter().map(cells)).draw("Variants")
    }

    /// Two quantities at a time; the front of each plot is that of its two.
    fn plots(&self) -> Vec<Node> {
        let wrong = |row: &Row| row.top1.map(|top1| (1.0 - top1) * 100.0);
        let hardware = |row: &Row, value: fn(&Measured) -> f64| row.hardware.as_ref().map(value);
        let nanojoules = |row: &Row| hardware(row, |hardware| hardware.energy_pj / 1e3);
        let mut plots = vec![self.plot(&|row| hardware(row, |hardware| hardware.latency_us), "latency, us", &nanojoules, "energy, nJ")];
        if self.rows.iter().any(|row| row.top1.is_some()) {
            plots.insert(0, self.plot(&nanojoules, "energy, nJ", &wrong, "wrong, %"));
            plots.push(self.plot(&|row| Some(row.storage_bytes as f64), "storage, bytes", &wrong, "wrong, %"));
        }
        plots
    }

    fn plot(&self, x: &dyn Fn(&Row) -> Option<f64>, x_label: &str, y: &dyn Fn(&Row) -> Option<f64>, y_label: &str) -> Node {
        let on_front = front(&self.rows.iter().map(|row| vec![x(row), y(row)]).collect::<Vec<_>>());
        let point = |(row, on_front): (&Row, bool)| Some(ParetoPoint { name: row.name.clone(), x: x(row)?, y: y(row)?, on_front });
        let points: Vec<ParetoPoint> = self.rows.iter().zip(on_front).filter_map(point).collect();
        pareto(&points, x_label, y_label)
    }

    fn bounds(&self) -> Vec<Node> {
        let entry = |row: &Row| {
            let reason = &row.hardware.as_ref()?.reason;
            let share = format!("{} {:.0} %", bound(reason.bound), reason.share * 100.0);
            let why = element("span").child(format!("; {}: {}", reason.step, reason.text));
            Some((row.name.clone(), vec![text("strong", share), why]))
        };
        vec![facts("facts", self.rows.iter().filter_map(entry))]
    }
}

fn cells(row: &Row) -> Vec<String> {
    let hardware = |cell: fn(&Measured) -> String| row.hardware.as_ref().map_or_else(|| "-".to_owned(), cell);
    vec![
        row.name.clone(),
        hardware(core_names),
        hardware(|hardware| format!("{} {:.0} %", bound(hardware.reason.bound), hardware.reason.share * 100.0)),
        row.top1.map_or_else(|| "-".to_owned(), |top1| format!("{:.2}", top1 * 100.0)),
        row.storage_bytes.to_string(),
        format!("{:.1}", row.storage_ratio),
        hardware(|hardware| format!("{:.0}", hardware.latency_cycles)),
        hardware(|hardware| duration(hardware.latency_us)),
        hardware(|hardware| energy(hardware.energy_pj)),
        hardware(|hardware| digits(hardware.energy_delay_pj_us / 1e6)),
        hardware(|hardware| hardware.area.luts.to_string()),
        hardware(|hardware| hardware.area.dsp_blocks.to_string()),
        hardware(|hardware| format!("{:.1} %", hardware.utilisation * 100.0)),
    ]
}
