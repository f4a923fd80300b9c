//! Exact agreement on a simulated network: what the design saw in its prototype, and worse weather.

use std::collections::BTreeMap;

use lvs_kernels::credit;
use lvs_simulator::{Conditions, Lie, Swarm};

use crate::seeds;

/// Contributes `count` times to random cells at random honest nodes, one in each cycle.
fn contribute(swarm: &mut Swarm, count: u64) {
    let cells = 256 * u64::from(swarm.node(0).fragments().map(|f| f.index() + 1).max().unwrap_or(1));
    for _ in 0..count {
        let (node, cell) = (swarm.draw(swarm.honest() as u64) as usize, swarm.draw(cells));
        let amount = 1_000_000 + swarm.draw(500_000_000_000) as i64;
        swarm.contribute(node, cell, amount);
        swarm.run(1);
    }
}

/// Copies of one cell that may be overwritten. Five hostile holders and two overwritten ones weigh less than half of a
/// group, so that no replica leaves its anchor for them; with a third one they would weigh more.
const COPIES: usize = 2;

/// Overwrites cells that hold something, of random honest replicas, by up to ten times either way.
fn corrupt(swarm: &mut Swarm, count: u64) {
    let contributed: Vec<_> = swarm.expected.keys().copied().collect();
    let mut overwritten = BTreeMap::new();
    for _ in 0..count {
        let cell = loop {
            let cell = contributed[swarm.draw(contributed.len() as u64) as usize];
            let copies: &mut usize = overwritten.entry(cell).or_default();
            if *copies < COPIES {
                *copies += 1;
                break cell;
            }
        };
        let node = swarm.draw(swarm.honest() as u64) as usize;
        let value = swarm.expected[&cell];
        let factor = 1 + swarm.draw(10) as i64;
        let wrong = if swarm.draw(2) == 0 { value * factor } else { value / factor };
        swarm.corrupt(node, cell, wrong);
    }
}

/// One group of 16 as in the prototype: 200 contributions, 20 cells overwritten; answers how long it took.
///
/// The cells are overwritten half-way, when sleepers are still trusted: a replica that is being repaired counts as faulty
/// beside them, and only its anchor keeps each other replica from following the six.
fn prototype(conditions: Conditions, seed: u64) -> u32 {
    let mut swarm = Swarm::new(conditions.clone(), seed);
    contribute(&mut swarm, 100);
    corrupt(&mut swarm, 20);
    contribute(&mut swarm, 100);
    let cycles = swarm.run_until_exact(600).unwrap_or_else(|| {
        let left = swarm.mismatches();
        panic!("LVS_SEED={seed}: {} cells wrong under {conditions:?}, first {:?}", left.len(), left[0])
    });
    // Once exact, it stays so.
    swarm.run(100);
    assert_eq!(swarm.mismatches(), [], "LVS_SEED={seed} {conditions:?}");
    cycles
}

#[test]
fn hostile_below_a_third_at_every_loss() {
    for loss_percent in [0, 20, 60] {
        let mut slowest = 0;
        for lie in Lie::ALL {
            for seed in seeds(3) {
                let conditions = Conditions { hostile: 5, lie, loss_percent, ..Default::default() };
                slowest = slowest.max(prototype(conditions, seed));
            }
        }
        println!("{loss_percent} % loss: exact within {slowest} cycles of the last contribution");
        assert!(slowest <= 500, "{slowest} cycles at {loss_percent} % loss");
    }
}

#[test]
fn liars_end_without_credit() {
    for lie in [Lie::Huge, Lie::Zero, Lie::Split] {
        for seed in seeds(2) {
            let mut swarm = Swarm::new(Conditions { hostile: 5, lie, ..Default::default() }, seed);
            contribute(&mut swarm, 200);
            swarm.run(500);
            let liars: Vec<_> = (swarm.honest()..16).map(|i| swarm.node(i).id()).collect();
            for i in 0..swarm.honest() {
                let of_liars = swarm.node(i).trust(0).filter(|(node, _)| liars.contains(node));
                let credits: Vec<_> = of_liars.map(|(_, trust)| credit(trust)).collect();
                // A few units of 4,095 come back in a cycle in which little of a liar is fresh.
                assert!(credits.iter().all(|&credit| credit < 64), "LVS_SEED={seed} {lie} node {i}");
            }
        }
    }
}

#[test]
fn several_fragments_over_many_nodes() {
    for seed in seeds(2) {
        let conditions = Conditions { nodes: 40, fragments: 6, loss_percent: 20, ..Default::default() };
        let mut swarm = Swarm::new(conditions, seed);
        for _ in 0..300 {
            let (node, cell) = (swarm.draw(40) as usize, swarm.draw(6 * 256));
            let amount = 1 + swarm.draw(1 << 40) as i64;
            swarm.contribute(node, cell, amount);
        }
        assert!(swarm.run_until_exact(300).is_some(), "LVS_SEED={seed}: {:?}", swarm.mismatches().first());
        swarm.run(400);
        let unacknowledged: Vec<_> = (0..40).map(|i| swarm.node(i).unacknowledged()).collect();
        assert_eq!(unacknowledged, [0; 40], "LVS_SEED={seed}");
    }
}

#[test]
fn a_partition_heals_exactly() {
    for seed in seeds(3) {
        let mut swarm = Swarm::new(Conditions { loss_percent: 10, ..Default::default() }, seed);
        contribute(&mut swarm, 50);
        swarm.partition = Some(6);
        contribute(&mut swarm, 100);
        swarm.run(200);
        assert_ne!(swarm.mismatches(), [], "both sides cannot know of each other");
        swarm.partition = None;
        assert!(swarm.run_until_exact(400).is_some(), "LVS_SEED={seed}: {:?}", swarm.mismatches().first());
    }
}

#[test]
fn taking_away_is_exact_too() {
    for seed in seeds(3) {
        let mut swarm = Swarm::new(Conditions { loss_percent: 30, ..Default::default() }, seed);
        for cell in 0..50 {
            let rich = swarm.draw(16) as usize;
            swarm.contribute(rich, cell, 1_000_000);
            swarm.contribute(rich, cell, -250_000);
        }
        assert!(swarm.run_until_exact(300).is_some(), "LVS_SEED={seed}: {:?}", swarm.mismatches().first());
        assert!(swarm.expected.values().all(|&value| value == 750_000));
    }
}
