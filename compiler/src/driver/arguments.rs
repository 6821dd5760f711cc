//! Options from words that are no process's command line: a variant's line in a comparison, keywords of the Python package.

use super::error::CommandError;
use clap::{Args, CommandFactory, Parser};

/// Options alone: no command, no help.
#[derive(Parser)]
#[command(no_binary_name = true, name = "options", disable_help_flag = true)]
struct Line<A: Args> {
    #[command(flatten)]
    args: A,
}

/// Reads options.
///
/// # Errors
/// What the command line would say of them.
pub fn parse<A: Args>(words: impl IntoIterator<Item = String>) -> Result<A, CommandError> {
    let line = Line::<A>::try_parse_from(words);
    line.map(|line| line.args).map_err(|error| {
        let text = error.to_string();
        CommandError::Usage(text.trim_start_matches("error: ").trim_end().to_owned())
    })
}

/// Names of all options without their dashes, in the order of the help.
pub fn names<A: Args>() -> Vec<String> {
    let command = Line::<A>::command();
    command.get_arguments().filter_map(|argument| argument.get_long().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::shape::Shape;
    use super::*;

    fn shape(line: &str) -> Result<Shape, CommandError> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_those_of_the_command_line() {
        let request = shape("--rows 8 --cols=4 --weight-bits auto --trim").unwrap().request().unwrap();
        assert_eq!((request.rows, request.cols, request.lanes, request.stream.weight_bits, request.trim), (8, 4, 8, None, true));
        let names = names::<Shape>();
        assert!(
            ["rows", "trim", "weight-bits", "axi-burst", "pes", "shift-cols"].iter().all(|name| names.iter().any(|known| known == name)),
            "{names:?}"
        );
    }

    #[test]
    fn mistakes_are_told_as_on_the_command_line() {
        let message = shape("--rows 5").err().map(|error| error.to_string());
        assert_eq!(message.as_deref(), Some("invalid value '5' for '--rows <R>': parameter 'rows' is 5, must be a power of two in 4..=64"));
        assert!(shape("--row 8").is_err() && shape("--help").is_err());
    }
}
