//! A design in standard cells: mapped by Yosys with a liberty file, its netlist replayed on the vectors of the RTL's own run, its slack and
//! power reported by OpenSTA from the nets' activity. Before layout, without a clock tree, without delays in the replay.

pub mod cells;
pub mod events;
pub mod function;
pub mod liberty;
pub mod map;
pub mod netlist;
pub mod power;
pub mod replay;
pub mod sta_library;
pub mod waveform;

use cells::Library;
use liberty::{Group, LibertyError};
use map::Place;
use netlist::{Netlist, NetlistError};
use power::Timing;
use replay::{NetlistMismatch, Span};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use waveform::Recorded;

/// What every figure here is.
pub const CONDITIONS: &str = "pre-layout, no clock tree, zero delay";
/// Cycles of reset at the start of a recorded run.
pub const RESET_CYCLES: u64 = 4;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum AsicError {
    /// A program is not there.
    #[error("{program} is not installed: apt-get install {package}")]
    Missing {
        /// The program.
        program: &'static str,
        /// Its Debian package.
        package: &'static str,
    },
    /// A program could not be started.
    #[error("cannot run {program}: {source}")]
    Start {
        /// The program.
        program: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Another OpenSTA.
    #[error(
        "OpenSTA is version '{found}', must be {wanted} (Debian 12's package opensta): how a version weights power tables is part of the figures"
    )]
    Version {
        /// What it says.
        found: String,
        /// The version that is known.
        wanted: &'static str,
    },
    /// Yosys refused the design.
    #[error("yosys failed: {0}")]
    Yosys(String),
    /// OpenSTA refused the netlist.
    #[error("OpenSTA failed: {0}")]
    Sta(String),
    /// OpenSTA printed something else.
    #[error("OpenSTA printed no report that can be read, without {0}")]
    Report(String),
    /// The liberty file cannot be read.
    #[error("'{}': {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The liberty file is none.
    #[error("'{}' is no liberty file: {source}", path.display())]
    Liberty {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: LibertyError,
    },
    /// The library lacks a cell that is counted with.
    #[error("the library {library} has no {cell}")]
    Library {
        /// Its name.
        library: String,
        /// What it lacks.
        cell: &'static str,
    },
    /// The netlist cannot be evaluated.
    #[error(transparent)]
    Netlist(NetlistError),
    /// The netlist and the RTL differ.
    #[error(transparent)]
    Mismatch(#[from] NetlistMismatch),
    /// There is no such module.
    #[error("the design has no instance of a module {0}; its modules are the files in rtl/")]
    Module(String),
    /// The RTL's run is not as expected.
    #[error("the waveform of the RTL cannot be used: {0}")]
    Waveform(String),
    /// Temporary files cannot be written or read.
    #[error("temporary files: {0}")]
    Temporary(std::io::Error),
}

impl AsicError {
    fn temporary(error: std::io::Error) -> AsicError {
        AsicError::Temporary(error)
    }
}

/// A liberty file, as the programs need it.
pub struct Cells {
    path: PathBuf,
    /// Its cells.
    pub library: Library,
    /// The text that OpenSTA reads.
    prepared: String,
    /// Area of a NAND of two inputs, um2.
    pub nand_area_um2: f64,
}

impl Cells {
    /// Reads a liberty file.
    ///
    /// # Errors
    /// A file that cannot be read, is no liberty file, or has no NAND.
    pub fn load(path: &Path) -> Result<Cells, AsicError> {
        let read = |source| AsicError::Read { path: path.to_owned(), source };
        let text = fs::read(path).map_err(read)?;
        let parsed = Group::parse(&String::from_utf8_lossy(&text));
        let mut group = parsed.map_err(|source| AsicError::Liberty { path: path.to_owned(), source })?;
        let library = Library::new(&group);
        let missing = || AsicError::Library { library: library.name.clone(), cell: "NAND of two inputs" };
        let nand_area_um2 = library.nand_area_um2().ok_or_else(missing)?;
        sta_library::prepare(&mut group);
        let path = std::path::absolute(path).map_err(read)?;
        Ok(Cells { path, library, prepared: group.to_text(), nand_area_um2 })
    }
}

/// Cells of a netlist.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Area {
    /// All cells, um2.
    pub cells_um2: f64,
    /// Those with state, um2.
    pub flip_flops_um2: f64,
    /// All cells in NANDs of two inputs.
    pub gate_equivalents: f64,
    /// Cells with state.
    pub flip_flops: u64,
    /// Every cell type and its number.
    pub cells: BTreeMap<String, u64>,
}

/// The figures of one module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// [`CONDITIONS`].
    pub conditions: &'static str,
    /// Instances from the top down; empty for the whole design.
    pub instance: String,
    /// Instances of the module that the design has.
    pub instances: usize,
    /// Clock, MHz.
    pub clock_mhz: f64,
    /// Area of the cells; memories are no part of it.
    pub area: Area,
    /// Memories that stay macros; their area, their power and their access time are in no figure here.
    pub macros: Vec<String>,
    /// Cycles of the run.
    pub cycles: u64,
    /// Output bits of the netlist that were compared with the RTL's, all equal.
    pub compared_bits: u64,
    /// Shortest period, ns.
    pub period_ns: f64,
    /// Slack and power.
    #[serde(flatten)]
    pub timing: Timing,
    /// Energy of a cycle, pJ.
    pub energy_per_cycle_pj: f64,
}

/// Maps the first instance of a module of a design folder, or all of it, and measures it over the run whose waveform `record` writes, from its
/// cycle `from` on.
///
/// # Errors
/// Programs that are missing or fail, a module that is not there, a netlist that does something else than the RTL.
pub fn measure<E: From<AsicError>>(
    design: &Path,
    module: Option<&str>,
    cells: &Cells,
    clock_mhz: f64,
    from: u64,
    record: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<Measured, E> {
    let work = tempfile::Builder::new().prefix("fretwork-asic-").tempdir().map_err(AsicError::temporary)?;
    let hierarchy = map::elaborate(design, work.path())?;
    let place = map::find(&hierarchy, module.unwrap_or("top"))?;
    let json = map::map(&place, &cells.path, &cells.library, clock_mhz, work.path())?;
    let netlist = Netlist::new(&json, &place.module, &cells.library).map_err(AsicError::from)?;
    let waveform = work.path().join("run.fst");
    record(&waveform)?;
    Ok(replayed(&netlist, &place, cells, clock_mhz, from, &waveform)?)
}

fn replayed(netlist: &Netlist, place: &Place, cells: &Cells, clock_mhz: f64, from: u64, waveform: &Path) -> Result<Measured, AsicError> {
    let mut recorded = Recorded::read(waveform)?;
    let (inputs, outputs) = (recorded.signals(&place.path, &netlist.inputs)?, recorded.signals(&place.path, &netlist.outputs)?);
    let span = Span { reset: RESET_CYCLES, counted: RESET_CYCLES + from, cycles: recorded.cycles() };
    let activity = replay::replay(netlist, &inputs, &outputs, span)?;
    let timing = power::ask(netlist, &activity, &cells.library, &cells.prepared, clock_mhz)?;
    let mut macros: Vec<String> = netlist.macros.iter().map(|(path, _)| path.clone()).collect();
    macros.sort();
    Ok(Measured {
        conditions: CONDITIONS,
        instance: place.path.join("."),
        instances: place.instances,
        clock_mhz,
        area: area(netlist, cells),
        macros,
        cycles: activity.cycles,
        compared_bits: activity.compared_bits,
        period_ns: 1000.0 / clock_mhz - timing.slack_ns,
        timing,
        energy_per_cycle_pj: timing.total.total_mw * 1e3 / clock_mhz,
    })
}

fn area(netlist: &Netlist, cells: &Cells) -> Area {
    let mut area = Area::default();
    for instance in &netlist.cells {
        let um2 = cells.library.cells.get(&instance.cell).map_or(0.0, |cell| cell.area_um2);
        area.cells_um2 += um2;
        if instance.holds {
            area.flip_flops_um2 += um2;
            area.flip_flops += 1;
        }
        *area.cells.entry(instance.cell.clone()).or_default() += 1;
    }
    area.gate_equivalents = area.cells_um2 / cells.nand_area_um2;
    area
}
