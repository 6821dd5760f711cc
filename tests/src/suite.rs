//! Random programs, run by the reference kernels, the cycle simulator and the emitted Verilog, and compared without tolerance.
//!
//! `FRETWORK_CASES` sets the number of cases, `FRETWORK_SEED` the seed of the first one, `FRETWORK_SHAPES` the accelerators
//! (`lanes,rows,cols` separated by spaces). A failure prints the seed of its case and the smallest program found that fails in the same suite.

use crate::choices::{Choices, shrink};
use crate::random::{self, Case, Lean, kind};
use crate::verilog::Models;
use fretwork_cosim::compare;
use fretwork_hdl::systolic::WeightStream;
use fretwork_hdl::{Kind, Machine};
use fretwork_sim::record::Recording;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// Shapes whose Verilog the normal test run builds: two square ones, two with several slices and banks in a word.
pub const BUILT: &[[usize; 3]] = &[[8, 8, 8], [16, 16, 16], [16, 4, 8], [32, 16, 8]];

/// Weights of a byte, a multiplier each.
pub const PLAIN: &[WeightStream] = &[WeightStream::PLAIN];

/// A shell that lacks nothing.
pub const FULL: &[Lean] = &[Lean::FULL];

/// Cases that are tried to make a failing one smaller.
const SHRINKING: usize = 400;

/// A suite of random programs.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    /// Number of cases, when the environment gives none.
    pub cases: usize,
    /// Array shapes: lanes, rows, columns.
    pub shapes: &'static [[usize; 3]],
    /// Weight streams.
    pub streams: &'static [WeightStream],
    /// What the shell does without.
    pub lean: &'static [Lean],
    /// Share of convolutions among the layers, in percent.
    pub conv_percent: usize,
    /// Whether the Verilog runs too.
    pub verilog: bool,
}

/// What a suite ran.
#[derive(Default)]
struct Tally {
    cases: usize,
    inferences: usize,
    systolic: usize,
    lane: usize,
    cycles: u64,
    writes: usize,
}

impl Suite {
    /// Runs all cases; panics with the smallest failing program.
    ///
    /// # Panics
    /// When a case fails.
    pub fn run(&self) {
        let first = environment("FRETWORK_SEED").unwrap_or(1);
        let cases = environment("FRETWORK_CASES").unwrap_or(self.cases as u64);
        let shapes = shapes().unwrap_or(self.shapes.to_vec());
        let mut models = Models::default();
        let mut tally = Tally::default();
        let begin = Instant::now();
        for seed in first..first + cases {
            let mut choices = Choices::random(seed);
            let outcome = self.attempt(&mut choices, &shapes, &mut models, &mut tally);
            if let Err(reason) = outcome {
                self.fail(seed, choices.taken(), &reason, &shapes, &mut models);
            }
        }
        let Tally { cases, inferences, systolic, lane, cycles, writes } = tally;
        let against = if self.verilog { "kernels = simulator = Verilog" } else { "kernels = simulator" };
        let seconds = begin.elapsed().as_secs_f64();
        println!(
            "{cases} cases, {inferences} inferences, {systolic} systolic and {lane} lane steps, {cycles} cycles, {writes} writes: {against}; {seconds:.1} s"
        );
    }

    fn attempt(&self, choices: &mut Choices, shapes: &[[usize; 3]], models: &mut Models, tally: &mut Tally) -> Result<(), String> {
        let case = random::lean_case(choices, shapes, self.streams, self.lean, self.conv_percent);
        if case.images.weights.len() > case.accelerator.weight_words * case.accelerator.weight_word_bytes() {
            return Ok(());
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let recording = simulate(&case)?;
            if self.verilog { check(&case, &recording, models) } else { Ok(()) }?;
            tally.count(&case, &recording);
            Ok(())
        }));
        outcome.unwrap_or_else(|_| Err("it panicked".into()))
    }

    fn fail(&self, seed: u64, choices: Vec<u32>, reason: &str, shapes: &[[usize; 3]], models: &mut Models) -> ! {
        let mut last = reason.to_string();
        let smallest = shrink(choices, SHRINKING, |candidate| {
            let mut choices = Choices::replay(candidate);
            let outcome = catch_unwind(AssertUnwindSafe(|| self.attempt(&mut choices, shapes, models, &mut Tally::default())));
            match outcome {
                Ok(Err(reason)) => {
                    last = reason;
                    true
                }
                Ok(Ok(())) | Err(_) => false,
            }
        });
        let case = random::lean_case(&mut Choices::replay(&smallest), shapes, self.streams, self.lean, self.conv_percent);
        panic!("the case of FRETWORK_SEED={seed} FRETWORK_CASES=1 fails: {reason}\n\nThe smallest that fails: {last}\n{case}choices {smallest:?}");
    }
}

impl Tally {
    fn count(&mut self, case: &Case, recording: &Recording) {
        let steps = |wanted: Kind| case.steps.iter().filter(|step| kind(step) == wanted).count();
        self.cases += 1;
        self.inferences += case.inputs.len();
        self.systolic += steps(Kind::Systolic);
        self.lane += steps(Kind::Lane);
        self.cycles += recording.steps.last().map_or(0, |step| step.end + 1);
        self.writes += recording.steps.iter().map(|step| step.writes.len()).sum::<usize>();
    }
}

fn environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text}: not a number")))
}

fn shapes() -> Option<Vec<[usize; 3]>> {
    let text = std::env::var("FRETWORK_SHAPES").ok()?;
    let shape = |text: &str| {
        let sizes: Vec<usize> = text.split(',').filter_map(|size| size.parse().ok()).collect();
        sizes.try_into().unwrap_or_else(|_| panic!("FRETWORK_SHAPES: '{text}' is not lanes,rows,cols"))
    };
    Some(text.split_whitespace().map(shape).collect())
}

/// Runs the simulator and compares it with the kernels: every tensor when it is complete, every output.
///
/// # Errors
/// The first difference.
pub fn simulate(case: &Case) -> Result<Recording, String> {
    let machine = Machine::new(&case.accelerator, &case.images).ok_or("the step table does not decode")?;
    let run = machine.run(&case.inputs, case.stalls, true);
    if machine.time(case.inputs.len(), case.stalls).as_ref() != Some(&run.timings) {
        return Err("timing without values differs from timing with values".into());
    }
    let lanes = case.accelerator.lanes;
    let mut memory = vec![0u8; case.accelerator.activation_words * lanes];
    for (index, record) in run.recording.steps.iter().enumerate() {
        for write in &record.writes {
            let word = &mut memory[write.addr as usize * lanes..][..lanes];
            let banks = case.accelerator.banks();
            let written = (0..lanes).filter(|lane| write.mask >> (lane * banks / lanes) & 1 == 1);
            written.for_each(|lane| word[lane] = write.data[lane]);
        }
        let (step, inference) = (index % case.steps.len(), index / case.steps.len());
        let Some(tensor) = case.completes[step].map(|tensor| &case.tensors[tensor]) else { continue };
        let first = tensor.region.base * lanes;
        let found = |pixel: usize, byte: usize| memory[first + pixel * tensor.region.stride * lanes + byte] as i8;
        let bytes = (0..tensor.region.pixels()).flat_map(|pixel| tensor.map.iter().map(move |&byte| (pixel, byte)));
        for (at, ((pixel, byte), &expected)) in bytes.zip(&tensor.values[inference]).enumerate() {
            let found = found(pixel, byte);
            if found != expected {
                return Err(format!("step {step}, inference {inference}, element {at}: kernels {expected}, simulator {found}"));
            }
        }
    }
    check_outputs(case, &run.recording)?;
    Ok(run.recording)
}

fn check_outputs(case: &Case, recording: &Recording) -> Result<(), String> {
    let lanes = case.accelerator.lanes;
    for (inference, output) in recording.outputs.iter().enumerate() {
        let mut rest = output.as_slice();
        for (step, completes) in case.steps.iter().zip(&case.completes) {
            let Some(tensor) = completes.filter(|_| kind(step) == Kind::Store).map(|tensor| &case.tensors[tensor]) else { continue };
            let channels = tensor.map.len();
            for pixel in tensor.values[inference].chunks(channels) {
                let (word, after) = rest.split_at(tensor.region.words * lanes);
                rest = after;
                if tensor.map.iter().zip(pixel).any(|(&byte, &value)| word[byte] as i8 != value) {
                    return Err(format!("inference {inference}: the output stream differs from the kernels"));
                }
            }
        }
        if !rest.is_empty() {
            return Err(format!("inference {inference}: {} output bytes too many", rest.len()));
        }
    }
    Ok(())
}

/// Runs the Verilog and compares it with what the simulator recorded.
///
/// # Errors
/// The first difference, or what the run ran into.
pub fn check(case: &Case, expected: &Recording, models: &mut Models) -> Result<(), String> {
    let end = expected.steps.last().map_or(0, |step| step.end);
    let found = models.run(case, end + 1000).map_err(|error| error.to_string())?;
    let names: Vec<String> = case.steps.iter().map(|step| step.name.clone()).collect();
    compare(expected, &found, &names).map_err(|mismatch| mismatch.to_string())
}
