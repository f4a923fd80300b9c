//! Nodes that know one address find each other and place all fragments alike.

use std::time::Duration;

use crate::seeds;
use crate::world::World;

const FRAGMENTS: u32 = 12;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Sixty nodes that know one seed. Answers how long it took until all were placed alike.
fn found_by_sixty(seed: u64, loss: u64) -> (World, Duration) {
    let mut world = World::of_one_seed(seed, 60, FRAGMENTS, loss);
    let time = world.run_until(seconds(300), World::is_placed);
    let time = time.unwrap_or_else(|| {
        let wrong = world.misplaced(&world.alive());
        let known: Vec<_> = (0..60).map(|i| world.node(i).members().count()).collect();
        panic!(
            "LVS_SEED={seed}, {loss} %: {} places are wrong, first {:?}; {known:?} are known",
            wrong.len(),
            wrong[0]
        )
    });
    (world, time)
}

#[test]
fn sixty_nodes_that_know_one_seed_place_all_fragments_alike() {
    for (loss, limit) in [(0, 40), (20, 90), (60, 240)] {
        let mut slowest = Duration::ZERO;
        for seed in seeds(2) {
            let (mut world, time) = found_by_sixty(seed, loss);
            slowest = slowest.max(time);
            world.run(seconds(2 * limit));
            let all_known = world.alive().iter().all(|&i| world.node(i).members().count() == 60);
            assert!(all_known, "LVS_SEED={seed}, {loss} % loss: somebody is not known to all");
        }
        println!("{loss} % loss: placed alike after {slowest:?} at the latest");
        assert!(slowest <= seconds(limit), "{loss} % loss: {slowest:?}");
    }
}

#[test]
fn loss_alone_moves_no_place() {
    for loss in [20, 60] {
        for seed in seeds(1) {
            let (mut world, _) = found_by_sixty(seed, loss);
            for minute in 0..20 {
                world.run(seconds(60));
                assert_eq!(world.deaths(), 0, "LVS_SEED={seed}, {loss} % loss, minute {minute}");
                assert!(world.is_placed(), "LVS_SEED={seed}, {loss} % loss, minute {minute}");
            }
        }
    }
}

#[test]
fn members_cost_little_when_nothing_changes() {
    let (mut world, _) = found_by_sixty(1, 0);
    world.run(seconds(900));
    world.sent.clear();
    let minutes = 20;
    world.run(seconds(60 * minutes));
    let per_node_and_minute = |bytes: u64| bytes / 60 / minutes;
    let kinds = world.sent.iter().filter(|(kind, _)| **kind != "others");
    let total: u64 = kinds.clone().map(|(_, bytes)| bytes).sum();
    for (kind, bytes) in kinds {
        println!("{kind}: {} bytes per node and minute", per_node_and_minute(*bytes));
    }
    println!("membership: {} bytes per node and minute", per_node_and_minute(total));
    assert!(per_node_and_minute(total) < 25_000, "{:?}", world.sent);
}

#[test]
fn a_run_follows_from_its_seed() {
    let run = || {
        let mut world = World::of_one_seed(5, 20, 4, 30);
        world.run(seconds(60));
        let of_node = |i| (world.node(i).counters().clone(), world.node(i).members().collect::<Vec<_>>());
        (0..20).map(of_node).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
