//! What lvs does in the race of the GPU: makes the data, writes it and the scalar backend's answers to files, checks
//! the GPU against them, and then times cycles whenever a line on standard input asks for some.
//!
//! Lines out are JSON: first what it runs on, then one for each line in. A line in is `trim N` or `average N`: so many
//! cycles of that kind. Driven by benches/gpu_race.sh.
#![forbid(unsafe_code)]

mod answer;
mod case;
mod contender;

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::path::PathBuf;

use clap::Parser;
use lvs_kernels::{Backend, BackendInfo, Engine, backends};
use serde_json::{Value, json};

use answer::Answer;
use case::{Case, NEIGHBOURS};
use contender::Contender;

/// Makes and checks the data of the GPU's race, then times cycles as standard input asks for them.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// The backend that races: `gpu`, or `gpu:` and a part of an adapter's name.
    #[arg(long, default_value = "gpu")]
    backend: String,
    /// Rows that move, each with 15 neighbours of its own.
    #[arg(long, default_value_t = 8_192, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    rows: u64,
    /// Cells in a row; with more, a residual could exceed 63 bits.
    #[arg(long, default_value_t = 1_024, value_parser = clap::value_parser!(u64).range(1..=1 << 16))]
    cells: u64,
    /// The seed of values and weights.
    #[arg(long, default_value_t = 20_260)]
    seed: u64,
    /// The folder for the data and the answers.
    #[arg(long)]
    data: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let case = Case::new(options.rows as usize, options.cells as usize, options.seed);
    let scalar = Engine::new(Backend::Scalar)?;
    let answers = [(true, Answer::of(&scalar, &case, true)?), (false, Answer::of(&scalar, &case, false)?)];
    case.write(&options.data)?;
    answers.iter().try_for_each(|(trim, answer)| answer.write(&options.data, name_of(*trim)))?;
    let engine = options.backend.parse::<Backend>().and_then(Engine::new);
    let contenders = match &engine {
        Ok(engine) => Some(checked(engine, &scalar, &case, &answers)?),
        Err(_) => None,
    };
    let summaries: Vec<Value> = answers.iter().map(|(trim, answer)| answer.summary(name_of(*trim))).collect();
    let lvs = match &engine {
        Ok(engine) => json!({ "device": engine.choice(), "software": is_software(engine) }),
        Err(error) => json!({ "reason": error.to_string() }),
    };
    let sizes = json!({ "rows": options.rows, "neighbours": NEIGHBOURS, "cells": options.cells });
    say(&json!({ "lvs": lvs, "sizes": sizes, "guard": case::constants(), "answers": summaries }))?;
    match contenders {
        Some(contenders) => serve(contenders),
        None => Ok(()),
    }
}

/// How files and lines call the two kinds of drift.
fn name_of(trim: bool) -> &'static str {
    if trim { "trim" } else { "average" }
}

/// Whether an engine's adapter only imitates a GPU, as the list of backends says.
fn is_software(engine: &Engine) -> bool {
    let imitates = |info: &BackendInfo| info.kind == "gpu" && info.reason.starts_with("imitates");
    backends().iter().any(|info| imitates(info) && engine.choice().contains(&info.device))
}

/// The two swarms that are timed, after the GPU gave the scalar backend's bits in a single call and over some cycles.
fn checked(
    engine: &Engine,
    scalar: &Engine,
    case: &Case,
    answers: &[(bool, Answer); 2],
) -> Result<[Contender; 2], Box<dyn Error>> {
    let check = |(trim, expected): &(bool, Answer)| {
        Answer::of(engine, case, *trim)?.expect(expected, name_of(*trim))?;
        Contender::checked(engine, scalar, case, *trim)
    };
    Ok([check(&answers[0])?, check(&answers[1])?])
}

fn serve(mut contenders: [Contender; 2]) -> Result<(), Box<dyn Error>> {
    for line in stdin().lock().lines() {
        let line = line?;
        let asked = line.split_once(' ').and_then(|(kind, count)| Some((kind, count.parse::<u64>().ok()?)));
        let timed = match asked {
            Some(("trim", cycles)) => contenders[0].run(cycles)?,
            Some(("average", cycles)) => contenders[1].run(cycles)?,
            _ => return Err(format!("got '{line}', expected 'trim N' or 'average N'").into()),
        };
        say(&timed)?;
    }
    Ok(())
}

fn say(line: &Value) -> std::io::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
