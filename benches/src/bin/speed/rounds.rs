//! Rounds: a build's process does one for each line that it is sent, and answers with seconds per call.

use std::io::{BufRead, BufReader, Lines, Write, stdin};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use lvs_benches::timing::{Contender, Timing};

use crate::scenes::{Scene, Subject};

/// Says what is timed, then does a round for each line of standard input.
pub fn serve(turn_ms: u64) {
    let scenes = Scene::all();
    let mut contenders: Vec<_> = scenes.iter().flat_map(Scene::contenders).collect();
    for contender in &mut contenders {
        contender.calibrate(Duration::from_millis(turn_ms));
    }
    let subjects: Vec<&Subject> = contenders.iter().map(|contender| &contender.tag).collect();
    println!("{}", serde_json::to_string(&subjects).expect("subjects are plain data"));
    for _ in stdin().lines() {
        let seconds: Vec<f64> = contenders.iter_mut().map(Contender::turn).collect();
        println!("{}", serde_json::to_string(&seconds).expect("numbers are plain data"));
    }
}

/// The process of one build, and what it measured.
pub struct Build {
    process: Child,
    requests: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    /// What is timed.
    pub subjects: Vec<Subject>,
    /// A timing for each subject.
    pub timings: Vec<Timing>,
}

impl Build {
    /// Starts the process of a program.
    ///
    /// # Panics
    /// If it does not start, or is another program.
    pub fn start(program: &Path, turn_ms: u64) -> Self {
        let mut process = Command::new(program)
            .args(["--serve", "--turn-ms", &turn_ms.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let requests = process.stdin.take();
        let mut answers = BufReader::new(process.stdout.take().expect("a pipe was asked for")).lines();
        let subjects: Vec<Subject> = parse(&mut answers);
        let timings = vec![Timing::default(); subjects.len()];
        Self { process, requests, answers, subjects, timings }
    }

    /// One round.
    ///
    /// # Panics
    /// If the process has ended.
    pub fn round(&mut self) {
        let requests = self.requests.as_mut().expect("open until the build is dropped");
        writeln!(requests).expect("the process reads");
        let seconds: Vec<f64> = parse(&mut self.answers);
        for (timing, seconds) in self.timings.iter_mut().zip(seconds) {
            timing.push(seconds);
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(answers: &mut Lines<BufReader<ChildStdout>>) -> T {
    let line = answers.next().expect("the process answers").expect("its answer can be read");
    serde_json::from_str(&line).expect("both builds are this program")
}

impl Drop for Build {
    fn drop(&mut self) {
        // The process ends when its input does.
        self.requests = None;
        self.process.wait().ok();
    }
}
