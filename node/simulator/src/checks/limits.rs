//! What VaultGuard allows drift to do. The numbers are the specification's, written down a second time.

use super::{Checker, Wrong};

/// One VU, in micro-VU: what a cell may move in a cycle, however little it holds.
const RATE_FLOOR: i64 = 1_000_000;

/// A cell moves by at most this part of itself in a cycle.
const RATE_PART: i64 = 64;

/// A cell loses at most this part of its anchor in a window.
const DRAIN_PART: i64 = 4;

/// The largest value.
const VALUE_MAX: i64 = 1 << 62;

/// Judges what a cycle of drift did to a cell.
pub(super) fn drifted(cell: u8, before: i64, after: i64, anchor: i64) -> Result<(), Wrong> {
    in_range(cell, after)?;
    let most = RATE_FLOOR.max(before / RATE_PART);
    if (after - before).abs() > most {
        let what = format!("drift moved it from {before} to {after}, by more than {most}");
        return Err(Wrong::new(Checker::Rate, cell, what));
    }
    let least = before.min(anchor - anchor / DRAIN_PART);
    if after < least {
        let what = format!("drift took it from {before} to {after}, in a window that began with {anchor}");
        return Err(Wrong::new(Checker::Drain, cell, what));
    }
    Ok(())
}

/// Judges a value by itself.
pub(super) fn in_range(cell: u8, value: i64) -> Result<(), Wrong> {
    if (0..=VALUE_MAX).contains(&value) {
        return Ok(());
    }
    Err(Wrong::new(Checker::Value, cell, format!("it holds {value}, outside 0 to 2^62")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checker(before: i64, after: i64, anchor: i64) -> Option<Checker> {
        drifted(0, before, after, anchor).err().map(|wrong| wrong.checker)
    }

    #[test]
    fn what_vaultguard_allows_passes_and_one_unit_more_does_not() {
        assert_eq!(checker(640_000_000, 650_000_000, 0), None);
        assert_eq!(checker(640_000_000, 650_000_001, 0), Some(Checker::Rate));
        assert_eq!(checker(10, 1_000_010, 0), None);
        assert_eq!(checker(10, 1_000_011, 0), Some(Checker::Rate));
        assert_eq!(checker(76, 75, 100), None);
        assert_eq!(checker(76, 74, 100), Some(Checker::Drain));
        assert_eq!(checker(0, -1, 0), Some(Checker::Value));
    }
}
