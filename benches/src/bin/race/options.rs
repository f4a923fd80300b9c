//! The race's knobs.

use std::time::Duration;

use clap::Parser;
use lvs_benches::memory::Pages;
use lvs_benches::timing::Plan;
use lvs_benches::workload::Layout;

/// Times drift (K neighbours, trimming and averaging) against summing the same K + 1 streams, level by level.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// Neighbour rows, K.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=4_096))]
    pub neighbours: u64,
    /// Cells in a row, in cache.
    #[arg(long, default_value_t = 1_024)]
    pub cells_in_cache: usize,
    /// Cells in a row, out of cache.
    #[arg(long, default_value_t = 1 << 21)]
    pub cells_out_of_cache: usize,
    /// Turns that every contender gets; medians are taken over them.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..))]
    pub rounds: u64,
    /// The least time of a turn in milliseconds.
    #[arg(long, default_value_t = 5)]
    pub turn_ms: u64,
    /// Threads of the best level's second entry, out of cache.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=1_024))]
    pub threads: u64,
    /// Cache lines between rows, an odd number, so that they do not compete for the same cache sets.
    #[arg(long, default_value_t = 5)]
    pub stagger_lines: usize,
    /// The pages that rows lie on.
    #[arg(long, value_enum, default_value_t = Pages::Huge)]
    pub pages: Pages,
    /// The seed of values and weights.
    #[arg(long, default_value_t = 20_260)]
    pub seed: u64,
    /// Small sizes and few rounds: to see that it works, not for figures.
    #[arg(long)]
    pub quick: bool,
    /// Print one JSON object in place of tables.
    #[arg(long)]
    pub json: bool,
}

impl Options {
    /// The options with what `--quick` changes.
    pub fn settled(mut self) -> Self {
        if self.quick {
            (self.rounds, self.turn_ms) = (3, 1);
            self.cells_out_of_cache = self.cells_out_of_cache.min(1 << 16);
        }
        self
    }

    /// Name, cells and the second thread count of both scenes. In cache a row is too little work for threads.
    pub fn sizes(&self) -> [(&'static str, usize, usize); 2] {
        [
            ("in cache", self.cells_in_cache, 1),
            ("out of cache", self.cells_out_of_cache, self.threads as usize),
        ]
    }

    /// Where the rows of a scene lie.
    pub fn layout(&self, cells: usize) -> Layout {
        Layout {
            neighbours: self.neighbours as usize,
            cells,
            stagger_lines: self.stagger_lines,
            pages: self.pages,
            seed: self.seed,
        }
    }

    /// How long to measure.
    pub fn plan(&self) -> Plan {
        Plan { rounds: self.rounds as usize, turn: Duration::from_millis(self.turn_ms) }
    }

    /// The knobs in words, for the report.
    pub fn notes(&self) -> Vec<String> {
        let Self { neighbours, rounds, turn_ms, stagger_lines, pages, seed, .. } = self;
        let (inside, outside) = (self.cells_in_cache, self.cells_out_of_cache);
        vec![
            format!("K = {neighbours} neighbours, {inside} cells in cache, {outside} out of cache, seed {seed}"),
            format!("rows lie {stagger_lines} cache lines more than their length apart, on {pages:?} pages"),
            format!("{rounds} rounds in which all contenders take turns of at least {turn_ms} ms; medians over rounds"),
            "GB/s counts what is read and the row written; the stream sum only reads, in the faster of two orders".into(),
        ]
    }
}
