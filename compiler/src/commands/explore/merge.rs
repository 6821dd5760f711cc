//! `fretwork merge`: the results of all shards of a search, put together.

use super::journal::ShardResult;
use super::{key, result, sensitivities, subject};
use crate::commands::context::Context;
use crate::commands::error::CommandError;
use clap::Parser;
use fretwork::explore::Found;
use std::collections::BTreeMap;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  fretwork explore net.tflite --vary rows=4,8,16 --shard 0/2 --out parts
  fretwork explore net.tflite --vary rows=4,8,16 --shard 1/2 --out parts
  fretwork merge parts -o best

The model and the inputs are read again, where the shards had them.";

/// Put the shards of a search together, and choose the best design.
///
/// Every shard has to be there, once; what is missing is named. The files' hashes are checked.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder of the shards' results.
    folder: PathBuf,
    /// Folder of the winner's design, which is co-simulated.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Leave the co-simulation out.
    #[arg(long)]
    no_cosim: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// The words behind `fretwork explore`.
#[derive(Parser)]
#[command(name = "fretwork")]
struct Search {
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Explore(super::Args),
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let all = ShardResult::all(&args.folder)?;
    let wrong = |why: String| CommandError::Usage(format!("'{}': {why}", args.folder.display()));
    let Some(first) = all.first() else { return Err(wrong("there is no result of a shard in it".to_owned())) };
    if let Some(other) = all.iter().find(|result| result.key != first.key || result.shard.count != first.shard.count) {
        let (a, b) = (&first.key[..16], &other.key[..16]);
        return Err(wrong(format!("its shards are of different searches, {a} in {} parts and {b} in {}", first.shard.count, other.shard.count)));
    }
    let missing: Vec<String> =
        (0..first.shard.count).filter(|index| !all.iter().any(|result| result.shard.index == *index)).map(|index| index.to_string()).collect();
    if !missing.is_empty() {
        return Err(wrong(format!("of {} shards these are missing: {}", first.shard.count, missing.join(", "))));
    }
    let found: BTreeMap<usize, Found> = all.iter().flat_map(|result| result.found.clone()).collect();
    if found.len() != first.candidates {
        return Err(wrong(format!("{} accelerators of {} were searched; run the shards again", found.len(), first.candidates)));
    }
    let words = std::iter::once("fretwork".to_owned()).chain(first.arguments.iter().cloned());
    let search = Search::try_parse_from(words).map_err(|error| wrong(format!("its arguments are none: {}", error.to_string().trim_end())))?;
    let Command::Explore(mut own) = search.command;
    (own.output, own.no_cosim, own.json, own.shard, own.out) = (args.output.clone(), args.no_cosim, args.json, None, None);
    let subject = subject(&own)?;
    if key(&own, &subject) != first.key {
        return Err(wrong(
            "the model, the inputs or the board are not what they were when the shards were searched; run the shards again".to_owned(),
        ));
    }
    result::finish(&own, &subject, &sensitivities(&subject, context)?, found, context)
}
