//! What `fretwork compress` tells: layers, bytes, changes.

use crate::compress::statistics::{LayerStatistics, Statistics};
use crate::driver::stimulus::inputs_text;
use crate::import::compressed::{LayerBytes, Written};
use serde::Serialize;
use std::fmt::Write;

/// What was written.
#[derive(Serialize)]
pub struct Summary {
    network: String,
    method: String,
    /// Where it was written, if anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    calibration_inputs: usize,
    /// Whether the calibration inputs are random.
    calibration_random: bool,
    layers: Vec<LayerSummary>,
    weights: usize,
    density: f64,
    /// Bytes of all weights as float32.
    float32_bytes: usize,
    file_bytes: usize,
    /// `float32_bytes / file_bytes`.
    ratio: f64,
    /// Relative root mean square of the change in the network's outputs (the logits).
    output_relative_rms: f64,
}

#[derive(Serialize)]
struct LayerSummary {
    #[serde(flatten)]
    statistics: LayerStatistics,
    form: &'static str,
    /// Bytes of the weights, code tables included.
    weight_bytes: usize,
    /// Bytes of biases, multipliers and shifts.
    output_bytes: usize,
    bits_per_weight: f64,
    /// Bytes of the weights as float32 over `weight_bytes`.
    ratio: f64,
}

const HEADINGS: [&str; 9] = ["layer", "weights", "density", "values", "stored", "bytes", "bits/weight", "ratio", "change"];

/// Most columns of a layer's name.
const NAME: usize = 36;

/// What is known before anything is measured.
pub struct Setting {
    /// The network's name.
    pub network: String,
    /// The method's name.
    pub method: String,
    /// Where it was written, if anywhere.
    pub file: Option<String>,
    /// Calibration inputs.
    pub calibration_inputs: usize,
    /// Whether they are random.
    pub calibration_random: bool,
}

impl Summary {
    /// Adds up what was written and what it changed.
    pub fn new(setting: Setting, statistics: Statistics, written: &Written) -> Summary {
        let Setting { network, method, file, calibration_inputs, calibration_random } = setting;
        let layers: Vec<LayerSummary> =
            statistics.layers.into_iter().zip(&written.layers).map(|(layer, bytes)| LayerSummary::new(layer, bytes)).collect();
        let weights = layers.iter().map(|layer| layer.statistics.weights).sum::<usize>();
        let nonzero = layers.iter().map(|layer| layer.statistics.nonzero).sum::<usize>();
        Summary {
            network,
            method,
            file,
            calibration_inputs,
            calibration_random,
            layers,
            weights,
            density: nonzero as f64 / weights.max(1) as f64,
            float32_bytes: weights * 4,
            file_bytes: written.bytes.len(),
            ratio: (weights * 4) as f64 / written.bytes.len() as f64,
            output_relative_rms: statistics.output_relative_rms,
        }
    }

    /// For the terminal.
    pub fn text(&self) -> String {
        let mut text = format!("{}, {}\n\n", self.network, self.method);
        let mut rows = vec![HEADINGS.map(str::to_owned)];
        rows.extend(self.layers.iter().map(LayerSummary::row));
        let widths: [usize; 9] = std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
        for row in &rows {
            let cell = |column: usize| {
                let width = widths[column];
                if column == 0 || column == 4 { format!("{:<width$}", row[column]) } else { format!("{:>width$}", row[column]) }
            };
            let _ = writeln!(text, "  {}", (0..9).map(cell).collect::<Vec<_>>().join("  ").trim_end());
        }
        let _ = writeln!(text, "\n  weights      {}, density {:.4}", self.weights, self.density);
        let file = self.file.as_deref().unwrap_or("not written");
        let _ = writeln!(text, "  file         {file}, {} bytes", self.file_bytes);
        let _ = writeln!(text, "  ratio        {:.1}, the weights as float32 ({} bytes) over the whole file", self.ratio, self.float32_bytes);
        let random = if self.calibration_random { ", random: real ones (--input) would tell more" } else { "" };
        let _ = writeln!(text, "  calibration  {}{random}", inputs_text(self.calibration_inputs));
        let _ = writeln!(text, "  change       {} of the outputs (relative root mean square)", percent(self.output_relative_rms));
        text
    }
}

impl LayerSummary {
    fn new(statistics: LayerStatistics, bytes: &LayerBytes) -> LayerSummary {
        let weights = statistics.weights as f64;
        LayerSummary {
            form: bytes.form.name(),
            weight_bytes: bytes.weight_bytes,
            output_bytes: bytes.output_bytes,
            bits_per_weight: bytes.weight_bytes as f64 * 8.0 / weights,
            ratio: weights * 4.0 / bytes.weight_bytes as f64,
            statistics,
        }
    }

    fn row(&self) -> [String; 9] {
        let layer = &self.statistics;
        [
            shorten(&layer.name),
            layer.weights.to_string(),
            format!("{:.4}", layer.density),
            layer.distinct.to_string(),
            self.form.to_owned(),
            self.weight_bytes.to_string(),
            format!("{:.2}", self.bits_per_weight),
            format!("{:.1}", self.ratio),
            percent(layer.relative_rms),
        ]
    }
}

/// The end of a name tells layers apart.
pub fn shorten(name: &str) -> String {
    match name.chars().count().checked_sub(NAME) {
        None | Some(0) => name.to_owned(),
        Some(more) => format!("…{}", name.chars().skip(more + 1).collect::<String>()),
    }
}

/// A share in percent.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}
