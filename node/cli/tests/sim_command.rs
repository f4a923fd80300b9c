//! `lvs sim`, the real command: what it prints and writes, what it refuses, and an early end.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lvs"));
    command.arg("sim");
    command
}

fn sim(arguments: &str) -> Output {
    command().args(arguments.split_whitespace()).output().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn outcome(arguments: &str) -> Value {
    let output = sim(&format!("{arguments} --json"));
    assert_eq!(output.status.code(), Some(0), "{arguments}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn everything_asked_for_is_written_and_tells_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let shown = |name: &str| path(name).display().to_string();
    let arguments = format!(
        "--nodes 160 --cells 4 --cycles 150 --topology groups --group-size 16 --attack edge --hostile 0.05 \
         --fixed-trust --record-every 10 --json {} --csv {} --plot {}",
        shown("run.json"),
        shown("run.csv"),
        shown("run.svg")
    );
    let output = sim(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    for expected in ["160 nodes of 4 cells, groups", "edge by 8 nodes", "exact from cycle", "stream sum"] {
        assert!(table.contains(expected), "'{expected}' in\n{table}");
    }

    let outcome: Value = serde_json::from_slice(&read(&path("run.json"))).expect("one JSON object");
    let records = outcome["records"].as_array().expect("records");
    assert_eq!((records.len(), &outcome["summary"]["interrupted"]), (16, &Value::Bool(false)));
    assert_eq!((&records[15]["cycle"], &records[15]["spread"]), (&Value::from(150), &Value::from(0)));
    assert!(records[0]["spread"].as_u64() > Some(1_000_000));
    assert!(outcome["summary"]["exact_from"].as_u64().is_some());
    assert_eq!((&outcome["setup"]["honest"], &outcome["setup"]["hostile"]), (&152.into(), &8.into()));
    assert!(outcome["bandwidth"]["touched_part"].as_f64() > Some(0.0));

    let mut reader = csv::Reader::from_path(path("run.csv")).expect("the file is there");
    let headings = reader.headers().expect("a line of names").clone();
    let column =
        |name: &str| headings.iter().position(|heading| heading == name).expect("the column is there");
    let lines: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("plain lines");
    assert_eq!(lines.len(), records.len());
    for (line, record) in lines.iter().zip(records) {
        for name in ["cycle", "spread", "rate_limited", "range_violation"] {
            assert_eq!(line[column(name)], record[name].to_string(), "{name}");
        }
    }

    let picture = text(&read(&path("run.svg")));
    assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
    for expected in
        ["160 nodes, groups: edge, 5.0 % hostile", "honest spread, largest", "hostile claims", "exact"]
    {
        assert!(picture.contains(expected), "'{expected}'");
    }
}

#[test]
fn a_png_is_drawn_without_any_font_of_the_system() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("run.PNG");
    let arguments = "--nodes 40 --degree 6 --cycles 40 --quiet --plot";
    let mut command = command();
    command.args(arguments.split(' ')).arg(&path).env_clear();
    let output = command.output().expect("the command runs");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0), "{}", text(&output.stderr));
    let bytes = read(&path);
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    let size = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    assert_eq!((size(16), size(20)), (1_800, 1_040));
}

#[test]
fn what_is_refused_leaves_files_as_they_are() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("old.json");
    let new = folder.path().join("new.csv");
    std::fs::write(&path, "kept").expect("it can be written");
    for mistake in ["--nodes 7 --degree 3", "--cells 0", "--hostile-neighbours 5000 --attack zero"] {
        let output = sim(&format!("{mistake} --csv {} --json {}", new.display(), path.display()));
        assert_eq!((output.status.code(), read(&path).as_slice()), (Some(2), &b"kept"[..]), "{mistake}");
        assert!(!new.exists(), "{mistake}: an empty file was left behind");
    }
    let nowhere = folder.path().join("nowhere").join("run.svg");
    let output = sim(&format!("--nodes 20 --cycles 1 --degree 4 --plot {}", nowhere.display()));
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(text(&output.stderr).contains("--plot: "), "{}", text(&output.stderr));
}

/// All but times and what follows from them.
fn timeless(mut outcome: Value) -> Value {
    for (part, names) in [
        ("summary", &["seconds", "drift_seconds", "seconds_per_cycle"][..]),
        ("setup", &["graph_seconds", "start_seconds"]),
    ] {
        let part = outcome[part].as_object_mut().expect("an object");
        names.iter().for_each(|name| assert!(part.remove(*name).is_some(), "{name}"));
    }
    outcome["bandwidth"] = Value::Null;
    for record in outcome["records"].as_array_mut().expect("records") {
        record["seconds"] = Value::Null;
    }
    outcome
}

#[test]
fn a_seed_is_a_run() {
    let arguments = "--nodes 200 --degree 10 --topology watts-strogatz --attack noise --churn 0.02 --loss 0.1 \
                     --cells 3 --cycles 25";
    let first = timeless(outcome(arguments));
    assert_eq!(timeless(outcome(arguments)), first);
    assert_ne!(timeless(outcome(&format!("{arguments} --seed 2"))), first);
}

#[test]
fn every_topology_and_a_file_can_be_run() {
    for topology in
        ["groups", "ring", "regular", "watts-strogatz", "barabasi-albert", "erdos-renyi", "two-worlds"]
    {
        let outcome = outcome(&format!("--nodes 60 --cells 2 --cycles 3 --topology {topology}"));
        assert_eq!(
            (&outcome["setup"]["nodes"], &outcome["summary"]["cycles"]),
            (&60.into(), &3.into()),
            "{topology}"
        );
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("triangle.txt");
    std::fs::write(&path, "# a triangle\n1 2\n2 3\n3 1\n").expect("the folder can be written to");
    let outcome = outcome(&format!("--cycles 60 --topology {}", path.display()));
    assert_eq!((&outcome["setup"]["nodes"], &outcome["setup"]["edges"]), (&3.into(), &6.into()));
    assert_eq!(outcome["summary"]["spread_last"], 0);
}

#[test]
fn mistakes_are_named_and_exit_with_2() {
    let cases = [
        ("--topology torus", "--topology: got 'torus', expected groups, ring"),
        ("--nodes 7 --degree 3", "--degree: got 3, expected an even number"),
        ("--nodes 0", "--nodes: got 0"),
        ("--attack kindness", "attack: got 'kindness', expected one of huge, zero"),
        ("--hostile 0.2", "--attack: got none, expected one of huge"),
        ("--attack edge --hostile 1.5", "--hostile: got 1.5, expected 0 to 1"),
        ("--attack edge --strength 2", "--strength: got 2, expected none, as attack 'edge'"),
        ("--strength 2", "--strength: got 2, expected none without an attack"),
        ("--churn -0.1", "--churn: got -0.1, expected 0 to 1"),
        ("--loss 2", "--loss: got 2, expected 0 to 1"),
        ("--topology groups --degree 8", "--degree: got one, expected none with --topology groups"),
        ("--topology groups --group-size 0", "--group-size: got 0"),
        ("--topology watts-strogatz --rewire 7", "--rewire: got 7"),
        ("--backend abacus", "--backend"),
        ("--threads 0", "--threads: got 0"),
        ("--threads 100000", "--threads: got 100000, expected 1 to 1,024"),
        ("--nodes -1", "'--nodes <NODES>': expected a whole number, 0 or more"),
        ("--csv same.csv --json ./same.csv", "--csv: got 'same.csv', expected another file than --json has"),
        ("--record-every 0", "--record-every: got 0"),
        ("--center inf", "--center: got inf"),
        ("--plot picture.gif", "--plot: got 'picture.gif', expected a name that ends in .svg or .png"),
        ("--csv /nowhere/at/all.csv", "--csv: /nowhere/at/all.csv"),
    ];
    for (arguments, expected) in cases {
        let output = sim(&format!("{arguments} --cycles 1"));
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {message}");
        assert!(message.contains(expected), "{arguments}: {message}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_early_with_what_there_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let json = folder.path().join("run.json");
    let arguments = "--nodes 2000 --cells 8 --cycles 1000000000 --record-every 1000 --quiet --json";
    let mut command = command();
    command.args(arguments.split(' ')).arg(&json).stderr(Stdio::piped());
    let child = command.spawn().expect("the command runs");
    // It has to listen for the signal, and to have begun.
    while !is_listening(child.id()) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(500));
    let killed =
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is a kill");
    assert!(killed.success());
    let output = ended(child);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("ended early, after ") && message.contains(" of 1000000000 cycles"),
        "{message}"
    );
    let outcome: Value = serde_json::from_slice(&read(&json)).expect("one JSON object");
    assert_eq!(outcome["summary"]["interrupted"], true);
}

/// Whether a process has a handler for Ctrl-C (SIGINT, the second signal).
#[cfg(unix)]
fn is_listening(process: u32) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) else { return true };
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 != 0)
}

/// Runs the command in a shell, with the program as `$0`.
#[cfg(unix)]
fn shell(script: &str) -> Output {
    let lvs = env!("CARGO_BIN_EXE_lvs");
    Command::new("sh").args(["-c", script, lvs]).output().expect("sh runs")
}

#[cfg(unix)]
#[test]
fn edges_come_from_pipes_with_any_end_of_line_and_what_is_dropped_is_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("edges.txt");
    std::fs::write(&path, "\u{feff}from to\r30 1412\r1412 3352\r3352 30\r30 30\r1412 30\r")
        .expect("it can be written");
    let file = path.display();
    for script in [
        format!("\"$0\" sim --cycles 2 --topology {file} --json"),
        format!("\"$0\" sim --cycles 2 --topology - --json < {file}"),
        format!("cat {file} | \"$0\" sim --cycles 2 --topology /dev/stdin --json"),
    ] {
        let output = shell(&script);
        assert_eq!(output.status.code(), Some(0), "{script}: {}", text(&output.stderr));
        let outcome: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        let setup = &outcome["setup"];
        assert_eq!((&setup["nodes"], &setup["edges"]), (&3.into(), &6.into()), "{script}");
        assert_eq!(
            (&setup["self_loops_dropped"], &setup["duplicates_dropped"]),
            (&1.into(), &1.into()),
            "{script}"
        );
    }
    let table = text(&sim(&format!("--cycles 2 --topology {file}")).stdout);
    assert!(table.contains("dropped 1 self-loops and 1 duplicates"), "{table}");
    std::fs::write(&path, "1 2\n1 \u{200b}3\u{1b}[31m\n").expect("it can be written");
    let output = sim(&format!("--cycles 2 --topology {file}"));
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("line 2: '1 \\u{200b}3\\u{1b}[31m'"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_result_on_standard_output_takes_the_place_of_the_table() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("run.csv");
    let run = "\"$0\" sim --nodes 20 --degree 4 --cycles 3";
    let printed = text(&shell(&format!("{run} --csv - | cat")).stdout);
    assert_eq!((printed.lines().count(), printed.starts_with("cycle,")), (5, true), "{printed}");
    let times = |csv: &str| {
        csv.lines().map(|line| line.rsplit_once(',').map(|(rest, _)| rest.to_owned())).collect::<Vec<_>>()
    };
    let piped = text(&shell(&format!("{run} --csv /dev/stdout | cat")).stdout);
    assert_eq!(times(&piped), times(&printed));
    // Redirected into a file, that file is standard output under another name.
    let output = shell(&format!("{run} --csv /dev/stdout > {}", path.display()));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(times(&text(&read(&path))), times(&printed));
    let output =
        sim(&format!("--nodes 20 --degree 4 --cycles 3 --csv {} --json {}", path.display(), path.display()));
    assert!(
        text(&output.stderr).contains("expected another file than --json has"),
        "{}",
        text(&output.stderr)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn too_little_memory_is_refused_before_it_is_asked_for() {
    // The values need 6 MB, but the edges 1 GB.
    let run =
        "ulimit -v 600000; exec \"$0\" sim --nodes 200000 --cells 1 --degree 256 --cycles 1 --threads 1";
    let output = shell(run);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(
        message.contains("--nodes: got 200000, expected fewer: 200000 nodes of 1 cells with 51200000 edges"),
        "{message}"
    );
}

/// A pipe whose other end is closed before anything is written.
#[cfg(target_os = "linux")]
fn nobody_reads() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_ends_without_a_panic() {
    let runs = [
        "sim --nodes 20 --degree 4 --cycles 1",
        "sim --nodes 20 --degree 4 --cycles 1 --json",
        "backends --no-timing",
        "--help",
        "sim --help",
        "--version",
    ];
    for run in runs {
        let full = shell(&format!("\"$0\" {run} > /dev/full"));
        let message = text(&full.stderr);
        // Drivers that are only listed may say something too.
        assert!(
            message.ends_with("lvs: standard output: No space left on device (os error 28)\n"),
            "{run}: {message}"
        );
        assert!(full.status.code() == Some(1) && !message.contains("panicked"), "{run}: {message}");
        let mut closed = Command::new(env!("CARGO_BIN_EXE_lvs"));
        closed.args(run.split(' ')).stdout(nobody_reads()).stderr(Stdio::piped());
        let output = closed.output().expect("the command runs");
        let message = text(&output.stderr);
        assert!(!message.contains("lvs: ") && !message.contains("panicked"), "{run}: {message}");
        assert_eq!(output.status.code(), Some(1), "{run}: {message}");
    }
    // Neither can an error be written here.
    let nowhere = shell("\"$0\" sim --nonsense > /dev/full 2> /dev/full");
    assert_eq!(nowhere.status.code(), Some(2));
}

#[test]
fn escapes_in_arguments_are_shown_and_not_carried_out() {
    for argument in ["--topology", "--nodes", "--csv"] {
        let output = command().args([argument, "\u{1b}[31mred/\u{202e}"]).output().expect("the command runs");
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(!message.contains('\u{1b}') && !message.contains('\u{202e}'), "{message:?}");
        // What reads the arguments may leave the colour out by itself.
        assert!(message.contains("red/\\u{202e}"), "{message:?}");
    }
}

#[test]
fn variables_are_named_as_they_are() {
    let run = |name: &str, value: &str| {
        let output = command().args(["--cycles", "1"]).env(name, value).output().expect("the command runs");
        assert_eq!(output.status.code(), Some(2), "{name}");
        text(&output.stderr)
    };
    assert!(run("LVS_BACKEND", "abacus").starts_with("lvs: LVS_BACKEND: got 'abacus'"));
    assert!(run("LVS_LOG", "a=b=c").starts_with("lvs: LVS_LOG: got 'a=b=c'"));
}

/// Waits for a process that should end soon, and ends it if it does not.
#[cfg(unix)]
fn ended(mut child: std::process::Child) -> Output {
    for _ in 0..6_000 {
        if child.try_wait().expect("a child can be asked").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // Where it has ended there is nobody to kill.
    let _ = child.kill();
    child.wait_with_output().expect("its output is read")
}
