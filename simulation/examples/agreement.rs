//! Runs every attack on replica groups and prints, as Markdown, how many runs ended exact and what was the worst.
//!
//!     cargo run --release -p lvs-simulation --example agreement -- matrix [SEEDS] [TRUST ...]
//!     cargo run --release -p lvs-simulation --example agreement -- sizes [SEEDS]
//!     cargo run --release -p lvs-simulation --example agreement -- newcomers [SEEDS]
//!     cargo run --release -p lvs-simulation --example agreement -- replay 16 5 edge halves 200000000 full 4 1
//!
//! A case is replayed by its members, hostile members, attack, start, spread in micro-VU, trust, cells and seed.

use std::error::Error;

use lvs_simulation::Attack;
use lvs_simulation::agreement::{Case, Ending, SPREADS, Start, Trust, cases, run};
use rayon::prelude::*;

/// By when a group has to be exact.
const CYCLES: u64 = 20_000;

/// For how long groups are watched that need not become exact.
const CYCLES_BEYOND: u64 = 2_000;

/// How many newcomers are put beside a group.
const NEWCOMERS: [usize; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// For how long newcomers, who earn trust in about a thousand cycles, are watched.
const CYCLES_NEWCOMERS: u64 = 5_000;

/// What came of many runs.
#[derive(Default)]
struct Tally {
    runs: usize,
    exact: usize,
    /// The last cycle from which on a run was exact.
    slowest: u64,
    /// The farthest out of the honest range.
    outside: u64,
    /// The first run that was not exact or left the range.
    failed: Option<Case>,
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = words.split_first().ok_or("expected matrix, sizes, newcomers or replay")?;
    let seeds = || rest.first().map_or(Ok(20), |word| word.parse::<u64>());
    match command.as_str() {
        "matrix" => matrix(seeds()?, rest.get(1..).unwrap_or_default()),
        "sizes" => sizes(seeds()?),
        "newcomers" => newcomers(seeds()?),
        "replay" => replay(&rest.join(" ").parse()?),
        other => Err(format!("got '{other}', expected matrix, sizes, newcomers or replay").into()),
    }
}

/// Groups of 16 with one to six hostile members: a table for each trust at the start, a row for each attack.
fn matrix(seeds: u64, trusts: &[String]) -> Result<()> {
    for trust in Trust::ALL {
        if !trusts.is_empty() && !trusts.iter().any(|name| name == trust.name()) {
            continue;
        }
        println!("\nTrust at the start: {}; {} runs in each field\n", trust.name(), seeds * 6);
        println!("| attack | 1 | 2 | 3 | 4 | 5 | 6 |\n|---|---|---|---|---|---|---|");
        let mut failed = Vec::new();
        for attack in Attack::ALL {
            let mut fields = Vec::new();
            for hostile in 1..=6 {
                let cases = cases(16, hostile, trust, 0..seeds);
                let cases = cases.into_iter().filter(|case| case.attack == attack).collect();
                let tally = tally(cases, if hostile < 6 { CYCLES } else { CYCLES_BEYOND })?;
                fields.push(tally.to_string());
                failed.extend(tally.failed.filter(|_| hostile < 6));
            }
            println!("| {attack} | {} |", fields.join(" | "));
        }
        failed.iter().for_each(|case| println!("\nFailed first: {case}"));
    }
    Ok(())
}

/// Groups of 4 to 31 with as many hostile members as heads allow.
fn sizes(seeds: u64) -> Result<()> {
    println!("| members | hostile | all attacks but cross | cross |\n|---|---|---|---|");
    for members in 4..=31 {
        let hostile = (members - 1) / 3;
        let cases = cases(members, hostile, Trust::Full, 0..seeds);
        let (cross, others) = cases.into_iter().partition(|case| case.attack == Attack::Cross);
        let others = tally(others, CYCLES)?;
        let cross = tally(cross, CYCLES)?;
        println!("| {members} | {hostile} | {others} | {cross} |");
        others.failed.iter().for_each(|case| println!("\nFailed first: {case}"));
    }
    Ok(())
}

/// Hostile newcomers beside the two halves of a group, 200 VU apart.
fn newcomers(seeds: u64) -> Result<()> {
    println!(
        "| honest | newcomers | exact | attacks that freeze it | outside within the bound | outside | beyond from |"
    );
    println!("|---|---|---|---|---|---|---|");
    for honest in [8, 11] {
        for hostile in NEWCOMERS {
            let cases = cases(honest + hostile, hostile, Trust::Newcomers, 0..seeds);
            let cases =
                cases.into_iter().filter(|case| case.spread == SPREADS[2] && case.start == Start::Halves);
            let ends = run_all(cases.collect(), CYCLES_NEWCOMERS)?;
            let frozen = |attack: &Attack| {
                ends.iter().any(|(case, end)| case.attack == *attack && end.exact_from.is_none())
            };
            let frozen: Vec<&str> = Attack::ALL.into_iter().filter(frozen).map(Attack::name).collect();
            let tally = Tally::of(&ends);
            let within = ends.iter().map(|(_, end)| end.outside_within_bound).max().unwrap_or(0);
            let beyond = ends.iter().filter_map(|(_, end)| end.beyond_from).min();
            println!(
                "| {honest} | {hostile} | {} of {}, {} | {} | {} | {:.3} VU | {} |",
                tally.exact,
                tally.runs,
                tally.slowest,
                frozen.join(", "),
                within,
                tally.outside as f64 / 1e6,
                beyond.map_or("never".into(), |cycle| cycle.to_string())
            );
        }
    }
    Ok(())
}

fn replay(case: &Case) -> Result<()> {
    println!("{:#?}", run(case, CYCLES)?);
    Ok(())
}

fn tally(cases: Vec<Case>, cycles: u64) -> Result<Tally> {
    Ok(Tally::of(&run_all(cases, cycles)?))
}

fn run_all(cases: Vec<Case>, cycles: u64) -> Result<Vec<(Case, Ending)>> {
    let ends = cases.into_par_iter().map(|case| run(&case, cycles).map(|end| (case, end)));
    Ok(ends.collect::<std::result::Result<_, lvs_simulation::Error>>()?)
}

impl Tally {
    fn of(ends: &[(Case, Ending)]) -> Self {
        let mut tally = Self::default();
        for (case, end) in ends {
            tally.runs += 1;
            tally.exact += usize::from(end.exact_from.is_some());
            tally.slowest = tally.slowest.max(end.exact_from.unwrap_or(0));
            tally.outside = tally.outside.max(end.outside);
            if (end.exact_from.is_none() || end.outside > 0) && tally.failed.is_none() {
                tally.failed = Some(*case);
            }
        }
        tally
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.exact < self.runs {
            write!(f, "**{} of {}**, ", self.exact, self.runs)?;
        }
        write!(f, "{}", self.slowest)?;
        if self.outside > 0 {
            write!(f, ", out by {:.3} VU", self.outside as f64 / 1e6)?;
        }
        Ok(())
    }
}
