//! Drift on one thread, level by level: beside the sum of the same streams, and beside an older build of this program.
//!
//! `benches/speed.sh COMMIT` builds both and runs them. Each build is a process of its own that holds its rows and does
//! one round whenever it is asked, so that the builds take turns.
#![forbid(unsafe_code)]

mod figures;
mod rounds;
mod scenes;

use std::path::PathBuf;

use clap::Parser;
use lvs_benches::machine::Machine;

use rounds::Build;

/// Times drift (trimming and averaging) on every vector level: ratios to the sum of the same streams, and to an older
/// build.
#[derive(Clone, Debug, Parser)]
struct Options {
    /// This program, built from another state of the kernels, to compare with.
    #[arg(long)]
    baseline: Option<PathBuf>,
    /// Rounds; medians are taken over them.
    #[arg(long, default_value_t = 31, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// The least time of a turn in milliseconds.
    #[arg(long, default_value_t = 2)]
    turn_ms: u64,
    /// Do a round for each line on standard input, as the process of one build.
    #[arg(long, hide = true)]
    serve: bool,
}

fn main() {
    let options = Options::parse();
    if options.serve {
        return rounds::serve(options.turn_ms);
    }
    println!("{}\n", Machine::here().line());
    println!("- K = 15, random weights, 3 hostile; 1,024 cells in cache, 2^21 out of cache");
    println!("- {} rounds in turns; ns a cell and ratios are medians over rounds\n", options.rounds);
    let here = std::env::current_exe().expect("this program has a path");
    let mut builds = vec![Build::start(&here, options.turn_ms)];
    builds.extend(options.baseline.iter().map(|path| Build::start(path, options.turn_ms)));
    for _ in 0..options.rounds {
        builds.iter_mut().for_each(Build::round);
    }
    println!("{}", figures::table(&builds));
}
