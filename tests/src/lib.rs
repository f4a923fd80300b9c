//! What the tests share: golden vectors, the conformance suite, a naive second oracle, groups under attack, and data.
#![forbid(unsafe_code)]

pub mod conformance;
pub mod data;
pub mod graphs;
pub mod group;
pub mod oracle;
pub mod random;
pub mod row;
pub mod strategies;
pub mod vectors;

use std::io::Write;
use std::sync::OnceLock;

use lvs_kernels::{Backend, BackendInfo, Engine, backends};

/// The scalar engine on one thread: the reference.
pub fn reference() -> Engine {
    Engine::with_threads(Backend::Scalar, Some(1)).expect("the scalar backend always runs")
}

/// Writes a line to standard error past the test harness's capture, so that a skip is seen in every run.
pub fn announce(line: &str) {
    // In one piece, for other tests write too. A closed standard error must not fail a test.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// An engine of one thread for every CPU backend that this machine can run, each under its own name; those that it
/// cannot run are announced, once per program.
pub fn engines() -> &'static [Engine] {
    static ENGINES: OnceLock<Vec<Engine>> = OnceLock::new();
    ENGINES.get_or_init(|| {
        let named = |info: &BackendInfo| info.kind != "gpu" && !["auto", "simd"].contains(&&*info.name);
        backends().into_iter().filter(named).filter_map(|info| engine(&info.name)).collect()
    })
}

fn engine(name: &str) -> Option<Engine> {
    let backend: Backend = name.parse().expect("a listed name parses");
    let engine = Engine::with_threads(backend, Some(1));
    engine.inspect_err(|reason| announce(&format!("NOT RUN: {reason}"))).ok()
}
