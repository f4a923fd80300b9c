//! What the tests share: golden vectors, the conformance suite, a naive second oracle, groups under attack, and data.
#![forbid(unsafe_code)]

pub mod attack;
pub mod conformance;
pub mod data;
pub mod graphs;
pub mod group;
pub mod oracle;
pub mod random;
pub mod vectors;

use std::io::Write;

use lvs_kernels::{Backend, Engine};

/// The scalar engine on one thread: the reference.
pub fn reference() -> Engine {
    Engine::with_threads(Backend::Scalar, Some(1)).expect("the scalar backend always runs")
}

/// Writes a line to standard error past the test harness's capture, so that a skip is seen in every run.
pub fn announce(line: &str) {
    // A closed standard error must not fail a test.
    let _ = writeln!(std::io::stderr(), "{line}");
}
