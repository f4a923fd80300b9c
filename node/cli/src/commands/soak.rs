//! `lvs soak`: tries to break the protocol on a simulated network.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use lvs_simulator::{Outcome, Scenario, random, run, shrink, soak};
use serde::Serialize;

use super::{End, on_interrupt, whole};
use crate::output;
use crate::text::printable;

/// The most threads.
const THREADS_MAX: usize = 1_024;

/// Runs that making a failing scenario smaller may take.
const SHRINK_RUNS: usize = 300;

/// Failing seeds that are named; more are only counted.
const NAMED: usize = 10;

/// From one look of the progress bar to the next.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// Try to break the protocol: run random scenarios on a simulated network, or one from a file.
///
/// Nodes lie, die and fall silent, copies are overwritten, the network loses, delays, repeats and parts. Checkers watch
/// every honest node after every event. All of it follows from the seed. If a run fails, the exit code is 1. The first
/// failing seed is named with the command that replays it, and with the smallest scenario that was found to fail alike.
#[derive(Args)]
pub(super) struct Arguments {
    /// The seeds to run: from A up to B, without B.
    #[arg(long, value_name = "A..B", default_value = "0..100", conflicts_with = "scenario")]
    seeds: Seeds,
    /// Run the scenario of this TOML file instead; - for standard input.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// The seed of the scenario, in place of its own.
    #[arg(long, requires = "scenario", value_parser = whole::<u64>)]
    seed: Option<u64>,
    /// Threads, up to 1,024, each for one run at a time; one for each processor if absent.
    #[arg(long, value_parser = whole::<usize>)]
    threads: Option<usize>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Show no progress.
    #[arg(long)]
    quiet: bool,
}

/// A range of seeds.
#[derive(Clone)]
struct Seeds(Range<u64>);

impl FromStr for Seeds {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ends = text.split_once("..").and_then(|(a, b)| Some(a.parse().ok()?..b.parse().ok()?));
        let seeds = ends.filter(|seeds: &Range<u64>| !seeds.is_empty());
        seeds.map(Self).ok_or("expected two whole numbers such as 0..100, the first below the second")
    }
}

pub(super) fn main(arguments: &Arguments) -> Result<(), End> {
    match &arguments.scenario {
        Some(path) => one(arguments, path),
        None => many(arguments, arguments.seeds.0.clone()),
    }
}

// One scenario -------------------------------------------------------------------------------------------------------

fn one(arguments: &Arguments, path: &Path) -> Result<(), End> {
    let mut scenario = read(path)?;
    scenario.seed = arguments.seed.unwrap_or(scenario.seed);
    let outcome = run(&scenario);
    if arguments.json {
        output::print(&serde_json::to_string(&outcome).map_err(End::failed)?)?;
    } else {
        output::print(&printable(&table(&outcome)))?;
    }
    if outcome.violation.is_none() {
        return Ok(());
    }
    Err(End::Failed(format!("replay: lvs soak --scenario {} --seed {}", path.display(), scenario.seed)))
}

fn read(path: &Path) -> Result<Scenario, End> {
    let refusal =
        |error: &dyn std::fmt::Display| End::Usage(format!("--scenario: {}: {error}", path.display()));
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    Scenario::read(&text.map_err(|error| refusal(&error))?).map_err(|error| refusal(&error))
}

fn table(outcome: &Outcome) -> String {
    let exact =
        outcome.exact_after.map(|cycles| format!("{cycles} cycles after the last event of the timeline"));
    let result = outcome.violation.as_ref().map(|violation| format!("BROKEN: {violation}"));
    let rows = [
        ("result", result.unwrap_or_else(|| "every promise kept".into())),
        ("exact", exact.unwrap_or_else(|| "not asked for, or not reached".into())),
        ("cycles", outcome.cycles.to_string()),
        ("datagrams", format!("{} with {} bytes", outcome.datagrams, outcome.bytes)),
        ("contributions", format!("{} accepted, {} refused", outcome.contributions, outcome.refused)),
        (
            "VaultGuard",
            format!("held back {} times, {} alarms heard", outcome.held_back, outcome.alarms_heard),
        ),
        ("refused", format!("{} datagrams", outcome.datagrams_refused)),
        ("beyond the bound", format!("{} honest replicas", outcome.replicas_beyond_bound)),
        ("seed", outcome.seed.to_string()),
    ];
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (name, text) in rows {
        table.add_row([name, &text]);
    }
    table.trim_fmt()
}

// Many seeds ---------------------------------------------------------------------------------------------------------

/// What came of all runs.
#[derive(Serialize)]
struct Report {
    runs: u64,
    asked: u64,
    failures: Vec<Outcome>,
    exact_after_median: Option<u32>,
    exact_after_worst: Option<u32>,
    worst_seed: Option<u64>,
    threads: usize,
    seconds: f64,
    replay: Option<String>,
    smallest_scenario: Option<String>,
}

fn many(arguments: &Arguments, seeds: Range<u64>) -> Result<(), End> {
    let threads = arguments.threads()?;
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    on_interrupt(move || flag.store(true, Ordering::Relaxed))?;
    let began = Instant::now();
    let outcomes = play(seeds.clone(), threads, arguments.quiet, &interrupted);
    let mut report = Report::new(outcomes, seeds.end - seeds.start, threads);
    report.shrink(arguments.quiet);
    report.seconds = began.elapsed().as_secs_f64();
    if arguments.json {
        output::print(&serde_json::to_string(&report).map_err(End::failed)?)?;
    } else {
        output::print(&printable(&report.text()))?;
    }
    if report.runs < report.asked {
        return Err(End::Failed(format!("ended early, after {} of {} runs", report.runs, report.asked)));
    }
    if report.failures.is_empty() { Ok(()) } else { Err(End::Failed(String::new())) }
}

fn play(seeds: Range<u64>, threads: usize, quiet: bool, interrupted: &AtomicBool) -> Vec<Outcome> {
    let progress = progress_bar(seeds.end - seeds.start, quiet);
    let mut outcomes = Vec::new();
    let mut failures = 0;
    soak(seeds, threads, random, |outcome| {
        failures += u64::from(outcome.violation.is_some());
        progress.set_message(format!("{failures} failed"));
        progress.inc(1);
        outcomes.push(outcome);
        !interrupted.load(Ordering::Relaxed)
    });
    progress.finish_and_clear();
    outcomes.sort_by_key(|outcome| outcome.seed);
    outcomes
}

fn progress_bar(runs: u64, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let template = "{elapsed} {bar:30} run {pos} of {len}, {eta} to go; {msg}";
    let style = ProgressStyle::with_template(template).expect("the template is sound");
    // Hidden by itself where standard error is no terminal.
    let progress = ProgressBar::new(runs).with_style(style);
    progress.enable_steady_tick(SHOWN_EVERY);
    progress
}

impl Report {
    fn new(outcomes: Vec<Outcome>, asked: u64, threads: usize) -> Self {
        let worst = outcomes.iter().filter_map(|outcome| Some((outcome.exact_after?, outcome.seed))).max();
        let mut exact: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.exact_after).collect();
        exact.sort_unstable();
        Self {
            runs: outcomes.len() as u64,
            asked,
            failures: outcomes.into_iter().filter(|outcome| outcome.violation.is_some()).collect(),
            exact_after_median: exact.get(exact.len() / 2).copied(),
            exact_after_worst: worst.map(|(cycles, _)| cycles),
            worst_seed: worst.map(|(_, seed)| seed),
            threads,
            seconds: 0.0,
            replay: None,
            smallest_scenario: None,
        }
    }

    /// Makes the scenario of the first failing seed smaller.
    fn shrink(&mut self, quiet: bool) {
        let Some(failure) = self.failures.first() else { return };
        let progress = if quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        progress.set_message(format!("making the scenario of seed {} smaller", failure.seed));
        progress.enable_steady_tick(SHOWN_EVERY);
        self.replay = Some(replay(failure.seed));
        self.smallest_scenario = Some(shrink(&random(failure.seed), SHRINK_RUNS).to_toml());
        progress.finish_and_clear();
    }

    fn text(&self) -> String {
        let mut lines = vec![format!(
            "{} runs on {} threads in {:.1} s, {} failed",
            self.runs,
            self.threads,
            self.seconds,
            self.failures.len()
        )];
        if let Some((median, worst)) = self.exact_after_median.zip(self.exact_after_worst) {
            let seed = self.worst_seed.unwrap_or_default();
            lines.push(format!("exact after {median} cycles in the median, {worst} at worst (seed {seed})"));
        }
        for failure in self.failures.iter().take(NAMED) {
            let violation = failure.violation.iter().map(ToString::to_string).collect::<String>();
            lines.push(format!("\nseed {}: {violation}\nreplay: {}", failure.seed, replay(failure.seed)));
        }
        if let Some(scenario) = &self.smallest_scenario {
            let seed = self.failures[0].seed;
            lines
                .push(format!("\nThe smallest scenario found that fails as seed {seed} does:\n\n{scenario}"));
        }
        lines.join("\n")
    }
}

/// The command that runs a seed again.
fn replay(seed: u64) -> String {
    format!("lvs soak --seeds {seed}..{}", seed + 1)
}

impl Arguments {
    fn threads(&self) -> Result<usize, End> {
        match self.threads {
            Some(threads @ 1..=THREADS_MAX) => Ok(threads),
            Some(threads) => Err(End::Usage(format!("--threads: got {threads}, expected 1 to 1,024"))),
            None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        }
    }
}
