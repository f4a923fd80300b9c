//! Trust: how stable a row has found each neighbour, and the weights that follow from it.
//!
//! Specification, "Trust". The kernel is short sums over K neighbours, the same code on every
//! CPU backend; `gpu` and trust.wgsl have the same bits.

#[cfg(gpu)]
mod gpu;

use crate::error::{Argument, Error, Result, expect_length};
pub use crate::vaultguard::TRUST_FLOOR;
use crate::vaultguard::{NEIGHBOURS_MAX, WEIGHT_MAX, tolerated_heads};

/// The trust that a newcomer starts with, in Q0.16.
pub const TRUST_NEWCOMER: u16 = 1_024;

/// Up to so many neighbours are sorted without asking for memory.
const FEW: usize = 32;

/// Per compared cell, the residual that is always tolerated, in micro-VU.
const TOLERANCE_PER_CELL: u64 = 16;

/// Updates the trust in K neighbours, in place, from their residuals over `cells` compared cells.
///
/// # Errors
/// If there are not as many residuals as trusts, or more than 4,096.
pub fn update_trust(trust: &mut [u16], residuals: &[u64], cells: u64) -> Result<()> {
    validate(trust, residuals)?;
    if trust.is_empty() {
        return Ok(());
    }
    if all_agree(residuals, cells) {
        trust.iter_mut().for_each(|trust| *trust = step(*trust, WEIGHT_MAX as u16));
        return Ok(());
    }
    let tolerance = tolerance(residuals, cells);
    for (trust, &residual) in trust.iter_mut().zip(residuals) {
        *trust = step(*trust, agreement(residual, tolerance));
    }
    Ok(())
}

/// Checks that every neighbour has a residual, and that there are not too many.
pub(crate) fn validate(trust: &[u16], residuals: &[u64]) -> Result<()> {
    expect_neighbours(trust.len())?;
    expect_length(Argument::Residuals, residuals.len(), trust.len())
}

/// The weights of K neighbours in the drift of a row that trusts them so: each its share of K + 1 equal parts,
/// scaled by its trust. They never sum to more than 65,535.
///
/// # Errors
/// If `out` has another length than `trust`, or there are more than 4,096.
pub fn weights(trust: &[u16], out: &mut [u16]) -> Result<()> {
    expect_neighbours(trust.len())?;
    expect_length(Argument::Out, out.len(), trust.len())?;
    // One part is the row's own, so that neighbours alone never decide where it goes.
    let parts = trust.len() as u64 + 1;
    // One division for the row. A number below 2^16 times 1/parts, rounded up to 1/2^32, is too large by less than 1/parts:
    // too little to reach the next whole number.
    let part = (1 << 32) / parts + 1;
    for (weight, &trust) in out.iter_mut().zip(trust) {
        *weight = ((u64::from(trust) * part) >> 32) as u16;
    }
    Ok(())
}

/// What trust is worth as a reputation: what it has above [`TRUST_FLOOR`], 0 for newcomers and liars.
pub fn credit(trust: u16) -> u16 {
    trust.saturating_sub(TRUST_FLOOR)
}

fn expect_neighbours(count: usize) -> Result<()> {
    if count <= NEIGHBOURS_MAX {
        return Ok(());
    }
    Err(Error::argument(Argument::Trust, format!("{count} neighbours"), format!("at most {NEIGHBOURS_MAX}")))
}

/// Whether no residual is above the tolerance, as in most rows and cycles: whether the largest is not, and for that more
/// than F neighbours must have about half as much. So nothing need be sorted.
fn all_agree(residuals: &[u64], cells: u64) -> bool {
    let largest = residuals.iter().copied().max().unwrap_or(0);
    // The least residual that, as the (K - F)-th, makes the tolerance as large.
    let forgiving = largest.saturating_sub(tolerated(cells)).div_ceil(2);
    let count: usize = residuals.iter().map(|&residual| usize::from(residual >= forgiving)).sum();
    count > tolerated_heads(residuals.len())
}

/// Twice the (K - F)-th smallest residual, F of K being as many as may be hostile, and a little for each cell.
///
/// A row that sees more than F of its neighbours disagree knows that one of them is honest, and forgives them all.
fn tolerance(residuals: &[u64], cells: u64) -> u64 {
    // Memory costs as much as to sort the usual number of them.
    match residuals.len() {
        count @ 0..=FEW => {
            let mut few = [0; FEW];
            few[..count].copy_from_slice(residuals);
            tolerance_of(&mut few[..count], cells)
        }
        _ => tolerance_of(&mut residuals.to_vec(), cells),
    }
}

/// The same, with residuals that may be put in another order.
fn tolerance_of(residuals: &mut [u64], cells: u64) -> u64 {
    let judge = residuals.len() - tolerated_heads(residuals.len()) - 1;
    let (_, &mut residual, _) = residuals.select_nth_unstable(judge);
    residual.saturating_mul(2).saturating_add(tolerated(cells))
}

/// The residual over so many cells that is always tolerated.
pub(crate) fn tolerated(cells: u64) -> u64 {
    cells.saturating_mul(TOLERANCE_PER_CELL)
}

/// How far a residual agrees with the tolerance, in Q0.16.
fn agreement(residual: u64, tolerance: u64) -> u16 {
    if residual <= tolerance {
        return WEIGHT_MAX as u16;
    }
    // Both shifted alike, so that the product fits u64.
    let shift = (u64::BITS - residual.leading_zeros()).saturating_sub(47);
    (u64::from(WEIGHT_MAX) * (tolerance >> shift) / (residual >> shift)) as u16
}

/// Slow to earn (a 1,024th of what is missing), quick to lose (a quarter of what is too much, down to the floor).
fn step(trust: u16, agreement: u16) -> u16 {
    if agreement >= trust {
        trust + (agreement - trust).div_ceil(1_024)
    } else {
        // Whoever is below the floor already is there for another reason, and stays.
        (trust - (trust - agreement).div_ceil(4)).max(trust.min(TRUST_FLOOR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_liar_among_four_falls_to_the_floor() {
        let mut trust = [65_535, 65_535, 65_535, 65_535];
        update_trust(&mut trust, &[10, 12, 11, u64::MAX], 0).unwrap();
        assert_eq!(trust, [65_535, 65_535, 65_535, TRUST_FLOOR]);
        let mut below = [65_535, 65_535, 65_535, 3_000];
        update_trust(&mut below, &[10, 12, 11, u64::MAX], 0).unwrap();
        assert_eq!(below[3], 3_000);
    }

    #[test]
    fn a_little_too_much_costs_a_quarter_of_it() {
        let mut trust = [65_535; 4];
        update_trust(&mut trust, &[1_000, 1_000, 1_000, 2_050], 0).unwrap();
        assert_eq!(agreement(2_050, 2_000), 63_936);
        assert_eq!(trust[3], 65_535 - 400);
    }

    #[test]
    fn more_than_a_third_that_disagree_are_forgiven() {
        let mut trust = [65_535; 4];
        update_trust(&mut trust, &[10, 12, 1_000_000, 1_100_000], 0).unwrap();
        assert_eq!(trust, [65_535; 4]);
    }

    #[test]
    fn all_agree_where_the_tolerance_says_so() {
        let mut state = 7_u64;
        for count in (1..=40).cycle().take(4_000) {
            let mut draw = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if state >> 60 == 0 { u64::MAX - (state >> 62) } else { 500 + (state >> 33) % 800 }
            };
            let residuals: Vec<u64> = (0..count).map(|_| draw()).collect();
            let tolerance = tolerance(&residuals, 3);
            let expected = residuals.iter().all(|&residual| residual <= tolerance);
            assert_eq!(all_agree(&residuals, 3), expected, "{residuals:?}");
        }
    }

    #[test]
    fn a_weight_is_the_quotient_rounded_down() {
        let mut state = 7_u64;
        for count in (1..=NEIGHBOURS_MAX).step_by(13) {
            let mut draw = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 48) as u16
            };
            let parts = count as u16 + 1;
            let mut trust: Vec<u16> = (0..count).map(|_| draw()).collect();
            // Where quotients change.
            trust[0] = draw() / parts * parts;
            trust[count / 2] = (draw() / parts * parts).saturating_sub(1);
            trust[count - 1] = WEIGHT_MAX as u16;
            let mut found = vec![0; count];
            weights(&trust, &mut found).unwrap();
            let expected: Vec<u16> = trust.iter().map(|trust| trust / parts).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn credit_is_what_lies_above_the_floor() {
        assert_eq!([0, TRUST_NEWCOMER, TRUST_FLOOR, 65_535].map(credit), [0, 0, 0, 4_095]);
    }

    #[test]
    fn a_newcomer_earns_slowly() {
        let mut trust = [TRUST_NEWCOMER];
        update_trust(&mut trust, &[0], 256).unwrap();
        assert_eq!(trust, [1_024 + 63]);
    }

    #[test]
    fn the_shift_keeps_large_residuals_exact() {
        assert_eq!(agreement(u64::MAX, u64::MAX / 2), 32_767);
        assert_eq!(agreement(1 << 47, 1 << 46), 32_767);
    }

    #[test]
    fn full_trust_leaves_a_share_for_the_row_itself() {
        let mut shares = [0; 15];
        weights(&[65_535; 15], &mut shares).unwrap();
        assert_eq!(shares, [4_095; 15]);
    }

    #[test]
    fn lengths_are_checked() {
        assert!(update_trust(&mut [1], &[], 0).is_err());
        assert!(weights(&[1], &mut []).is_err());
        assert!(weights(&[0; 4_097], &mut [0; 4_097]).is_err());
    }
}
