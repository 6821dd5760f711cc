//! The report for a terminal of 120 columns.

use super::{BusReport, Report, StepReport, WeightStreamReport, unit};
use std::fmt;

/// Columns of the terminal.
const WIDTH: usize = 120;
/// Fewest columns of a name that are still of use; large counts are abbreviated before names become shorter.
const NAME: usize = 20;

const COLUMNS: usize = 15;
/// Columns of text.
const LEFT: [usize; 2] = [1, 2];
const HEADINGS: [&str; COLUMNS] =
    ["#", "step", "unit", "cycles", "floor", "ops", "util", "read", "write", "weights", "config", "weights", "input", "output", "pipe"];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Report { network, rows, cols, lanes, totals, .. } = self;
        writeln!(f, "{network} on a {rows}x{cols} array with {lanes} lanes, one inference\n")?;
        self.table(f)?;
        writeln!(f)?;
        writeln!(f, "latency               {} cycles from first input word to last output word", totals.latency_cycles)?;
        writeln!(f, "multiply-accumulates  {}", totals.macs)?;
        let utilisation = percent(Some(totals.array_utilisation));
        writeln!(f, "array                 {} cycles were it always full, utilisation {utilisation}", totals.array_floor_cycles)?;
        if totals.skipped_tiles > 0 {
            let skipped: u64 = self.steps.iter().map(|step| step.skipped_operations).sum();
            let [kept, left_out] = [totals.weight_tiles, totals.skipped_tiles];
            writeln!(f, "weight tiles          {kept} used, {left_out} of zeros left out with {skipped} multiply-accumulates")?;
        }
        let parts = totals.latency_parts.iter().filter(|part| part.cycles > 0);
        let parts: Vec<String> = parts.map(|part| format!("{} {}", part.cause, percent(Some(part.share)))).collect();
        writeln!(f, "cycles by cause       {}", parts.join(", "))?;
        let WeightStreamReport { word_bytes, interval_cycles, bytes_per_cycle, streamed_bytes, stalled_cycles, bus } = &totals.weight_stream;
        if let Some(BusReport { bus_bits, bus_bytes, latency_cycles: [least, most] }) = bus {
            let (used, read) = (kib(*streamed_bytes, false), kib(*bus_bytes, false));
            let latency = if least == most { least.to_string() } else { format!("{least} to {most}") };
            writeln!(f, "weights               {used} KiB used, {read} KiB read over AXI4 of {bus_bits} bits, latency {latency} cycles")?;
            writeln!(f, "stalled on weights    {stalled_cycles} cycles")?;
        } else if *interval_cycles > 1 {
            let (kib, pace) = (kib(*streamed_bytes, false), format!("{word_bytes} bytes every {interval_cycles} cycles"));
            writeln!(f, "weights               {kib} KiB streamed at {bytes_per_cycle:.3} bytes per cycle ({pace})")?;
            writeln!(f, "stalled on weights    {stalled_cycles} cycles")?;
        }
        if let Some(cycles) = totals.load_cycles {
            writeln!(f, "sparse engine         loaded {cycles} cycles after reset, once; the inference is a later one")?;
        }
        self.host_steps.iter().try_for_each(|step| writeln!(f, "the host does         {step}"))?;
        self.engine(f)?;
        self.energy.as_ref().map_or(Ok(()), |energy| write!(f, "\n{energy}"))
    }
}

impl Report {
    fn table(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (mut rows, mut gap) = (self.rows(false), 2);
        if room(&rows, gap) < widths(&rows)[1].min(NAME) {
            (rows, gap) = (self.rows(true), 1);
        }
        let room = room(&rows, gap);
        for row in &mut rows {
            row[1] = shorten(&row[1], room);
        }
        let widths = widths(&rows);
        let span = |columns: std::ops::Range<usize>| widths[columns].iter().map(|width| width + gap).sum::<usize>() - gap;
        let (before, gap_text) = (span(0..7) + gap, " ".repeat(gap));
        writeln!(f, "{:before$}{}{gap_text}{}", "", rule("moved, KiB", span(7..10)), rule("stalled cycles", span(10..15)))?;
        for (index, row) in rows.iter().enumerate() {
            if index == 1 || index == rows.len() - 1 {
                writeln!(f, "{}", "-".repeat(span(0..COLUMNS)))?;
            }
            let cells = row.iter().zip(widths).enumerate();
            let cells =
                cells.map(|(column, (cell, width))| if LEFT.contains(&column) { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
            writeln!(f, "{}", cells.collect::<Vec<_>>().join(&gap_text).trim_end())?;
        }
        Ok(())
    }

    /// Headings, one row per step, totals.
    fn rows(&self, short: bool) -> Vec<[String; COLUMNS]> {
        let mut rows = vec![HEADINGS.map(str::to_owned)];
        rows.extend(self.steps.iter().enumerate().map(|(index, step)| step_row(index, step, short)));
        rows.push(self.total_row(short));
        rows
    }

    fn total_row(&self, short: bool) -> [String; COLUMNS] {
        let totals = &self.totals;
        let part = |cause: &str| count(totals.latency_parts.iter().find(|part| part.cause == cause).map_or(0, |part| part.cycles), short);
        [
            String::new(),
            "total".to_owned(),
            String::new(),
            count(totals.latency_cycles, short),
            count(totals.floor_cycles, short),
            count(totals.operations, short),
            percent(Some(totals.array_utilisation)),
            kib(totals.read_bytes, short),
            kib(totals.write_bytes, short),
            kib(totals.weight_bytes, short),
            part("config"),
            part("weights"),
            part("input"),
            part("output"),
            part("pipeline"),
        ]
    }
}

fn step_row(index: usize, step: &StepReport, short: bool) -> [String; COLUMNS] {
    let stalled = &step.stalled_cycles;
    [
        index.to_string(),
        step.name.clone(),
        unit::name(step.unit).to_owned(),
        count(step.cycles, short),
        step.floor_cycles.map_or("-".to_owned(), |cycles| count(cycles, short)),
        count(step.operations, short),
        percent(step.utilisation),
        kib(step.read_bytes, short),
        kib(step.write_bytes, short),
        kib(step.weight_bytes, short),
        count(stalled.config, short),
        count(stalled.weights, short),
        count(stalled.input, short),
        count(stalled.output, short),
        count(stalled.pipeline, short),
    ]
}

fn widths(rows: &[[String; COLUMNS]]) -> [usize; COLUMNS] {
    std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
}

/// Columns that the other cells leave for names.
fn room(rows: &[[String; COLUMNS]], gap: usize) -> usize {
    let widths = widths(rows);
    let others = widths.iter().sum::<usize>() - widths[1] + gap * (COLUMNS - 1);
    WIDTH.saturating_sub(others).max(4)
}

/// A heading over several columns.
fn rule(text: &str, width: usize) -> String {
    let dashes = width.saturating_sub(text.len() + 2);
    format!("{} {text} {}", "-".repeat(dashes / 2), "-".repeat(dashes - dashes / 2))
}

/// Long names lose their middle.
fn shorten(name: &str, width: usize) -> String {
    let chars: Vec<char> = name.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    if chars.len() <= width {
        return chars.into_iter().collect();
    }
    let kept = width.saturating_sub(2);
    let (head, tail) = (kept / 2, kept - kept / 2);
    chars[..head].iter().chain(&['.', '.']).chain(&chars[chars.len() - tail..]).collect()
}

/// A count; abbreviated, it has four digits and a power of a thousand.
fn count(count: u64, short: bool) -> String {
    let units = [(1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    match units.into_iter().find(|&(unit, _)| short && count >= unit && count >= 100_000) {
        None => count.to_string(),
        Some((unit, suffix)) => {
            let value = count as f64 / unit as f64;
            let decimals = if value < 10.0 {
                3
            } else if value < 100.0 {
                2
            } else {
                1
            };
            format!("{value:.decimals$}{suffix}")
        }
    }
}

fn kib(bytes: u64, short: bool) -> String {
    let kib = bytes as f64 / 1024.0;
    match bytes {
        0 => "-".to_owned(),
        _ if kib < 10_000.0 => format!("{kib:.1}"),
        _ => count(kib.round() as u64, short),
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.1}%", share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fretwork_hdl::Kind;

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(shorten("model/block_13/depthwise", 12), "model..hwise");
        assert_eq!(shorten("short", 12), "short");
        assert_eq!(shorten("grüße/an/alle", 8), "grü..lle");
    }

    #[test]
    fn large_networks_fit() {
        let count = 9_876_543_210;
        let stalled_cycles = fretwork_hdl::Stalled { config: 40, weights: count, input: 12_345_678, output: 12_345_678, pipeline: 123_456 };
        let step = StepReport {
            name: "model/block_13_depthwise/depthwise;model/block_13_project_BN/FusedBatchNormV3".to_owned(),
            unit: Kind::Systolic,
            start_cycle: 0,
            end_cycle: count,
            cycles: count,
            operations: count * 1000,
            macs: count * 1000,
            skipped_operations: count,
            weight_tiles: count,
            skipped_tiles: count,
            floor_cycles: Some(count),
            utilisation: Some(1.0),
            busy_cycles: count,
            read_words: count,
            read_bytes: count,
            write_words: count,
            write_bytes: count,
            weight_words: count,
            weight_bytes: count,
            bus_bytes: None,
            stalled_cycles,
            engine: None,
        };
        let part = |cause| super::super::Part { cause, cycles: count, share: 1.0 / 7.0 };
        let totals = super::super::Totals {
            latency_cycles: count * 100,
            start_up_cycles: 33,
            load_cycles: Some(count),
            operations: count * 100_000,
            macs: count * 100_000,
            floor_cycles: count * 100,
            weight_tiles: count * 100,
            skipped_tiles: count * 100,
            array_operations: count * 100_000,
            array_floor_cycles: count * 100,
            array_utilisation: 1.0,
            read_bytes: count * 100,
            write_bytes: count * 100,
            weight_bytes: count * 100,
            weight_stream: WeightStreamReport {
                word_bytes: 64,
                interval_cycles: 1 << 16,
                bytes_per_cycle: 64.0 / 65536.0,
                streamed_bytes: count * 100,
                stalled_cycles: count * 10,
                bus: None,
            },
            latency_parts: ["busy", "pipeline", "weights", "config", "input", "output", "launch"].map(part).to_vec(),
        };
        let (network, fretwork_version) = ("large".to_owned(), "0".to_owned());
        let report =
            Report { network, fretwork_version, rows: 64, cols: 64, lanes: 64, steps: vec![step; 101], totals, host_steps: Vec::new(), energy: None };
        let text = report.to_string();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.contains("..") && text.contains("9.877G"), "{text}");
    }

    #[test]
    fn counts_are_abbreviated_only_when_asked() {
        assert_eq!(count(7_489_664, false), "7489664");
        assert_eq!(count(7_489_664, true), "7.490M");
        assert_eq!(count(99_999, true), "99999");
        assert_eq!(count(123_456, true), "123.5k");
    }
}
