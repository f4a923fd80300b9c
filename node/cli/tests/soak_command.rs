//! `lvs soak`, the real command: runs that pass, runs that fail, and what it refuses.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn soak(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lvs")).arg("soak").args(arguments).output().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A scenario that expects what cannot be: what was contributed in its last cycle is known everywhere at once.
const BROKEN: &str = "
    seed = 1
    [conditions]
    loss_percent = 60
    [[timeline]]
    cycle = 0
    contribute = { count = 20, over = 20 }
    [expect]
    exact_within = 0
";

fn written(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("scenario.toml");
    std::fs::write(&path, text).expect("the folder can be written to");
    path
}

#[test]
fn random_runs_pass_and_are_the_same_on_any_number_of_threads() {
    let report = |threads: &str| {
        let output = soak(&["--seeds", "3..9", "--threads", threads, "--json"]);
        assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).expect("one JSON object")
    };
    let (one, three) = (report("1"), report("3"));
    assert_eq!((&one["runs"], &one["failures"]), (&6.into(), &Value::Array(Vec::new())));
    for name in ["exact_after_median", "exact_after_worst", "worst_seed"] {
        assert!(one[name].is_u64() && one[name] == three[name], "{name}: {} {}", one[name], three[name]);
    }
    let output = text(&soak(&["--seeds", "3..5"]).stdout);
    assert!(output.contains("2 runs on ") && output.contains(", 0 failed"), "{output}");
}

#[test]
fn a_scenario_from_a_file_passes() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../simulator/scenarios/thirty-percent-killed.toml");
    let output = soak(&["--scenario", path.to_str().expect("a plain path")]);
    let table = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{table}{}", text(&output.stderr));
    assert!(table.contains("every promise kept") && table.contains("400 accepted"), "{table}");
}

#[test]
fn a_broken_promise_exits_with_1_and_says_how_to_see_it_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = written(&folder, BROKEN);
    let path = path.to_str().expect("a plain path");
    let output = soak(&["--scenario", path, "--seed", "7"]);
    let (table, message) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{table}{message}");
    assert!(table.contains("BROKEN: exact: node "), "{table}");
    assert!(message.contains(&format!("replay: lvs soak --scenario {path} --seed 7")), "{message}");
    let json = soak(&["--scenario", path, "--json"]);
    let outcome: Value = serde_json::from_slice(&json.stdout).expect("one JSON object");
    assert_eq!((json.status.code(), &outcome["violation"]["checker"]), (Some(1), &"exact".into()));
}

#[test]
fn mistakes_are_named_and_exit_with_2() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = written(&folder, &format!("{BROKEN}\nexact_withn = 3"));
    let path = path.to_str().expect("a plain path");
    let cases: [(&[&str], &str); 7] = [
        (&["--seeds", "9..3"], "expected two whole numbers such as 0..100"),
        (&["--seeds", "some"], "expected two whole numbers such as 0..100"),
        (&["--threads", "0"], "--threads: got 0, expected 1 to 1,024"),
        (&["--seed", "4"], "--scenario"),
        (&["--scenario", "/nowhere/at/all"], "--scenario: /nowhere/at/all: No such file"),
        (&["--scenario", path], "line 11"),
        (&["--scenario", path], "unknown field `exact_withn`"),
    ];
    for (arguments, expected) in cases {
        let output = soak(arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}
