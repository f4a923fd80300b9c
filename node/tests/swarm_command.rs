//! The real command with real processes and sockets, small and fast.

use std::process::{Command, Output};

use serde_json::Value;

fn swarm(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lvs"));
    command.arg("swarm").args(arguments).output().expect("the command runs")
}

/// A file of contributions that is gone with its folder.
fn input(folder: &tempfile::TempDir, text: &str) -> String {
    let path = folder.path().join("contributions.csv");
    std::fs::write(&path, text).expect("the folder can be written to");
    path.to_str().expect("a plain path").to_owned()
}

fn contributions(count: u64) -> String {
    let line = |i: u64| format!("account {},{}.{:06}\n", i * 7 % 300, 1 + i * i % 9_000, i * 137 % 1_000_000);
    format!("account,amount\n{}", (0..count).map(line).collect::<String>())
}

#[test]
fn lossy_hostile_and_corrupted_it_ends_exact() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, &contributions(1_500));
    let output = swarm(&[
        "--nodes",
        "24",
        "--input",
        &file,
        "--loss",
        "0.2",
        "--hostile",
        "0.2",
        "--corrupt",
        "10",
        "--cycle",
        "20ms",
        "--feed",
        "3s",
        "--seed",
        "3",
        "--json",
    ]);
    let text = String::from_utf8_lossy(&output.stdout);
    let outcome: Value = serde_json::from_str(&text).expect("one JSON object");
    assert_eq!(output.status.code(), Some(0), "{outcome:#}");
    let number = |field: &str| outcome[field].as_u64().unwrap_or_else(|| panic!("{field} in {outcome:#}"));
    assert_eq!(outcome["exact"], true);
    assert_eq!((number("nodes"), number("hostile"), number("contributions")), (24, 4, 1_500));
    assert_eq!((number("mismatched_replicas"), number("groups_beyond_bound")), (0, 0));
    assert_eq!((number("corrupted"), number("seed"), number("datagrams_refused")), (10, 3, 0));
    assert!(number("honest_replicas") >= 20, "{outcome:#}");
    for field in
        ["cycles", "datagrams_sent", "bytes_sent", "rss_bytes_median", "rss_bytes_max", "rate_limited"]
    {
        assert!(number(field) > 0, "{field} in {outcome:#}");
    }
    assert!(number("rss_bytes_max") < 10_000_000, "{outcome:#}");
    assert!(outcome["seconds"].as_f64().is_some_and(|seconds| seconds > 1.0));
}

#[test]
fn a_small_input_is_corrupted_too_and_heals() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, "account,amount\nada,5\nbob,7\n");
    let arguments = "--nodes 20 --hostile 0 --corrupt 3 --cycle 20ms --feed 1s --json --input";
    let output = swarm(&arguments.split(' ').chain([file.as_str()]).collect::<Vec<_>>());
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!((output.status.code(), &outcome["exact"]), (Some(0), &Value::Bool(true)), "{outcome:#}");
    assert_eq!(outcome["corrupted"], 3);
}

#[test]
fn too_little_time_is_a_failure_and_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, &contributions(300));
    // With one second from cycle to cycle nothing can be exact in two.
    let output = swarm(&[
        "--nodes",
        "18",
        "--input",
        &file,
        "--cycle",
        "1s",
        "--feed",
        "1s",
        "--timeout",
        "2s",
        "--json",
    ]);
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!((output.status.code(), &outcome["exact"]), (Some(1), &Value::Bool(false)), "{outcome:#}");
    assert!(outcome["mismatched_replicas"].as_u64() > Some(0));
}

#[test]
fn mistakes_are_named_and_exit_with_2() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, "account,amount\nada,1.5\nbob,much\n");
    let negative = folder.path().join("negative.csv");
    std::fs::write(&negative, "account,amount\nada,1.5\nbob,-2\n").expect("the folder can be written to");
    let negative = negative.to_str().expect("a plain path");
    let cases: [(&[&str], &str); 7] = [
        (&["--input", negative], "line 3: amount: got -2000000 micro-VU in all for 'bob'"),
        (&["--input", "/nowhere/at/all.csv"], "--input"),
        (&["--input", &file], "line 3: amount: got 'much'"),
        (&["--loss", "1.5"], "--loss: got 1.5, expected 0 to 1"),
        (&["--nodes", "0"], "--nodes: got 0"),
        (&["--attack", "kindness"], "huge, zero, split, edge, drain, sleeper"),
        (&["--cycle", "fast"], "--cycle"),
    ];
    for (arguments, expected) in cases {
        let output = swarm(arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}

#[test]
fn an_unavailable_backend_is_named() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lvs"));
    let output = command.args(["backends", "--json"]).env("LVS_BACKEND", "abacus").output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("LVS_BACKEND: got 'abacus'"));
    let output =
        Command::new(env!("CARGO_BIN_EXE_lvs")).args(["backends", "--json"]).output().expect("it runs");
    let listed: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert!(
        listed["backends"].as_array().is_some_and(|list| list.iter().any(|info| info["name"] == "scalar"))
    );
}
