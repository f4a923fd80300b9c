//! A complete group of 16: with up to 5 hostile members the honest ones end equal to the last unit and never leave
//! the range they started in, whatever each is told; the sixth hostile member breaks it.

use lvs_kernels::Engine;
use lvs_kernels::vaultguard::MICRO_VU;
use lvs_tests::attack::Attack;
use lvs_tests::engines;
use lvs_tests::group::Group;
use lvs_tests::random::Random;

/// By when a group has to agree.
const CYCLES: u64 = 1_500;

const CELLS: usize = 4;

/// Honest rows that differ by up to `spread`, from a seed.
fn rows(count: usize, spread: i64, seed: u64) -> Vec<Vec<i64>> {
    let mut random = Random::new(seed);
    let mut row = || (0..CELLS).map(|_| 1_000 * MICRO_VU + random.between(0, spread + 1)).collect();
    (0..count).map(|_| row()).collect()
}

/// Runs a group until it agrees or the cycles are over; whether every value stayed in the range of the start.
fn run(group: &mut Group, attack: Attack) -> bool {
    let start = group.range();
    let mut inside = true;
    for _ in 0..CYCLES {
        group.step(attack);
        let range = group.range();
        inside &= range.iter().zip(&start).all(|(now, start)| start.0 <= now.0 && now.1 <= start.1);
    }
    inside
}

fn fastest() -> Engine {
    engines().last().expect("scalar always runs").clone()
}

fn expect_exact(hostile: usize, learn_trust: bool) {
    for attack in Attack::ALL {
        for (spread, seed) in [(1, 1), (37, 2), (200 * MICRO_VU, 3)] {
            let mut group = Group::new(fastest(), rows(16 - hostile, spread, seed), hostile, learn_trust, 0);
            let inside = run(&mut group, attack);
            let label =
                format!("{hostile} hostile, {attack:?}, spread {spread}, seed {seed}, learned {learn_trust}");
            assert!(inside, "a value left the honest range: {label}");
            assert_eq!(group.spread(), 0, "no exact agreement: {label}");
        }
    }
}

#[test]
fn up_to_five_hostile_members_fixed_trust() {
    (0..=5).for_each(|hostile| expect_exact(hostile, false));
}

#[test]
fn up_to_five_hostile_members_learned_trust() {
    (0..=5).for_each(|hostile| expect_exact(hostile, true));
}

#[test]
fn the_sixth_hostile_member_breaks_it() {
    for learn_trust in [false, true] {
        let broken: Vec<Attack> = Attack::ALL
            .into_iter()
            .filter(|&attack| {
                let mut group = Group::new(fastest(), rows(10, 200 * MICRO_VU, 4), 6, learn_trust, 0);
                !run(&mut group, attack) || group.spread() > 0
            })
            .collect();
        println!("six hostile of sixteen, learned trust {learn_trust}: broken by {broken:?}");
        assert!(broken.contains(&Attack::Edge), "learned trust {learn_trust}: only {broken:?}");
    }
}
