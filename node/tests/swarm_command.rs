//! The real command with real processes and sockets, small and fast.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lvs"));
    command.args(arguments);
    command
}

fn swarm(arguments: &[&str]) -> Output {
    command(&["swarm"]).args(arguments).output().expect("the command runs")
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
    assert!((16..=24).contains(&number("nodes_holding")), "{outcome:#}");
    assert!((1..=number("cycles")).contains(&number("cycles_min")), "{outcome:#}");
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
    for arguments in [["backends", "--json"], ["swarm", "--json"]] {
        let output = command(&arguments).env("LVS_BACKEND", "abacus").output().expect("it runs");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        // Said once, not by every node.
        assert_eq!(message.matches("LVS_BACKEND: got 'abacus'").count(), 1, "{arguments:?}: {message}");
    }
    let output = command(&["backends", "--json"]).output().expect("it runs");
    let listed: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let list = listed["backends"].as_array().expect("a list");
    let scalar = list.iter().find(|info| info["name"] == "scalar").expect("scalar is listed");
    assert!(scalar["seconds_per_cycle"]["large"].as_f64().is_some_and(|seconds| seconds > 0.0), "{scalar}");
    for size in ["small", "medium", "large"] {
        assert!(
            listed["auto_by_size"][size].as_str().is_some_and(|choice| choice.contains("auto: ")),
            "{listed}"
        );
    }
}

/// Sends a signal by its name; the shell's own `kill`, for not every system has the program.
#[cfg(target_os = "linux")]
fn signal(name: &str, process: u32) {
    let kill = Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status();
    assert!(kill.expect("sh runs").success(), "{name} to {process}");
}

/// The processes that `process` has started and that have not ended.
#[cfg(target_os = "linux")]
fn children(process: u32) -> Vec<u32> {
    let path = format!("/proc/{process}/task/{process}/children");
    let list = std::fs::read_to_string(path).expect("its children are listed");
    list.split_whitespace().map(|child| child.parse().expect("a process id")).collect()
}

#[cfg(target_os = "linux")]
fn runs(process: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Somebody interrupts it, or it is killed: either way it ends, and none of its nodes is left behind.
#[cfg(target_os = "linux")]
#[test]
fn its_nodes_end_with_it() {
    use std::time::{Duration, Instant};

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, "account,amount\nada,5\n");
    let arguments = "swarm --nodes 6 --loss 0 --hostile 0 --corrupt 0 --feed 100ms --cycle 2s --quiet --json";
    for name in ["INT", "KILL"] {
        let mut swarm = command(&arguments.split(' ').chain(["--input", &file]).collect::<Vec<_>>());
        let mut swarm = swarm.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
        // Exact after two cycles; from then on it waits for ten, 20 s, to see whether its replicas stay so.
        std::thread::sleep(Duration::from_secs(4));
        let nodes = children(swarm.id());
        assert_eq!(nodes.len(), 6, "{nodes:?}");
        // Well before that wait is over, and long enough for a busy machine.
        let deadline = Instant::now() + Duration::from_secs(14);
        signal(name, swarm.id());
        let status = swarm.wait().expect("it ends");
        assert_eq!(status.code(), (name == "INT").then_some(1));
        while nodes.iter().any(|&node| runs(node)) {
            assert!(Instant::now() < deadline, "{name}: some of {nodes:?} are left");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(Instant::now() < deadline, "{name} was not heard while it waited");
    }
}
