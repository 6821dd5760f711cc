//! `fretwork build`: design folder for a board -> bitstream.

use super::board::round;
use super::context::Context;
use super::error::CommandError;
use fretwork::board::Board;
use fretwork::build::{BuildReport, Options, build};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  fretwork compile lenet5_int8.tflite --board ulx3s-25f -o lenet5
  fretwork build lenet5
  fretwork build lenet5 --seed 7 --json
  fretwork build lenet5 --tries 4
  fretwork build lenet5_icebreaker --verify

The tools are taken from PATH: Yosys (preferred as the Python package pyosys), nextpnr and the packer of the family, each under
its own name or with the prefix yowasp-. Everything goes to DIR/build, logs and report.json included. When the clock is not
reached the bitstream is there, and the exit code is 1 unless --allow-slow is given.";

/// Build the bitstream of a design that was compiled for a board, and report what it takes and how fast it is.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A folder written by `fretwork compile --board`.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Seed of the placement; another one may reach another clock.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=0x7fff_ffff))]
    seed: u64,
    /// Place and route at most so often, each time with the next seed, until the clock is reached; the fastest is kept.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1000))]
    tries: u64,
    /// Simulate the netlist under the design's own bench before it is placed: every write, every step's cycles and every output have to be the
    /// simulator's. For iCE40 boards.
    #[arg(long)]
    verify: bool,
    /// More arguments for nextpnr, with blanks between them, as "--router router2".
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true, value_delimiter = ' ')]
    nextpnr: Vec<String>,
    /// A clock that is not reached is no error.
    #[arg(long)]
    allow_slow: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let board = board(&args.folder)?;
    let options = Options { seeds: args.seed..args.seed + args.tries, verify: args.verify, place_args: args.nextpnr.clone() };
    let report = build(&args.folder, &board, &options, |stage, tool| context.stage(stage, tool))?;
    if args.json {
        context.print_json(&report)?
    } else {
        context.print(&text(&report))?
    }
    match (report.timing_met, args.allow_slow) {
        (Some(false), false) => Err(CommandError::Slow {
            reached: round(report.clock_mhz),
            target: round(report.target_mhz),
            seed: report.seed,
            fitting: (report.clock_mhz * 0.97).floor(),
        }),
        _ => Ok(()),
    }
}

/// The description in a design folder.
fn board(folder: &Path) -> Result<Board, CommandError> {
    let unusable = |path: &Path, reason: String| CommandError::Design { path: path.to_owned(), reason };
    let path = folder.join("board.toml");
    if !path.is_file() {
        let reason = "it has no board.toml; write the design with `fretwork compile --board NAME`".to_owned();
        return Err(unusable(folder, reason));
    }
    let text = std::fs::read_to_string(&path).map_err(CommandError::io(&path))?;
    let board = Board::from_toml(&text).map_err(|error| unusable(&path, format!("{error}; compile the model again")))?;
    match board.chosen {
        Some(_) => Ok(board),
        None => Err(unusable(&path, "it does not say what was chosen; compile the model again".to_owned())),
    }
}

fn text(report: &BuildReport) -> String {
    let mut text = format!(
        "{} on a {}x{} array with {} lanes, {} ({}), seed {}\n",
        report.network, report.rows, report.cols, report.lanes, report.board, report.part, report.seed
    );
    for resource in &report.resources {
        let _ = writeln!(text, "  {:<12} {:>7} of {:>7} {:>6.1} %", resource.name, resource.used, resource.available, resource.percent);
    }
    for clock in &report.clocks {
        let _ = writeln!(text, "  {:<12} {:>7.2} MHz, {} MHz wanted ({})", "clock", clock.achieved_mhz, round(clock.target_mhz), clock.net);
    }
    let _ = writeln!(text, "  {:<12} {:>7} cycles at {} MHz are {:.1} us", "inference", report.cycles, round(report.clock_mhz), report.latency_us);
    if let Some(netlist) = &report.netlist {
        let _ = writeln!(
            text,
            "  {:<12} {:>7} values agree with the simulator over {} cycles ({})",
            "netlist", netlist.checks, netlist.cycles, netlist.simulator
        );
    }
    for (file, bytes) in &report.files {
        let _ = writeln!(text, "  {file}: {bytes} bytes");
    }
    for note in &report.notes {
        let _ = writeln!(text, "  {note}");
    }
    let _ = writeln!(text, "  with {}", report.tools.join(", "));
    text
}
