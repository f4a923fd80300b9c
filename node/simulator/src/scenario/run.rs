//! Playing a scenario.

use std::any::Any;

use lvs_kernels::credit;
use serde::Serialize;

use super::{Contribute, Scenario, Step};
use crate::checks::{Checker, Violation};
use crate::swarm::Swarm;

/// Credit that still counts as none: a few units of 4,095 come back in a cycle in which little of a liar is fresh.
const CREDIT_MAX: u16 = 64;

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The scenario's seed.
    pub seed: u64,
    /// The first promise that was seen broken; nothing if all were kept.
    pub violation: Option<Violation>,
    /// Cycles from the end of the timeline until every honest replica was exact.
    pub exact_after: Option<u32>,
    /// Cycles of the simulation.
    pub cycles: u64,
    /// Datagrams sent, hostile nodes' too.
    pub datagrams: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Contributions accepted.
    pub contributions: u64,
    /// Contributions refused.
    pub refused: u64,
    /// Times that VaultGuard held an honest replica back.
    pub held_back: u64,
    /// Correction signals that honest nodes heard.
    pub alarms_heard: u64,
    /// Datagrams that honest nodes refused.
    pub datagrams_refused: u64,
    /// Honest replicas of which nothing was promised, as too many neighbours are hostile.
    pub replicas_beyond_bound: usize,
}

/// Plays a scenario until it is over or a promise is broken. A panic breaks one too.
pub fn run(scenario: &Scenario) -> Outcome {
    std::panic::catch_unwind(|| play(scenario)).unwrap_or_else(|panic| panicked(scenario.seed, &*panic))
}

fn play(scenario: &Scenario) -> Outcome {
    let swarm = Swarm::new(scenario.conditions.clone(), scenario.seed);
    let mut play = Play { scenario, swarm, exact_after: None };
    play.follow_timeline();
    play.wait_until_exact();
    play.run_on();
    play.judge_alarms();
    play.judge_credit();
    play.judge_refusals();
    play.outcome()
}

/// The outcome of a run in which a node panicked.
fn panicked(seed: u64, panic: &(dyn Any + Send)) -> Outcome {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let what = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    let violation = Violation { checker: Checker::Panic, node: 0, cell: None, cycle: 0, what };
    Outcome { seed, violation: Some(violation), ..Outcome::default() }
}

struct Play<'a> {
    scenario: &'a Scenario,
    swarm: Swarm,
    exact_after: Option<u32>,
}

impl Play<'_> {
    fn is_over(&self) -> bool {
        self.swarm.violation().is_some()
    }

    fn follow_timeline(&mut self) {
        for cycle in 0..self.scenario.end() {
            if self.is_over() {
                return;
            }
            for step in &self.scenario.timeline {
                self.take(step, cycle);
            }
            self.swarm.run(1);
        }
    }

    /// What a step asks for in this cycle.
    fn take(&mut self, step: &Step, cycle: u32) {
        if cycle == step.cycle {
            self.take_faults(step);
        }
        let due = step.contribute.and_then(|asked| Some((asked, due(asked, cycle.checked_sub(step.cycle)?))));
        if let Some((asked, count)) = due {
            self.swarm.contribute_at_random(count, asked.by);
        }
    }

    fn take_faults(&mut self, step: &Step) {
        if step.heal {
            self.swarm.heal();
        }
        if let Some(partition) = step.partition {
            self.swarm.part(partition);
        }
        if let Some(percent) = step.loss_percent {
            self.swarm.lose(percent);
        }
        if let Some(count) = step.kill {
            self.swarm.kill_at_random(count);
        }
        if let Some(overwrite) = step.overwrite {
            self.swarm.overwrite_at_random(overwrite.count, overwrite.copies);
        }
    }

    fn wait_until_exact(&mut self) {
        let Some(limit) = self.scenario.expect.exact_within else { return };
        for cycle in 0..=limit {
            if self.is_over() {
                return;
            }
            if self.swarm.mismatches().is_empty() {
                self.exact_after = Some(cycle);
                return;
            }
            self.swarm.run(1);
        }
        self.judge_exact();
    }

    fn judge_exact(&mut self) {
        let cycle = self.swarm.cycle();
        if let Some(mismatch) = self.swarm.mismatches().first() {
            self.swarm.checks.report(mismatch.violation(cycle));
        }
    }

    fn run_on(&mut self) {
        for _ in 0..self.scenario.expect.runs_on {
            if self.is_over() {
                return;
            }
            self.swarm.run(1);
            if self.exact_after.is_some() {
                self.judge_exact();
            }
        }
    }

    fn judge_alarms(&mut self) {
        if self.scenario.expect.alarms && (self.held_back() == 0 || self.alarms_heard() == 0) {
            self.report(Checker::Alarms, 0, "VaultGuard raised no alarm, or nobody heard one".into());
        }
    }

    fn judge_credit(&mut self) {
        let expect = &self.scenario.expect;
        for number in self.swarm.living().collect::<Vec<_>>() {
            let most = self.trust_in_hostile(number);
            if expect.no_credit && credit(most) >= CREDIT_MAX {
                self.report(
                    Checker::Credit,
                    number,
                    format!("it trusts a hostile node with {most} of 65,535"),
                );
            }
            if expect.no_trust && most > 0 {
                self.report(
                    Checker::Trust,
                    number,
                    format!("it trusts a hostile node with {most} of 65,535"),
                );
            }
        }
    }

    fn judge_refusals(&mut self) {
        if self.scenario.expect.refusals && self.datagrams_refused() == 0 {
            self.report(Checker::Refusals, 0, "nobody refused anything".into());
        }
    }

    fn datagrams_refused(&self) -> u64 {
        self.swarm.living().map(|number| self.swarm.node(number).counters().refused_total()).sum()
    }

    /// The largest trust that an honest node has in a hostile one.
    fn trust_in_hostile(&self, number: usize) -> u16 {
        let node = self.swarm.node(number);
        let trust = node.fragments().flat_map(|fragment| node.trust(fragment.index()));
        let hostile = trust.filter(|(id, _)| self.swarm.hostile.contains(id));
        hostile.map(|(_, trust)| trust).max().unwrap_or(0)
    }

    fn report(&mut self, checker: Checker, node: usize, what: String) {
        let cycle = self.swarm.cycle();
        self.swarm.checks.report(Violation { checker, node, cell: None, cycle, what });
    }

    fn held_back(&self) -> u64 {
        self.swarm.living().map(|number| self.swarm.members[number].held_back).sum()
    }

    fn alarms_heard(&self) -> u64 {
        self.swarm.living().map(|number| self.swarm.node(number).counters().alarms_heard).sum()
    }

    fn outcome(self) -> Outcome {
        let swarm = &self.swarm;
        Outcome {
            seed: self.scenario.seed,
            violation: swarm.violation().cloned(),
            exact_after: self.exact_after,
            cycles: swarm.cycle(),
            datagrams: swarm.network.datagrams,
            bytes: swarm.network.bytes,
            contributions: swarm.accepted.count,
            refused: swarm.refused,
            held_back: self.held_back(),
            alarms_heard: self.alarms_heard(),
            datagrams_refused: self.datagrams_refused(),
            replicas_beyond_bound: swarm.replicas_beyond_bound(),
        }
    }
}

/// How many of its contributions a step makes so many cycles after its start.
fn due(asked: Contribute, passed: u32) -> usize {
    let (over, passed) = (asked.over.max(1), passed as usize);
    if passed >= over { 0 } else { asked.count * (passed + 1) / over - asked.count * passed / over }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_spread_over_their_cycles() {
        let asked = Contribute { count: 10, over: 4, by: None };
        assert_eq!((0..6).map(|passed| due(asked, passed)).collect::<Vec<_>>(), [2, 3, 2, 3, 0, 0]);
        assert_eq!(due(Contribute { count: 7, over: 0, by: None }, 0), 7);
    }
}
