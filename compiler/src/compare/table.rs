//! The comparison for a terminal and as Markdown.

use super::{Bound, Comparison, Measured, Row};
use crate::report::{duration, energy};
use fretwork_hdl::Kind;
use std::fmt::Write;

const COLUMNS: usize = 14;
const HEADINGS: [&str; COLUMNS] =
    ["", "variant", "top-1", "bytes", "ratio", "core", "cycles", "latency", "energy", "EDP, pJ s", "LUT", "DSP", "util", "bound"];
/// Columns of text.
const LEFT: [usize; 4] = [0, 1, 5, 13];

impl Comparison {
    /// For a terminal.
    pub fn text(&self) -> String {
        let rows = self.cells();
        let widths: [usize; COLUMNS] = std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
        let mut text = format!("{}\n\n", self.heading());
        for (index, row) in rows.iter().enumerate() {
            let cell = |(column, cell): (usize, &String)| {
                let width = widths[column];
                if LEFT.contains(&column) { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            };
            let line = row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ");
            let _ = writeln!(text, "{}", line.trim_end());
            if index == 0 {
                let _ = writeln!(text, "{}", "-".repeat(widths.iter().sum::<usize>() + 2 * (COLUMNS - 1)));
            }
        }
        let _ = writeln!(text, "\n* no other is as good in accuracy, bytes, latency and energy and better in one\n");
        for row in &self.rows {
            if let Some(hardware) = &row.hardware {
                let reason = &hardware.reason;
                let share = reason.share * 100.0;
                let _ = writeln!(text, "{}: {} {share:.0} %; {}: {}", row.name, bound(reason.bound), reason.step, reason.text);
            }
        }
        text
    }

    /// As a table in Markdown.
    pub fn markdown(&self) -> String {
        let rows = self.cells();
        let line = |row: &[String; COLUMNS]| format!("| {} |\n", row.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | "));
        let mut text = line(&rows[0]);
        let rule = (0..COLUMNS).map(|column| if LEFT.contains(&column) { "---" } else { "---:" });
        let _ = writeln!(text, "|{}|", rule.collect::<Vec<_>>().join("|"));
        rows[1..].iter().for_each(|row| text.push_str(&line(row)));
        text
    }

    fn heading(&self) -> String {
        let Comparison { title, technology, clock_mhz, family, inputs, .. } = self;
        format!("{title}: {inputs} inputs; energy in {technology} at {clock_mhz} MHz, logic of {family}")
    }

    fn cells(&self) -> Vec<[String; COLUMNS]> {
        let mut rows = vec![HEADINGS.map(str::to_owned)];
        rows.extend(self.rows.iter().map(cells));
        rows
    }
}

fn cells(row: &Row) -> [String; COLUMNS] {
    let hardware = |cell: fn(&Measured) -> String| row.hardware.as_ref().map_or_else(|| "-".to_owned(), cell);
    [
        if row.on_front { "*" } else { "" }.to_owned(),
        row.name.clone(),
        row.top1.map_or_else(|| "-".to_owned(), |top1| format!("{:.2}", top1 * 100.0)),
        row.storage_bytes.to_string(),
        format!("{:.1}", row.storage_ratio),
        hardware(core_names),
        hardware(|hardware| format!("{:.0}", hardware.latency_cycles)),
        hardware(|hardware| duration(hardware.latency_us)),
        hardware(|hardware| energy(hardware.energy_pj)),
        hardware(|hardware| digits(hardware.energy_delay_pj_us / 1e6)),
        hardware(|hardware| hardware.area.luts.to_string()),
        hardware(|hardware| hardware.area.dsp_blocks.to_string()),
        hardware(|hardware| format!("{:.1}%", hardware.utilisation * 100.0)),
        hardware(|hardware| format!("{} {:.0}%", bound(hardware.reason.bound), hardware.reason.share * 100.0)),
    ]
}

/// Three digits, or all of a larger number's before the point.
pub(super) fn digits(value: f64) -> String {
    let decimals = if value >= 99.95 || value == 0.0 { 0 } else { (2 - value.log10().floor() as i32).max(0) as usize };
    format!("{value:.decimals$}")
}

/// Cores that have steps, those with most cycles first.
pub(super) fn core_names(hardware: &Measured) -> String {
    let name = |&kind: &Kind| fretwork_hdl::core(kind).map_or("shell", |core| core.name());
    hardware.cores.iter().map(name).collect::<Vec<_>>().join("+")
}

pub(super) fn bound(bound: Bound) -> &'static str {
    match bound {
        Bound::Compute => "compute",
        Bound::Weights => "weights",
        Bound::Activations => "activations",
        Bound::Stalls => "stalls",
    }
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn three_digits() {
        assert_eq!([0.0, 0.0000926, 0.0926, 1.0, 53.587, 99.97, 1234.5].map(digits), ["0", "0.0000926", "0.0926", "1.00", "53.6", "100", "1234"]);
    }
}
