//! The Rust part of the race: drift against merely reading the same streams.
//!
//! `cargo run -p lvs-benches --release --bin race -- --help`; benches/README.md says how to read the figures.
#![forbid(unsafe_code)]

mod options;
mod scene;
mod targets;

use clap::Parser;
use lvs_benches::{engines, machine::Machine, report::Report, workload::Weights};

use options::Options;
use scene::Scene;

fn main() {
    let options = Options::parse().settled();
    let report = run(&options);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report).expect("a report is plain data"));
    } else {
        println!("{}", report.markdown());
    }
}

fn run(options: &Options) -> Report {
    let mut report = Report {
        machine: Machine::here(),
        notes: options.notes(),
        measurements: Vec::new(),
        checks: Vec::new(),
    };
    report.notes.extend(engines::skipped_lines(&engines::engines(1).1));
    for weights in [Weights::Random, Weights::Equal] {
        for (name, cells, threads) in options.sizes() {
            let scene = Scene::new(name, weights, options.layout(cells), threads);
            let results = scene.run(&options.plan());
            report.checks.extend(targets::checks(&scene, &results));
            report.measurements.extend(results.into_iter().map(|result| result.measurement));
        }
    }
    report
}
