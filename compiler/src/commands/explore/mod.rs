//! `fretwork explore`: the best accelerator and the best treatment of every layer, within a budget.

mod budget;
mod candidates;
mod journal;
mod merge;
mod refine;
mod result;
mod winner;

pub use merge::{Args as MergeArgs, run as merge};

use super::context::Context;
use super::error::CommandError;
use super::stimulus::{Stimulus, labels};
use super::target::model;
use super::technology;
use budget::{Entry, Vary};
use candidates::{Space, space};
use fretwork::compress::recode::{Recoder, Treatment};
use fretwork::emit::Source;
use fretwork::explore::{Found, Measure, Objective, Proxy, Sensitivities, Setting, search};
use fretwork_sim::energy::Technology;
use journal::{Journal, Shard, ShardResult, hash};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

const EXAMPLES: &str = "\
Examples:
  fretwork explore lenet5_int8.tflite --board ulx3s-25f -o lenet5
  fretwork explore lenet5_int8.tflite --vary rows=4,8,16 --vary cols=4,8,16 --budget lut=20000 --minimise energy
  fretwork explore lenet5_int8.tflite --input digits.npy --labels digits_labels.npy --budget drop=0.1 --treatments keep,w2,w3,w4,w5,w6 \\
      --accelerator \"--rows 4 --cols 4 --lanes 16 --xnor-cols 16 --xnor-simd 128 --xnor-weight-bits 8 --core xnor\" -o mixed
  fretwork explore net.tflite --vary rows=4,8,16,32 --vary cols=4,8,16,32 --shard 3/16 --out parts    (then: fretwork merge parts)

Treatments of a layer's weights: keep (as they are), w2 to w8 (so many bits), binary, twn and ttq (ternary), inq2 to inq5
and apot2 to apot6 (powers of two and their sums), kmeans1 to kmeans8, slq1 to slq8, lcq2 to lcq8 and pwlq2 to pwlq6
(few levels), d0.1 (a tenth of the weights stays).";

/// Search accelerators and treatments of layers for the best design within a budget.
///
/// Every accelerator is tried with every combination of treatments: the network is planned once per treatment, layers add up,
/// and dynamic programming finds all combinations that nothing beats. What a treatment costs in accuracy is measured layer by
/// layer on calibration inputs and added up; with --labels and a budget of `drop`, the accuracy of what is chosen is measured as
/// well. The winner is written with -o and co-simulated.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Model file.
    pub model: PathBuf,
    /// What must not be exceeded: latency=2ms, energy=10uJ, storage=40KiB, lut=20000, dsp=100, bram=50, error=0.01 (see --proxy), drop=0.1
    /// (percentage points of accuracy on the inputs, with --labels).
    #[arg(long, value_name = "KEY=VALUE,..", value_delimiter = ',', value_parser = budget::entry)]
    budget: Vec<Entry>,
    /// What is to be as small as it can be.
    #[arg(long, value_enum, default_value_t)]
    minimise: Objective,
    /// What may be done to a layer's weights [default: keep, and what the accelerators' cores are for].
    #[arg(long, value_name = "T,..", value_delimiter = ',')]
    treatments: Vec<Treatment>,
    /// Leave biases as they are. Without it, they take back what treated weights change in the mean of each channel on the calibration inputs (Nagel 2019).
    #[arg(long)]
    keep_bias: bool,
    /// The error that is added up over the layers.
    #[arg(long, value_enum, default_value_t)]
    proxy: Proxy,
    /// Options of `fretwork compile` for an accelerator; may be repeated.
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    accelerator: Vec<String>,
    /// Values of an option of the accelerator; may be repeated: all combinations are tried. `on` gives an option that has no value, `off` leaves it out.
    #[arg(long, value_name = "OPTION=V,..", value_parser = budget::vary)]
    vary: Vec<Vary>,
    /// The design has to fit this board. Without rows, cols and lanes in --accelerator or --vary, all arrays are tried.
    #[arg(long, value_name = "NAME|FILE")]
    board: Option<String>,
    /// Clock in MHz [default: the board's, without one the technology's].
    #[arg(long, value_name = "F")]
    clock_mhz: Option<f64>,
    /// Energy figures: ecp5, ice40up5k, 45nm, sg13g2, or a TOML file [default: the board's family's, without a board or for another family 45nm].
    #[arg(long, value_name = "NAME|FILE")]
    technology: Option<String>,
    /// Classes of the inputs, integers in FILE.npy or FILE.npz[:KEY].
    #[arg(long, value_name = "FILE", requires = "input")]
    labels: Option<String>,
    /// Folder of the winner's design, which is co-simulated.
    #[arg(short, long, value_name = "DIR", conflicts_with = "shard")]
    output: Option<PathBuf>,
    /// Leave the co-simulation out.
    #[arg(long)]
    no_cosim: bool,
    /// Generations of an evolution that goes on from what was found, with the error of whole networks measured instead of added up.
    #[arg(long, value_name = "N", default_value_t = 0)]
    refine: usize,
    /// Points of the front that are listed.
    #[arg(long, value_name = "N", default_value_t = 10)]
    list: usize,
    /// File in which every accelerator's result is noted: a search that was stopped goes on from there.
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    journal: Option<PathBuf>,
    /// Search a part of the accelerators, I from 0 to N - 1, and write the result into --out; `fretwork merge` puts the parts together.
    #[arg(long, value_name = "I/N", requires = "out", value_parser = journal::shard)]
    shard: Option<Shard>,
    /// Folder for the results of shards.
    #[arg(long, value_name = "DIR", requires = "shard")]
    out: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stimulus: Stimulus,
}

/// Everything that a search is about.
pub struct Subject {
    measure: Measure,
    source: Source,
    technology: Technology,
    space: Space,
    treatments: Vec<Treatment>,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let subject = subject(args)?;
    let key = key(args, &subject);
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    if let (Some(folder), Some(shard)) = (&args.out, args.shard) {
        std::fs::create_dir_all(folder).map_err(CommandError::io(folder))?;
        let path = ShardResult::path(folder, &key, shard);
        if path.exists() {
            ShardResult::read(&path)?;
            return context.say(&format!("{} is there\n", path.display()));
        }
    }
    let journal = args.journal.clone().or_else(|| Some(ShardResult::path(args.out.as_ref()?, &key, shard).with_extension("journal")));
    let journaled = journal.as_ref().map(|path| Journal::open(path, &key)).transpose()?;
    let sensitivities = sensitivities(&subject, context)?;
    let found = searched(args, &subject, &sensitivities, shard, journaled, context)?;
    let Some(folder) = &args.out else {
        return result::finish(args, &subject, &sensitivities, found, context);
    };
    let arguments = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let candidates = subject.space.candidates.len();
    let path = ShardResult { key, shard, arguments, candidates, found }.write(folder)?;
    if let Some(journal) = journal {
        std::fs::remove_file(&journal).map_err(CommandError::io(&journal))?;
    }
    context.say(&format!("{}\n", path.display()))
}

fn subject(args: &Args) -> Result<Subject, CommandError> {
    if args.stimulus.stalls > 0.0 {
        return Err(CommandError::Usage("--stalls is for runs; estimates are without back-pressure".to_owned()));
    }
    let (graph, source) = model(&args.model)?;
    let inferences = args.stimulus.inferences(&graph, 16)?;
    let labels = args.labels.as_deref().map(|file| labels(file, &graph, inferences.len())).transpose()?;
    if labels.is_none() && budget::budget(&args.budget).2.is_some() {
        return Err(CommandError::Usage("a budget of 'drop' needs inputs whose classes are known: --input and --labels".to_owned()));
    }
    let space = space(args)?;
    let named = args.technology.as_deref().unwrap_or_else(|| space.technology());
    let technology = technology::load(named)?;
    let treatments = if args.treatments.is_empty() { space.treatments() } else { args.treatments.clone() };
    let recoder = if args.keep_bias { Recoder::new(&graph) } else { Recoder::calibrated(&graph, &inferences) };
    if recoder.layers().is_empty() {
        return Err(CommandError::Usage(format!("'{}' has no convolution and no fully connected layer", args.model.display())));
    }
    Ok(Subject { measure: Measure::new(recoder, inferences, labels), source, technology, space, treatments })
}

/// What decides the result of every accelerator, and which accelerators there are.
fn key(args: &Args, subject: &Subject) -> String {
    let candidates: Vec<&str> = subject.space.candidates.iter().map(|candidate| &candidate.options[..]).collect();
    let treatments: Vec<String> = subject.treatments.iter().map(ToString::to_string).collect();
    let (budget, limits, _) = budget::budget(&args.budget);
    let board = subject.space.board.as_ref().map(|board| format!("{board:?}"));
    let values = format!(
        "{:?}",
        (budget, limits, args.proxy, args.keep_bias, treatments, candidates, board, subject.space.clock_mhz(args, &subject.technology))
    );
    let inputs: Vec<u8> = subject.measure.inputs().iter().flatten().flatten().map(|value| *value as u8).collect();
    let parts = [hash(&subject.source.bytes), hash(&inputs), hash(format!("{:?}", subject.technology).as_bytes()), hash(values.as_bytes())];
    hash([env!("CARGO_PKG_VERSION"), &parts.join(" ")].join(" ").as_bytes())
}

fn sensitivities(subject: &Subject, context: &Context) -> Result<Sensitivities, CommandError> {
    let layers = subject.measure.recoder().layers().len();
    let progress = context.progress("measuring layers", Some((layers * subject.treatments.len()) as u64));
    let done = AtomicU64::new(0);
    Ok(subject.measure.sensitivity(&subject.treatments, || progress.at(done.fetch_add(1, Ordering::Relaxed) + 1))?)
}

/// Searches the accelerators of a shard that a journal does not hold already.
fn searched(
    args: &Args,
    subject: &Subject,
    sensitivities: &Sensitivities,
    shard: Shard,
    journaled: Option<(Journal, BTreeMap<usize, Found>)>,
    context: &Context,
) -> Result<BTreeMap<usize, Found>, CommandError> {
    let (journal, mut done) = journaled.unzip();
    let done = done.take().unwrap_or_default();
    let errors = args.proxy.errors(sensitivities);
    let (budget, limits, _) = budget::budget(&args.budget);
    let setting = Setting {
        recoder: subject.measure.recoder(),
        treatments: &subject.treatments,
        errors: &errors,
        budget,
        limits,
        board: subject.space.board.as_ref(),
        family: subject.space.family(&subject.technology),
        technology: &subject.technology,
        clock_mhz: subject.space.clock_mhz(args, &subject.technology),
        inputs: subject.measure.counted(),
    };
    let all = &subject.space.candidates;
    let open: Vec<usize> = (0..all.len()).filter(|&index| shard.holds(index) && !done.contains_key(&index)).collect();
    let progress = context.progress("searching accelerators", Some(open.len() as u64));
    let count = AtomicU64::new(0);
    let one = |index: &usize| -> Result<(usize, Found), CommandError> {
        let found = search(&all[*index], &setting)?;
        journal.as_ref().map_or(Ok(()), |journal| journal.note(*index, &found))?;
        progress.at(count.fetch_add(1, Ordering::Relaxed) + 1);
        Ok((*index, found))
    };
    let new: Vec<(usize, Found)> = open.par_iter().map(one).collect::<Result<_, _>>()?;
    Ok(done.into_iter().chain(new).collect())
}
