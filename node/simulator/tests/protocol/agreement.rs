//! Exact agreement on a simulated network: what the design saw in its prototype, and worse weather.

use lvs_kernels::credit;
use lvs_simulator::{Conditions, Lie, Partition, Swarm};

use crate::seeds;

/// Contributes `count` times to random cells at random honest nodes, one in each cycle.
fn contribute(swarm: &mut Swarm, count: u64) {
    for _ in 0..count {
        swarm.contribute_at_random(1, None);
        swarm.run(1);
    }
}

/// Copies of one cell that may be overwritten. Five hostile holders and two overwritten ones weigh less than half of a
/// group, so that no replica leaves its anchor for them; with a third one they would weigh more.
const COPIES: usize = 2;

/// One group of 16 as in the prototype: 200 contributions, 20 cells overwritten; answers how long it took.
///
/// The cells are overwritten half-way, when sleepers are still trusted: a replica that is being repaired counts as faulty
/// beside them, and only its anchor keeps each other replica from following the six.
fn prototype(conditions: Conditions, seed: u64) -> u32 {
    let mut swarm = Swarm::new(conditions.clone(), seed);
    contribute(&mut swarm, 100);
    assert_eq!(swarm.overwrite_at_random(20, COPIES), 20, "LVS_SEED={seed}");
    contribute(&mut swarm, 100);
    let cycles = swarm.run_until_exact(700).unwrap_or_else(|| {
        let left = swarm.mismatches();
        panic!("LVS_SEED={seed}: {} cells wrong under {conditions:?}, first {:?}", left.len(), left[0])
    });
    // Once exact, it stays so.
    swarm.run(100);
    assert_eq!((swarm.mismatches(), swarm.violation()), (vec![], None), "LVS_SEED={seed} {conditions:?}");
    cycles
}

#[test]
fn hostile_below_a_third_at_every_loss() {
    for loss_percent in [0, 60] {
        let mut slowest = 0;
        for lie in Lie::ALL {
            for seed in seeds(1) {
                let conditions = Conditions { hostile: 5, lie, loss_percent, ..Default::default() };
                slowest = slowest.max(prototype(conditions, seed));
            }
        }
        println!("{loss_percent} % loss: exact within {slowest} cycles of the last contribution");
        assert!(slowest <= 600, "{slowest} cycles at {loss_percent} % loss");
    }
}

#[test]
fn liars_end_without_credit() {
    for lie in [Lie::Huge, Lie::Zero, Lie::Split] {
        for seed in seeds(1) {
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
        assert_eq!(swarm.contribute_at_random(300, None), 300);
        assert!(swarm.run_until_exact(300).is_some(), "LVS_SEED={seed}: {:?}", swarm.mismatches().first());
        swarm.run(400);
        let unacknowledged: Vec<_> = (0..40).map(|i| swarm.node(i).unacknowledged()).collect();
        assert_eq!((unacknowledged, swarm.violation()), (vec![0; 40], None), "LVS_SEED={seed}");
    }
}

#[test]
fn a_partition_heals_exactly() {
    for seed in seeds(3) {
        let mut swarm = Swarm::new(Conditions { loss_percent: 10, ..Default::default() }, seed);
        contribute(&mut swarm, 50);
        swarm.part(Partition::below(6));
        contribute(&mut swarm, 100);
        swarm.run(200);
        assert_ne!(swarm.mismatches(), [], "both sides cannot know of each other");
        swarm.heal();
        assert!(swarm.run_until_exact(400).is_some(), "LVS_SEED={seed}: {:?}", swarm.mismatches().first());
        assert_eq!(swarm.violation(), None, "LVS_SEED={seed}");
    }
}

#[test]
fn taking_back_is_exact_too() {
    for seed in seeds(3) {
        let mut swarm = Swarm::new(Conditions { loss_percent: 30, ..Default::default() }, seed);
        for cell in 0..50 {
            let writer = swarm.draw(16) as usize;
            assert!(swarm.contribute(writer, cell, 1_000_000));
            assert!(swarm.contribute(writer, cell, -250_000));
        }
        assert!(swarm.run_until_exact(300).is_some(), "LVS_SEED={seed}: {:?}", swarm.mismatches().first());
        let held = swarm.node(0).fragments().next().expect("it holds the fragment").values();
        assert!(held[..50].iter().all(|&value| value == 750_000), "LVS_SEED={seed}");
        assert_eq!(swarm.violation(), None, "LVS_SEED={seed}");
    }
}
