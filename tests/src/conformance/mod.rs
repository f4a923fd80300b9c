//! One suite that every backend has to pass: it reproduces the golden vectors, and equals the scalar reference bit for
//! bit on every shape that could cross the edge of a tile, on any number of threads.
//!
//! [`conformance!`](crate::conformance!) makes a test program of it, with one line per backend. Backends that cannot
//! run on this machine are reported as ignored, each with the reason on standard error.

mod pool;
mod rows;
mod small;
mod window;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use lvs_kernels::{Backend, Engine, backends};

use crate::vectors::verify;
use crate::{announce, for_every_kernel};

/// Thread counts that every check runs with.
const THREADS: [usize; 3] = [1, 2, 3];

/// The environment variable that sets the seed of the random input.
const SEED_VARIABLE: &str = "LVS_TEST_SEED";

/// The environment variable that names backends (as in the program's lines, with commas between) that must run here.
const REQUIRED_VARIABLE: &str = "LVS_TEST_REQUIRED";

/// A check of one kernel: the backend's engines (one per thread count) and a seed.
type Check = fn(&[Engine], u64);

/// Every check beside the golden vectors.
const CHECKS: [(&str, Check); 10] = [
    ("drift_shapes", rows::shapes),
    ("drift_many_neighbours", rows::many_neighbours),
    ("drift_threaded_row", rows::threaded_row),
    ("drift_without_cells", rows::without_cells),
    ("drift_window_edges", window::edges),
    ("drift_window_one_lane", window::one_lane),
    ("pool_shapes", pool::shapes),
    ("pairwise_shapes", pool::pairwise),
    ("swarm_steps", pool::swarm),
    ("trust_weights_reputation", small::trust_weights_reputation),
];

/// Makes a `main` that runs the suite for every backend named, one to a line: `name => Backend::...;`.
#[macro_export]
macro_rules! conformance {
    ($($name:ident => $backend:expr;)+) => {
        fn main() -> std::process::ExitCode {
            $crate::conformance::run(vec![$((stringify!($name), $backend)),+])
        }
    };
}

/// Runs the suite for these backends.
pub fn run(asked: Vec<(&'static str, Backend)>) -> ExitCode {
    let arguments = Arguments::from_args();
    let seed = seed();
    if !arguments.list {
        announce(&format!("conformance: {SEED_VARIABLE}={seed}"));
    }
    let mut trials = vec![every_backend_is_named(&asked)];
    for (name, backend) in asked {
        trials.extend(trials_of(name, backend, seed, !arguments.list));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn seed() -> u64 {
    match std::env::var(SEED_VARIABLE) {
        Ok(seed) => {
            seed.parse().unwrap_or_else(|_| panic!("{SEED_VARIABLE}: got '{seed}', expected a number"))
        }
        Err(_) => 2_013,
    }
}

/// The trials of one backend; ignored, and the reason told, where it cannot run.
fn trials_of(name: &'static str, backend: Backend, seed: u64, tell: bool) -> Vec<Trial> {
    // Threads make no difference to a GPU.
    let threads = if matches!(backend, Backend::Gpu(_)) { &THREADS[..1] } else { &THREADS };
    let engines: Result<Vec<Engine>, _> =
        threads.iter().map(|&threads| Engine::with_threads(backend.clone(), Some(threads))).collect();
    match engines {
        Ok(engines) => {
            if tell {
                announce(&format!("conformance: {name}: {}", engines[0].choice()));
            }
            runnable(name, &engines, seed)
        }
        Err(reason) => {
            if tell {
                announce(&format!("conformance: NOT RUN: {name}: {reason}"));
            }
            let reason = reason.to_string();
            let names = CHECKS.iter().map(|(check, _)| *check).chain(["golden_vectors"]);
            names.map(|check| not_run(&format!("{name}::{check}"), is_required(name), &reason)).collect()
        }
    }
}

/// The trial of a backend that cannot run: ignored, or a failure where it must.
fn not_run(name: &str, required: bool, reason: &str) -> Trial {
    let message = format!("{REQUIRED_VARIABLE} names it, and {reason}");
    Trial::test(name, move || Err(message.into())).with_ignored_flag(!required)
}

fn is_required(name: &str) -> bool {
    std::env::var(REQUIRED_VARIABLE).is_ok_and(|names| names.split(',').any(|required| required == name))
}

fn runnable(name: &str, engines: &[Engine], seed: u64) -> Vec<Trial> {
    let mut trials: Vec<Trial> = CHECKS
        .iter()
        .map(|&(check, run)| {
            let engines = engines.to_vec();
            Trial::test(format!("{name}::{check}"), move || {
                run(&engines, seed);
                Ok(())
            })
        })
        .collect();
    let engines = engines.to_vec();
    trials.push(Trial::test(format!("{name}::golden_vectors"), move || {
        engines.iter().for_each(golden_vectors);
        Ok(())
    }));
    trials
}

fn golden_vectors(engine: &Engine) {
    for_every_kernel!(verify(engine));
}

/// A level that the library lists and this program does not name would never be tested.
fn every_backend_is_named(asked: &[(&'static str, Backend)]) -> Trial {
    let named: Vec<String> = asked.iter().map(|(_, backend)| backend.to_string()).collect();
    Trial::test("every_listed_backend_is_named", move || {
        let cpu = backends()
            .into_iter()
            .filter(|info| info.kind != "gpu" && info.name != "auto" && info.name != "simd");
        let missing: Vec<String> = cpu.map(|info| info.name).filter(|name| !named.contains(name)).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("no line for {missing:?}").into()) }
    })
}
