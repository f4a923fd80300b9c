//! What attackers did to the first cut of the node: each of these did harm then.

use std::collections::BTreeSet;

use lvs_protocol::ledger::{CELLS, Register};
use lvs_protocol::wire::{Alarm, CellSet, Diff, Entropy, Fetch, Packet, Refusal, SAMPLE, encode};
use lvs_protocol::{CellId, Keys};
use lvs_simulator::{Conditions, Swarm};
use rand_core::Rng;

use crate::seeds;

/// Cycles of an hour in which nodes never rest.
const HOUR: u32 = 36_000;

/// The node that does it.
const ATTACKER: usize = 15;

/// A diff of one register that its writer has signed.
fn signed(keys: &Keys, cell: CellId, sequence: u64, amount: i64) -> Vec<u8> {
    let register = Register::signed(keys, cell, sequence, amount);
    let registers = vec![(cell.cell, register)];
    encode(&Packet::Diff(Diff { fragment: cell.fragment, writer: keys.public(), registers }))
}

/// What the honest nodes hold in a cell of the first fragment.
fn held(swarm: &Swarm, cell: u8) -> BTreeSet<i64> {
    let first = |number| swarm.node(number).fragments().next().expect("it holds the fragment");
    (0..ATTACKER).map(|number| first(number).values()[usize::from(cell)]).collect()
}

/// How many cycles a node does while this happens.
fn cycles_of(swarm: &mut Swarm, number: usize, happen: impl FnOnce(&mut Swarm)) -> u64 {
    let before = swarm.node(number).cycle();
    happen(swarm);
    swarm.node(number).cycle() - before
}

/// A swarm that has agreed on a contribution and fallen asleep.
fn sleeping(seed: u64) -> Swarm {
    let mut swarm = Swarm::new(Conditions::default(), seed);
    swarm.contribute(2, 100, 5_000_000);
    swarm.run(3_000);
    swarm
}

/// A writer gives one number to 5 VU for one half of the holders and to 9 VU for the other. The group stayed split for ever, and the
/// writer kept its trust.
#[test]
fn two_amounts_under_one_number_end_as_one_and_cost_all_trust() {
    for seed in seeds(3) {
        let mut swarm = Swarm::new(Conditions { loss_percent: 20, ..Conditions::default() }, seed);
        let keys = swarm.keys(ATTACKER).clone();
        let cell = CellId { fragment: 0, cell: 40 };
        for to in 0..ATTACKER {
            let amount = if to < 8 { 5_000_000 } else { 9_000_000 };
            swarm.inject(to, Swarm::link(ATTACKER), &signed(&keys, cell, 1, amount));
        }
        assert_eq!(held(&swarm, 40).len(), 2);
        swarm.run(400);
        let values = held(&swarm, 40);
        assert!(values.len() == 1 && values.first() > Some(&0), "LVS_SEED={seed}: {values:?}");
        for number in 0..ATTACKER {
            let trust = swarm.node(number).trust(0).find(|(node, _)| *node == keys.id());
            assert_eq!(trust, Some((keys.id(), 0)), "LVS_SEED={seed} node {number}");
        }
    }
}

/// Nobody writes in another's name.
#[test]
fn a_register_in_anothers_name_is_refused() {
    let mut swarm = sleeping(3);
    let cell = CellId { fragment: 0, cell: 100 };
    let forged = Register::signed(swarm.keys(ATTACKER), cell, 9, 1 << 40);
    let writer = swarm.keys(2).public();
    let diff = Diff { fragment: 0, writer, registers: vec![(100, forged)] };
    for to in 0..ATTACKER {
        swarm.inject(to, Swarm::link(ATTACKER), &encode(&Packet::Diff(diff.clone())));
        assert_eq!(swarm.node(to).counters().refused[&Refusal::Forged], 1);
    }
    swarm.run(50);
    assert_eq!(held(&swarm, 100), BTreeSet::from([5_000_000]));
}

/// A signal of 12 bytes every six seconds kept six idle nodes at ten cycles a second.
#[test]
fn signals_without_end_do_not_keep_nodes_awake() {
    let mut swarm = sleeping(4);
    let alarm = encode(&Packet::Alarm(Alarm { fragment: 0, rate_limited: 3, floored: 0 }));
    let awake = cycles_of(&mut swarm, 0, |swarm| {
        for _ in 0..HOUR / 60 {
            (0..6).for_each(|to| swarm.inject(to, Swarm::link(ATTACKER), &alarm));
            swarm.run(60);
        }
    });
    println!("{awake} cycles in an hour of signals");
    assert!(awake < u64::from(HOUR) / 4, "{awake} cycles in the time of {HOUR}");
}

/// So did samples whose stamps are nobody's.
#[test]
fn foreign_stamps_do_not_keep_nodes_awake() {
    let mut swarm = sleeping(5);
    let awake = cycles_of(&mut swarm, 0, |swarm| {
        for i in 0..HOUR / 10 {
            let samples = Box::new(std::array::from_fn::<_, SAMPLE, _>(|_| (0, swarm.random.next_u64())));
            let entropy =
                Entropy { fragment: 0, cycle: (1 << 40) + u64::from(i), seed: u64::from(i), samples };
            swarm.inject(0, Swarm::link(ATTACKER), &encode(&Packet::Entropy(entropy)));
            swarm.run(10);
        }
    });
    println!("{awake} cycles in an hour of foreign stamps");
    assert!(awake < u64::from(HOUR) / 4, "{awake} cycles in the time of {HOUR}");
}

/// With one dead holder every contributor stayed awake for as long as that one did not answer.
#[test]
fn a_dead_holder_does_not_keep_contributors_awake() {
    let mut swarm = Swarm::new(Conditions::default(), 6);
    swarm.run(20);
    swarm.kill(ATTACKER);
    swarm.contribute(2, 100, 5_000_000);
    swarm.run(500);
    let awake = cycles_of(&mut swarm, 2, |swarm| swarm.run(HOUR / 10));
    assert!(awake < 200, "{awake} cycles in the time of {}", HOUR / 10);
    assert_eq!(
        swarm.node(2).unacknowledged(),
        0,
        "the dead one has lost its place, and is waited for no more"
    );
}

/// Fetches of 40 bytes, a hundred a second, were answered with 391 times as much, and took all of a node's time.
#[test]
fn fetches_are_answered_within_a_budget() {
    let mut swarm = Swarm::new(Conditions::default(), 7);
    for cell in 0..CELLS as u64 {
        swarm.contribute((cell % 8) as usize, cell, 1_000_000);
    }
    swarm.run(500);
    let mut cells = CellSet::default();
    (0..=u8::MAX).for_each(|cell| cells.insert(cell));
    let fetch = encode(&Packet::Fetch(Fetch { fragment: 0, cells }));
    let before = swarm.node(0).counters().bytes_sent;
    let seconds = 60;
    for _ in 0..seconds * 10 {
        (0..10).for_each(|_| swarm.inject(0, Swarm::link(ATTACKER), &fetch));
        swarm.run(1);
    }
    let sent = swarm.node(0).counters().bytes_sent - before;
    println!("{sent} bytes in {seconds} s");
    // The budget of one member, and what the node itself has to say in fast cycles.
    let samples = 3 * 1_048 * 10 * seconds;
    assert!(sent < 64 * 1_024 + 32 * 1_024 * (seconds + 1) + samples + 100_000, "{sent} bytes");
    assert!(swarm.node(0).counters().refused[&Refusal::Budget] > 1_000);
}
