//! `--budget` and `--vary` as texts.

use fretwork::explore::{Budget, Limits};

/// One entry of `--budget`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry {
    /// us.
    Latency(f64),
    /// pJ.
    Energy(f64),
    /// Bits.
    Storage(f64),
    /// Sum of the layers' errors.
    Error(f64),
    /// Percentage points of accuracy that may be lost.
    Drop(f64),
    /// Look-up tables.
    Luts(u64),
    /// DSP blocks.
    Dsp(u64),
    /// Block RAMs.
    Bram(u64),
}

const FITS: &str = "latency=2ms, energy=10uJ, storage=40KiB, error=0.01, drop=0.1 (percentage points), lut=20000, dsp=100 or bram=50";

/// Units and what they are in the entry's own.
const TIMES: [(&str, f64); 4] = [("ns", 1e-3), ("us", 1.0), ("ms", 1e3), ("s", 1e6)];
const ENERGIES: [(&str, f64); 4] = [("pJ", 1.0), ("nJ", 1e3), ("uJ", 1e6), ("mJ", 1e9)];
const SIZES: [(&str, f64); 4] = [("KiB", 8192.0), ("MiB", 8192.0 * 1024.0), ("bit", 1.0), ("B", 8.0)];

/// A number with a unit.
fn measured(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let (unit, factor) = units.iter().filter(|(unit, _)| text.ends_with(unit)).max_by_key(|(unit, _)| unit.len())?;
    plain(&text[..text.len() - unit.len()]).map(|number| number * factor)
}

/// A number above 0, or 0.
fn plain(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)
}

/// Reads `KEY=VALUE`.
pub fn entry(text: &str) -> Result<Entry, String> {
    let refused = || format!("parameter 'budget': {text:?} is none, must be {FITS}");
    let (key, value) = text.split_once('=').ok_or_else(refused)?;
    let whole = || value.parse::<u64>().ok();
    let entry = match key {
        "latency" => measured(value, &TIMES).map(Entry::Latency),
        "energy" => measured(value, &ENERGIES).map(Entry::Energy),
        "storage" => measured(value, &SIZES).map(Entry::Storage),
        "error" => plain(value).map(Entry::Error),
        "drop" => plain(value).map(Entry::Drop),
        "lut" => whole().map(Entry::Luts),
        "dsp" => whole().map(Entry::Dsp),
        "bram" => whole().map(Entry::Bram),
        _ => None,
    };
    entry.ok_or_else(refused)
}

/// All entries together: budget, limits and the accuracy that may be lost.
pub fn budget(entries: &[Entry]) -> (Budget, Limits, Option<f64>) {
    let (mut budget, mut limits, mut drop) = (Budget::default(), Limits::default(), None);
    for entry in entries {
        match *entry {
            Entry::Latency(most) => budget.latency_us = Some(most),
            Entry::Energy(most) => budget.energy_pj = Some(most),
            Entry::Storage(most) => budget.storage_bits = Some(most),
            Entry::Error(most) => budget.error = Some(most),
            Entry::Drop(most) => drop = Some(most),
            Entry::Luts(most) => limits.luts = Some(most),
            Entry::Dsp(most) => limits.dsp_blocks = Some(most),
            Entry::Bram(most) => limits.block_rams = Some(most),
        }
    }
    (budget, limits, drop)
}

/// An option of the accelerator and the values that it may have.
#[derive(Clone, Debug, PartialEq)]
pub struct Vary {
    /// The option, without dashes.
    option: String,
    /// Its values; `off` leaves the option out, `on` gives it without a value.
    values: Vec<String>,
}

/// Reads `OPTION=V,V`.
pub fn vary(text: &str) -> Result<Vary, String> {
    let refused = || format!("parameter 'vary': {text:?} must be OPTION=VALUE,VALUE, an option of `fretwork compile` without its dashes");
    let (option, values) = text.split_once('=').ok_or_else(refused)?;
    let values: Vec<String> = values.split(',').map(str::to_owned).collect();
    let plain = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace) && !text.starts_with('-');
    match plain(option) && values.iter().all(|value| plain(value)) {
        true => Ok(Vary { option: option.to_owned(), values }),
        false => Err(refused()),
    }
}

/// Every combination of the values behind every one of `accelerators`, as options.
pub fn combinations(accelerators: &[String], vary: &[Vary]) -> Vec<String> {
    let mut all = accelerators.to_vec();
    for Vary { option, values } in vary {
        let word = |value: &String| match &value[..] {
            "off" => String::new(),
            "on" => format!("--{option}"),
            _ => format!("--{option} {value}"),
        };
        let with = |options: &String| values.iter().map(|value| format!("{options} {}", word(value)).trim().to_owned()).collect::<Vec<_>>();
        all = all.iter().flat_map(with).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_have_units() {
        let texts = ["latency=2ms", "energy=0.5uJ", "storage=1.5KiB", "storage=3bit", "lut=7", "drop=0.1", "latency=3us"];
        let entries: Vec<Entry> = texts.iter().map(|text| entry(text).expect(text)).collect();
        let (budget, limits, drop) = budget(&entries);
        assert_eq!((budget.latency_us, budget.energy_pj, budget.storage_bits), (Some(3.0), Some(0.5e6), Some(3.0)));
        assert_eq!((limits.luts, limits.dsp_blocks, drop), (Some(7), None, Some(0.1)));
        for text in
            ["", "latency", "latency=2", "latency=-2ms", "latency=ms", "energy=1J", "lut=1.5", "lut=-1", "speed=1", "error=NaN", "storage=1KB s"]
        {
            assert!(entry(text).expect_err(text).contains(FITS));
        }
    }

    #[test]
    fn values_are_combined() {
        let vary: Vec<Vary> = ["rows=4,8", "single-port=on,off"].iter().map(|text| vary(text).expect(text)).collect();
        let all = combinations(&["--core xnor".to_owned()], &vary);
        let expected = ["--core xnor --rows 4 --single-port", "--core xnor --rows 4", "--core xnor --rows 8 --single-port", "--core xnor --rows 8"];
        assert_eq!(all, expected);
        assert!(super::vary("rows").is_err() && super::vary("rows=4,,8").is_err() && super::vary("--rows=4").is_err());
    }
}
