//! Scenarios drawn at random: every seed is another one.

use std::time::Duration;

use super::{Contribute, Expect, Overwrite, Scenario, Step};
use crate::adversary::Lie;
use crate::conditions::Conditions;
use crate::deeds::Deed;
use crate::partition::Partition;
use crate::streams::{Purpose, Stream};

/// The latest cycle in which something begins to happen.
const BEGINS: u64 = 250;

/// Cycles after which every run must be exact. Most are far sooner; a swarm that sleeps needs 30 s to notice a fault.
const EXACT_WITHIN: u32 = 2_500;

/// Cycles for which it must stay so.
const RUNS_ON: u32 = 30;

/// Of so many nodes one may be hostile.
const PER_HOSTILE: u64 = 3;

/// The scenario of a seed. Whatever happens in it, the protocol promises that it ends exact.
pub fn random(seed: u64) -> Scenario {
    let mut draw = Stream::new(seed, Purpose::Scenario);
    let conditions = conditions(&mut draw);
    let mut timeline = Vec::new();
    contributions(&mut draw, &mut timeline);
    overwrites(&mut draw, &conditions, &mut timeline);
    deaths(&mut draw, &conditions, &mut timeline);
    partitions(&mut draw, &conditions, &mut timeline);
    timeline.sort_by_key(|step| step.cycle);
    let expect = Expect { exact_within: Some(EXACT_WITHIN), runs_on: RUNS_ON, ..Default::default() };
    Scenario { about: String::new(), seed, conditions, timeline, expect }
}

fn conditions(draw: &mut Stream) -> Conditions {
    let nodes = if draw.chance(75) { draw.between(8, 16) } else { draw.between(17, 28) };
    let fragments = if draw.chance(70) { 1 } else { draw.between(2, 3) } as u32;
    let mut conditions = Conditions { nodes: nodes as usize, fragments, ..Default::default() };
    // Of the neighbours of a node in a group of up to 16, a third may be hostile. Larger swarms have groups beyond that.
    conditions.hostile =
        if draw.chance(60) { draw.between(1, (nodes.min(16) - 1) / PER_HOSTILE) } else { 0 } as usize;
    conditions.lie = draw.one_of(&Lie::ALL);
    let deed = draw.one_of(&Deed::ALL);
    conditions.deed = Some(deed).filter(|_| draw.chance(40) && conditions.hostile > 0);
    weather(draw, &mut conditions);
    conditions.hostile = conditions.hostile.saturating_sub(conditions.garbled());
    clocks(draw, &mut conditions);
    conditions
}

fn weather(draw: &mut Stream, conditions: &mut Conditions) {
    conditions.loss_percent = draw.one_of(&[0, 0, 5, 20, 40, 60]);
    conditions.duplicate_percent = draw.one_of(&[0, 2, 30]);
    conditions.reorder_percent = draw.one_of(&[0, 0, 10]);
    conditions.corrupt_percent = draw.one_of(&[0, 0, 0, 3]);
    conditions.replay_percent = draw.one_of(&[0, 0, 50, 300, 800]);
    conditions.delay = Duration::from_millis(draw.one_of(&[1, 20, 20, 150]));
    conditions.jitter = Duration::from_millis(draw.one_of(&[0, 20, 300]));
}

fn clocks(draw: &mut Stream, conditions: &mut Conditions) {
    conditions.skew_percent = draw.one_of(&[0, 0, 1, 20]);
    conditions.slow = if draw.chance(20) { draw.between(1, 3) as usize } else { 0 };
}

fn contributions(draw: &mut Stream, timeline: &mut Vec<Step>) {
    for i in 0..draw.between(1, 4) {
        let cycle = if i == 0 { draw.below(5) } else { draw.below(BEGINS) } as u32;
        let contribute =
            Contribute { count: draw.between(2, 40) as usize, over: draw.between(1, 40) as usize, by: None };
        timeline.push(Step { cycle, contribute: Some(contribute), ..Default::default() });
    }
}

fn overwrites(draw: &mut Stream, conditions: &Conditions, timeline: &mut Vec<Step>) {
    let neighbours = conditions.nodes.min(conditions.replicas) - 1;
    // Beside the hostile ones, the overwritten copies of a cell must not weigh half of the group.
    let copies = (neighbours.saturating_sub(1) / 2).saturating_sub(conditions.hostile).clamp(1, 2);
    for _ in 0..draw.below(3) {
        let overwrite = Overwrite { count: draw.between(1, 10) as usize, copies };
        let cycle = draw.between(20, BEGINS) as u32;
        timeline.push(Step { cycle, overwrite: Some(overwrite), ..Default::default() });
    }
}

fn deaths(draw: &mut Stream, conditions: &Conditions, timeline: &mut Vec<Step>) {
    if draw.chance(30) {
        let most = (conditions.nodes / 4).max(1) as u64;
        let step = Step {
            cycle: draw.below(BEGINS) as u32,
            kill: Some(draw.between(1, most) as usize),
            ..Default::default()
        };
        timeline.push(step);
    }
}

fn partitions(draw: &mut Stream, conditions: &Conditions, timeline: &mut Vec<Step>) {
    for _ in 0..draw.below(3) {
        let nodes = conditions.nodes as u64;
        let first = draw.below(nodes);
        let last = draw.between(first, nodes - 1);
        let partition = Partition {
            first: first as usize,
            last: last as usize,
            one_way: draw.chance(30),
            flapping: if draw.chance(30) { Some(draw.between(2, 40) as u32) } else { None },
        };
        let cycle = draw.below(BEGINS) as u32;
        let heals = cycle + draw.between(10, 150) as u32;
        timeline.push(Step { cycle, partition: Some(partition), ..Default::default() });
        timeline.push(Step { cycle: heals, heal: true, ..Default::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_draws_a_sound_scenario_of_its_own() {
        let mut seen = Vec::new();
        for seed in 0..300 {
            let scenario = random(seed);
            assert_eq!(Scenario::read(&scenario.to_toml()).as_ref(), Ok(&scenario), "seed {seed}");
            assert_eq!(random(seed), scenario);
            assert!(!seen.contains(&scenario.timeline), "seed {seed} repeats another");
            let heals = scenario.timeline.iter().filter(|step| step.heal).map(|step| step.cycle).max();
            let parts =
                scenario.timeline.iter().filter(|step| step.partition.is_some()).map(|step| step.cycle);
            assert!(parts.max() < heals.or(Some(0)), "seed {seed}: a partition that does not end");
            seen.push(scenario.timeline);
        }
    }
}
