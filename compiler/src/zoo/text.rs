//! Figures for a terminal: one network with everything that is known of it, or a line for each.

use super::report::{Counted, Timed};
use std::fmt::Write;

/// Columns of the terminal.
const WIDTH: usize = 110;

impl Counted {
    /// Everything about the network.
    pub fn text(&self) -> String {
        let mut text = format!("{}, {}x{}x3 to {} classes, random weights of seed {}\n", self.title, self.size, self.size, self.classes, self.seed);
        let mut line = |head: &str, value: &str| paragraph(&mut text, head, value);
        line("source", self.source);
        if self.width != 1.0 {
            line("width", &self.width.to_string());
        }
        let (parameters, macs) = (thousands(self.figures.parameters), thousands(self.figures.macs));
        match &self.survey {
            Some(survey) => {
                let beside = |here: &str, there: f64, difference: Option<f64>| format!("{here}, {there} M in the survey, {}", signed(difference));
                line("parameters", &beside(&parameters, survey.parameters_millions, self.parameters_difference));
                line("MACs", &beside(&macs, survey.macs_millions, self.macs_difference));
            }
            None => {
                line("parameters", &parameters);
                line("MACs", &macs);
            }
        }
        self.differences.iter().for_each(|note| line("because", note));
        self.omissions.iter().for_each(|omission| line("without", omission));
        if let Some(timed) = &self.timed {
            let Timed { rows, cols, lanes, .. } = timed;
            line("array", &format!("{rows}x{cols} with {lanes} lanes, {} steps", timed.steps));
            line("cycles", &thousands(timed.latency_cycles));
            line("MACs/cycle", &format!("{:.1}, {:.1} % of the array", timed.macs_per_cycle, timed.array_utilisation * 100.0));
            line("memory", &format!("{:.0} KiB of activations, {} bytes of weights", timed.activation_kib, thousands(timed.weight_bytes as u64)));
        }
        text
    }
}

/// A heading and its text, which goes on below itself where it is long.
fn paragraph(text: &mut String, head: &str, value: &str) {
    let mut room = 0;
    let _ = write!(text, "  {head:<11}");
    for word in value.split(' ') {
        if room + 1 + word.len() > WIDTH - 13 {
            let _ = write!(text, "\n{:13}", "");
            room = 0;
        }
        let _ = write!(text, " {word}");
        room += 1 + word.len();
    }
    text.push('\n');
}

/// A line for every network.
pub fn table(networks: &[Counted]) -> String {
    let timed = networks.iter().any(|network| network.timed.is_some());
    let mut head = vec!["network", "parameters", "survey", "", "M MACs", "survey", ""];
    if timed {
        head.extend(["lanes", "weights, KiB", "cycles", "MACs/cycle", "of the array"]);
    }
    let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    rows.extend(networks.iter().map(|network| row(network, timed)));
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        if index == 0 {
            let _ = writeln!(text, "{}", "-".repeat(widths.iter().map(|width| width + 2).sum::<usize>() - 2));
        }
    }
    text
}

fn row(network: &Counted, timed: bool) -> Vec<String> {
    let survey = |millions: fn(&Counted) -> Option<f64>, unit: &str| millions(network).map_or(String::new(), |millions| format!("{millions}{unit}"));
    let mut row = vec![
        network.network.to_owned(),
        thousands(network.figures.parameters),
        survey(|network| network.survey.map(|survey| survey.parameters_millions), " M"),
        network.survey.map_or(String::new(), |_| signed(network.parameters_difference)),
        format!("{:.1}", network.figures.macs as f64 / 1e6),
        survey(|network| network.survey.map(|survey| survey.macs_millions), ""),
        network.survey.map_or(String::new(), |_| signed(network.macs_difference)),
    ];
    match &network.timed {
        Some(timed) => row.extend([
            timed.lanes.to_string(),
            thousands(timed.weight_bytes.div_ceil(1024) as u64),
            thousands(timed.latency_cycles),
            format!("{:.1}", timed.macs_per_cycle),
            format!("{:.1} %", timed.array_utilisation * 100.0),
        ]),
        None if timed => row.extend(std::iter::repeat_n(String::new(), 5)),
        None => {}
    }
    row
}

fn signed(difference: Option<f64>) -> String {
    let text = difference.map_or(String::new(), |difference| format!("{:+.1} %", difference * 100.0));
    if text == "-0.0 %" { "+0.0 %".to_owned() } else { text }
}

/// `1,234,567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let comma = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    digits.chars().enumerate().flat_map(|(at, digit)| comma(at).then_some(',').into_iter().chain([digit])).collect()
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn commas_stand_between_thousands() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_002_003, "1,002,003")];
        cases.into_iter().for_each(|(number, text)| assert_eq!(thousands(number), text));
    }
}
