//! Which way to write vector code: the two inner loops of drift in arrays, `wide`, `fearless_simd` and intrinsics.
//!
//! `cargo run -p lvs-benches --release --bin technique`; every answer is checked before anything is timed.
#![deny(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod intrinsics;
mod loops;
mod machine;
mod network;
mod safe;
mod scene;
mod techniques;

use std::time::Duration;

use clap::Parser;
use lvs_benches::machine::Machine;
use lvs_benches::memory::Pages;
use lvs_benches::report::table;
use lvs_benches::timing::Plan;

/// Compares techniques on the inner loops of drift with 15 neighbours, in and out of cache, on one thread.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// Cells in a row, in cache; a multiple of 32.
    #[arg(long, default_value_t = 1_024)]
    cells_in_cache: usize,
    /// Cells in a row, out of cache; a multiple of 32.
    #[arg(long, default_value_t = 1 << 21)]
    cells_out_of_cache: usize,
    /// Turns that every contender gets; medians are taken over them.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// The least time of a turn in milliseconds.
    #[arg(long, default_value_t = 5)]
    turn_ms: u64,
    /// Cache lines between rows, an odd number.
    #[arg(long, default_value_t = 5)]
    stagger_lines: usize,
    /// The pages that rows lie on.
    #[arg(long, value_enum, default_value_t = Pages::Huge)]
    pages: Pages,
    /// The seed of values and weights.
    #[arg(long, default_value_t = 20_260)]
    seed: u64,
    /// Small sizes and few rounds: to see that it works, not for figures.
    #[arg(long)]
    quick: bool,
}

impl Options {
    fn sizes(&self) -> [(&'static str, usize); 2] {
        let outside = if self.quick { 1 << 14 } else { self.cells_out_of_cache };
        [("in cache", self.cells_in_cache), ("out of cache", outside)]
    }

    fn plan(&self) -> Plan {
        let (rounds, turn) = if self.quick { (3, 1) } else { (self.rounds, self.turn_ms) };
        Plan { rounds: rounds as usize, turn: Duration::from_millis(turn) }
    }
}

fn main() -> Result<(), String> {
    let options = Options::parse();
    println!("{}\n", Machine::here().line());
    techniques::techniques().1.iter().for_each(|line| println!("- {line}"));
    println!("- seed {}, {} cache lines between rows", options.seed, options.stagger_lines);
    println!("- intrinsics ÷: the time of intrinsics at the same level over this one's; 1 is as fast\n");
    let mut rows = Vec::new();
    for (name, cells) in options.sizes() {
        rows.extend(scene::run(name, cells, &options)?);
    }
    let headings =
        ["scene", "loop", "technique", "level", "ns/cell", "best", "GB/s", "× stream sum", "intrinsics ÷"];
    table(&headings, rows.into_iter()).iter().for_each(|line| println!("{line}"));
    Ok(())
}
