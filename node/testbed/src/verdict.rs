//! What has become of a swarm: every honest replica against the sums taken from the input.

use std::collections::BTreeMap;
use std::time::Duration;

use lvs_kernels::credit;
use lvs_kernels::vaultguard::{DRAIN_SHIFT, MICRO_VU, RATE_SHIFT};
use serde::Serialize;

use crate::fed::Fed;
use crate::message::Report;
use crate::{Ledger, Options, Plan};
use lvs_protocol::ledger::CELLS;

/// Median, smallest and largest of some numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// The (lower) median.
    pub median: u64,
    /// The smallest.
    pub min: u64,
    /// The largest.
    pub max: u64,
}

impl Spread {
    /// Of these numbers; nothing if there are none.
    pub fn of(mut numbers: Vec<u64>) -> Option<Self> {
        numbers.sort_unstable();
        let (&min, &max) = numbers.first().zip(numbers.last())?;
        Some(Self { median: numbers[(numbers.len() - 1) / 2], min, max })
    }
}

/// What hostile nodes did where they hold a third or more of a group: no agreement is promised there, only limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Damage {
    /// Cells of honest replicas that are wrong.
    pub cells: usize,
    /// The largest loss of such a cell, as a part of what it should hold.
    pub largest_loss: f64,
    /// The limit on that within a window of 4,096 cycles, if every anchor held what it should.
    pub loss_limit: f64,
    /// The largest gain of such a cell, as a part of what it should hold or of 1 VU, whichever is more.
    pub largest_gain: f64,
    /// The limit on the gain in each cycle, in the same measure. There is none within a window.
    pub gain_limit_per_cycle: f64,
}

/// A node that the swarm went on without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Its number, from 0.
    pub node: usize,
    /// What happened to it.
    pub reason: String,
}

/// How a swarm ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether every honest replica within the bound holds exactly what was contributed and has done so for a while, and
    /// there is at least one.
    pub exact: bool,
    /// Whether somebody ended it early.
    pub interrupted: bool,
    /// Nodes, hostile ones among them.
    pub nodes: usize,
    /// Hostile nodes.
    pub hostile: usize,
    /// Nodes that ended or fell silent. Their replicas are not compared, and they count against the bound.
    pub nodes_lost: Vec<Lost>,
    /// Nodes that hold a replica: others only take contributions in and pass them on.
    pub nodes_holding: usize,
    /// Fragments of the ledger.
    pub fragments: u32,
    /// Replicas at honest nodes of groups within the bound: those that are compared.
    pub honest_replicas: usize,
    /// Those of them that are wrong in some cell.
    pub mismatched_replicas: usize,
    /// Groups in which hostile, lost and overwritten copies are a third or more.
    pub groups_beyond_bound: usize,
    /// What was done in those, if there are any.
    pub damage_beyond_bound: Option<Damage>,
    /// The most cycles that a node has done.
    pub cycles: u64,
    /// The fewest that a node which holds a replica has done; it slows down when nothing moves.
    pub cycles_min: u64,
    /// From the first contribution to the end.
    pub seconds: f64,
    /// Datagrams that nodes gave to their sockets, those lost included.
    pub datagrams_sent: u64,
    /// Bytes in them.
    pub bytes_sent: u64,
    /// Datagrams that nodes refused.
    pub datagrams_refused: u64,
    /// Resident memory of a node's process, median; absent where the system does not tell.
    pub rss_bytes_median: Option<u64>,
    /// The largest of them.
    pub rss_bytes_max: Option<u64>,
    /// Contributions made.
    pub contributions: usize,
    /// Cells that a lost node may have kept contributions to. There the replicas are compared with each other.
    pub cells_uncertain: usize,
    /// Cells overwritten.
    pub corrupted: usize,
    /// Cells that were to be overwritten. There are more than `corrupted` if the rest would have left the bound.
    pub corrupted_asked: usize,
    /// Trust of honest nodes in honest ones, in Q0.16.
    pub trust_in_honest: Option<Spread>,
    /// Trust of honest nodes in hostile ones, in Q0.16. Disagreement alone takes no more than a sixteenth of it.
    pub trust_in_hostile: Option<Spread>,
    /// Credit of honest nodes with honest ones, the trust above that sixteenth: 0 to 4,095.
    pub credit_of_honest: Option<Spread>,
    /// Credit of hostile nodes with honest ones, which tells them apart.
    pub credit_of_hostile: Option<Spread>,
    /// Cells that the rate limit held back at honest nodes, summed over cycles.
    pub rate_limited: u64,
    /// Cells that the drain floor held there.
    pub floored: u64,
    /// Alarms raised there.
    pub alarms: u64,
    /// What decided everything that was drawn at random.
    pub seed: u64,
}

/// Honest replicas of groups within the bound: how many there are, and how many are wrong.
pub(crate) fn compare(plan: &Plan, reports: &[Report], sums: &[i64]) -> (usize, usize) {
    let mut compared = 0;
    let mut wrong = 0;
    for (fragment, values) in replicas(plan, reports, true) {
        compared += 1;
        wrong += usize::from(values != Some(cells_of(sums, fragment)));
    }
    (compared, wrong)
}

/// What the honest replicas within the bound hold in a cell of the ledger.
pub(crate) fn values_of<'a>(
    plan: &'a Plan,
    reports: &'a [Report],
    cell: u64,
) -> impl Iterator<Item = i64> + 'a {
    let fragment = (cell / CELLS as u64) as u32;
    let position = (cell % CELLS as u64) as usize;
    let replicas = replicas(plan, reports, true).filter(move |(held, _)| *held == fragment);
    replicas.filter_map(move |(_, values)| values.map(|values| values[position]))
}

/// What was done to honest replicas beyond the bound.
pub(crate) fn damage(plan: &Plan, reports: &[Report], sums: &[i64]) -> Option<Damage> {
    if (0..plan.groups.len()).all(|fragment| plan.within_bound(fragment)) {
        return None;
    }
    let mut damage = Damage {
        loss_limit: 1.0 / f64::from(1_u32 << DRAIN_SHIFT),
        gain_limit_per_cycle: 1.0 / f64::from(1_u32 << RATE_SHIFT),
        ..Damage::default()
    };
    for (fragment, values) in replicas(plan, reports, false) {
        for (&value, &expected) in values.unwrap_or(&[0; CELLS]).iter().zip(cells_of(sums, fragment)) {
            damage.add(value, expected);
        }
    }
    Some(damage)
}

impl Damage {
    fn add(&mut self, value: i64, expected: i64) {
        self.cells += usize::from(value != expected);
        let loss = (expected - value).max(0) as f64 / expected.max(1) as f64;
        let gain = (value - expected).max(0) as f64 / expected.max(MICRO_VU) as f64;
        self.largest_loss = self.largest_loss.max(loss);
        self.largest_gain = self.largest_gain.max(gain);
    }
}

/// The replicas that honest nodes should hold, and what they do hold: nothing where one is missing.
fn replicas<'a>(
    plan: &'a Plan,
    reports: &'a [Report],
    within_bound: bool,
) -> impl Iterator<Item = (u32, Option<&'a [i64]>)> {
    let groups =
        plan.groups.iter().enumerate().filter(move |(group, _)| plan.within_bound(*group) == within_bound);
    groups.flat_map(move |(group, nodes)| {
        let honest = nodes.iter().filter(|&&node| plan.is_honest(node));
        honest.map(move |&node| (group as u32, held(&reports[node], group as u32)))
    })
}

fn held(report: &Report, fragment: u32) -> Option<&[i64]> {
    let found = report.fragments.iter().find(|(held, _)| *held == fragment);
    found.map(|(_, values)| values.as_slice())
}

fn cells_of(sums: &[i64], fragment: u32) -> &[i64] {
    &sums[fragment as usize * CELLS..][..CELLS]
}

/// The trust of honest nodes, in honest ones and in hostile ones.
#[derive(Default)]
struct Trusts {
    in_honest: Vec<u16>,
    in_hostile: Vec<u16>,
}

impl Trusts {
    fn of(plan: &Plan, reports: &[Report]) -> Self {
        let ids = plan.ids.iter().enumerate().map(|(node, id)| (id.to_bytes(), node));
        let nodes: BTreeMap<_, _> = ids.collect();
        let mut trusts = Self::default();
        for (_, report) in honest_reports(plan, reports) {
            for (_, id, trust) in &report.trust {
                match nodes.get(id) {
                    Some(&node) if plan.lies[node].is_some() => trusts.in_hostile.push(*trust),
                    // What is thought of a lost node says nothing.
                    Some(&node) if plan.lost[node] => {}
                    _ => trusts.in_honest.push(*trust),
                }
            }
        }
        trusts
    }
}

fn trust_spread(trusts: &[u16]) -> Option<Spread> {
    Spread::of(trusts.iter().map(|&trust| u64::from(trust)).collect())
}

fn credit_spread(trusts: &[u16]) -> Option<Spread> {
    Spread::of(trusts.iter().map(|&trust| u64::from(credit(trust))).collect())
}

fn honest_reports<'a>(plan: &'a Plan, reports: &'a [Report]) -> impl Iterator<Item = (usize, &'a Report)> {
    reports.iter().enumerate().filter(|(node, _)| plan.is_honest(*node))
}

/// Everything that the verdict follows from.
pub(crate) struct Evidence<'a> {
    pub options: &'a Options,
    pub plan: &'a Plan,
    pub ledger: &'a Ledger,
    pub fed: &'a Fed,
    pub reports: &'a [Report],
    pub resident: Vec<u64>,
    pub lost: Vec<Lost>,
    pub time: Duration,
    pub corrupted: usize,
    /// Whether everything stayed exact for long enough.
    pub settled: bool,
    pub interrupted: bool,
}

impl Evidence<'_> {
    pub(crate) fn verdict(&self) -> Verdict {
        let plan = self.plan;
        let reports = self.reports;
        let sums = self.fed.sums(self.ledger, plan, reports);
        let (honest_replicas, mismatched_replicas) = compare(plan, reports, &sums);
        let trusts = Trusts::of(plan, reports);
        let resident = Spread::of(self.resident.clone());
        let holding: Vec<_> = reports.iter().filter(|report| !report.fragments.is_empty()).collect();
        Verdict {
            exact: honest_replicas > 0 && mismatched_replicas == 0 && self.settled && !self.interrupted,
            interrupted: self.interrupted,
            nodes: plan.sessions.len(),
            hostile: plan.lies.iter().flatten().count(),
            nodes_lost: self.lost.clone(),
            nodes_holding: holding.len(),
            fragments: self.ledger.fragments(),
            honest_replicas,
            mismatched_replicas,
            groups_beyond_bound: (0..plan.groups.len()).filter(|&f| !plan.within_bound(f)).count(),
            damage_beyond_bound: damage(plan, reports, &sums),
            cycles: reports.iter().map(|report| report.cycle).max().unwrap_or(0),
            cycles_min: holding.iter().map(|report| report.cycle).min().unwrap_or(0),
            seconds: self.time.as_secs_f64(),
            datagrams_sent: reports.iter().map(|report| report.sent).sum(),
            bytes_sent: reports.iter().map(|report| report.bytes_sent).sum(),
            datagrams_refused: reports.iter().map(|report| report.refused).sum(),
            rss_bytes_median: resident.map(|spread| spread.median),
            rss_bytes_max: resident.map(|spread| spread.max),
            contributions: self.fed.count(),
            cells_uncertain: self.fed.uncertain().len(),
            corrupted: self.corrupted,
            corrupted_asked: self.options.corrupt,
            trust_in_honest: trust_spread(&trusts.in_honest),
            trust_in_hostile: trust_spread(&trusts.in_hostile),
            credit_of_honest: credit_spread(&trusts.in_honest),
            credit_of_hostile: credit_spread(&trusts.in_hostile),
            rate_limited: honest_reports(plan, reports).map(|(_, report)| report.rate_limited).sum(),
            floored: honest_reports(plan, reports).map(|(_, report)| report.floored).sum(),
            alarms: honest_reports(plan, reports).map(|(_, report)| report.alarms).sum(),
            seed: self.options.seed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Options;

    /// What the first holder of a fragment has done to its replica.
    #[derive(Clone, Copy, PartialEq)]
    enum Fault {
        None,
        Wrong,
        Missing,
    }

    fn evidence(hostile: f64, fault: Fault) -> Verdict {
        let ledger = Ledger::read("account,amount\na,2\nb,3\na,4\n").unwrap();
        let options = Options {
            nodes: 20,
            loss: 0.0,
            hostile,
            lie: None,
            corrupt: 0,
            replicas: 16,
            cycle: Duration::from_millis(100),
            feed: Duration::ZERO,
            timeout: Duration::ZERO,
            seed: 9,
            quiet: true,
        };
        let plan = Plan::new(&options, ledger.fragments());
        let report = |node: usize| {
            let mut values = ledger.sums(3);
            let first = node == plan.groups[0][0];
            values[1] -= i64::from(first && fault == Fault::Wrong) * 750_000;
            let holds = plan.groups[0].contains(&node) && !(first && fault == Fault::Missing);
            let held = holds.then_some((0, values));
            let cycle = 100 + node as u64;
            Report { cycle, fragments: held.into_iter().collect(), ..Report::default() }
        };
        let reports: Vec<_> = (0..20).map(report).collect();
        let mut fed = Fed::new(20);
        for contribution in &ledger.contributions {
            fed.add(0, contribution.cell);
        }
        let evidence = Evidence {
            options: &options,
            plan: &plan,
            ledger: &ledger,
            fed: &fed,
            reports: &reports,
            resident: vec![3, 1, 2],
            lost: Vec::new(),
            time: Duration::from_secs(1),
            corrupted: 0,
            settled: true,
            interrupted: false,
        };
        evidence.verdict()
    }

    #[test]
    fn one_wrong_cell_is_not_exact() {
        let right = evidence(0.0, Fault::None);
        assert_eq!((right.exact, right.honest_replicas, right.rss_bytes_median), (true, 16, Some(2)));
        let wrong = evidence(0.0, Fault::Wrong);
        assert_eq!((wrong.exact, wrong.mismatched_replicas), (false, 1));
    }

    #[test]
    fn nodes_that_hold_nothing_are_told_apart() {
        let verdict = evidence(0.0, Fault::None);
        assert_eq!((verdict.nodes, verdict.nodes_holding), (20, 16));
        assert!(verdict.cycles <= 119 && (100..=104).contains(&verdict.cycles_min));
    }

    #[test]
    fn a_missing_replica_is_a_wrong_one() {
        let verdict = evidence(0.0, Fault::Missing);
        assert_eq!((verdict.exact, verdict.honest_replicas, verdict.mismatched_replicas), (false, 16, 1));
    }

    #[test]
    fn damage_goes_both_ways() {
        let mut damage = Damage::default();
        for (value, expected) in [(75, 100), (3 * MICRO_VU, 2 * MICRO_VU), (250_000, 0), (7, 7)] {
            damage.add(value, expected);
        }
        assert_eq!((damage.cells, damage.largest_loss, damage.largest_gain), (3, 0.25, 0.5));
    }

    #[test]
    fn nothing_compared_is_not_exact() {
        let verdict = evidence(1.0, Fault::None);
        assert_eq!((verdict.exact, verdict.honest_replicas, verdict.groups_beyond_bound), (false, 0, 1));
    }
}
