//! What `fretwork quantise` tells.

use crate::compress::quantise::{LayerReport, Quantised};
use crate::compress::reduce::Report;
use crate::driver::compress::summary::{percent, shorten};
use crate::driver::stimulus::inputs_text;
use serde::Serialize;
use std::fmt::Write;

/// What was written.
#[derive(Serialize)]
pub struct Summary {
    #[serde(flatten)]
    setting: Setting,
    /// What passes did before, in order.
    reductions: Vec<Report>,
    layers: Vec<LayerReport>,
    weights: usize,
    /// Bits of all codes over the number of weights.
    bits_per_weight: f64,
    /// Bytes of all weights as float32.
    float32_bytes: usize,
    file_bytes: usize,
    /// Relative root mean square of the change in the network's outputs.
    output_relative_rms: Option<f64>,
}

/// What is known before anything is measured.
#[derive(Serialize)]
pub struct Setting {
    /// The network's name.
    pub network: String,
    /// Where it was written, if anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Calibration inputs.
    pub calibration_inputs: usize,
}

const HEADINGS: [&str; 9] = ["layer", "form", "weights", "codes", "bits", "distinct", "SQNR, dB", "output bits", "change"];

impl Summary {
    /// Adds up.
    pub fn new(setting: Setting, reductions: Vec<Report>, quantised: Quantised, file_bytes: usize) -> Summary {
        let Quantised { layers, output_relative_rms, .. } = quantised;
        let weights: usize = layers.iter().map(|layer| layer.weights).sum();
        let bits: f64 = layers.iter().map(|layer| layer.codes as f64 * f64::from(layer.weight_bits)).sum();
        Summary {
            setting,
            reductions,
            weights,
            bits_per_weight: bits / weights.max(1) as f64,
            float32_bytes: weights * 4,
            file_bytes,
            output_relative_rms,
            layers,
        }
    }

    /// For the terminal.
    pub fn text(&self) -> String {
        let mut text: String = self.reductions.iter().map(super::reduce::text).collect();
        let _ = writeln!(text, "{}, quantised\n", self.setting.network);
        let mut rows = vec![HEADINGS.map(str::to_owned)];
        rows.extend(self.layers.iter().map(row));
        let widths: [usize; 9] = std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
        for row in &rows {
            let cell = |column: usize| {
                let width = widths[column];
                if column < 2 { format!("{:<width$}", row[column]) } else { format!("{:>width$}", row[column]) }
            };
            let _ = writeln!(text, "  {}", (0..9).map(cell).collect::<Vec<_>>().join("  ").trim_end());
        }
        let _ = writeln!(text, "\n  weights      {}, {:.2} bits each", self.weights, self.bits_per_weight);
        let file = self.setting.file.as_deref().unwrap_or("not written");
        let _ = writeln!(text, "  file         {file}, {} bytes (the weights as float32: {})", self.file_bytes, self.float32_bytes);
        let calibration = match self.setting.calibration_inputs {
            0 => "none, ranges from batch normalisation".to_owned(),
            count => inputs_text(count),
        };
        let _ = writeln!(text, "  calibration  {calibration}");
        if let Some(change) = self.output_relative_rms {
            let _ = writeln!(text, "  change       {} of the outputs (relative root mean square)", percent(change));
        }
        text
    }
}

fn row(layer: &LayerReport) -> [String; 9] {
    [
        shorten(&layer.name),
        layer.form.to_owned(),
        layer.weights.to_string(),
        layer.codes.to_string(),
        layer.weight_bits.to_string(),
        layer.distinct.to_string(),
        format!("{:.1}", layer.weight_sqnr_db),
        layer.activation_bits.to_string(),
        layer.relative_rms.map_or_else(|| "-".to_owned(), percent),
    ]
}
