//! Nodes that come, die and are cut off: places follow, and what was contributed stays.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::seeds;
use crate::world::World;

const FRAGMENTS: u32 = 12;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A swarm of sixty, placed alike.
fn sixty(seed: u64, loss: u64) -> World {
    let mut world = World::of_one_seed(seed, 60, FRAGMENTS, loss);
    assert!(world.run_until(seconds(300), World::is_placed).is_some(), "LVS_SEED={seed}");
    world.run(seconds(60));
    world
}

/// Somebody contributes to every fragment. Returns what each cell should hold.
fn contribute(world: &mut World, expected: &mut BTreeMap<u64, i64>, among: Vec<usize>) {
    for fragment in 0..u64::from(FRAGMENTS) {
        let writer = among[world.draw(among.len() as u64) as usize];
        let cell = fragment * 256 + world.draw(256);
        let amount = 1_000_000 + world.draw(1 << 40) as i64;
        world.contribute(writer, cell, amount);
        *expected.entry(cell).or_default() += amount;
    }
}

#[test]
fn after_thirty_percent_are_killed_at_once_places_are_right_again() {
    for loss in [0, 20] {
        let mut slowest = Duration::ZERO;
        for seed in seeds(2) {
            let mut world = sixty(seed, loss);
            let mut expected = BTreeMap::new();
            let alive = world.alive();
            contribute(&mut world, &mut expected, alive);
            world.run(seconds(30));
            let mut left = world.alive();
            for _ in 0..18 {
                let dead = left.swap_remove(world.draw(left.len() as u64) as usize);
                world.kill(dead);
            }
            let time = world.run_until(seconds(400), World::is_placed);
            slowest = slowest.max(time.unwrap_or_else(|| panic!("LVS_SEED={seed}: places are wrong")));
            let exact = world.run_until(seconds(300), |world| world.is_exact(&expected));
            assert!(exact.is_some(), "LVS_SEED={seed}, {loss} % loss: not exact");
        }
        println!("30 % killed, {loss} % loss: places right again after {slowest:?} at the latest");
        assert!(slowest <= seconds(180), "{slowest:?}");
    }
}

#[test]
fn two_halves_find_each_other_again() {
    let mut slowest = Duration::ZERO;
    for seed in seeds(2) {
        let mut world = sixty(seed, 0);
        let mut expected = BTreeMap::new();
        world.partition = Some(30);
        let halves: [Vec<usize>; 2] = [(0..30).collect(), (30..60).collect()];
        let both = |world: &World| halves.iter().all(|half| world.misplaced(half).is_empty());
        assert!(world.run_until(seconds(400), both).is_some(), "LVS_SEED={seed}: each half by itself");
        for half in &halves {
            contribute(&mut world, &mut expected, half.clone());
        }
        world.run(seconds(60));
        // The seed that all knew is no more.
        world.kill(0);
        world.partition = None;
        let time = world.run_until(seconds(400), World::is_placed);
        slowest = slowest.max(time.unwrap_or_else(|| panic!("LVS_SEED={seed}: still apart")));
        let exact = world.run_until(seconds(300), |world| world.is_exact(&expected));
        assert!(exact.is_some(), "LVS_SEED={seed}: not exact");
    }
    println!("two halves: one swarm again after {slowest:?} at the latest");
    assert!(slowest <= seconds(240), "{slowest:?}");
}

#[test]
fn what_the_first_node_held_reaches_a_swarm_that_grows_around_it() {
    for seed in seeds(2) {
        let mut world = World::new(seed, FRAGMENTS, 10);
        world.join(&[]);
        let mut expected = BTreeMap::new();
        contribute(&mut world, &mut expected, vec![0]);
        world.run(seconds(20));
        (1..60).for_each(|_| _ = world.join(&[0]));
        let done = world.run_until(seconds(300), |world| world.is_placed() && world.is_exact(&expected));
        assert!(done.is_some(), "LVS_SEED={seed}: {:?}", world.misplaced(&world.alive()).first());
        let alive = world.alive();
        contribute(&mut world, &mut expected, alive);
        let exact = world.run_until(seconds(120), |world| world.is_exact(&expected));
        assert!(exact.is_some(), "LVS_SEED={seed}: what is contributed later does not arrive");
    }
}

#[test]
fn a_node_that_starts_anew_takes_its_own_old_place() {
    let mut world = sixty(3, 0);
    world.kill(7);
    world.restart(7, &[3]);
    let time = world.run_until(seconds(200), World::is_placed);
    assert!(time.is_some(), "{:?}", world.misplaced(&world.alive()).first());
    world.run(seconds(120));
    assert!(world.alive().iter().all(|&i| world.node(i).members().count() == 60));
}
