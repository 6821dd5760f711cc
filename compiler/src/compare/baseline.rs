//! A baseline: designs and the figures that they had when somebody last looked, kept under version control.

use super::measure::{Options, measure};
use crate::area::{Area, Family};
use crate::graph::Graph;
use crate::inputs;
use crate::plan::Program;
use crate::verify::Disagreement;
use fretwork_sim::energy::Technology;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A baseline file. Paths are relative to its folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Energy figures, and the family that area is counted in.
    #[serde(default = "technology")]
    pub technology: String,
    /// Clock, MHz; the technology's when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_mhz: Option<f64>,
    /// By how much a figure may be worse, as a part of it.
    #[serde(default)]
    pub tolerance: f64,
    /// The designs.
    #[serde(rename = "design", default)]
    pub designs: Vec<Entry>,
}

fn technology() -> String {
    "45nm".to_owned()
}

/// A design of a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The model file.
    pub model: PathBuf,
    /// The accelerator, in the words of the options of `fretwork compile`.
    #[serde(default)]
    pub options: String,
    /// What it had; none before it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
}

/// A design's figures. Smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// One inference, from the first input word to the last output word, of a random input.
    pub cycles: u64,
    /// The same inference, pJ.
    pub energy_pj: f64,
    /// All memories, bits.
    pub memory_bits: u64,
    /// Estimated look-up tables.
    pub luts: u64,
    /// Estimated flip-flops.
    pub flip_flops: u64,
    /// Estimated DSP blocks.
    pub dsp_blocks: u64,
    /// Estimated block RAMs.
    pub block_rams: u64,
    /// Estimated area of standard cells and memory macros.
    pub um2: u64,
}

/// Figures agree that differ by rounding alone.
const ROUNDING: f64 = 1e-9;

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// Text that is none, or with two designs of one name.
    pub fn from_toml(text: &str) -> Result<Baseline, String> {
        let baseline: Baseline = toml::from_str(text).map_err(|error| error.to_string())?;
        let names = || baseline.designs.iter().map(|design| &design.name);
        if let Some((_, name)) = names().enumerate().find(|(index, name)| names().take(*index).any(|earlier| earlier == *name)) {
            return Err(format!("there are two designs named '{name}'; names tell them apart"));
        }
        if !(0.0..1.0).contains(&baseline.tolerance) {
            return Err(format!("tolerance is {}, must be at least 0 and below 1", baseline.tolerance));
        }
        match baseline.designs.is_empty() {
            true => Err("it has no [[design]]; one or more are needed".to_owned()),
            false => Ok(baseline),
        }
    }
}

impl Figures {
    fn all(&self) -> [(&'static str, f64); 8] {
        [
            ("cycles", self.cycles as f64),
            ("energy_pj", self.energy_pj),
            ("memory_bits", self.memory_bits as f64),
            ("luts", self.luts as f64),
            ("flip_flops", self.flip_flops as f64),
            ("dsp_blocks", self.dsp_blocks as f64),
            ("block_rams", self.block_rams as f64),
            ("um2", self.um2 as f64),
        ]
    }

    /// The figures that are worse than `before` by more than a part of them, and those that are better.
    pub fn changes(&self, before: &Figures, tolerance: f64) -> [Vec<String>; 2] {
        let pairs = before.all().into_iter().zip(self.all());
        let (mut worse, mut better) = (Vec::new(), Vec::new());
        for ((name, before), (_, now)) in pairs {
            let change = if before > 0.0 { format!("{:+.2} %", (now / before - 1.0) * 100.0) } else { "new".to_owned() };
            let text = format!("{name} {before} -> {now} ({change})");
            if now > before * (1.0 + tolerance + ROUNDING) {
                worse.push(text);
            } else if now < before * (1.0 - ROUNDING) {
                better.push(text);
            }
        }
        [worse, better]
    }
}

/// Measures a design with a random input; values are compared with the kernels.
///
/// # Errors
/// A technology whose area is not known, and what is a bug in this program.
pub fn figures(graph: &Graph, program: &Program, technology: &Technology, clock_mhz: f64) -> Result<(Figures, Option<Disagreement>), String> {
    let options = Options { technology, clock_mhz, toggles: false, family: Family::of(technology)? };
    let measured = measure(graph, program, &inputs::random(graph, 1, 0), &options)?.0;
    let Area { luts, lut_rams, flip_flops, dsp_blocks, block_rams, um2 } = measured.area;
    let figures = Figures {
        cycles: measured.latency_cycles as u64,
        energy_pj: measured.energy_pj,
        memory_bits: (measured.memory_kib * 8192.0) as u64,
        luts: luts + lut_rams,
        flip_flops,
        dsp_blocks,
        block_rams,
        um2,
    };
    Ok((figures, measured.disagreement))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worse_and_better_are_told_apart() {
        let before = Figures { cycles: 100, energy_pj: 2.0, memory_bits: 8, luts: 0, flip_flops: 5, dsp_blocks: 1, block_rams: 1, um2: 0 };
        let now = Figures { cycles: 101, energy_pj: 2.0 * (1.0 + 1e-12), memory_bits: 4, luts: 1, ..before };
        let [worse, better] = now.changes(&before, 0.0);
        assert_eq!(worse, ["cycles 100 -> 101 (+1.00 %)", "luts 0 -> 1 (new)"]);
        assert_eq!(better, ["memory_bits 8 -> 4 (-50.00 %)"]);
        assert_eq!(now.changes(&before, 0.02)[0], ["luts 0 -> 1 (new)"]);
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        let two = "[[design]]\nname = 'a'\nmodel = 'm'\n[[design]]\nname = 'a'\nmodel = 'm'\n";
        let texts = [("", "no [[design]]"), (two, "two designs named 'a'"), ("tolerance = 2\n[[design]]\nname='a'\nmodel='m'", "tolerance is 2")];
        for (text, says) in texts {
            let error = Baseline::from_toml(text).expect_err(text);
            assert!(error.contains(says), "{error}");
        }
        assert!(Baseline::from_toml("[[design]]\nname = 'a'\nmodel = 'm'\nspeed = 1\n").is_err());
    }
}
