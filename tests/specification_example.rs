//! The worked example of docs/specification.md, number by number.

use lvs_kernels::vaultguard::DIFFERENCE_MAX;
use lvs_kernels::{credit, update_trust, weights};
use lvs_tests::engines;
use lvs_tests::row::Row;

fn example(cycle: u64) -> Row {
    let mut shares = [0; 5];
    weights(&[65_535; 5], &mut shares).unwrap();
    Row {
        values: vec![10_000_000],
        anchors: vec![10_000_000],
        neighbours: [10_000_400, 9_999_000, i64::MAX, 10_000_100, 9_999_700].map(|v| vec![v]).to_vec(),
        weights: shares.to_vec(),
        cycle,
        trim: true,
        hold: false,
    }
}

#[test]
fn the_weights_and_what_is_trimmed() {
    let row = example(0);
    assert_eq!(row.weights, [10_922; 5]);
    assert_eq!(row.weight_sum(), 54_610);
    let mass = (21_846 * 54_610_u64).div_ceil(65_536);
    assert_eq!(mass, 18_204);
    // One of five may be hostile, and none weighs more than a third of all.
    assert!(row.weights.iter().all(|&weight| u64::from(weight) < mass));
    // Left over: 3,640 of +400, all of +100, 3,640 of -300.
    assert_eq!(2 * 10_922 - mass, 3_640);
    assert_eq!(3_640 * 400 + 10_922 * 100 - 3_640 * 300, 1_456_200);
}

#[test]
fn the_winsorised_form_gives_the_same_sum() {
    let clamped: i64 =
        [400, -1_000, DIFFERENCE_MAX, 100, -300_i64].iter().map(|d| d.clamp(&-300, &400)).sum();
    assert_eq!(clamped, 300);
    assert_eq!(10_922 * clamped - 18_204 * (400 - 300), 1_456_200);
}

#[test]
fn both_rounding_bits() {
    for engine in engines() {
        for (cycle, value) in [(0, 10_000_022), (1, 10_000_023)] {
            let drifted = example(cycle).drift(engine);
            assert_eq!(drifted.values, [value], "cycle {cycle}, {}", engine.choice());
            assert_eq!(drifted.residuals, [400, 1_000, 70_368_744_177_663, 100, 300]);
            assert_eq!((drifted.summary.rate_limited, drifted.summary.floored), (0, 0));
        }
    }
}

#[test]
fn without_trimming_the_rate_limit_holds_it() {
    for engine in engines() {
        let drifted = Row { trim: false, ..example(0) }.drift(engine);
        assert_eq!((drifted.values[0], drifted.summary.rate_limited), (11_000_000, 1));
    }
}

#[test]
fn held_at_its_anchor_unless_a_majority_is_above() {
    for engine in engines() {
        let majority = Row { hold: true, ..example(0) };
        assert_eq!(majority.drift(engine).values, [10_000_022]);
        let mut minority = majority;
        minority.neighbours[3] = vec![10_000_000];
        assert_eq!(minority.drift(engine).values, [10_000_000]);
        assert_eq!(Row { hold: false, ..minority }.drift(engine).values, [10_000_005]);
    }
}

#[test]
fn the_trust_that_follows() {
    let mut trust = [65_535; 5];
    update_trust(&mut trust, &[400, 1_000, 70_368_744_177_663, 100, 300], 1).unwrap();
    assert_eq!(trust, [65_535, 65_535, 61_440, 65_535, 65_535]);
    let mut shares = [0; 5];
    weights(&trust, &mut shares).unwrap();
    assert_eq!(trust.map(credit), [4_095, 4_095, 0, 4_095, 4_095]);
    assert_eq!(shares, [10_922, 10_922, 10_240, 10_922, 10_922]);
}

/// The table of "Agreement within one unit": what more than F honest neighbours weigh beyond T, at the least.
#[test]
fn the_margins_of_agreement() {
    let rows: [[i64; 3]; 6] = [
        [14_337, 7_645, 2_730],
        [7_607, 4_438, 1_516],
        [4_917, 2_978, 910],
        [3_466, 2_143, 545],
        [2_565, 1_605, 304],
        [1_937, 1_231, 129],
    ];
    for (row, tolerated) in rows.iter().zip(1..) {
        for (&expected, more) in row.iter().zip(0..) {
            assert_eq!(margin(tolerated, 3 * tolerated + more), expected, "F = {tolerated}, K = 3F + {more}");
        }
    }
    assert_eq!([margin(0, 1), margin(0, 2)], [20_479, 6_371]);
    assert_eq!([margin(7, 23), margin(8, 26)], [2, -104]);
}

/// F + 1 neighbours at the least weight, the others at the most.
fn margin(tolerated: i64, neighbours: i64) -> i64 {
    let least = 61_440 / (neighbours + 1);
    let most = 65_535 / (neighbours + 1);
    let agreeing = (tolerated + 1) * least;
    let all = agreeing + (neighbours - tolerated - 1) * most;
    let third = (21_846 * all + 65_535) / 65_536;
    agreeing - third.max(tolerated * most)
}
