//! Where agreement is not promised: VaultGuard's limits, strangers, repetition and nonsense.

use lvs_protocol::LinkId;
use lvs_protocol::wire::{DATAGRAM_MAX, Refusal};
use lvs_simulator::{Conditions, Lie, Swarm};
use proptest::prelude::*;
use rand_core::Rng;

use crate::seeds;

#[test]
fn any_majority_is_held_to_the_limits() {
    for lie in Lie::ALL {
        for seed in seeds(2) {
            let mut swarm = Swarm::new(Conditions { hostile: 12, lie, ..Default::default() }, seed);
            let start = 1_000_000_000;
            for cell in 0..32 {
                swarm.contribute(0, cell, start);
            }
            let held = |swarm: &Swarm, i| {
                swarm.node(i).fragments().next().expect("it holds the fragment").values()[7]
            };
            swarm.run(10);
            let mut moved = false;
            for _ in 0..300 {
                swarm.run(1);
                for i in 0..4 {
                    moved |= held(&swarm, i) != start;
                    assert!(held(&swarm, i) >= start / 4 * 3, "LVS_SEED={seed} {lie}: below the drain floor");
                }
            }
            // The checkers have looked at every step of every cell.
            assert_eq!(swarm.violation(), None, "LVS_SEED={seed} {lie}");
            // The swarm may fall asleep before turncoats turn.
            assert!(moved || lie == Lie::Turncoat, "LVS_SEED={seed} {lie}: twelve of sixteen did nothing");
        }
    }
}

#[test]
fn strangers_are_counted_and_ignored() {
    let mut swarm = Swarm::new(Conditions::default(), 5);
    swarm.contribute(3, 9, 77);
    swarm.run(50);
    let stranger = LinkId(1_000_000);
    swarm.inject(0, stranger, b"LV\x02\x02 anything");
    assert_eq!(swarm.node(0).counters().refused[&Refusal::Stranger], 1);
    assert_eq!(swarm.mismatches(), []);
}

#[test]
fn nonsense_from_a_peer_changes_nothing() {
    for seed in seeds(2) {
        let mut swarm = Swarm::new(Conditions::default(), seed);
        swarm.contribute(3, 9, 77);
        swarm.run(50);
        let from = Swarm::link(1);
        for _ in 0..20_000 {
            let mut bytes = vec![0; swarm.draw(DATAGRAM_MAX as u64 + 50) as usize];
            swarm.random.fill_bytes(&mut bytes);
            // Half of them get past the header.
            if swarm.draw(2) == 0 && bytes.len() > 4 {
                bytes[..3].copy_from_slice(b"LV\x02");
                bytes[3] %= 9;
            }
            swarm.inject(0, from, &bytes);
        }
        assert!(swarm.node(0).counters().refused_total() > 10_000);
    }
}

#[test]
fn quiet_nodes_slow_down_and_wake_up() {
    let mut swarm = Swarm::new(Conditions::default(), 11);
    swarm.contribute(2, 100, 5_000_000);
    swarm.run(150);
    let busy = swarm.node(0).cycle();
    swarm.run(3_000);
    let idle = swarm.node(0).cycle() - busy;
    assert!(idle < 40, "{idle} cycles in the time of 3,000");
    swarm.contribute(4, 101, 6_000_000);
    assert!(swarm.run_until_exact(50).is_some(), "{:?}", swarm.mismatches().first());
    swarm.run(2_000);
    assert!(swarm.overwrite(6, 100, 50_000_000));
    assert!(swarm.run_until_exact(900).is_some(), "{:?}", swarm.mismatches().first());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn duplicates_and_reordering_change_nothing(seed: u64, duplicates in 0..100_u64, delay in 1..2_000_u64) {
        let conditions = Conditions {
            duplicate_percent: duplicates,
            delay: std::time::Duration::from_millis(delay),
            jitter: std::time::Duration::from_millis(delay),
            ..Default::default()
        };
        let mut swarm = Swarm::new(conditions, seed);
        for _ in 0..60 {
            let node = swarm.draw(16) as usize;
            let cell = swarm.draw(256);
            let amount = 1 + swarm.draw(1 << 50) as i64;
            swarm.contribute(node, cell, amount);
            swarm.run(1);
        }
        prop_assert!(swarm.run_until_exact(400).is_some(), "{:?}", swarm.mismatches().first());
    }
}
