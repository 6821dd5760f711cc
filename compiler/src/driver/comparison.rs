//! What `fretwork compare` says of planned networks: the rows of integers networks, and the table around all rows.

use super::error::CommandError;
use super::technology::TechnologyArgs;
use crate::area::Family;
use crate::compare::{Comparison, Measured, Options, Row, measure, rank};
use crate::graph::Graph;
use crate::import::compressed::write;
use crate::inputs::Inference;
use crate::plan::Program;
use crate::verify::Disagreement;
use fretwork_sim::energy::Technology;

/// What energy and area are counted for.
#[derive(clap::Args, Clone, Debug)]
pub struct CompareArgs {
    /// Family that area is estimated for.
    #[arg(long, value_enum, default_value = "ecp5")]
    pub family: Family,
    /// Energy figures.
    #[command(flatten)]
    pub technology: TechnologyArgs,
}

impl CompareArgs {
    /// What rows are measured with; `technology` and clock are those that the arguments name.
    pub fn options<'a>(&self, technology: &'a Technology, clock_mhz: f64) -> Options<'a> {
        Options { technology, clock_mhz, toggles: self.technology.toggles, family: self.family }
    }
}

/// Share of the classes that are the labels.
pub fn top1(labels: &[i64], classes: &[usize]) -> f64 {
    let right = labels.iter().zip(classes).filter(|(label, class)| **label == **class as i64).count();
    right as f64 / classes.len() as f64
}

/// The row of a network on its accelerator; `more` measures what else is wanted of the hardware.
///
/// # Errors
/// What cannot be measured.
pub fn row(
    [name, method]: [&str; 2],
    (graph, program): (&Graph, &Program),
    inferences: &[Inference],
    labels: Option<&[i64]>,
    options: &Options<'_>,
    more: impl FnOnce(&mut Measured) -> Result<(), CommandError>,
) -> Result<Row, CommandError> {
    let (mut hardware, classes) = measure(graph, program, inferences, options).map_err(CommandError::Internal)?;
    more(&mut hardware)?;
    let storage = write(graph)?.bytes.len() as u64;
    Ok(Row::new(name, method, labels.map(|labels| top1(labels, &classes)), storage, Some(hardware)))
}

/// The table of rows that are not yet ranked, and the first difference from the kernels or the Verilog in one of them.
pub fn table(title: String, inputs: usize, mut rows: Vec<Row>, options: &Options<'_>) -> (Comparison, Option<Disagreement>) {
    rank(&mut rows);
    let disagreement = rows.iter_mut().find_map(|row| row.hardware.as_mut()?.disagreement.take());
    let (technology, family) = (options.technology.name.clone(), options.family.name().to_owned());
    (Comparison { title, technology, clock_mhz: options.clock_mhz, family, inputs, rows }, disagreement)
}
