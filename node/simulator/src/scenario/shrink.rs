//! Making a failing scenario smaller: whatever can be left out, so that it still fails, is left out.

use super::{Scenario, Step, run};
use crate::conditions::Conditions;

/// The fewest nodes that are tried.
const NODES_LEAST: usize = 2;

/// Makes a failing scenario smaller with at most so many runs. What is returned still breaks the same promise; a scenario
/// that breaks none is returned as it is.
pub fn shrink(scenario: &Scenario, runs: usize) -> Scenario {
    let Some(violation) = run(scenario).violation else { return scenario.clone() };
    let fails =
        |smaller: &Scenario| run(smaller).violation.is_some_and(|other| other.checker == violation.checker);
    shrink_while(scenario, runs, fails)
}

/// Makes a scenario smaller for as long as it fails, trying at most so many.
fn shrink_while(scenario: &Scenario, mut tries: usize, fails: impl Fn(&Scenario) -> bool) -> Scenario {
    let mut smallest = scenario.clone();
    loop {
        let mut candidates = candidates(&smallest).into_iter().filter(|smaller| *smaller != smallest);
        let found = candidates.find(|smaller| {
            tries = tries.saturating_sub(1);
            tries > 0 && fails(smaller)
        });
        match found {
            Some(smaller) => smallest = smaller,
            None => return smallest,
        }
    }
}

/// Scenarios that are a little smaller, the largest cuts first.
fn candidates(scenario: &Scenario) -> Vec<Scenario> {
    let mut candidates = Vec::new();
    for i in 0..scenario.timeline.len() {
        let mut smaller = scenario.clone();
        smaller.timeline.remove(i);
        candidates.push(smaller);
    }
    let conditions = calmer(&scenario.conditions).into_iter();
    candidates.extend(conditions.map(|conditions| with_conditions(scenario, conditions)));
    for i in 0..scenario.timeline.len() {
        candidates
            .extend(lighter(&scenario.timeline[i]).into_iter().map(|step| with_step(scenario, i, step)));
    }
    candidates
}

fn with_step(scenario: &Scenario, at: usize, step: Step) -> Scenario {
    let mut smaller = scenario.clone();
    smaller.timeline[at] = step;
    smaller
}

/// The same under other conditions; where nodes are missing then, fewer are cut off or contribute.
fn with_conditions(scenario: &Scenario, conditions: Conditions) -> Scenario {
    let last = conditions.nodes - 1;
    let mut smaller = Scenario { conditions, ..scenario.clone() };
    for step in &mut smaller.timeline {
        if let Some(partition) = &mut step.partition {
            partition.first = partition.first.min(last);
            partition.last = partition.last.min(last);
        }
        if let Some(nodes) = step.contribute.as_mut().and_then(|contribute| contribute.by.as_mut()) {
            nodes.first = nodes.first.min(last);
            nodes.last = nodes.last.min(last);
        }
    }
    smaller
}

/// Conditions with one thing less.
fn calmer(conditions: &Conditions) -> Vec<Conditions> {
    let calm = conditions.clone();
    let mut calmer = Vec::new();
    for nodes in [conditions.nodes / 2, conditions.nodes - 1] {
        if nodes >= NODES_LEAST.max(conditions.hostile + 1) {
            calmer.push(Conditions { nodes, slow: calm.slow.min(nodes), ..calm.clone() });
        }
    }
    for hostile in [0, conditions.hostile / 2, conditions.hostile.saturating_sub(1)] {
        // The honest nodes stay as they are.
        let nodes = (conditions.honest() + hostile).max(1);
        calmer.push(Conditions { hostile, nodes, slow: calm.slow.min(nodes), ..calm.clone() });
        calmer.push(Conditions { hostile, ..calm.clone() });
    }
    calmer.push(Conditions { deed: None, ..calm.clone() });
    calmer.push(Conditions { fragments: 1, ..calm.clone() });
    calmer.push(Conditions { slow: 0, ..calm.clone() });
    calmer.push(Conditions { skew_percent: 0, ..calm.clone() });
    calmer.extend(calmer_networks(&calm));
    calmer
}

fn calmer_networks(calm: &Conditions) -> Vec<Conditions> {
    let usual = Conditions::default();
    vec![
        Conditions { loss_percent: 0, ..calm.clone() },
        Conditions { loss_percent: calm.loss_percent / 2, ..calm.clone() },
        Conditions { duplicate_percent: 0, ..calm.clone() },
        Conditions { reorder_percent: 0, ..calm.clone() },
        Conditions { corrupt_percent: 0, ..calm.clone() },
        Conditions { replay_percent: 0, ..calm.clone() },
        Conditions { jitter: usual.jitter.min(calm.jitter), ..calm.clone() },
        Conditions { delay: usual.delay.min(calm.delay), ..calm.clone() },
    ]
}

/// Steps with less in them.
fn lighter(step: &Step) -> Vec<Step> {
    let mut lighter = Vec::new();
    if let Some(contribute) = step.contribute {
        for (count, over) in [
            (contribute.count / 2, contribute.over),
            (contribute.count - 1, contribute.over),
            (contribute.count, 1),
        ] {
            let contribute = super::Contribute { count: count.max(1), over, ..contribute };
            lighter.push(Step { contribute: Some(contribute), ..step.clone() });
        }
    }
    if let Some(overwrite) = step.overwrite {
        for (count, copies) in [
            (overwrite.count / 2, overwrite.copies),
            (overwrite.count - 1, overwrite.copies),
            (overwrite.count, 1),
        ] {
            let overwrite = super::Overwrite { count: count.max(1), copies };
            lighter.push(Step { overwrite: Some(overwrite), ..step.clone() });
        }
    }
    if let Some(kill) = step.kill {
        lighter.push(Step { kill: Some((kill / 2).max(1)), ..step.clone() });
    }
    if let Some(partition) = step.partition {
        let steady = crate::partition::Partition { one_way: false, flapping: None, ..partition };
        lighter.push(Step { partition: Some(steady), ..step.clone() });
    }
    lighter.push(Step { cycle: step.cycle / 2, ..step.clone() });
    lighter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::random;

    /// Contributions of a scenario, all steps together.
    fn contributions(scenario: &Scenario) -> usize {
        scenario.timeline.iter().filter_map(|step| step.contribute).map(|contribute| contribute.count).sum()
    }

    #[test]
    fn what_is_not_needed_to_fail_is_left_out() {
        for seed in 0..20 {
            let scenario = random(seed);
            // It fails as long as there are five contributions and 8 nodes.
            let fails = |smaller: &Scenario| contributions(smaller) >= 5 && smaller.conditions.nodes >= 8;
            if !fails(&scenario) {
                continue;
            }
            let smallest = shrink_while(&scenario, 10_000, fails);
            assert_eq!((contributions(&smallest), smallest.conditions.nodes), (5, 8), "seed {seed}");
            assert_eq!(
                (smallest.conditions.hostile, smallest.conditions.loss_percent),
                (0, 0),
                "seed {seed}"
            );
            assert!(smallest.timeline.len() <= 5 && smallest.timeline.iter().all(|step| step.kill.is_none()));
        }
    }

    #[test]
    fn no_more_are_tried_than_asked_for() {
        let tried = std::cell::Cell::new(0);
        shrink_while(&random(1), 10, |_| {
            tried.set(tried.get() + 1);
            true
        });
        assert!(tried.get() < 10);
    }
}
