//! The `fretwork` command. Each subcommand is one file in `commands`; what they do lives in the library.

mod commands;

fn main() -> std::process::ExitCode {
    commands::main()
}
