//! The sparse engine's cycle model beside the published times of the EIE paper, and its load balance over queue depths and elements.

use super::eie_layers::{CLOCK_MHZ, LANES, LAYERS, Layer, Took, density_of_theoretical_work, engine, simulate};
use rayon::prelude::*;
use serde::Serialize;
use std::fmt::Write;

/// Elements of the paper's engine.
pub const PES: usize = 64;
/// Queue depth of the paper's engine.
pub const QUEUE_DEPTH: usize = 8;
/// An error beyond this is named a miss.
const MISS: f64 = 0.08;

/// One layer, simulated twice.
#[derive(Clone, Debug, Serialize)]
pub struct LayerRow {
    /// The layer as published.
    pub layer: Layer,
    /// Time at the published densities.
    pub published_density_us: f64,
    /// Relative to the published actual time.
    pub published_density_error: f64,
    /// Weight density at which the entries are those of the published theoretical time.
    pub scaled_weight_density: f64,
    /// Time at that density.
    pub scaled_us: f64,
    /// Relative to the published actual time.
    pub scaled_error: f64,
    /// Share of element cycles with an entry, at the scaled density.
    pub load_balance: f64,
}

/// Efficiency at one setting.
#[derive(Clone, Debug, Serialize)]
pub struct Balance {
    /// The layer's name.
    pub layer: &'static str,
    /// Elements.
    pub pes: usize,
    /// Queue depth.
    pub queue_depth: usize,
    /// Cycles.
    pub cycles: u64,
    /// Share of element cycles with an entry.
    pub load_balance: f64,
}

/// The nine layers.
pub fn table(seed: u64) -> Vec<LayerRow> {
    LAYERS.par_iter().map(|layer| row(layer, seed)).collect()
}

fn row(layer: &Layer, seed: u64) -> LayerRow {
    let us = |took: Took| took.cycles as f64 / CLOCK_MHZ;
    let eie = engine(PES, QUEUE_DEPTH);
    let published = simulate(layer, layer.weight_density, &eie, seed);
    let density = density_of_theoretical_work(layer, &eie, seed);
    let scaled = simulate(layer, density, &eie, seed);
    LayerRow {
        layer: *layer,
        published_density_us: us(published),
        published_density_error: us(published) / layer.actual_us - 1.0,
        scaled_weight_density: density,
        scaled_us: us(scaled),
        scaled_error: us(scaled) / layer.actual_us - 1.0,
        load_balance: scaled.efficiency(PES),
    }
}

/// Queue depths 1 to 256 on the paper's 64 elements.
pub fn over_queue_depth(seed: u64) -> Vec<Balance> {
    LAYERS.par_iter().flat_map_iter(|layer| (0..=8).map(move |power| balance(layer, PES, 1 << power, seed))).collect()
}

/// 1 to 256 elements with the paper's queues of 8.
pub fn over_elements(seed: u64) -> Vec<Balance> {
    LAYERS.par_iter().flat_map_iter(|layer| (0..=8).map(move |power| balance(layer, 1 << power, QUEUE_DEPTH, seed))).collect()
}

fn balance(layer: &Layer, pes: usize, queue_depth: usize, seed: u64) -> Balance {
    let took = simulate(layer, layer.weight_density, &engine(pes, queue_depth), seed);
    Balance { layer: layer.name, pes, queue_depth, cycles: took.cycles, load_balance: took.efficiency(pes) }
}

/// The table as text, with mean and worst error and the misses by name.
pub fn text(rows: &[LayerRow], seed: u64) -> String {
    let eie = engine(PES, QUEUE_DEPTH);
    let (batch, rows_per_batch) = (eie.source_words(LANES) * LANES, eie.rows());
    let mut text = format!(
        "{PES} elements, {CLOCK_MHZ} MHz, queues of {QUEUE_DEPTH}, batches of {batch} inputs and {rows_per_batch} outputs, random weights and activations, \
         seed {seed}; times in us\n\n\
         layer     theoretical  actual   published densities    scaled to the theoretical work\n"
    );
    for row in rows {
        let Layer { name, theoretical_us, actual_us, .. } = row.layer;
        let _ = writeln!(
            text,
            "{name:<8}  {theoretical_us:>11.1}  {actual_us:>6.1}   {:>7.2}  {:>+6.1} %     {:>7.2}  {:>+6.1} %  balance {:.2}",
            row.published_density_us,
            row.published_density_error * 100.0,
            row.scaled_us,
            row.scaled_error * 100.0,
            row.load_balance
        );
    }
    for (title, error) in [("published densities", (|row| row.published_density_error) as fn(&LayerRow) -> f64), ("scaled", |row| row.scaled_error)] {
        let mean = rows.iter().map(|row| error(row).abs()).sum::<f64>() / rows.len() as f64;
        let worst = rows.iter().map(|row| error(row).abs()).fold(0.0, f64::max);
        let misses: Vec<&str> = rows.iter().filter(|row| error(row).abs() > MISS).map(|row| row.layer.name).collect();
        let misses = if misses.is_empty() { "none".to_owned() } else { misses.join(", ") };
        let _ = writeln!(text, "\n{title}: mean error {:.1} %, worst {:.1} %; beyond {:.0} %: {misses}", mean * 100.0, worst * 100.0, MISS * 100.0);
    }
    text
}

/// Load balance as a table: a row per layer, a column per setting.
pub fn balance_text(points: &[Balance], setting: fn(&Balance) -> usize) -> String {
    let settings: Vec<usize> = points.iter().take_while(|point| point.layer == points[0].layer).map(setting).collect();
    let mut text = format!("{:<8}", "");
    settings.iter().for_each(|setting| {
        let _ = write!(text, "{setting:>7}");
    });
    for layer in points.chunks(settings.len()) {
        let _ = write!(text, "\n{:<8}", layer[0].layer);
        layer.iter().for_each(|point| {
            let _ = write!(text, "{:>7.3}", point.load_balance);
        });
    }
    text + "\n"
}

/// Load balance as a line chart: a line per layer over the logarithm of the setting.
pub fn balance_svg(points: &[Balance], title: &str, axis: &str, setting: fn(&Balance) -> usize) -> String {
    const COLOURS: [&str; 9] = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#17becf"];
    let count = points.iter().take_while(|point| point.layer == points[0].layer).count();
    let x = |at: usize| 60.0 + 520.0 * at as f64 / (count - 1).max(1) as f64;
    let y = |share: f64| 330.0 - 280.0 * share;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 400\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>{title}</title>\n<rect width=\"720\" height=\"400\" fill=\"white\"/>\n<text x=\"60\" y=\"24\" font-size=\"15\">{title}</text>\n\
         <text x=\"320\" y=\"380\" text-anchor=\"middle\">{axis}</text>\n"
    );
    for tenth in 0..=5 {
        let share = f64::from(tenth) / 5.0;
        let _ = writeln!(svg, "<line x1=\"60\" x2=\"580\" y1=\"{0:.1}\" y2=\"{0:.1}\" stroke=\"#ddd\"/>", y(share));
        let _ = writeln!(svg, "<text x=\"52\" y=\"{:.1}\" text-anchor=\"end\">{share:.1}</text>", y(share) + 4.0);
    }
    for (at, point) in points[..count].iter().enumerate() {
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"350\" text-anchor=\"middle\">{}</text>", x(at), setting(point));
    }
    for (index, layer) in points.chunks(count).enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let line: Vec<String> = layer.iter().enumerate().map(|(at, point)| format!("{:.1},{:.1}", x(at), y(point.load_balance))).collect();
        let _ = writeln!(svg, "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>", line.join(" "));
        let _ = writeln!(svg, "<text x=\"596\" y=\"{}\" fill=\"{colour}\">{}</text>", 64 + 20 * index, layer[0].layer);
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_reproducible_and_near_the_paper() {
        let rows = table(1);
        assert_eq!(text(&rows, 1), text(&table(1), 1));
        let mean = rows.iter().map(|row| row.scaled_error.abs()).sum::<f64>() / rows.len() as f64;
        assert!(mean < 0.05, "{mean}");
    }

    #[test]
    fn deeper_queues_never_hurt() {
        let points = over_queue_depth(1);
        for layer in points.chunks(9) {
            assert!(layer.windows(2).all(|pair| pair[1].cycles <= pair[0].cycles), "{layer:?}");
        }
        assert!(balance_svg(&points, "t", "a", |p| p.queue_depth).contains("</svg>"));
    }
}
