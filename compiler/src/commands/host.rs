//! `fretwork host`: inferences on a board, over its serial port.

use super::context::Context;
use super::error::CommandError;
use super::host_result::{Found, Summary, text};
use super::shape::Shape;
use super::stimulus::{Stimulus, labels};
use super::target::Target;
use fretwork::compare::class;
use fretwork::driver::simulation::top1;
use fretwork::emit::design_hash;
use fretwork::host::frame::Info;
use fretwork::host::{SerialLine, Session, Settings};
use fretwork::inputs::{Inference, to_npy};
use fretwork::report::latency_cycles;
use fretwork_hdl::Machine;
use fretwork_sim::stalls::Stalls;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const EXAMPLES: &str = "\
Examples:
  fretwork host --port /dev/ttyUSB0 --design lenet5 digits.npy --labels digits_labels.npy
  fretwork host --port /dev/ttyUSB1 --design lenet5 digits.npy --check --output logits.npy
  fretwork host --port /dev/ttyACM0 --baud 1000000 --design lenet5 digits.npy --inputs 3 --json";

/// Run inferences on a board over its serial port (UART).
///
/// The board holds the bitstream of a design with the host link; both say which design it is. Whatever the line damages or loses is sent again.
/// Exit code 3 when --check finds a difference.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Inputs, FILE.npy, FILE.npz or FILE.npz:KEY, once per input of the network, in its order; types and shapes as `fretwork simulate --input` has them.
    #[arg(value_name = "FILE", required = true)]
    input: Vec<String>,
    /// Serial port of the board.
    #[arg(long, value_name = "PORT")]
    port: String,
    /// Folder of the design that the board holds.
    #[arg(long, value_name = "DIR")]
    design: PathBuf,
    /// Bits per second of the line.
    #[arg(long, value_name = "N", default_value_t = 115_200, value_parser = clap::value_parser!(u32).range(300..=12_000_000))]
    baud: u32,
    /// How many of the inferences in the file [default: all].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    inputs: Option<u32>,
    /// Classes of the inputs, integers in FILE.npy or FILE.npz[:KEY]; prints the top-1 accuracy of the first output.
    #[arg(long, value_name = "FILE")]
    labels: Option<String>,
    /// Write an output of all inferences to this file, as integers in channels-last order; once per output of the network, in its order.
    #[arg(long, value_name = "OUT.npy")]
    output: Vec<PathBuf>,
    /// Compare every value with the simulator's.
    #[arg(long)]
    check: bool,
    /// How long an answer of the board may take besides its time on the line, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 250, value_parser = clap::value_parser!(u64).range(70..=60_000))]
    timeout: u64,
    /// How often a request that is not answered is sent again.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1000))]
    retries: u32,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Time that the board may be busy beyond the inference itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// No board has a slower clock, in Hz.
const SLOWEST_CLOCK: u64 = 1_000_000;

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    if !args.design.is_dir() {
        let message = format!("--design takes a design folder; '{}' is none: write one with `fretwork compile`", args.design.display());
        return Err(CommandError::Usage(message));
    }
    let target = Target::load(&args.design, &Shape::default())?;
    let inferences = Stimulus { inputs: args.inputs, input: args.input.clone(), seed: 0, stalls: 0.0 }.inferences(&target.graph, 1)?;
    let labels = args.labels.as_deref().map(|file| labels(file, &target.graph, inferences.len())).transpose()?;
    if args.output.len() > target.graph.outputs.len() {
        let message = format!("--output is given {} times, the network has {} outputs", args.output.len(), target.graph.outputs.len());
        return Err(CommandError::Usage(message));
    }
    let machine = target.machine()?;
    let (found, mut summary) = on_board(args, context, &target, &machine, &inferences)?;
    for (index, path) in args.output.iter().enumerate() {
        let values: Vec<Vec<i8>> = found.iter().map(|found| found.outputs[index].clone()).collect();
        fs::write(path, to_npy(&target.graph.tensors[target.graph.outputs[index]], &values)).map_err(CommandError::io(path))?;
    }
    let first = &target.graph.tensors[target.graph.outputs[0]];
    summary.classes = found.iter().map(|found| class(&first.elements(&found.outputs[0]))).collect();
    summary.top1 = labels.map(|labels| top1(&labels, summary.classes.clone()));
    let difference = if args.check { check(context, &target, &machine, &inferences, &found, &mut summary) } else { None };
    if args.json {
        context.print_json(&summary)?;
    } else {
        context.say(&text(&summary))?;
    }
    difference.map_or(Ok(()), Err)
}

/// Runs all inferences on the board.
fn on_board(
    args: &Args,
    context: &Context,
    target: &Target,
    machine: &Machine,
    inferences: &[Inference],
) -> Result<(Vec<Found>, Summary), CommandError> {
    let failed = |source| CommandError::Host { port: args.port.clone(), source };
    let design = &target.program.design;
    let hash = design_hash(&args.design).map_err(CommandError::io(&args.design))?;
    let streams = target.streams(inferences);
    let simulated: Vec<u64> = machine.timings(&streams, Stalls::NONE).chunks(design.steps.len()).map(latency_cycles).collect();
    let longest = simulated.iter().max().copied().unwrap_or(0);
    let settings = Settings {
        baud: args.baud,
        timeout: Duration::from_millis(args.timeout),
        retries: args.retries,
        patience: PATIENCE + Duration::from_micros(longest.saturating_mul(1_000_000 / SLOWEST_CLOCK)),
    };
    let begin = Instant::now();
    let mut session = Session::open(SerialLine::open(&args.port, args.baud).map_err(failed)?, settings).map_err(failed)?;
    let info = session.info();
    same_design(args, target, hash, &info)?;
    let progress = context.progress("on the board", Some(streams.iter().map(|stream| stream.len() as u64).sum()));
    let mut found = Vec::new();
    let mut sent = 0;
    for stream in &streams {
        let inferred = session.infer(stream, &|bytes| progress.at(sent + bytes as u64)).map_err(failed)?;
        sent += stream.len() as u64;
        found.push(Found { outputs: target.program.tensors(&inferred.output), cycles: inferred.cycles, worked_cycles: inferred.worked_cycles });
    }
    drop(progress);
    let summary = Summary::new(&design.name, &args.port, args.baud, &info, &found, simulated, session.statistics(), begin.elapsed());
    Ok((found, summary))
}

/// The board holds the folder's design.
fn same_design(args: &Args, target: &Target, hash: u32, info: &Info) -> Result<(), CommandError> {
    let design = &target.program.design;
    let wanted = (design.accelerator.lanes, design.input_words(), design.output_words(), hash);
    let found = (usize::from(info.lanes), info.input_words as usize, info.output_words as usize, info.design);
    if wanted == found {
        return Ok(());
    }
    let say = |(lanes, inputs, outputs, hash): (usize, usize, usize, u32)| {
        format!("{hash:08x} with words of {lanes} bytes, {inputs} words in and {outputs} out")
    };
    let reason = format!(
        "the board holds the design {}; '{}' is {}: load the bitstream that was made of this folder, or give the folder of the board's design",
        say(found),
        args.design.display(),
        say(wanted)
    );
    Err(CommandError::OtherDesign { port: args.port.clone(), reason })
}

/// The first difference from the simulator.
fn check(
    context: &Context,
    target: &Target,
    machine: &Machine,
    inferences: &[Inference],
    found: &[Found],
    summary: &mut Summary,
) -> Option<CommandError> {
    let progress = context.progress("simulating", Some(found.len() as u64));
    let (mut first, mut compared, mut differing) = (None, 0, 0);
    for (inference, (tensors, found)) in inferences.iter().zip(found).enumerate() {
        let run = machine.run(&[target.program.stream(tensors)], Stalls::NONE, false);
        let expected = target.program.tensors(&run.recording.outputs[0]);
        for ((&id, expected), found) in target.graph.outputs.iter().zip(&expected).zip(&found.outputs) {
            let tensor = &target.graph.tensors[id];
            for (index, (expected, found)) in tensor.elements(expected).into_iter().zip(tensor.elements(found)).enumerate() {
                compared += 1;
                if expected != found {
                    differing += 1;
                    first.get_or_insert_with(|| CommandError::Board { inference, tensor: tensor.name.clone(), index, expected, found });
                }
            }
        }
        progress.at(inference as u64 + 1);
    }
    (summary.values_compared, summary.values_differing) = (Some(compared), Some(differing));
    first
}
