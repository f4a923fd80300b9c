//! Golden vectors: inputs and the results that the scalar reference gives for them, in `tests/vectors/*.json`.
//!
//! `tests/vectors/README.md` describes the files for readers in any language.

mod array;
mod drift;
mod edges;
mod pairwise;
mod pool;
mod reputation;
mod sample;
mod swarm;
mod trust;
mod weights;

use std::path::PathBuf;

use lvs_kernels::Engine;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::reference;
use array::{Input, Output, text};

pub use drift::Drift;
pub use pairwise::Pairwise;
pub use pool::Pool;
pub use reputation::Reputation;
pub use sample::Sample;
pub use swarm::SwarmRun;
pub use trust::Trust;
pub use weights::Weights;

/// The inputs of one kernel.
pub trait Kernel: Serialize + DeserializeOwned {
    /// The file is `<NAME>.json`.
    const NAME: &'static str;
    /// What the kernel gives.
    type Results: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug;
    /// The cases that the file holds, each with what it is for.
    fn cases() -> Vec<(String, Self)>;
    /// Runs the kernel on an engine.
    fn run(&self, engine: &Engine) -> Self::Results;
}

/// One case as it stands in a file.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Case<K: Kernel> {
    name: String,
    #[serde(flatten)]
    input: K,
    expected: K::Results,
}

/// One file.
#[derive(Deserialize)]
#[serde(bound = "")]
struct File<K: Kernel> {
    kernel: String,
    cases: Vec<Case<K>>,
}

/// The text of a kernel's file, by the scalar reference.
pub fn render<K: Kernel>() -> String {
    let engine = reference();
    let lines: Vec<String> = K::cases()
        .into_iter()
        .map(|(name, input)| {
            let expected = input.run(&engine);
            let case: Case<K> = Case { name, input, expected };
            serde_json::to_string(&case).expect("cases are plain data")
        })
        .collect();
    format!("{{\"kernel\": \"{}\", \"cases\": [\n{}\n]}}\n", K::NAME, lines.join(",\n"))
}

/// Where a kernel's file is.
pub fn path<K: Kernel>() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors");
    folder.join(format!("{}.json", K::NAME))
}

/// The text of a kernel's file as it is checked in.
pub fn checked_in<K: Kernel>() -> String {
    let path = path::<K>();
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs every case of a kernel's checked-in file on an engine and compares.
///
/// # Panics
/// If a result differs, with the case's name.
pub fn verify<K: Kernel>(engine: &Engine) {
    let file: File<K> = serde_json::from_str(&checked_in::<K>()).expect("a file of this kernel's cases");
    assert_eq!(file.kernel, K::NAME);
    assert!(!file.cases.is_empty(), "{} holds no case", K::NAME);
    for case in file.cases {
        let got = case.input.run(engine);
        assert_eq!(got, case.expected, "{}: case '{}' on {}", K::NAME, case.name, engine.choice());
    }
}

/// Calls `visit::<Kernel>(arguments)` for every kernel that has a file.
#[macro_export]
macro_rules! for_every_kernel {
    ($visit:ident($($argument:expr),*)) => {
        $visit::<$crate::vectors::Drift>($($argument),*);
        $visit::<$crate::vectors::Pool>($($argument),*);
        $visit::<$crate::vectors::Pairwise>($($argument),*);
        $visit::<$crate::vectors::Trust>($($argument),*);
        $visit::<$crate::vectors::Weights>($($argument),*);
        $visit::<$crate::vectors::Reputation>($($argument),*);
        $visit::<$crate::vectors::Sample>($($argument),*);
        $visit::<$crate::vectors::SwarmRun>($($argument),*);
    };
}

/// What VaultGuard did, in the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Summary {
    #[serde(with = "text")]
    rate_limited: u64,
    #[serde(with = "text")]
    floored: u64,
    #[serde(with = "text")]
    max_correction: u64,
    #[serde(with = "text")]
    sum_correction: u64,
}

impl From<lvs_kernels::DriftSummary> for Summary {
    fn from(summary: lvs_kernels::DriftSummary) -> Self {
        let lvs_kernels::DriftSummary { rate_limited, floored, max_correction, sum_correction } = summary;
        Self { rate_limited, floored, max_correction, sum_correction }
    }
}
