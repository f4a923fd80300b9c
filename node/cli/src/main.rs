//! The `lvs` command.
#![forbid(unsafe_code)]

mod commands;
mod output;
mod simulated;
mod text;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::main()
}
