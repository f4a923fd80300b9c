//! A replica group under every attack: with at most a third hostile by heads no honest value leaves the honest range,
//! whatever was trusted, and the group ends exact. The full matrix is `simulation/examples/agreement.rs`, its table
//! decision 10.

use std::collections::BTreeSet;

use lvs_simulation::Attack;
use lvs_simulation::agreement::{Case, Ending, SPREADS, Start, Trust, cases, run};
use rayon::prelude::*;

/// By when a group has to be exact: crossing liars hold the last unit for 1,024 cycles a cell on average.
const CYCLES: u64 = 20_000;

fn run_all(cases: Vec<Case>, cycles: u64) -> Vec<(Case, Ending)> {
    cases.into_par_iter().map(|case| (case, run(&case, cycles).expect("a group is small"))).collect()
}

/// Fails with the words that replay the first cases for which `holds` does not.
fn expect_all(ends: &[(Case, Ending)], holds: impl Fn(&Case, &Ending) -> bool) {
    let failed: Vec<_> = ends.iter().filter(|(case, end)| !holds(case, end)).collect();
    let replay = "cargo run --release -p lvs-simulation --example agreement -- replay";
    let lines: Vec<String> =
        failed.iter().take(10).map(|(case, end)| format!("{replay} {case}\n    {end:?}")).collect();
    assert!(failed.is_empty(), "{} of {} runs failed:\n{}", failed.len(), ends.len(), lines.join("\n"));
}

fn is_exact_inside(_: &Case, end: &Ending) -> bool {
    end.exact_from.is_some() && end.outside == 0
}

fn up_to_five_of_sixteen(trust: Trust, seeds: u64) {
    let cases = (1..=5).flat_map(|hostile| cases(16, hostile, trust, 0..seeds)).collect();
    expect_all(&run_all(cases, CYCLES), is_exact_inside);
}

#[test]
fn five_of_sixteen_with_fixed_trust() {
    up_to_five_of_sixteen(Trust::Fixed, 20);
}

#[test]
fn five_of_sixteen_with_full_trust() {
    up_to_five_of_sixteen(Trust::Full, 20);
}

#[test]
fn five_of_sixteen_who_are_newcomers() {
    up_to_five_of_sixteen(Trust::Newcomers, 5);
}

#[test]
fn five_of_sixteen_with_honest_trust_at_the_floor() {
    up_to_five_of_sixteen(Trust::Floor, 5);
}

#[test]
fn five_of_sixteen_with_random_trust() {
    up_to_five_of_sixteen(Trust::Random, 1);
}

#[test]
fn five_of_sixteen_with_no_honest_trust() {
    up_to_five_of_sixteen(Trust::Zero, 1);
}

#[test]
fn the_sixth_of_sixteen_breaks_it() {
    let ends = run_all(cases(16, 6, Trust::Full, 0..3), 2_000);
    let broken_by = |breaks: fn(&Ending) -> bool| -> BTreeSet<&str> {
        ends.iter().filter(|(_, end)| breaks(end)).map(|(case, _)| case.attack.name()).collect()
    };
    let apart = broken_by(|end| end.exact_from.is_none());
    let outside = broken_by(|end| end.outside > 0);
    for attack in [Attack::Edge, Attack::HalfEdge, Attack::Echo, Attack::Dissensus] {
        assert!(apart.contains(attack.name()), "{attack}: broken only by {apart:?}");
    }
    assert!(outside.contains("huge") && outside.contains("zero"), "left the range only under {outside:?}");
}

/// Crossing liars hold the last unit until chance rounds all honest rows alike: for 2^(H-1) cycles on average where all
/// of H honest rows can be pushed. From 13 rows on that is too long to wait for.
#[test]
fn a_third_of_4_to_31_members() {
    let cases = (4..=31)
        .step_by(3)
        .flat_map(|members| cases(members, (members - 1) / 3, Trust::Full, 0..1))
        .collect();
    let (cross, others): (Vec<_>, Vec<_>) =
        Vec::into_iter(cases).partition(|case: &Case| case.attack == Attack::Cross);
    expect_all(&run_all(others, CYCLES), is_exact_inside);
    expect_all(&run_all(cross, 6_000), |_, end| end.outside == 0 && end.spread <= 1);
}

/// Eight hostile newcomers are more than a third by heads. While their trust is small they lead nobody out of the honest
/// range, but halves that disagree stay apart, as each is trimmed by the other.
#[test]
fn eight_hostile_newcomers_freeze_a_group_that_disagrees() {
    for honest in [8, 11] {
        let cases = cases(honest + 8, 8, Trust::Newcomers, 0..3).into_iter();
        let apart = cases.filter(|case| case.start == Start::Halves && case.spread == SPREADS[2]);
        let ends = run_all(apart.collect(), 2_000);
        expect_all(&ends, |_, end| end.outside_within_bound == 0);
        let frozen = |case: &Case, end: &Ending| case.attack == Attack::HalfEdge && end.exact_from.is_none();
        assert!(ends.iter().any(|(case, end)| frozen(case, end)), "the limit is gone: say so in decision 10");
    }
}
