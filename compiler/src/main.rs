//! The `fretwork` command.
fn main() {}
