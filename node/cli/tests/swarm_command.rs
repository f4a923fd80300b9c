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

/// The outcome of a swarm, whatever its exit code.
fn outcome(arguments: &str, file: &str) -> (Option<i32>, Value) {
    let output = swarm(&arguments.split(' ').chain(["--json", "--input", file]).collect::<Vec<_>>());
    let outcome = serde_json::from_slice(&output.stdout);
    (output.status.code(), outcome.expect("one JSON object"))
}

#[test]
fn a_long_cycle_does_not_outlast_the_timeout() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, "account,amount\nada,5\n");
    // It would be exact after a cycle, and then waited for ten of them: 40 s.
    let arguments = "--nodes 16 --hostile 0 --loss 0 --corrupt 0 --cycle 4s --feed 100ms --timeout 9s";
    let (_, outcome) = outcome(arguments, &file);
    assert!(outcome["seconds"].as_f64().is_some_and(|seconds| seconds < 20.0), "{outcome:#}");
}

#[test]
fn with_nothing_to_compare_it_ends_when_all_is_fed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, &contributions(100));
    let (code, outcome) = outcome("--nodes 16 --hostile 0.5 --feed 200ms --timeout 55s", &file);
    assert_eq!((code, &outcome["honest_replicas"]), (Some(1), &0.into()), "{outcome:#}");
    assert!(outcome["groups_beyond_bound"].as_u64() > Some(0), "{outcome:#}");
    assert!(outcome["seconds"].as_f64().is_some_and(|seconds| seconds < 20.0), "{outcome:#}");
}

#[test]
fn ten_lines_are_not_overwritten_beyond_the_bound() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, &contributions(10));
    // 50 overwrites were asked for. Half-way five of the ten cells hold something, and beside four hostile holders each of them
    // has one copy to spare.
    let (code, outcome) = outcome("--nodes 20 --cycle 50ms --feed 500ms --seed 3", &file);
    assert_eq!((code, &outcome["exact"]), (Some(0), &Value::Bool(true)), "{outcome:#}");
    assert_eq!((&outcome["corrupted_asked"], &outcome["groups_beyond_bound"]), (&50.into(), &0.into()));
    assert!((5..50).contains(&outcome["corrupted"].as_u64().expect("a number")), "{outcome:#}");
}

#[test]
fn two_nodes_are_warned_about_and_nothing_spreads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, "account,amount\nada,5\nbob,7\n");
    let arguments = "--nodes 2 --hostile 0 --cycle 20ms --feed 100ms --json --input";
    let output = swarm(&arguments.split(' ').chain([file.as_str()]).collect::<Vec<_>>());
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!((output.status.code(), &outcome["corrupted"]), (Some(0), &0.into()), "{outcome:#}");
    let warning = String::from_utf8_lossy(&output.stderr);
    assert!(warning.contains("a fragment should have at least 8 holders"), "{warning}");
    assert!(!warning.contains('\u{1b}'), "colours where no terminal is: {warning:?}");
}

#[test]
fn mistakes_are_named_and_exit_with_2() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, "account,amount\nada,1.5\nbob,much\n");
    let negative = folder.path().join("negative.csv");
    std::fs::write(&negative, "account,amount\nada,1.5\nbob,-2\n").expect("the folder can be written to");
    let negative = negative.to_str().expect("a plain path");
    let huge = folder.path().join("huge.csv");
    let most = "4611686018427.387904";
    std::fs::write(&huge, format!("account,amount\na,{most}\na,{most}\na,-{most}\n"))
        .expect("it can be written");
    let huge = huge.to_str().expect("a plain path");
    let output = command(&["node", "--member"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "a node takes no orders to lie");
    let cases: [(&[&str], &str); 10] = [
        (&["--input", huge], "line 4: amount: got 9223372036854775808 micro-VU added in all for 'a'"),
        (&["--replicas", "2"], "--replicas: got 2, expected 8 to 256"),
        (&["--nodes", "-1"], "'--nodes <NODES>': expected a whole number, 0 or more"),
        (&["--input", negative], "line 3: amount: got -2000000 micro-VU in all for 'bob'"),
        (&["--input", "/nowhere/at/all.csv"], "--input"),
        (&["--input", &file], "line 3: amount: got 'much'"),
        (&["--loss", "1.5"], "--loss: got 1.5, expected 0 to 1"),
        (&["--nodes", "0"], "--nodes: got 0"),
        (&["--attack", "kindness"], "huge, zero, split, drain, skew, creep, turncoat"),
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

/// A killed and a stopped node are named, and the swarm goes on without them.
#[cfg(target_os = "linux")]
#[test]
fn lost_nodes_are_named_and_the_rest_is_exact() {
    use std::time::Duration;

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, &contributions(400));
    let arguments =
        "swarm --nodes 20 --hostile 0 --loss 0.1 --corrupt 5 --cycle 50ms --feed 4s --quiet --json";
    let mut swarm = command(&arguments.split(' ').chain(["--input", &file]).collect::<Vec<_>>());
    let swarm = swarm.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    while children(swarm.id()).len() < 20 {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_secs(2));
    let nodes = children(swarm.id());
    signal("KILL", nodes[3]);
    signal("STOP", nodes[5]);
    let output = swarm.wait_with_output().expect("it ends");
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let lost = outcome["nodes_lost"].as_array().expect("a list");
    let reason = |at: usize| (lost[at]["node"].as_u64(), lost[at]["reason"].as_str().unwrap_or_default());
    assert_eq!(lost.len(), 2, "{outcome:#}");
    assert_eq!((reason(0).0, reason(1).0), (Some(3), Some(5)), "{outcome:#}");
    assert!(reason(0).1.contains("SIGKILL") && reason(1).1.contains("did not answer"), "{outcome:#}");
    assert_eq!((output.status.code(), &outcome["exact"]), (Some(0), &Value::Bool(true)), "{outcome:#}");
    let warnings = String::from_utf8_lossy(&output.stderr);
    assert!(warnings.contains("node=3") && warnings.contains("node=5"), "{warnings}");
    assert!(!runs(nodes[5]), "the stopped node was left behind");
}

/// Whether a process has a socket. Only a node that has one has begun, so that the swarm can begin too.
#[cfg(target_os = "linux")]
fn has_socket(process: u32) -> bool {
    let Ok(files) = std::fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    let mut targets = files.flatten().filter_map(|file| std::fs::read_link(file.path()).ok());
    targets.any(|target| target.to_string_lossy().starts_with("socket:"))
}

/// A node that reads no orders fills its pipe; the swarm must neither hang nor be deaf.
#[cfg(target_os = "linux")]
#[test]
fn much_input_for_a_stopped_node_does_not_make_it_deaf() {
    use std::time::Duration;

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = input(&folder, &contributions(400_000));
    let arguments = "swarm --nodes 8 --replicas 8 --hostile 0 --loss 0 --corrupt 0 --feed 30s --quiet --json";
    let mut swarm = command(&arguments.split(' ').chain(["--input", &file]).collect::<Vec<_>>());
    let swarm = swarm.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
    while children(swarm.id()).iter().filter(|&&child| has_socket(child)).count() < 8 {
        std::thread::sleep(Duration::from_millis(20));
    }
    // It says where it listens just after it has a socket; on a busy machine that takes a moment.
    std::thread::sleep(Duration::from_millis(500));
    signal("STOP", children(swarm.id())[2]);
    // 50,000 contributions for each node: many times what a pipe holds after these seconds.
    std::thread::sleep(Duration::from_secs(8));
    signal("INT", swarm.id());
    let output = swarm.wait_with_output().expect("it ends");
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!((output.status.code(), &outcome["interrupted"]), (Some(1), &Value::Bool(true)), "{outcome:#}");
    assert!(outcome["seconds"].as_f64().is_some_and(|seconds| seconds < 25.0), "{outcome:#}");
}

#[cfg(target_os = "linux")]
#[test]
fn too_few_open_files_are_named_with_the_option_and_the_limit() {
    let lvs = env!("CARGO_BIN_EXE_lvs");
    let script = "ulimit -n 64; exec \"$0\" swarm --json";
    let output = Command::new("sh").args(["-c", script, lvs]).output().expect("sh runs");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    let expected =
        "--nodes: got 100, expected at most 20, as this process may have 64 files open (ulimit -n)";
    assert!(message.contains(expected), "{message}");
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!((&outcome["exact"], &outcome["nodes"]), (&Value::Bool(false), &100.into()));
}

#[test]
fn a_node_shows_where_it_listens_and_names_the_line_of_a_mistake() {
    use std::io::{BufRead, BufReader};

    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("node.toml");
    let peer = |byte: &str, port: u16| {
        format!("[[peers]]\nsession = '{}'\naddress = '127.0.0.1:{port}'\n", byte.repeat(16))
    };
    let start = format!("listen = '127.0.0.1:0'\nsession = '{}'\nfragments = 1\n", "0a".repeat(16));
    std::fs::write(&path, format!("{start}{}{}", peer("0b", 4_001), peer("0c", 4_001)))
        .expect("it can be written");
    let config = path.to_str().expect("a plain path");
    let output = command(&["node", "--config", config]).output().expect("it runs");
    let message = String::from_utf8_lossy(&output.stderr);
    let expected = format!(
        "--config: {config}: line 9: address: got 127.0.0.1:4001, expected another one than on line 6"
    );
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains(&expected), "{message}");

    std::fs::write(&path, format!("{start}{}", peer("0b", 4_001))).expect("it can be written");
    let mut node = command(&["node", "--config", config]);
    let mut node = node.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
    let mut line = String::new();
    let said = node.stdout.take().expect("it was asked for");
    BufReader::new(said).read_line(&mut line).expect("it can be read");
    node.kill().and_then(|()| node.wait().map(drop)).expect("it can be ended");
    let port = line.trim().strip_prefix("listening on 127.0.0.1:").map(str::parse::<u16>);
    assert!(matches!(port, Some(Ok(1..))), "{line:?}");
}
