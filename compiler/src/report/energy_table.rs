//! The report's energy for a terminal: the whole, its parts, and the steps that take most.

use super::EnergyReport;
use std::fmt;

/// Rows of steps; the others are summed in one more.
const STEPS: usize = 12;
/// Parts that a step's row names.
const PARTS: usize = 3;

impl fmt::Display for EnergyReport {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let EnergyReport { conditions, error_band, clock_mhz, latency_us, power_mw, .. } = self;
        writeln!(f, "energy of one inference: {} in {}, {power_mw:.3} mW", energy(self.energy_pj), duration(*latency_us))?;
        writeln!(f, "  {conditions}, {clock_mhz} MHz\n  {error_band}")?;
        let parts: Vec<String> = self.parts.iter().map(|part| format!("{} {}", part.part, self.share(part.energy_pj))).collect();
        lines(f, "  parts   ", &parts)?;
        let mut order: Vec<usize> = (0..self.steps.len()).collect();
        order.sort_by(|&a, &b| self.steps[b].energy_pj.total_cmp(&self.steps[a].energy_pj));
        let shown = if order.len() <= STEPS + 1 { order.len() } else { STEPS };
        for &index in &order[..shown] {
            let step = &self.steps[index];
            let mut parts: Vec<_> = step.parts.iter().filter(|part| part.energy_pj > 0.0).collect();
            parts.sort_by(|a, b| b.energy_pj.total_cmp(&a.energy_pj));
            let parts: Vec<String> =
                parts.iter().take(PARTS).map(|part| format!("{} {}", part.part, percent(part.energy_pj, step.energy_pj))).collect();
            let name: String = step.name.chars().map(|c| if c.is_control() { '?' } else { c }).take(32).collect();
            writeln!(f, "  {index:>4}  {name:<32}  {:>9}  {:>6}   {}", energy(step.energy_pj), self.share(step.energy_pj), parts.join(", "))?;
        }
        if shown < order.len() {
            let rest: f64 = order[shown..].iter().map(|&index| self.steps[index].energy_pj).sum();
            writeln!(f, "        {:<32}  {:>9}  {:>6}", format!("{} other steps", order.len() - shown), energy(rest), self.share(rest))?;
        }
        Ok(())
    }
}

impl EnergyReport {
    fn share(&self, part_pj: f64) -> String {
        percent(part_pj, self.energy_pj)
    }
}

/// Items behind a heading, on lines of at most 118 columns.
fn lines(f: &mut fmt::Formatter, heading: &str, items: &[String]) -> fmt::Result {
    let mut line = heading.to_owned();
    for (index, item) in items.iter().enumerate() {
        let comma = if index + 1 < items.len() { "," } else { "" };
        if line.len() + item.len() + 2 > 118 {
            writeln!(f, "{}", line.trim_end())?;
            line = " ".repeat(heading.len());
        }
        line.push_str(&format!("{item}{comma} "));
    }
    writeln!(f, "{}", line.trim_end())
}

fn percent(part: f64, whole: f64) -> String {
    format!("{:.1}%", if whole > 0.0 { 100.0 * part / whole } else { 0.0 })
}

/// Energy with three digits and its unit.
pub fn energy(pj: f64) -> String {
    scaled(pj, &[(1e12, "J"), (1e9, "mJ"), (1e6, "uJ"), (1e3, "nJ"), (1.0, "pJ")])
}

/// Time with three digits and its unit.
pub fn duration(us: f64) -> String {
    scaled(us, &[(1e6, "s"), (1e3, "ms"), (1.0, "us"), (1e-3, "ns")])
}

fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let &(unit, name) = units.iter().find(|(unit, _)| value >= *unit).unwrap_or(&units[units.len() - 1]);
    let value = value / unit;
    let decimals = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.decimals$} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_unit() {
        let shown = [0.0, 0.5, 9.994, 99.94, 1234.0, 56_780.0, 9e8, 2.5e12].map(energy);
        assert_eq!(shown, ["0.00 pJ", "0.50 pJ", "9.99 pJ", "99.9 pJ", "1.23 nJ", "56.8 nJ", "900 uJ", "2.50 J"]);
        assert_eq!([0.0123, 15.0, 20_000.0].map(duration), ["12.3 ns", "15.0 us", "20.0 ms"]);
    }
}
