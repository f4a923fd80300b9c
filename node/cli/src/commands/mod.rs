//! The command line: arguments, messages and exit codes.
//!
//! Exit codes: 0 for success, 1 if what was asked for could not be done, 2 for mistakes in the asking.

mod backends;
mod node;
mod sim;
mod soak;
mod swarm;

use std::fmt::Display;
use std::io;
use std::process::ExitCode;
use std::str::FromStr;

use clap::{Parser, Subcommand};
use lvs_kernels::Error;
use lvs_testbed::{MEMBER_COMMAND, limits, run_member};
use tracing_subscriber::EnvFilter;

use crate::output;
use crate::text::printable;

/// The environment variable that says what is logged.
const LOG_VARIABLE: &str = "LVS_LOG";

/// The LVS node: a leaderless swarm that keeps a replicated ledger of value.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Swarm(swarm::Arguments),
    Node(node::Arguments),
    Sim(Box<sim::Arguments>),
    Soak(soak::Arguments),
    Backends(backends::Arguments),
    /// A node of the testbed, which takes its orders on standard input.
    #[command(name = MEMBER_COMMAND, hide = true)]
    TestbedMember,
}

/// Why a command did not succeed, for people to read.
pub(crate) enum End {
    /// The arguments cannot be followed.
    Usage(String),
    /// The arguments cannot be read; the message is complete.
    Parsing(String),
    /// It did not succeed. Nothing is said where the message is empty.
    Failed(String),
}

impl End {
    fn usage(error: impl Display) -> Self {
        Self::Usage(error.to_string())
    }

    fn failed(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }

    /// An error of the kernels; an environment variable at fault names itself.
    fn library(error: Error) -> Self {
        match error {
            Error::Argument(_) | Error::Unavailable { .. } => Self::usage(error),
            error => Self::failed(error),
        }
    }
}

pub(crate) fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(End::Failed(message)) => end(1, "lvs: ", &message),
        Err(End::Usage(message)) => end(2, "lvs: ", &message),
        Err(End::Parsing(message)) => end(2, "", &message),
    }
}

fn end(code: u8, before: &str, message: &str) -> ExitCode {
    if !message.is_empty() {
        output::complain(&format!("{before}{}", printable(message)));
    }
    ExitCode::from(code)
}

fn run() -> Result<(), End> {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return told(&error),
    };
    start_log()?;
    match arguments.command {
        Command::Swarm(arguments) => swarm::main(&arguments),
        Command::Node(arguments) => node::main(&arguments),
        Command::Sim(arguments) => sim::main(&arguments),
        Command::Soak(arguments) => soak::main(&arguments),
        Command::Backends(arguments) => backends::main(&arguments),
        Command::TestbedMember => run_member().map_err(End::failed),
    }
}

/// Help and version are answers, anything else is a mistake.
fn told(error: &clap::Error) -> Result<(), End> {
    let text = error.render();
    if error.use_stderr() {
        // Without colours: the text holds what was typed, which is then made printable as a whole.
        return Err(End::Parsing(text.to_string().trim_end().to_owned()));
    }
    let is_colourful = output::is_colourful(&io::stdout());
    let text = if is_colourful { text.ansi().to_string() } else { text.to_string() };
    output::print(text.trim_end())
}

/// Logs go to standard error, with colours only on a terminal.
fn start_log() -> Result<(), End> {
    let asked = std::env::var(LOG_VARIABLE).unwrap_or_default();
    let asked = if asked.is_empty() { "warn" } else { &asked };
    let filter = EnvFilter::try_new(asked);
    let filter = filter.map_err(|error| End::Usage(format!("{LOG_VARIABLE}: got '{asked}': {error}")))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(output::is_colourful(&io::stderr()))
        // Where standard error cannot be written, complaining there would panic.
        .log_internal_errors(false)
        .with_writer(io::stderr);
    log.try_init().map_err(End::failed)
}

/// A whole number of an option.
fn whole<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| "expected a whole number, 0 or more")
}

/// Calls `handler` on every Ctrl-C.
fn on_interrupt(handler: impl FnMut() + Send + 'static) -> Result<(), End> {
    ctrlc::set_handler(handler).map_err(|error| {
        let hint = match &error {
            ctrlc::Error::System(error) => limits::process_hint(error),
            _ => String::new(),
        };
        End::Failed(format!("Ctrl-C could not be listened for: {error}{hint}"))
    })
}
