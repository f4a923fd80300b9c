//! Running a swarm: start the processes, feed them, harm them, and watch until every honest replica is exact.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::child::Process;
use super::message::{Answer, Order, Report, Start};
use super::outcome::{Evidence, compare};
use super::{Ledger, Options, Outcome, Plan};
use crate::state::CELLS;

/// From one batch of contributions to the next.
const FEED_EVERY: Duration = Duration::from_millis(50);

/// How long it may take until somebody's wish to end is heard.
const HEED_EVERY: Duration = Duration::from_millis(100);

/// From one look at the replicas to the next.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// Cycles for which everything must stay exact at the end.
const SETTLE_CYCLES: u32 = 10;

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a swarm could not be run.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A process or a pipe failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A node ended or fell silent.
    #[error("node {0} {1}")]
    Node(usize, &'static str),
    /// Somebody asked for the end.
    #[error("interrupted")]
    Interrupted,
}

struct Running<'a> {
    options: &'a Options,
    ledger: &'a Ledger,
    plan: Plan,
    processes: Vec<Process>,
    answers: Receiver<(usize, Option<Answer>)>,
    reports: Vec<Report>,
    progress: ProgressBar,
    interrupted: Arc<AtomicBool>,
}

/// Runs a swarm to its end and says how it ended. `interrupted` ends it early.
///
/// # Errors
/// If a process cannot be started, ends before its time or falls silent.
pub fn run(options: &Options, ledger: &Ledger, interrupted: Arc<AtomicBool>) -> Result<Outcome, Failure> {
    let plan = Plan::new(options, ledger.fragments());
    let (sender, answers) = channel();
    let start = |index| Process::start(index, sender.clone());
    let processes: Vec<_> = (0..options.nodes).map(start).collect::<io::Result<_>>()?;
    drop(sender);
    let reports = vec![Report::default(); options.nodes];
    let progress = progress_bar(options.quiet);
    let mut running = Running { options, ledger, plan, processes, answers, reports, progress, interrupted };
    running.start()?;
    let began = Instant::now();
    let corrupted = running.feed()?;
    running.watch(began)?;
    running.progress.finish_and_clear();
    let resident = running.processes.iter().filter_map(Process::resident).collect();
    let (plan, reports, seconds) = (&running.plan, &running.reports, began.elapsed().as_secs_f64());
    Ok(Evidence { plan, ledger, reports, resident, seconds, corrupted, seed: options.seed }.outcome())
}

fn progress_bar(quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}").expect("the template is sound");
    // Hidden by itself where standard error is no terminal.
    ProgressBar::new_spinner().with_style(style)
}

impl Running<'_> {
    /// Learns every node's address and tells every node all of them.
    fn start(&mut self) -> Result<(), Failure> {
        let mut addresses = vec![None; self.processes.len()];
        self.progress.set_message("starting nodes");
        while addresses.contains(&None) {
            if let (index, Answer::Listening(address)) = self.next_answer(PATIENCE)? {
                addresses[index] = Some(address);
            }
        }
        let sessions = self.plan.sessions.iter().map(|session| session.0);
        let peers: Vec<_> = sessions.zip(addresses.into_iter().flatten()).collect();
        for own in 0..self.processes.len() {
            let start = Start {
                own,
                peers: peers.clone(),
                fragments: self.ledger.fragments(),
                replicas: self.options.replicas,
                cycle: self.options.cycle,
                loss: self.options.loss,
                seeds: self.plan.seeds[own],
                attack: self.plan.attacks[own].map(|attack| attack.to_string()),
            };
            self.processes[own].order(&Order::Start(start))?;
        }
        Ok(())
    }

    /// Hands the contributions to honest nodes over the time given for it, and overwrites cells half-way; answers how
    /// many.
    fn feed(&mut self) -> Result<usize, Failure> {
        let began = Instant::now();
        let total = self.ledger.contributions.len();
        let (half, mut fed, mut corrupted) = (total.div_ceil(2), 0, None);
        while fed < total {
            // What the last batch brought has had time to reach its cells.
            if corrupted.is_none() && fed >= half {
                corrupted = Some(self.corrupt(half)?);
            }
            let part = began.elapsed().as_secs_f64() / self.options.feed.as_secs_f64().max(1e-9);
            let until = ((part * total as f64) as usize).clamp(fed, total);
            self.hand_out(fed, until)?;
            fed = until;
            self.progress.set_message(format!("fed {fed} of {total} contributions"));
            self.pause(FEED_EVERY)?;
        }
        // A small input is fed in one batch.
        corrupted.map_or_else(|| Ok(self.corrupt(half)?), Ok)
    }

    fn hand_out(&mut self, from: usize, until: usize) -> io::Result<()> {
        let mut lists = vec![Vec::new(); self.processes.len()];
        for contribution in &self.ledger.contributions[from..until] {
            lists[self.plan.draw_honest()].push((contribution.cell, contribution.amount));
        }
        for (process, list) in self.processes.iter_mut().zip(lists) {
            if !list.is_empty() {
                process.order(&Order::Contribute(list))?;
            }
        }
        Ok(())
    }

    fn corrupt(&mut self, fed: usize) -> io::Result<usize> {
        let asked = self.options.corrupt;
        let corruptions = self.plan.draw_corruptions(asked, self.ledger, fed);
        if corruptions.len() < asked {
            tracing::warn!(
                asked,
                overwritten = corruptions.len(),
                "fewer cells can be overwritten than were to be"
            );
        }
        for corruption in &corruptions {
            let (fragment, cell) = (corruption.cell / CELLS as u64, corruption.cell % CELLS as u64);
            let order = Order::Corrupt(fragment as u32, cell as u8, corruption.value);
            self.processes[corruption.node].order(&order)?;
        }
        Ok(corruptions.len())
    }

    /// Looks at the replicas until they are exact and stay so, or the time is over.
    fn watch(&mut self, began: Instant) -> Result<(), Failure> {
        let sums = self.ledger.sums(self.ledger.contributions.len());
        let mut was_exact = false;
        loop {
            self.look()?;
            let (replicas, wrong) = compare(&self.plan, &self.reports, &sums);
            self.show(replicas, wrong);
            let exact = wrong == 0 && replicas > 0;
            // One look is not enough to be called exact, even at the last moment.
            if exact && was_exact || !exact && began.elapsed() > self.options.timeout {
                return Ok(());
            }
            was_exact = exact;
            self.pause(if exact { self.options.cycle * SETTLE_CYCLES } else { LOOK_EVERY })?;
        }
    }

    fn show(&self, replicas: usize, wrong: usize) {
        let cycles = self.reports.iter().map(|report| report.cycle).max().unwrap_or(0);
        let datagrams: u64 = self.reports.iter().map(|report| report.sent).sum();
        let exact = replicas - wrong;
        let message = format!("cycle {cycles}: {exact} of {replicas} replicas exact, {datagrams} datagrams");
        self.progress.set_message(message);
    }

    fn look(&mut self) -> Result<(), Failure> {
        for process in &mut self.processes {
            process.order(&Order::Report)?;
        }
        let mut missing = self.processes.len();
        while missing > 0 {
            if let (index, Answer::Report(report)) = self.next_answer(PATIENCE)? {
                self.reports[index] = report;
                missing -= 1;
            }
        }
        Ok(())
    }

    fn next_answer(&mut self, patience: Duration) -> Result<(usize, Answer), Failure> {
        let deadline = Instant::now() + patience;
        loop {
            if self.interrupted.load(Ordering::Relaxed) {
                return Err(Failure::Interrupted);
            }
            self.progress.tick();
            match self.answers.recv_timeout(HEED_EVERY) {
                Ok((index, Some(answer))) => return Ok((index, answer)),
                Ok((index, None)) => return Err(Failure::Node(index, "has ended")),
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(_) => return Err(Failure::Io(io::Error::other("the nodes have fallen silent"))),
            }
        }
    }

    fn pause(&mut self, time: Duration) -> Result<(), Failure> {
        let until = Instant::now() + time;
        loop {
            self.progress.tick();
            if self.interrupted.load(Ordering::Relaxed) {
                return Err(Failure::Interrupted);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(HEED_EVERY));
        }
    }
}
