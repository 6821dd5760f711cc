//! The command line: subcommands, options that several of them share, exit codes. Files are read and written here and in the reader of
//! models; everything else in the crate computes.

mod area;
mod bench;
mod bench_eie;
mod bench_estimates;
mod boards;
mod build;
mod check;
mod compare;
mod compile;
mod compress;
mod context;
mod cosim;
mod explore;
mod host;
mod host_result;
mod methods;
mod quantise;
mod report;
mod serve;
mod simulate;
mod synth;
mod trace;
mod zoo;

use clap::{Parser, Subcommand};
use context::Context;
use error::ERROR;
use fretwork::driver::{board, error, shape, stimulus, target, technology};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  fretwork compile lenet5_int8.tflite -o lenet5
  fretwork quantise lenet5.onnx --input digits.npy -o lenet5_int8.safetensors
  fretwork compress lenet5_int8.tflite --method deep-compression --input digits.npy -o small.safetensors
  fretwork simulate lenet5 --input digits.npy --labels digits_labels.npy
  fretwork cosim lenet5 --stalls 0.3 --junit lenet5.xml
  fretwork report lenet5_int8.tflite --rows 32 --cols 32
  fretwork compare examples/lenet5_variants/compare.toml

Exit codes:
  0  done, everything compared is equal
  1  error: the model is bad or does not fit, a file cannot be read or written, a program is missing
  2  usage: an option is unknown, missing or out of range
  3  disagreement: kernels, simulator, Verilog and board do not compute the same
  4  regression: a figure is worse than the baseline's (fretwork check)";

/// Maps compressed neural networks onto accelerator cores, emits Verilog and proves it right.
#[derive(Parser)]
#[command(name = "fretwork", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    /// Print nothing but errors and what was asked for: JSON, dumps, reports.
    #[arg(long, short, global = true, display_order = 900)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Compile(compile::Args),
    Check(check::Args),
    Compare(compare::Args),
    Compress(compress::Args),
    Explore(explore::Args),
    Merge(explore::MergeArgs),
    Quantise(quantise::Args),
    Simulate(simulate::Args),
    Cosim(cosim::Args),
    Host(host::Args),
    Report(report::Args),
    Serve(serve::Args),
    Bench(bench::Args),
    Synth(synth::Args),
    Area(area::Args),
    Boards(boards::Args),
    Build(build::Args),
    Methods(methods::Args),
    Zoo(zoo::Args),
}

/// Runs the command line; errors go to standard error.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let context = Context::new(cli.quiet);
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no reason given");
        let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        complain(&format!("this is a bug in fretwork: {message}{place}"));
    }));
    match catch_unwind(AssertUnwindSafe(|| execute(&cli.command, &context))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            complain(&error.to_string());
            ExitCode::from(error.exit_code())
        }
        Err(_) => ExitCode::from(ERROR),
    }
}

fn execute(command: &Command, context: &Context) -> Result<(), error::CommandError> {
    match command {
        Command::Compile(args) => compile::run(args, context),
        Command::Check(args) => check::run(args, context),
        Command::Compare(args) => compare::run(args, context),
        Command::Compress(args) => compress::run(args, context),
        Command::Explore(args) => explore::run(args, context),
        Command::Merge(args) => explore::merge(args, context),
        Command::Quantise(args) => quantise::run(args, context),
        Command::Simulate(args) => simulate::run(args, context),
        Command::Cosim(args) => cosim::run(args, context),
        Command::Host(args) => host::run(args, context),
        Command::Report(args) => report::run(args, context),
        Command::Serve(args) => serve::run(args, context),
        Command::Bench(args) => bench::run(args, context),
        Command::Synth(args) => synth::run(args, context),
        Command::Area(args) => area::run(args, context),
        Command::Boards(args) => boards::run(args, context),
        Command::Build(args) => build::run(args, context),
        Command::Methods(args) => methods::run(args, context),
        Command::Zoo(args) => zoo::run(args, context),
    }
}

/// Executes a command line as a user would type it, without the program's name; nothing is said.
fn quietly(words: &[String]) -> Result<(), error::CommandError> {
    let line = ["fretwork", "--quiet"].into_iter().chain(words.iter().map(String::as_str));
    let cli = Cli::try_parse_from(line).map_err(|error| error::CommandError::Usage(error.to_string()))?;
    execute(&cli.command, &Context::new(true))
}

/// Standard error may be closed; there is nobody to tell then.
fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "error: {message}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn options_are_consistent() {
        super::Cli::command().debug_assert();
    }
}
