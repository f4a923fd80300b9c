//! Running a swarm: start the processes, feed them, harm them, and watch until every honest replica is exact.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::crew::Crew;
use crate::fed::Fed;
use crate::limits;
use crate::message::{Answer, Order, Report, Start};
use crate::verdict::{Evidence, compare};
use crate::{Ledger, Options, Plan, Verdict};
use lvs_protocol::ledger::CELLS;

/// The time from one batch of contributions to the next.
const FEED_EVERY: Duration = Duration::from_millis(50);

/// The longest time until Ctrl-C, or the end of a node, is noticed.
const HEED_EVERY: Duration = Duration::from_millis(50);

/// The time from one look at the replicas to the next.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// Cycles for which everything must stay exact at the end.
const SETTLE_CYCLES: u32 = 10;

/// How long all nodes together may take to start.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The shortest time that a node gets to answer, even if the swarm's own time is over.
const LEAST_PATIENCE: Duration = Duration::from_secs(2);

/// Why a swarm could not be run.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// More nodes were asked for than there can be pipes for.
    #[error(
        "--nodes: got {nodes}, expected at most {most}, as this process may have {limit} files open (ulimit -n)"
    )]
    Files {
        /// Nodes asked for.
        nodes: usize,
        /// Nodes that there can be.
        most: u64,
        /// Files that may be open.
        limit: u64,
    },
    /// A process could not be started.
    #[error(
        "--nodes: got {nodes}, but only {started} could be started: {error}{}",
        limits::process_hint(.error)
    )]
    Start {
        /// Nodes that were started.
        started: usize,
        /// Nodes asked for.
        nodes: usize,
        /// What the system says.
        error: io::Error,
    },
    /// A node was lost before it had begun.
    #[error("node {0} did not start: {1}")]
    Node(usize, String),
    /// Somebody asked for the end before there was anything to report.
    #[error("interrupted")]
    Interrupted,
}

struct Running<'a> {
    options: &'a Options,
    ledger: &'a Ledger,
    plan: Plan,
    crew: Crew,
    reports: Vec<Report>,
    fed: Fed,
    progress: ProgressBar,
    interrupted: Arc<AtomicBool>,
}

/// Runs a swarm to its end and reports how it went. `interrupted` ends it early. A node that ends or falls silent on
/// the way is named in the report, and the swarm goes on without it.
///
/// # Errors
/// If a process cannot be started or is lost before it has begun.
pub fn run(options: &Options, ledger: &Ledger, interrupted: Arc<AtomicBool>) -> Result<Verdict, Failure> {
    let mut running = Running {
        options,
        ledger,
        plan: Plan::new(options, ledger.fragments()),
        crew: Crew::start(options.nodes)?,
        reports: vec![Report::default(); options.nodes],
        fed: Fed::new(options.nodes),
        progress: progress_bar(options.quiet),
        interrupted,
    };
    running.start()?;
    let began = Instant::now();
    let deadline = began + options.timeout;
    let corrupted = running.feed(began, deadline);
    let settled = running.watch(deadline);
    running.progress.finish_and_clear();
    Ok(running.verdict(began.elapsed(), corrupted, settled))
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
    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Learns every node's address and tells every node all of them.
    fn start(&mut self) -> Result<(), Failure> {
        let mut addresses = vec![None; self.options.nodes];
        let until = Instant::now() + START_PATIENCE;
        self.progress.set_message("starting nodes");
        while let Some(missing) = addresses.iter().position(Option::is_none) {
            if self.is_interrupted() {
                return Err(Failure::Interrupted);
            }
            self.progress.tick();
            if let Some((index, Answer::Listening(address))) = self.crew.listen(HEED_EVERY) {
                addresses[index] = Some(address);
            }
            if let Some(lost) = self.crew.lost().into_iter().next() {
                return Err(Failure::Node(lost.node, lost.reason));
            }
            if Instant::now() > until {
                let reason = format!("no answer within {} s", START_PATIENCE.as_secs());
                return Err(Failure::Node(missing, reason));
            }
        }
        let sessions = self.plan.sessions.iter().copied();
        let peers: Vec<_> = sessions.zip(addresses.into_iter().flatten()).collect();
        for own in 0..self.options.nodes {
            let start = Start {
                own,
                peers: peers.clone(),
                fragments: self.ledger.fragments(),
                replicas: self.options.replicas,
                cycle: self.options.cycle,
                loss: self.options.loss,
                seeds: self.plan.seeds[own],
                lie: self.plan.lies[own].map(|lie| lie.to_string()),
            };
            self.crew.order(own, &Order::Start(start));
        }
        Ok(())
    }

    /// Hands the contributions to honest nodes over the time given for it, and overwrites cells half-way. Returns how
    /// many cells were overwritten.
    fn feed(&mut self, began: Instant, deadline: Instant) -> usize {
        let total = self.ledger.contributions.len();
        let half = total.div_ceil(2);
        let mut corrupted = None;
        while self.fed.count() < total && Instant::now() < deadline && !self.is_interrupted() {
            // Before the next batch, so that what the last one brought has had time to reach its cells.
            if corrupted.is_none() && self.fed.count() >= half {
                corrupted = Some(self.corrupt(half));
            }
            let part = began.elapsed().as_secs_f64() / self.options.feed.as_secs_f64().max(1e-9);
            let until = ((part * total as f64) as usize).clamp(self.fed.count(), total);
            self.hand_out(until);
            self.progress.set_message(format!("fed {} of {total} contributions", self.fed.count()));
            self.pause(FEED_EVERY);
        }
        // A small input is fed in one batch, so half-way is at its end.
        corrupted.unwrap_or_else(|| self.corrupt(half.min(self.fed.count())))
    }

    fn hand_out(&mut self, until: usize) {
        let mut lists = vec![Vec::new(); self.options.nodes];
        for contribution in &self.ledger.contributions[self.fed.count()..until] {
            let node = self.plan.draw_writer(contribution.cell, self.ledger);
            self.fed.add(node, contribution.cell);
            lists[node].push((contribution.cell, contribution.amount));
        }
        for (node, list) in lists.into_iter().enumerate() {
            if !list.is_empty() {
                self.crew.order(node, &Order::Contribute(list));
            }
        }
    }

    fn corrupt(&mut self, fed: usize) -> usize {
        let corruptions = self.plan.draw_corruptions(self.options.corrupt, self.ledger, fed);
        for corruption in &corruptions {
            let fragment = corruption.cell / CELLS as u64;
            let cell = corruption.cell % CELLS as u64;
            self.crew.order(corruption.node, &Order::Corrupt(fragment as u32, cell as u8, corruption.value));
        }
        corruptions.len()
    }

    /// Looks at the replicas until they are exact and stay so, or the time is over. Returns whether they stayed so.
    fn watch(&mut self, deadline: Instant) -> bool {
        let settle = self.options.cycle * SETTLE_CYCLES;
        let mut exact_since: Option<Instant> = None;
        loop {
            self.look(deadline);
            let sums = self.fed.sums(self.ledger, &self.plan, &self.reports);
            let (replicas, wrong) = compare(&self.plan, &self.reports, &sums);
            self.show(replicas, wrong);
            // Where every group is beyond the bound there is nothing to wait for.
            if self.is_interrupted() || replicas == 0 {
                return false;
            }
            let now = Instant::now();
            let is_exact = wrong == 0 && self.fed.count() == self.ledger.contributions.len();
            exact_since = if is_exact { exact_since.or(Some(now)) } else { None };
            let exact_for = exact_since.map(|since| now - since);
            if exact_for.is_some_and(|time| time >= settle) {
                return true;
            }
            if now >= deadline {
                // One look is not enough to be called exact, and nothing can change within a cycle.
                return exact_for.is_some_and(|time| time >= self.options.cycle);
            }
            let wait = exact_for.map_or(LOOK_EVERY, |time| settle - time);
            self.pause(wait.min(deadline - now));
        }
    }

    fn show(&self, replicas: usize, wrong: usize) {
        let cycles = self.reports.iter().map(|report| report.cycle).max().unwrap_or(0);
        let datagrams: u64 = self.reports.iter().map(|report| report.sent).sum();
        let exact = replicas - wrong;
        let message = format!("cycle {cycles}: {exact} of {replicas} replicas exact, {datagrams} datagrams");
        self.progress.set_message(message);
    }

    /// Asks every node for a report and waits for the answers, but not for ever.
    fn look(&mut self, deadline: Instant) {
        let began = Instant::now();
        let patience = deadline.saturating_duration_since(began).clamp(LEAST_PATIENCE, PATIENCE);
        self.crew.ask_all();
        while self.crew.is_awaiting() {
            if self.is_interrupted() {
                return;
            }
            if began.elapsed() > patience {
                self.crew.give_up(patience);
                break;
            }
            self.listen(HEED_EVERY);
        }
        self.notice_losses();
    }

    /// Takes what nodes say within `time`, at most one answer.
    fn listen(&mut self, time: Duration) {
        self.progress.tick();
        if let Some((index, Answer::Report(report))) = self.crew.listen(time) {
            self.fed.reported(index, &report);
            self.reports[index] = report;
        }
    }

    /// A lost node counts as faulty: it is not fed, not compared, and takes a place of its groups' bounds.
    fn notice_losses(&mut self) {
        for node in 0..self.options.nodes {
            self.plan.lost[node] = self.crew.is_lost(node);
            self.fed.lost(node, self.plan.lost[node]);
        }
    }

    fn pause(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while !self.is_interrupted() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.listen(left.min(HEED_EVERY));
        }
        self.notice_losses();
    }

    fn verdict(&self, time: Duration, corrupted: usize, settled: bool) -> Verdict {
        let evidence = Evidence {
            options: self.options,
            plan: &self.plan,
            ledger: self.ledger,
            fed: &self.fed,
            reports: &self.reports,
            resident: self.crew.resident(),
            lost: self.crew.lost(),
            time,
            corrupted,
            settled,
            interrupted: self.is_interrupted(),
        };
        evidence.verdict()
    }
}
