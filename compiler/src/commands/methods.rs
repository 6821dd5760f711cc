//! `fretwork methods`: every form of compressed network that the hardware executes, tried out.

mod check;
mod list;
mod rows;
mod table;

use super::context::Context;
use super::error::CommandError;
use check::Outcome;
use list::ROWS;
use rows::Row;

const EXAMPLES: &str = "\
Examples:
  fretwork methods
  fretwork methods --check --form F7
  fretwork methods --check --markdown > docs/methods.md";

/// List compression methods, their hardware forms, passes and cores; with --check, run every one of them.
///
/// The check compresses a small network with random weights by the row's own command lines, looks whether the weights have the form that
/// the row says and whether the row's cores execute it, and compares kernels, simulator and Verilog: every value and every cycle.
/// Exit code 3 when anything differs.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Compress, plan, simulate and co-simulate every row; takes some minutes.
    #[arg(long)]
    check: bool,
    /// With --check: leave the Verilog out.
    #[arg(long, requires = "check")]
    no_verilog: bool,
    /// Rows of this form only, F1 to F24; may be given several times.
    #[arg(long, value_name = "F", value_parser = form)]
    form: Vec<String>,
    /// Print the table as Markdown.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print the table as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let wanted = |form: &str| args.form.is_empty() || args.form.iter().any(|wanted| wanted == form);
    let rows: Vec<&Row> = ROWS.iter().filter(|row| wanted(row.form)).collect();
    let outcomes: Vec<Option<Outcome>> = match args.check {
        true => check::check(&rows, !args.no_verilog, context)?.into_iter().map(Some).collect(),
        false => rows.iter().map(|_| None).collect(),
    };
    let lines = table::lines(&rows, &outcomes);
    match (args.json, args.markdown) {
        (true, _) => context.print_json(&lines)?,
        (false, true) => context.print(&table::markdown(&lines))?,
        (false, false) => context.print(&table::text(&lines))?,
    }
    check::verdict(&rows, outcomes)
}

fn form(text: &str) -> Result<String, String> {
    let number = text.strip_prefix(['F', 'f']).and_then(|number| number.parse::<u32>().ok());
    match number.filter(|number| (1..=24).contains(number)) {
        Some(number) => Ok(format!("F{number}")),
        None => Err(format!("parameter 'form' is {text}, must be in F1..=F24")),
    }
}
