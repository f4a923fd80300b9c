//! The scenarios with a name, random ones, and whether the machine finds what is broken.

use std::path::{Path, PathBuf};

use lvs_protocol::Rule;
use lvs_simulator::{Broken, Scenario, random, run, shrink};

use crate::seeds;

/// Random scenarios within which every broken build must be found.
const FOUND_WITHIN: u64 = 100;

/// Random scenarios that are run here; `lvs soak` runs more.
const RANDOM_RUNS: u64 = 12;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// All scenarios with a name, by their files.
fn named() -> Vec<(PathBuf, Scenario)> {
    let files = std::fs::read_dir(folder()).expect("the folder is there");
    let paths = files.map(|file| file.expect("a file").path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        let scenario = Scenario::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, scenario)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn every_named_scenario_keeps_its_promises() {
    let scenarios = named();
    assert!(scenarios.len() >= 10);
    for (path, scenario) in scenarios {
        let outcome = run(&scenario);
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        println!("{name}: exact after {:?}, {} bytes", outcome.exact_after, outcome.bytes);
        let replay = format!("lvs soak --scenario {}", path.display());
        assert_eq!(outcome.violation, None, "{replay}");
        assert!(!scenario.about.is_empty(), "{name} says nothing about itself");
    }
}

#[test]
fn random_scenarios_keep_their_promises() {
    for seed in seeds(RANDOM_RUNS) {
        let outcome = run(&random(seed));
        assert_eq!(outcome.violation, None, "lvs soak --seeds {seed}..{}", seed + 1);
        assert!(outcome.exact_after.is_some() && outcome.contributions > 0, "seed {seed}");
    }
}

#[test]
fn a_run_replays_bit_for_bit() {
    for seed in [3, 8, 21] {
        let scenario = random(seed);
        assert_eq!(run(&scenario), run(&scenario), "seed {seed}");
        let other = Scenario { seed: seed + 1_000, ..scenario.clone() };
        assert_ne!(run(&other).bytes, run(&scenario).bytes, "seed {seed}");
    }
}

/// The scenario of a seed, played by nodes that leave out a rule.
fn broken(rule: Broken, seed: u64) -> Scenario {
    let mut scenario = random(seed);
    scenario.conditions.leaves_out = Some(rule);
    scenario
}

/// The first seed that finds that a rule is left out.
fn finds(rule: Broken) -> u64 {
    let mut seeds = 0..FOUND_WITHIN;
    let found = seeds.find(|&seed| {
        let scenario = broken(rule, seed);
        can_show(rule, &scenario) && run(&scenario).violation.is_some()
    });
    found.unwrap_or_else(|| panic!("nobody notices that {rule} is left out"))
}

/// Whether it matters in a scenario that a rule is left out. Where no old sample comes again, none can be refused; to run
/// those would take a minute.
fn can_show(rule: Broken, scenario: &Scenario) -> bool {
    rule != Broken(Rule::Freshness) || scenario.conditions.replay_percent > 100
}

#[test]
fn every_broken_build_is_found() {
    for rule in Broken::ALL {
        println!("without {rule}: found by seed {}", finds(rule));
    }
}

#[test]
fn a_failing_scenario_is_made_smaller() {
    let rule = Broken(Rule::Stamps);
    let scenario = broken(rule, finds(rule));
    let found = run(&scenario).violation.expect("it failed before");
    let smallest = shrink(&scenario, 60);
    let again = run(&smallest).violation.expect("it still fails");
    assert_eq!(again.checker, found.checker);
    assert!(smallest.to_toml().len() < scenario.to_toml().len());
    // What is at fault is the rule that was left out.
    let mut whole = smallest;
    whole.conditions.leaves_out = None;
    assert_eq!(run(&whole).violation, None);
}
